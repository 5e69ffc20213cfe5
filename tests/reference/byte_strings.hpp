/// @file
/// Files made by hand: numbers and texts as bytes.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "engram/io/bytes.hpp"

namespace reference {

/// Appends bytes to bytes.
inline void append(engram::bytes& to, engram::byte_span content) {
    for (const std::uint8_t byte : content) to.push_back(byte);
}
/// Appends the characters of a text.
inline void append(engram::bytes& to, std::string_view text) {
    for (const char c : text) to.push_back(static_cast<std::uint8_t>(c));
}
/// Appends a number, the lowest byte first.
template <std::unsigned_integral T>
void append_little(engram::bytes& to, T number) {
    for (unsigned i = 0; i < sizeof(T); ++i) to.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

}  // namespace reference
