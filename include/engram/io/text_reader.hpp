/// @file
/// Reads the little texts that array files carry: quoted names, whole numbers and lists of them. It knows no
/// nesting of its own, so no text can make it nest.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/io/bytes.hpp"

namespace engram::detail {

/// Walks through text from front to back, skipping white space before every token.
class text_reader {
  public:
    /// Messages begin with `source` and count bytes from `start`, where the text stands in the file.
    text_reader(std::string_view text, std::string source, std::size_t start)
        : text_(text), source_(std::move(source)), start_(start) {}

    /// Whether the next token begins with the character.
    bool next_is(char c) {
        skip_space();
        return at_ < text_.size() && text_[at_] == c;
    }
    /// Takes the character if it comes next.
    bool accept(char c) {
        const bool found = next_is(c);
        at_ += found;
        return found;
    }
    /// Takes the character. Throws file_error if another comes next.
    void expect(char c) {
        if (!accept(c)) fail("expected " + in_quotes({&c, 1}));
    }
    /// Throws file_error unless nothing but white space is left.
    void expect_end() {
        skip_space();
        if (at_ < text_.size()) fail("expected the end of the header");
    }
    /// Takes a bracket and all that stands up to the one that closes it, and gives the whole as it stands;
    /// brackets within quotes count for nothing. What is in there is not looked at.
    std::string balanced(std::string_view open, std::string_view close) {
        skip_space();
        const std::size_t first = at_;
        std::size_t depth = 0;
        char quote = '\0';
        do {
            if (at_ == text_.size()) fail("expected a closing bracket");
            const char c = text_[at_++];
            if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c == '\'' || c == '"')
                quote = c;
            else if (open.find(c) != open.npos)
                ++depth;
            else if (close.find(c) != close.npos)
                --depth;
        } while (depth > 0);
        return std::string(text_.substr(first, at_ - first));
    }
    /// A number of decimal digits, at most 2^64 - 1.
    std::uint64_t whole_number() {
        skip_space();
        const std::size_t first = at_;
        std::uint64_t number = 0;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
            const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
            if (number > (~std::uint64_t{0} - digit) / 10) fail("expected a number below 2^64");
            number = number * 10 + digit;
        }
        if (at_ == first) fail("expected a whole number");
        return number;
    }
    /// Numbers between brackets, separated by commas: at most 64. A comma before the last bracket is allowed.
    std::vector<std::size_t> whole_numbers(char open, char close) {
        std::vector<std::size_t> numbers;
        expect(open);
        while (!accept(close)) {
            if (numbers.size() == 64) fail("expected at most 64 numbers");
            numbers.push_back(whole_number());
            if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // as Python 2 wrote large numbers
            if (!next_is(close)) expect(',');
        }
        return numbers;
    }
    /// Text between two quotes, with JSON's escapes.
    std::string quoted_text(char quote) {
        expect(quote);
        std::string result;
        while (at_ < text_.size() && text_[at_] != quote) {
            const char c = text_[at_++];
            if (c != '\\')
                result += c;
            else
                escape(result);
        }
        if (at_ == text_.size()) fail("expected a closing quote");
        ++at_;
        return result;
    }
    /// The next key of a dictionary, with its colon. It must be one of `missing`, and is taken out of them.
    std::string key(char quote, std::vector<std::string>& missing) {
        std::string name = quoted_text(quote);
        if (std::erase(missing, name) == 0)
            fail(concatenate("found the key ", in_quotes(name), ", expected ", list(missing)));
        expect(':');
        return name;
    }
    /// Throws file_error if keys are missing.
    void expect_none(const std::vector<std::string>& missing) const {
        if (!missing.empty()) fail("expected " + list(missing));
    }
    /// A word of letters.
    std::string word() {
        skip_space();
        const std::size_t first = at_;
        while (at_ < text_.size() && ((text_[at_] | 32) >= 'a' && (text_[at_] | 32) <= 'z')) ++at_;
        return std::string(text_.substr(first, at_ - first));
    }
    /// Throws file_error that names the file, where the reader stands, and what stands there.
    [[noreturn]] void fail(const std::string& message) const {
        throw file_error(concatenate(source_, ": at byte ", start_ + at_, ": ", message, ", found ",
                                     at_ < text_.size() ? in_quotes(text_.substr(at_, 20)) : "its end"));
    }

  private:
    static std::string list(const std::vector<std::string>& keys) {
        std::string text = keys.empty() ? "no more keys" : "the keys";
        for (const std::string& key : keys) (text += ' ') += in_quotes(key);
        return text;
    }
    void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    void escape(std::string& to) {
        static constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
        const char name = at_ < text_.size() ? text_[at_++] : '\0';
        if (const auto known = names.find(name); known != names.npos) {
            to += meanings[known];
            return;
        }
        if (name != 'u') fail("expected an escape of JSON");
        unsigned code = hexadecimal();
        if (code >= 0xd800 && code < 0xe000) {  // the first of two that make one character
            const bool first = code < 0xdc00 && text_.substr(at_, 2) == "\\u";
            const unsigned second = first ? (at_ += 2, hexadecimal()) : 0;
            if (second < 0xdc00 || second >= 0xe000) fail("expected the two surrogates of a character");
            code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
        }
        append_utf8(to, code);
    }
    /// Four hexadecimal digits.
    unsigned hexadecimal() {
        unsigned code = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            const auto digit =
                std::string_view("0123456789abcdef")
                    .find(at_ < text_.size() ? static_cast<char>(text_[at_] | (text_[at_] >= 'A' ? 32 : 0))
                                             : '\0');
            if (digit == std::string_view::npos) fail("expected a hexadecimal digit");
            code = code * 16 + static_cast<unsigned>(digit);
        }
        return code;
    }
    static void append_utf8(std::string& to, unsigned code) {
        const auto put = [&](unsigned byte) { to += static_cast<char>(static_cast<unsigned char>(byte)); };
        if (code < 0x80) return put(code);
        const unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;  // bytes of six bits each
        put((0xf0u << (3 - more) & 0xffu) | code >> 6 * more);
        for (unsigned i = more; i-- > 0;) put(0x80 | (code >> 6 * i & 63));
    }

    std::string_view text_;
    std::string source_;
    std::size_t start_, at_ = 0;
};

}  // namespace engram::detail
