/// @file
/// What the fuzz targets of checkpoints have in common.
#pragma once

#include <cstring>

#include "engram/io/checkpoint_file.hpp"

/// The input with its size and checksum put right, or no input would get past them; the tests of the reader
/// show that it refuses wrong ones.
inline engram::bytes with_right_checksum(engram::byte_span input) {
    engram::bytes file(input.begin(), input.end());
    if (file.size() < 32) return file;
    const std::uint64_t size = file.size();
    std::memcpy(file.data() + 16, &size, 8);
    const std::uint64_t check = engram::crc64(engram::byte_span(file).first(file.size() - 8));
    std::memcpy(file.data() + file.size() - 8, &check, 8);
    return file;
}
