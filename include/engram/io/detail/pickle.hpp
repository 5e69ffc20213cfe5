/// @file
/// Reads Python's pickles as a description of what they would build. Nothing is called, imported or executed.
/// Format: https://docs.python.org/3/library/pickletools.html (protocols 2 to 5, what PyTorch writes of them)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engram/io/bytes.hpp"
#include "engram/io/detail/pickle_stack.hpp"

namespace engram::detail {

/// An interpreter of pickles that builds values and nothing else.
class pickle_reader {
  public:
    /// Interprets the pickle in `content`. Throws file_error, led by `source`, on what it does not know.
    pickle_reader(byte_span content, const std::string& source) : in_(content, source) {
        while (step()) {
        }
    }

    pickle_reader(const pickle_reader&) = delete;
    pickle_reader& operator=(const pickle_reader&) = delete;

    /// The values.
    [[nodiscard]] const pickle_value& operator[](std::size_t index) const { return stack_[index]; }
    /// The index of the value that the pickle is of.
    [[nodiscard]] std::size_t root() const { return root_; }
    /// The index of what a dictionary has under a key; `otherwise` if it has nothing.
    [[nodiscard]] std::size_t find(const pickle_value& dictionary, const std::string& key,
                                   std::size_t otherwise) const {
        for (std::size_t i = 0; i + 1 < dictionary.items.size(); i += 2)
            if (stack_[dictionary.items[i]].kind == pickle_kind::text &&
                stack_[dictionary.items[i]].text == key)
                return dictionary.items[i + 1];
        return otherwise;
    }

  private:
    /// One instruction; false after the last.
    bool step() {
        const auto code = static_cast<char>(in_.little<std::uint8_t>("an instruction of the pickle"));
        switch (code) {
            case '\x80':  // PROTO
                in_.take(1, "the protocol");
                return true;
            case '\x95':  // FRAME
                in_.take(8, "the length of a frame");
                return true;
            case '.':  // STOP
                root_ = stack_.pop();
                return false;
            case '0':  // POP
                stack_.pop();
                return true;
            case '1':  // POP_MARK
                stack_.pop_to_mark();
                return true;
            case '(':  // MARK
                stack_.push_mark();
                return true;
            case 'q':  // BINPUT
                stack_.remember(in_.little<std::uint8_t>("a memo's number"));
                return true;
            case 'r':  // LONG_BINPUT
                stack_.remember(in_.little<std::uint32_t>("a memo's number"));
                return true;
            case '\x94':  // MEMOIZE
                stack_.remember();
                return true;
            case 'h':  // BINGET
                stack_.push_again(stack_.memo(in_.little<std::uint8_t>("a memo's number")));
                return true;
            case 'j':  // LONG_BINGET
                stack_.push_again(stack_.memo(in_.little<std::uint32_t>("a memo's number")));
                return true;
            default:
                if (!push_constant(code) && !push_group(code) && !push_object(code) && !extend(code))
                    in_.check(false, "found the instruction ", int(static_cast<unsigned char>(code)),
                              " of a pickle, which builds no tensors");
                return true;
        }
    }

    /// Numbers and text.
    bool push_constant(char code) {
        switch (code) {
            case 'N':  // NONE
                stack_.push({});
                return true;
            case '\x88':  // NEWTRUE
            case '\x89':  // NEWFALSE
                stack_.push({pickle_kind::number, code == '\x88'});
                return true;
            case 'K':  // BININT1
                stack_.push({pickle_kind::number, in_.little<std::uint8_t>("a number")});
                return true;
            case 'M':  // BININT2
                stack_.push({pickle_kind::number, in_.little<std::uint16_t>("a number")});
                return true;
            case 'J':  // BININT
                stack_.push(
                    {pickle_kind::number, static_cast<std::int32_t>(in_.little<std::uint32_t>("a number"))});
                return true;
            case '\x8a':  // LONG1
                push_long(in_.take(in_.little<std::uint8_t>("a number's length"), "a number"));
                return true;
            case 'G':  // BINFLOAT
                in_.take(8, "a floating-point number");
                stack_.push({});
                return true;
            case 'X':  // BINUNICODE
            case 'T':  // BINSTRING
            case 'B':  // BINBYTES
                push_text(in_.little<std::uint32_t>("a text's length"));
                return true;
            case '\x8c':  // SHORT_BINUNICODE
            case 'U':     // SHORT_BINSTRING
            case 'C':     // SHORT_BINBYTES
                push_text(in_.little<std::uint8_t>("a text's length"));
                return true;
            case '\x8d':  // BINUNICODE8
            case '\x8e':  // BINBYTES8
                push_text(in_.little<std::uint64_t>("a text's length"));
                return true;
            default:
                return false;
        }
    }

    /// Empty and filled tuples, lists, sets and dictionaries.
    bool push_group(char code) {
        switch (code) {
            case ')':     // EMPTY_TUPLE
            case ']':     // EMPTY_LIST
            case '\x8f':  // EMPTY_SET
                stack_.push({pickle_kind::sequence});
                return true;
            case '}':  // EMPTY_DICT
                stack_.push({pickle_kind::dictionary});
                return true;
            case '\x85':  // TUPLE1
            case '\x86':  // TUPLE2
            case '\x87':  // TUPLE3
                stack_.push(
                    {pickle_kind::sequence, 0, {}, stack_.pop_last(static_cast<std::size_t>(code - '\x84'))});
                return true;
            case 't':     // TUPLE
            case 'l':     // LIST
            case '\x91':  // FROZENSET
                stack_.push({pickle_kind::sequence, 0, {}, stack_.pop_to_mark()});
                return true;
            case 'd':  // DICT
                stack_.push({pickle_kind::dictionary, 0, {}, stack_.pop_to_mark()});
                return true;
            default:
                return false;
        }
    }

    /// Classes, functions, and what they would make.
    bool push_object(char code) {
        switch (code) {
            case 'c': {  // GLOBAL
                const std::string module = line();
                stack_.push({pickle_kind::global, 0, module + "." + line()});
                return true;
            }
            case '\x93': {  // STACK_GLOBAL
                const auto names = stack_.pop_last(2);
                stack_.push({pickle_kind::global, 0, stack_[names[0]].text + "." + stack_[names[1]].text});
                return true;
            }
            case 'Q':  // BINPERSID
                stack_.push({pickle_kind::reference, 0, {}, stack_.pop_last(1)});
                return true;
            case 'R': {  // REDUCE
                const auto parts = stack_.pop_last(2);
                const pickle_value &function = stack_[parts[0]], &arguments = stack_[parts[1]];
                if (function.text == "collections.OrderedDict")
                    stack_.push({pickle_kind::dictionary});
                else
                    stack_.push({pickle_kind::call, 0, function.text, arguments.items});
                return true;
            }
            case '\x81':    // NEWOBJ
            case '\x92': {  // NEWOBJ_EX
                const auto parts = stack_.pop_last(code == '\x81' ? 2 : 3);
                stack_.push({pickle_kind::object, 0, stack_[parts[0]].text});
                return true;
            }
            default:
                return false;
        }
    }

    /// What adds to a value that is there.
    bool extend(char code) {
        switch (code) {
            case 'a':  // APPEND
                stack_.add_to_top(stack_.pop_last(1), pickle_kind::sequence);
                return true;
            case 'e':     // APPENDS
            case '\x90':  // ADDITEMS
                stack_.add_to_top(stack_.pop_to_mark(), pickle_kind::sequence);
                return true;
            case 's':  // SETITEM
                stack_.add_to_top(stack_.pop_last(2), pickle_kind::dictionary);
                return true;
            case 'u':  // SETITEMS
                stack_.add_to_top(stack_.pop_to_mark(), pickle_kind::dictionary);
                return true;
            case 'b': {  // BUILD
                const std::size_t state = stack_.pop();
                if (stack_[stack_.top()].kind == pickle_kind::object) stack_[stack_.top()].items = {state};
                return true;
            }
            default:
                return false;
        }
    }

    void push_long(byte_span digits) {
        std::uint64_t number = 0;
        for (std::size_t i = digits.size(); i-- > 0;) number = number << 8 | digits[i];
        const bool negative = !digits.empty() && digits.size() < 8 && digits.back() >= 128;
        if (negative) number |= ~std::uint64_t{0} << 8 * digits.size();
        stack_.push(digits.size() <= 8 ? pickle_value{pickle_kind::number, static_cast<std::int64_t>(number)}
                                       : pickle_value{});
    }
    void push_text(std::uint64_t length) {
        stack_.push({pickle_kind::text, 0, in_.take_text(length, "a text")});
    }
    /// Up to the end of the line.
    std::string line() {
        std::string text;
        while (true) {
            const char c = static_cast<char>(in_.little<std::uint8_t>("a name"));
            if (c == '\n') return text;
            text += c;
        }
    }
    byte_reader in_;
    pickle_stack stack_{in_};
    std::size_t root_ = 0;
};

}  // namespace engram::detail
