/// @file
/// The file a run is continued from: an .npz file of named arrays, which NumPy opens too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "engram/core/error.hpp"
#include "engram/io/atomic_file.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/named_arrays.hpp"
#include "engram/io/npz.hpp"

namespace engram {

/// The version that is written, and the only one that is read.
inline constexpr std::uint32_t checkpoint_version = 2;

namespace detail {

/// The array that makes a checkpoint of an .npz file: the version.
inline constexpr const char* checkpoint_mark = "engram_checkpoint";

}  // namespace detail

/// The arrays in the content of a checkpoint called `source`: those of the .npz file but the one that says
/// the version. Every member has a checksum, and the directory, without which there is none, stands at the
/// end: a file that is damaged in its numbers or cut anywhere is refused. Throws file_error.
inline named_arrays parse_checkpoint(byte_span content, const std::string& source) {
    const named_arrays all = parse_npz(content, source);
    const auto& mark = all.at(detail::checkpoint_mark);
    mark.expect_shape({});
    const auto found = mark.values<std::uint64_t>()[0];
    require<file_error>(found == checkpoint_version, mark.origin, ": found version ", found, ", expected ",
                        checkpoint_version);
    named_arrays arrays(source);
    for (const auto& [name, array] : all)
        if (name != detail::checkpoint_mark) arrays.add(name, array);
    return arrays;
}

/// The content of a checkpoint that holds the arrays. Throws file_error if it would be 4 GB or more.
inline bytes format_checkpoint(named_arrays arrays) {
    arrays.add(detail::checkpoint_mark, std::uint32_t{checkpoint_version});
    return format_npz(arrays);
}

/// Reads a checkpoint. Throws file_error.
inline named_arrays read_checkpoint(const std::filesystem::path& path) {
    return parse_checkpoint(read_file(path), path.string());
}

/// Writes a checkpoint: whatever goes wrong, an older one of that name stays as it was. Throws file_error.
inline void write_checkpoint(const std::filesystem::path& path, const named_arrays& arrays) {
    write_file(path, byte_span(format_checkpoint(arrays)));
}

}  // namespace engram
