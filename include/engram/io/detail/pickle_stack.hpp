/// @file
/// What a pickle builds: values, and the stack and the memo they are put together with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engram/io/bytes.hpp"

namespace engram::detail {

/// What a value of a pickle is.
enum class pickle_kind : std::uint8_t {
    none,        ///< None, or a number that nobody here needs
    number,      ///< a whole number or a boolean
    text,        ///< text or bytes
    sequence,    ///< a tuple, list or set of `items`
    dictionary,  ///< keys and values in turn
    global,      ///< a class or function, by its full name
    call,        ///< what calling the function `text` with `items` would give
    object,      ///< an object of the class `text`; its one item, if any, is its state
    reference    ///< something outside the pickle, named by its one item
};

/// A value of a pickle; others are named by their index.
struct pickle_value {
    pickle_kind kind = pickle_kind::none;
    std::int64_t number = 0;
    std::string text = {};
    std::vector<std::size_t> items = {};
};

/// The values of a pickle, the stack of those being put together, and the memo of those to be used again.
/// Every step is checked; messages name the place of the reader given.
class pickle_stack {
  public:
    explicit pickle_stack(const byte_reader& in) : in_(in) {}

    /// The value of an index.
    [[nodiscard]] const pickle_value& operator[](std::size_t index) const { return values_[index]; }
    [[nodiscard]] pickle_value& operator[](std::size_t index) { return values_[index]; }

    void push(pickle_value value) {
        stack_.push_back(values_.size());
        values_.push_back(std::move(value));
    }
    /// Pushes a value that is there already.
    void push_again(std::size_t index) { stack_.push_back(index); }
    /// What is pushed from here on belongs to a group.
    void push_mark() { marks_.push_back(stack_.size()); }
    /// Gives items to the value on top of the stack; objects of other kinds keep none.
    void add_to_top(const std::vector<std::size_t>& items, pickle_kind kind) {
        auto& value = values_[top()];
        if (value.kind == kind) value.items.insert(value.items.end(), items.begin(), items.end());
    }
    [[nodiscard]] std::size_t top() const {
        in_.check(stack_.size() > floor(), "the pickle's stack is empty, expected a value");
        return stack_.back();
    }
    std::size_t pop() {
        const std::size_t value = top();
        stack_.pop_back();
        return value;
    }
    std::vector<std::size_t> pop_last(std::size_t count) {
        in_.check(stack_.size() >= floor() + count, "the pickle's stack holds fewer than ", count, " values");
        const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
        std::vector<std::size_t> items(first, stack_.end());
        stack_.erase(first, stack_.end());
        return items;
    }
    std::vector<std::size_t> pop_to_mark() {
        in_.check(!marks_.empty(), "the pickle's stack has no mark, expected one");
        auto items = pop_last(stack_.size() - marks_.back());
        marks_.pop_back();
        return items;
    }
    /// Remembers the value on top under a number.
    void remember(std::uint32_t number) { memo_[number] = top(); }
    /// Remembers it under the next number.
    void remember() { remember(static_cast<std::uint32_t>(memo_.size())); }
    /// What is remembered under a number.
    [[nodiscard]] std::size_t memo(std::uint32_t number) const {
        const auto found = memo_.find(number);
        in_.check(found != memo_.end(), "the pickle has no memo ", number);
        return found->second;
    }

  private:
    [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

    const byte_reader& in_;
    std::vector<pickle_value> values_;
    std::vector<std::size_t> stack_, marks_;
    std::map<std::uint32_t, std::size_t> memo_;
};

}  // namespace engram::detail
