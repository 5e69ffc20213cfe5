/// @file
/// The cyclic redundancy check of zip and gzip files.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace engram {

namespace detail {

/// Tables for eight bytes at a time: tables[k][b] is the check of byte b followed by k zero bytes.
constexpr auto crc32_tables() {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        auto word = static_cast<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) word = word >> 1 ^ (word & 1 ? 0xedb88320u : 0u);
        tables[0][byte] = word;
    }
    for (std::size_t k = 1; k < 8; ++k)
        for (std::size_t byte = 0; byte < 256; ++byte)
            tables[k][byte] = tables[k - 1][byte] >> 8 ^ tables[0][tables[k - 1][byte] & 0xff];
    return tables;
}

}  // namespace detail

/// CRC-32 (ISO 3309), as zip and gzip use it; `so_far` continues an earlier check.
inline std::uint32_t crc32(std::span<const std::uint8_t> content, std::uint32_t so_far = 0) {
    static_assert(std::endian::native == std::endian::little);
    static constexpr auto tables = detail::crc32_tables();
    std::uint32_t word = ~so_far;
    const std::uint8_t *next = content.data(), *end = next + content.size();
    for (; end - next >= 8; next += 8) {
        std::uint64_t eight;
        std::memcpy(&eight, next, 8);
        eight ^= word;
        word = 0;
        for (std::size_t k = 0; k < 8; ++k) word ^= tables[7 - k][eight >> (8 * k) & 0xff];
    }
    for (; next != end; ++next) word = word >> 8 ^ tables[0][(word ^ *next) & 0xff];
    return ~word;
}

}  // namespace engram
