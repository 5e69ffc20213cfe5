/// @file
/// NumPy's .npz files: zip archives of .npy files. Reads stored and deflated members, writes stored ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/io/atomic_file.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/checksum.hpp"
#include "engram/io/inflate.hpp"
#include "engram/io/npy.hpp"
#include "engram/io/stored_array.hpp"

namespace engram {

namespace detail {

inline constexpr std::uint32_t zip_local = 0x04034b50, zip_central = 0x02014b50, zip_end = 0x06054b50;
inline constexpr std::size_t zip_end_size = 22;

/// A member as the central directory at the end of a zip archive describes it.
struct zip_member {
    std::string name;
    std::uint16_t method = 0;
    std::uint32_t check = 0, compressed = 0, size = 0, local = 0;
};

/// Where the record that ends the archive stands: 22 bytes and a comment before the end of the file.
inline std::size_t find_zip_end(byte_span content, const std::string& source) {
    for (std::size_t comment = 0; comment <= 65535 && comment + zip_end_size <= content.size(); ++comment) {
        const std::size_t at = content.size() - zip_end_size - comment;
        byte_reader in(content.subspan(at), source);
        if (in.little<std::uint32_t>("") != zip_end) continue;
        in.take(16, "");
        if (in.little<std::uint16_t>("") == comment) return at;
    }
    throw file_error(source + ": found no end of a zip archive, expected an .npz file");
}

inline zip_member read_central_entry(byte_reader& in) {
    zip_member member;
    const auto signature = in.little<std::uint32_t>("a directory entry");
    in.check(signature == zip_central, "found no entry of the zip directory, expected one more");
    in.take(4, "versions");
    const auto flags = in.little<std::uint16_t>("flags");
    in.check((flags & 1) == 0, "found an encrypted member, expected a plain one");
    member.method = in.little<std::uint16_t>("compression method");
    in.take(4, "time and date");
    member.check = in.little<std::uint32_t>("CRC-32");
    member.compressed = in.little<std::uint32_t>("compressed size");
    member.size = in.little<std::uint32_t>("size");
    const auto name = in.little<std::uint16_t>("length of the name");
    const auto extra = in.little<std::uint16_t>("length of the extra field");
    const auto comment = in.little<std::uint16_t>("length of the comment");
    in.take(8, "disk and attributes");
    member.local = in.little<std::uint32_t>("offset of the member");
    in.check(member.compressed != ~0u && member.size != ~0u && member.local != ~0u,
             "found a member in the zip64 format, expected one below 4 GB");
    member.name = in.take_text(name, "name");
    in.take(std::uint32_t{extra} + comment, "extra field and comment");
    return member;
}

/// The content of a member; `content` is all that stands before the directory.
inline bytes read_member(byte_span content, const zip_member& member, const std::string& source) {
    byte_reader in(content, source);
    in.take(member.local, "what precedes " + in_quotes(member.name));
    in.check(in.little<std::uint32_t>("a member") == zip_local, "found no zip member, expected ",
             in_quotes(member.name));
    in.take(22, "header of a member");
    const auto name = in.little<std::uint16_t>("length of the name"),
               extra = in.little<std::uint16_t>("length of the extra field");
    in.take(std::uint32_t{name} + extra, "name and extra field");
    const byte_span data = in.take(member.compressed, in_quotes(member.name));
    const std::string where = source + ": member " + in_quotes(member.name);
    require<file_error>(member.method == 0 || member.method == 8, where, ": found compression method ",
                        member.method, ", expected 0 (stored) or 8 (deflated)");
    require<file_error>(
        member.size <= data.size() * largest_expansion && (member.method != 0 || member.size == data.size()),
        where, ": found a size of ", member.size, " bytes, impossible for ", data.size(), " stored ones");
    if (member.method != 0) {  // the header alone is unpacked before its promises are believed
        const bytes begin =
            inflate(data, std::min<std::uint64_t>(member.size, 1 << 17), compression::deflate, where);
        byte_reader header(begin, where);
        const npy_start start = read_npy_start(header);
        require<file_error>(start.size == member.size - header.offset(), where, ": found a size of ",
                            member.size, " bytes, but its header promises ", start.size, " after the ",
                            header.offset(), " before the data");
    }
    bytes result = member.method == 0
                       ? bytes(data.begin(), data.end())
                       : inflate(data, std::uint64_t{member.size} + 1, compression::deflate, where);
    require<file_error>(result.size() == member.size, where, ": found ",
                        result.size() > member.size ? "more" : "fewer", " bytes than the ", member.size,
                        " that the directory promises");
    const std::uint32_t check = crc32(result);
    require<file_error>(check == member.check, where, ": its CRC-32 is ", check, ", expected ", member.check);
    return result;
}

}  // namespace detail

/// The arrays in the content of an .npz file called `source`, named without their ".npy".
/// Throws file_error on anything else, naming the place and what was expected.
inline named_arrays parse_npz(byte_span content, const std::string& source) {
    using namespace detail;
    const std::size_t end_at = find_zip_end(content, source);
    byte_reader end(content.subspan(end_at), source);
    end.take(8, "disk numbers");
    const auto here = end.little<std::uint16_t>("members"), total = end.little<std::uint16_t>("members");
    const auto size = end.little<std::uint32_t>("size of the directory"),
               start = end.little<std::uint32_t>("offset of the directory");
    require<file_error>(here == total && start <= end_at && size == end_at - start, source,
                        ": the zip directory of ", size, " bytes at byte ", start, " does not end at byte ",
                        end_at, " where it should");
    named_arrays arrays(source);
    byte_reader directory(content.subspan(start, size), source + ": zip directory");
    std::uint64_t compressed = 0;
    for (std::size_t i = 0; i < total; ++i) {
        const zip_member member = read_central_entry(directory);
        compressed += member.compressed;  // members that overlap could unpack to any size
        directory.check(compressed <= start, "the members' sizes add up to more than the file");
        directory.check(member.name.ends_with(".npy"), "found the member ", in_quotes(member.name),
                        ", expected a .npy file");
        arrays.add(member.name.substr(0, member.name.size() - 4),
                   parse_npy(read_member(content.first(start), member, source),
                             source + ": " + in_quotes(member.name)));
    }
    directory.expect_end();
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
            arrays.source(), ": array ", in_quotes(name), " does not fit into an .npz file below 4 GB");
        const auto local = static_cast<std::uint32_t>(content.size());
        bytes common;  // what the member's header and its directory entry have in common
        for (const unsigned field : {20u, 0x800u, 0u, 0u, 0x21u})  // version, UTF-8 name, stored, 1980-01-01
            append_little(common, static_cast<std::uint16_t>(field));
        append_little(common, crc32(npy));
        append_little(common, static_cast<std::uint32_t>(npy.size()));
        append_little(common, static_cast<std::uint32_t>(npy.size()));
        append_little(common, static_cast<std::uint16_t>(file.size()));
        append_little(common, std::uint16_t{0});  // no extra field
        append_little(content, detail::zip_local);
        append(content, common);
        append(content, file);
        append(content, npy);
        append_little(directory, detail::zip_central);
        append_little(directory, std::uint16_t{20});
        append(directory, common);
        directory.insert(directory.end(), 10, std::uint8_t{0});  // comment, disk, attributes
        append_little(directory, local);
        append(directory, file);
    }
    const auto start = static_cast<std::uint32_t>(content.size());
    append(content, directory);
    append_little(content, detail::zip_end);
    append_little(content, std::uint32_t{0});
    for (int i = 0; i < 2; ++i) append_little(content, static_cast<std::uint16_t>(arrays.size()));
    append_little(content, static_cast<std::uint32_t>(directory.size()));
    append_little(content, start);
    append_little(content, std::uint16_t{0});
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
