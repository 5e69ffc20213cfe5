/// @file
/// What the readers of other frameworks' weights share: arrays by name, what of them was used, which is the
/// readout.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engram/io/named_arrays.hpp"
#include "engram/nn/load_options.hpp"
#include "engram/nn/recurrent_network.hpp"

namespace engram::detail {

/// A module and the prefix of its arrays' names, "rnn." or "rnn/"; both empty for names without a module.
struct module_prefix {
    bool found = false;
    std::string text = {};
};

/// The arrays of a file, and which of them were used.
class weight_file {
  public:
    explicit weight_file(const named_arrays& arrays) : arrays_(arrays) {}

    [[nodiscard]] const std::string& source() const { return arrays_.source(); }
    [[nodiscard]] bool contains(const std::string& name) const { return arrays_.contains(name); }
    [[nodiscard]] const named_arrays& arrays() const { return arrays_; }

    /// The prefix of the only array whose name ends, after a separator, with one of the endings.
    /// Throws file_error if there are several.
    [[nodiscard]] module_prefix only_prefix(const std::vector<std::string>& endings) const {
        module_prefix result;
        std::string first;
        for (const auto& [name, array] : arrays_)
            for (const auto& ending : endings) {
                if (!ends_with_part(name, ending)) continue;
                require<file_error>(!result.found, source(), ": found both ", in_quotes(first), " and ",
                                    in_quotes(name),
                                    "; say with the option 'recurrent' which module is meant");
                first = name;
                result = {true, name.substr(0, name.size() - ending.size())};
            }
        return result;
    }
    /// "rnn" as the prefix that the file's names begin with: "rnn.", "rnn/", or nothing.
    [[nodiscard]] std::string prefix_of(const std::string& module) const {
        if (module.empty()) return "";
        for (const char* separator : {"/", "."})
            for (const auto& [name, array] : arrays_)
                if (name.starts_with(module + separator)) return module + separator;
        return module + ".";
    }

    /// The module that reads out, as the options say or by its name, whose weights end with `ending` and are
    /// not the recurrent module's `own(name)`. A name that a framework gave, such as Dense_0, counts only
    /// where the module cannot be what feeds the recurrent module's inputs, and so do fc, out, output and
    /// head, which an encoder's layers are called too, where another module may read out. Throws file_error
    /// if a name leaves it open, listing what it might be.
    template <class Own>
    [[nodiscard]] module_prefix find_readout(const load_options& options, const std::string& ending,
                                             const network_sizes& sizes, Own&& own) const {
        if (options.no_readout) return {};
        if (!options.readout.empty()) return {true, prefix_of(options.readout)};
        const size_t outer = ending == "kernel" ? 1 : 0;  // the axis of a module's outputs
        bool named_may_feed = false, others_read_out = false;
        std::vector<std::string> named, candidates;
        for (const auto& [name, array] : arrays_) {
            if (!ends_with_part(name, ending) || name == ending || own(name)) continue;
            if (array.shape.size() != 2) continue;  // of a normalisation or a convolution
            const std::string module = name.substr(0, name.size() - ending.size() - 1);
            const bool may_feed = array.shape[outer] == sizes.inputs, is_vague = has_vague_name(module);
            const bool by_name = reads_out(module) || (is_dense(module) && !(ending == "kernel" && may_feed));
            (by_name ? named : candidates).push_back(name);
            named_may_feed |= by_name && is_vague && may_feed;
            others_read_out |= !is_vague && array.shape[1 - outer] == sizes.units;
        }
        const bool is_open = named.size() == 1 && named_may_feed && others_read_out;
        if (named.size() == 1 && !is_open) return {true, named[0].substr(0, named[0].size() - ending.size())};
        auto open = named.empty() ? candidates : named;
        if (is_open) open.insert(open.end(), candidates.begin(), candidates.end());
        if (open.empty()) return {};
        std::string list;
        for (const auto& name : open)
            list += (list.empty() ? "" : ", ") + in_quotes(name) + " " + shape_text(arrays_.at(name).shape);
        throw file_error(concatenate(
            source(), ": which module reads the units out cannot be told: found ", list,
            "; name it with the option 'readout', or set 'no_readout' for outputs that are the units"));
    }

    /// The shape of a matrix. Throws file_error if it has other than two axes, or none of something.
    [[nodiscard]] std::vector<size_t> matrix_shape(const std::string& name) const {
        const auto& array = arrays_.at(name);
        expect_floating(array);
        require<file_error>(array.shape.size() == 2 && array.size() > 0, array.origin, ": found shape ",
                            shape_text(array.shape), ", expected a matrix with at least one element");
        return array.shape;
    }
    /// The numbers of an array of the given shape, as (rows x the rest).
    template <class T>
    [[nodiscard]] matrix<T> read(const std::string& name, const std::vector<size_t>& shape) {
        const auto& array = arrays_.at(name);
        array.expect_shape(shape);
        expect_floating(array);
        array.expect_finite<T>();
        matrix<T> result = matrix<T>::from_shape({shape[0], array.size() / shape[0]});
        array.copy_to(result);
        used_.insert(name);
        return result;
    }
    /// Throws file_error if an array was not used.
    void expect_all_used() const {
        for (const auto& [name, array] : arrays_)
            require<file_error>(used_.contains(name), array.origin, ", of shape ", shape_text(array.shape),
                                ", belongs neither to the recurrent module nor to its readout; set "
                                "ignore_others to load the network without it");
    }

  private:
    /// Whether a name is `ending`, or ends with it after a separator.
    [[nodiscard]] static bool ends_with_part(const std::string& name, const std::string& ending) {
        if (!name.ends_with(ending)) return false;
        if (name.size() == ending.size()) return true;
        const char before = name[name.size() - ending.size() - 1];
        return before == '.' || before == '/';
    }
    /// The last part of a module's name, in small letters.
    [[nodiscard]] static std::string last_part(const std::string& module) {
        std::string last = module.substr(module.find_last_of("./") + 1);  // all of it where there is none
        for (char& c : last) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        return last;
    }
    /// Whether a linear layer has the name that Flax or Keras gives it: Dense_0, dense, dense_1.
    [[nodiscard]] static bool is_dense(const std::string& module) {
        const std::string last = last_part(module);
        return last.starts_with("dense") && last.find_first_not_of("_0123456789", 5) == last.npos;
    }
    /// Whether a module's name says little more than that it comes last in something.
    [[nodiscard]] static bool has_vague_name(const std::string& module) {
        const std::string last = last_part(module);
        return last == "fc" || last == "out" || last == "output" || last == "head";
    }
    /// Whether a module is called as readouts are, and is no part of an encoder or an embedding.
    [[nodiscard]] static bool reads_out(const std::string& module) {
        if (module.find("encoder") != module.npos || module.find("embed") != module.npos) return false;
        const std::string last = last_part(module);
        static constexpr std::array<std::string_view, 7> names{"readout", "fc",         "out",    "output",
                                                               "head",    "classifier", "decoder"};
        return std::ranges::find(names, last) != names.end();
    }
    static void expect_floating(const stored_array& array) {
        array.expect_readable();
        require<file_error>(is_floating(array.type), array.origin, ": found ", array.type_name(),
                            ", expected floating-point numbers");
    }

    const named_arrays& arrays_;
    std::set<std::string> used_;
};

/// The readout of that prefix, whose weights are (outputs x units) if `transposed`, or the units themselves.
template <class Network>
void read_readout(weight_file& in, const module_prefix& readout, const std::string& weight, bool transposed,
                  Network& network) {
    using T = typename Network::scalar;
    const auto weights = network.readout_weights(std::span(network.parameters()));
    const auto bias = network.readout_bias(std::span(network.parameters()));
    const size_t units = weights.rows(), outputs = weights.columns();
    fill(weights, T(0));
    fill(bias, T(0));
    if (!readout.found) {
        for (size_t j = 0; j < units; ++j) weights(j, j) = T(1);
        return;
    }
    const auto theirs = in.read<T>(readout.text + weight,
                                   transposed ? std::vector{outputs, units} : std::vector{units, outputs});
    for (size_t i = 0; i < units; ++i)
        for (size_t j = 0; j < outputs; ++j) weights(i, j) = transposed ? theirs(j, i) : theirs(i, j);
    if (!in.contains(readout.text + "bias")) return;
    const auto numbers = in.read<T>(readout.text + "bias", {outputs});
    std::copy(numbers.begin(), numbers.end(), bias.data());
}

}  // namespace engram::detail
