/// @file
/// The file a run is continued from: named arrays under one version and one checksum.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/io/atomic_file.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/checksum.hpp"
#include "engram/io/stored_array.hpp"

namespace engram {

/// The version that is written, and the only one that is read.
inline constexpr std::uint32_t checkpoint_version = 1;

/// The arrays in the content of a checkpoint called `source`. Its layout, all numbers little-endian:
///   "engramck", version (4 bytes), number of arrays (4), size of the whole file (8); for each array
///   length of its name (4), name, element type (1), number of extents (1), extents (8 each), elements;
///   CRC-64/XZ of all that precedes (8).
/// Throws file_error on anything else; a damaged or unfinished file is told by its size and checksum first.
inline named_arrays parse_checkpoint(byte_span content, const std::string& source) {
    byte_reader in(content, source);
    const std::string magic = in.take_text(8, "the magic string");
    require<file_error>(magic == "engramck", source, ": found ", in_quotes(magic),
                        " at its start, expected 'engramck'");
    const auto format = in.little<std::uint32_t>("the version");
    in.check(format == checkpoint_version, "found version ", format, ", expected ", checkpoint_version);
    const auto count = in.little<std::uint32_t>("the number of arrays");
    const auto size = in.little<std::uint64_t>("the size of the file");
    in.check(size == content.size() && in.left() >= 8, "found a file of ", content.size(),
             " bytes, expected ", size);
    byte_reader last(content.last(8), source);
    const auto found = crc64(content.first(content.size() - 8)),
               expected = last.little<std::uint64_t>("the checksum");
    require<file_error>(found == expected, source, ": its checksum is ", found, ", expected ", expected,
                        ": the file is damaged");
    named_arrays arrays(source);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::string name = in.take_text(in.little<std::uint32_t>("the length of a name"), "a name");
        const auto type = in.little<std::uint8_t>("an element type");
        in.check(type < int(element_type::other), "found element type ", int(type), ", expected one below ",
                 int(element_type::other));
        stored_array array{.type = element_types[type].type, .shape = {}, .data = {}};
        for (auto axes = in.little<std::uint8_t>("the number of extents"); axes > 0; --axes)
            array.shape.push_back(in.little<std::uint64_t>("an extent"));
        const byte_span data =
            in.take(checked_size(array.shape, describe(array.type).size, source), "array " + in_quotes(name));
        array.data.assign(data.begin(), data.end());
        arrays.add(name, std::move(array));
    }
    in.take(8, "the checksum");
    in.expect_end();
    return arrays;
}

/// The content of a checkpoint that holds the arrays.
inline bytes format_checkpoint(const named_arrays& arrays) {
    bytes body;
    for (const auto& [name, array] : arrays) {
        append_little(body, static_cast<std::uint32_t>(name.size()));
        append(body, name);
        append_little(body, static_cast<std::uint8_t>(array.type));
        append_little(body, static_cast<std::uint8_t>(array.shape.size()));
        for (const std::size_t extent : array.shape) append_little(body, std::uint64_t{extent});
        append(body, array.data);
    }
    bytes content;
    append(content, "engramck");
    append_little(content, checkpoint_version);
    append_little(content, static_cast<std::uint32_t>(arrays.size()));
    append_little(content, std::uint64_t{content.size() + 8 + body.size() + 8});
    append(content, body);
    append_little(content, crc64(content));
    return content;
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
