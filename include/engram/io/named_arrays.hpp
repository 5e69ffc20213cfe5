/// @file
/// Arrays by name: what the readers of this folder give, and its writers take.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/io/stored_array.hpp"

namespace engram {

/// The arrays of one file, by name.
class named_arrays {
  public:
    /// No arrays yet; messages begin with `source`, the name of the file.
    explicit named_arrays(std::string source = "arrays") : source_(std::move(source)) {}

    /// Adds an array. Throws file_error if the name is taken.
    void add(const std::string& name, stored_array array) {
        array.origin = source_ + ": array " + detail::in_quotes(name);
        require<file_error>(arrays_.try_emplace(name, std::move(array)).second, source_,
                            ": there are two arrays named ", detail::in_quotes(name));
    }
    /// Adds the array of these values (stored_array::of): an xtensor or an expression, a block of a
    /// matrix, a std::vector, text or a number. Throws file_error if the name is taken.
    template <class Values>
    requires requires(const Values& values) { stored_array::of(values); }
    void add(const std::string& name, const Values& values) { add(name, stored_array::of(values)); }
    /// Adds an array of any number of axes. Throws file_error if the name is taken, shape_error if shape and
    /// values differ in size.
    template <class T>
    void add(const std::string& name, const std::vector<T>& values, const std::vector<std::size_t>& shape) {
        add(name, stored_array::of(values, shape));
    }
    /// Whether there is an array of that name.
    [[nodiscard]] bool contains(const std::string& name) const { return arrays_.contains(name); }
    /// The array of that name. Throws file_error, listing what there is.
    [[nodiscard]] const stored_array& at(const std::string& name) const {
        const auto found = arrays_.find(name);
        if (found != arrays_.end()) return found->second;
        throw file_error(detail::concatenate(source_, ": there is no array ", detail::in_quotes(name),
                                             "; it holds ", list()));
    }
    /// Names, types and shapes as a message shows them, of no more than 40 arrays.
    [[nodiscard]] std::string list() const {
        std::string text = arrays_.empty() ? "none" : "";
        std::size_t count = 0;
        for (const auto& [name, array] : arrays_) {
            if (++count > 40) return detail::concatenate(text, " and ", arrays_.size() - 40, " more");
            text += detail::concatenate(
                count > 1 ? ", " : "", detail::in_quotes(name), " ",
                array.type == element_type::other ? detail::in_quotes(array.foreign_type) : array.type_name(),
                " ", shape_text(array.shape));
        }
        return text;
    }
    /// Where the arrays came from, for messages.
    [[nodiscard]] const std::string& source() const { return source_; }
    /// How many arrays there are.
    [[nodiscard]] std::size_t size() const { return arrays_.size(); }
    /// Name and array, in the order of the names.
    [[nodiscard]] auto begin() const { return arrays_.begin(); }
    /// Past the last array.
    [[nodiscard]] auto end() const { return arrays_.end(); }

  private:
    std::string source_;
    std::map<std::string, stored_array> arrays_;
};

}  // namespace engram
