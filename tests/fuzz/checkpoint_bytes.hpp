/// @file
/// What the fuzz targets of checkpoints have in common.
#pragma once

#include <algorithm>
#include <cstring>

#include "engram/io/checkpoint_file.hpp"

/// The input with the checksums of its stored members put right, or hardly an input would get past them; the
/// tests of the reader show that it refuses wrong ones.
inline engram::bytes with_right_checksums(engram::byte_span input) {
    engram::bytes file(input.begin(), input.end());
    const auto number_at = [&]<class T>(std::size_t at, T number) {
        if (at + sizeof(T) <= file.size()) std::memcpy(&number, file.data() + at, sizeof(T));
        return std::size_t{number};
    };
    constexpr std::uint32_t directory_entry = 0x02014b50;  // its signature, by the zip format
    for (std::size_t entry = 0; entry + 46 <= file.size(); ++entry) {
        if (number_at(entry, std::uint32_t{0}) != directory_entry) continue;
        const std::size_t size = number_at(entry + 20, std::uint32_t{0}),
                          local = number_at(entry + 42, std::uint32_t{0});
        const std::size_t begin =
            local + 30 + number_at(local + 26, std::uint16_t{0}) + number_at(local + 28, std::uint16_t{0});
        if (begin > file.size() || size > file.size() - begin) continue;
        const std::uint32_t check = engram::crc32(engram::byte_span(file).subspan(begin, size));
        std::memcpy(file.data() + entry + 16, &check, 4);
    }
    return file;
}
