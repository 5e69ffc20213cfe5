/// @file
/// NumPy's .npz files: zip archives of .npy files. Reads stored and deflated members, writes stored ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "engram/core/error.hpp"
#include "engram/io/atomic_file.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/checksum.hpp"
#include "engram/io/detail/zip.hpp"
#include "engram/io/named_arrays.hpp"
#include "engram/io/npy.hpp"

namespace engram {

namespace detail {

/// The array in a member of an .npz file; nothing where the member is none, such as a text put beside them.
inline std::optional<stored_array> read_npz_member(const zip_archive& archive, const zip_member& member) {
    const bool named_so = member.name.ends_with(".npy");
    if (!named_so) {
        const bytes magic = archive.begin_of(member, 6);
        if (std::string(magic.begin(), magic.end()) != "\x93NUMPY") return {};
    }
    const std::string where = archive.where(member);
    if (member.method != 0) {  // the header alone is unpacked before its promises are believed
        const bytes begin = archive.begin_of(member, 1 << 17);
        byte_reader header(begin, where);
        const npy_start start = read_npy_start(header);
        require<file_error>(
            start.array.type == element_type::other || start.size == member.size - header.offset(), where,
            ": found a size of ", member.size, " bytes, but its header promises ", start.size, " after the ",
            header.offset(), " before the data");
    }
    return parse_npy(archive.read(member), archive.source() + ": " + in_quotes(member.name));
}

}  // namespace detail

/// The arrays in the content of an .npz file called `source`, named without their ".npy". Members that are no
/// arrays are passed over, as NumPy does until they are asked for.
/// Throws file_error on anything else, naming the place and what was expected.
inline named_arrays parse_npz(byte_span content, const std::string& source) {
    const detail::zip_archive archive(content, source, "an .npz file");
    named_arrays arrays(source);
    for (const auto& member : archive.members())
        if (auto array = detail::read_npz_member(archive, member)) {
            const bool extension = member.name.ends_with(".npy");
            arrays.add(member.name.substr(0, member.name.size() - (extension ? 4 : 0)), std::move(*array));
        }
    return arrays;
}

/// The content of an .npz file that holds the arrays. Throws file_error if it would be 4 GB or more.
inline bytes format_npz(const named_arrays& arrays) {
    bytes content, directory;
    for (const auto& [name, array] : arrays) {
        const std::string file = name + ".npy";
        const bytes npy = format_npy(array);
        require<file_error>(
            content.size() + npy.size() < 0xf0000000 && file.size() < 65536 && arrays.size() < 65535,
            arrays.source(), ": array ", detail::in_quotes(name),
            " does not fit into an .npz file below 4 GB");
        const auto local = static_cast<std::uint32_t>(content.size());
        bytes common;  // what the member's header and its directory entry have in common
        for (const unsigned field : {20u, 0x800u, 0u, 0u, 0x21u})  // version, UTF-8 name, stored, 1980-01-01
            detail::append_little(common, static_cast<std::uint16_t>(field));
        detail::append_little(common, crc32(npy));
        detail::append_little(common, static_cast<std::uint32_t>(npy.size()));
        detail::append_little(common, static_cast<std::uint32_t>(npy.size()));
        detail::append_little(common, static_cast<std::uint16_t>(file.size()));
        detail::append_little(common, std::uint16_t{0});  // no extra field
        detail::append_little(content, detail::zip_local);
        detail::append(content, common);
        detail::append(content, file);
        detail::append(content, npy);
        detail::append_little(directory, detail::zip_central);
        detail::append_little(directory, std::uint16_t{20});
        detail::append(directory, common);
        directory.insert(directory.end(), 10, std::uint8_t{0});  // comment, disk, attributes
        detail::append_little(directory, local);
        detail::append(directory, file);
    }
    const auto start = static_cast<std::uint32_t>(content.size());
    detail::append(content, directory);
    detail::append_little(content, detail::zip_end);
    detail::append_little(content, std::uint32_t{0});
    for (int i = 0; i < 2; ++i) detail::append_little(content, static_cast<std::uint16_t>(arrays.size()));
    detail::append_little(content, static_cast<std::uint32_t>(directory.size()));
    detail::append_little(content, start);
    detail::append_little(content, std::uint16_t{0});
    return content;
}

/// Reads an .npz file. Throws file_error.
inline named_arrays read_npz(const std::filesystem::path& path) {
    return parse_npz(read_file(path), path.string());
}

/// Writes an .npz file, atomically. Throws file_error.
inline void write_npz(const std::filesystem::path& path, const named_arrays& arrays) {
    write_file(path, byte_span(format_npz(arrays)));
}

}  // namespace engram
