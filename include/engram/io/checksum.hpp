/// @file
/// Cyclic redundancy checks: CRC-32 as in zip files, CRC-64/XZ for engram's own.
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
template <class Word, Word Polynomial>
constexpr auto crc_tables() {
    std::array<std::array<Word, 256>, 8> tables{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        Word word = static_cast<Word>(byte);
        for (int bit = 0; bit < 8; ++bit) word = word >> 1 ^ (word & 1 ? Polynomial : Word{0});
        tables[0][byte] = word;
    }
    for (std::size_t k = 1; k < 8; ++k)
        for (std::size_t byte = 0; byte < 256; ++byte)
            tables[k][byte] = tables[k - 1][byte] >> 8 ^ tables[0][tables[k - 1][byte] & 0xff];
    return tables;
}

/// A reflected check with inverted start and end. `so_far` is the check of what came before.
template <class Word, Word Polynomial>
Word crc(std::span<const std::uint8_t> content, Word so_far) {
    static_assert(std::endian::native == std::endian::little);
    static constexpr auto tables = crc_tables<Word, Polynomial>();
    Word word = ~so_far;
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

}  // namespace detail

/// CRC-32 (ISO 3309), as zip and gzip use it; `so_far` continues an earlier check.
inline std::uint32_t crc32(std::span<const std::uint8_t> content, std::uint32_t so_far = 0) {
    return detail::crc<std::uint32_t, 0xedb88320>(content, so_far);
}

/// CRC-64/XZ (ECMA-182 polynomial); `so_far` continues an earlier check.
inline std::uint64_t crc64(std::span<const std::uint8_t> content, std::uint64_t so_far = 0) {
    return detail::crc<std::uint64_t, 0xc96c5795d7870f42>(content, so_far);
}

}  // namespace engram
