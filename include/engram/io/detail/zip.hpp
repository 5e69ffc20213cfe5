/// @file
/// Zip archives, as .npz and PyTorch's .pt files are: their directory, and members stored or deflated.
/// Format: PKWARE's APPNOTE.TXT, the 64-bit extension included.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/checksum.hpp"
#include "engram/io/inflate.hpp"

namespace engram::detail {

inline constexpr std::uint32_t zip_local = 0x04034b50, zip_central = 0x02014b50, zip_end = 0x06054b50,
                               zip64_end = 0x06064b50, zip64_locator = 0x07064b50;
inline constexpr std::size_t zip_end_size = 22, zip64_locator_size = 20;

/// A member as the central directory at the end of a zip archive describes it.
struct zip_member {
    std::string name;
    std::uint16_t method = 0;
    std::uint32_t check = 0;
    std::uint64_t compressed = 0, size = 0, local = 0;
};

/// Where the directory is.
struct zip_directory {
    std::uint64_t members = 0, size = 0, start = 0, end = 0;
};

/// Where the record that ends the archive stands: 22 bytes and a comment before the end of the file.
inline std::size_t find_zip_end(byte_span content, const std::string& source, std::string_view expected) {
    for (std::size_t comment = 0; comment <= 65535 && comment + zip_end_size <= content.size(); ++comment) {
        const std::size_t at = content.size() - zip_end_size - comment;
        byte_reader in(content.subspan(at), source);
        if (in.little<std::uint32_t>("") != zip_end) continue;
        in.take(16, "");
        if (in.little<std::uint16_t>("") == comment) return at;
    }
    throw file_error(concatenate(source, ": found no end of a zip archive, expected ", expected));
}

/// The directory's place as the record of 64-bit numbers says it, if there is one before `end_at`.
inline bool read_zip64_end(byte_span content, std::size_t end_at, const std::string& source,
                           zip_directory& found) {
    if (end_at < zip64_locator_size) return false;
    byte_reader locator(content.subspan(end_at - zip64_locator_size, zip64_locator_size), source);
    if (locator.little<std::uint32_t>("") != zip64_locator) return false;
    locator.take(4, "");
    found.end = locator.little<std::uint64_t>("");
    require<file_error>(found.end <= end_at - zip64_locator_size, source, ": the zip64 record at byte ",
                        found.end, " is not before its locator at byte ", end_at - zip64_locator_size);
    byte_reader in(content.first(end_at).subspan(static_cast<std::size_t>(found.end)), source);
    const auto signature = in.little<std::uint32_t>("the zip64 record");
    in.check(signature == zip64_end, "found no zip64 record, expected one");
    in.take(28, "the zip64 record");  // sizes, versions, disks, members on this disk
    found.members = in.little<std::uint64_t>("members");
    found.size = in.little<std::uint64_t>("size of the directory");
    found.start = in.little<std::uint64_t>("offset of the directory");
    return true;
}

inline zip_directory find_zip_directory(byte_span content, const std::string& source,
                                        std::string_view expected) {
    const std::size_t end_at = find_zip_end(content, source, expected);
    byte_reader in(content.subspan(end_at), source);
    in.take(8, "disk numbers");
    const auto here = in.little<std::uint16_t>("members"), total = in.little<std::uint16_t>("members");
    const auto size = in.little<std::uint32_t>("size of the directory"),
               start = in.little<std::uint32_t>("offset of the directory");
    zip_directory found{total, size, start, end_at};
    const bool zip64 = read_zip64_end(content, end_at, source, found);
    require<file_error>(
        (zip64 || here == total) && found.start <= found.end && found.size == found.end - found.start, source,
        ": the zip directory of ", found.size, " bytes at byte ", found.start, " does not end at byte ",
        found.end, " where it should");
    return found;
}

/// The numbers that did not fit into 32 bits stand in the extra field, in this order.
inline void read_zip64_extra(byte_span extra, zip_member& member, const std::string& source) {
    byte_reader in(extra, source + ": extra field of " + in_quotes(member.name));
    constexpr std::uint64_t elsewhere = std::numeric_limits<std::uint32_t>::max();
    while (in.left() >= 4) {
        const auto id = in.little<std::uint16_t>("id"), size = in.little<std::uint16_t>("size");
        byte_reader field(in.take(size, "a field"), in.source());
        if (id != 1) continue;
        for (std::uint64_t* number : {&member.size, &member.compressed, &member.local})
            if (*number == elsewhere) *number = field.little<std::uint64_t>("a zip64 number");
        return;
    }
    in.check(member.size != elsewhere && member.compressed != elsewhere && member.local != elsewhere,
             "found no zip64 numbers, expected them for a member of 4 GB or more");
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
    member.name = in.take_text(name, "name");
    read_zip64_extra(in.take(extra, "extra field"), member, in.source());
    in.take(comment, "comment");
    return member;
}

/// The members of a zip archive, unpacked when they are asked for. Refers to the content.
class zip_archive {
  public:
    /// Reads the directory of the archive in the content of a file called `source`, which should be
    /// `expected`, as in "an .npz file". Throws file_error.
    zip_archive(byte_span content, std::string source, std::string_view expected)
        : content_(content), source_(std::move(source)) {
        const zip_directory found = find_zip_directory(content, source_, expected);
        const auto start = static_cast<std::size_t>(found.start);
        content_ = content.first(start);
        byte_reader directory(content.subspan(start, static_cast<std::size_t>(found.size)),
                              source_ + ": zip directory");
        std::uint64_t compressed = 0;
        for (std::uint64_t i = 0; i < found.members; ++i) {
            members_.push_back(read_central_entry(directory));
            // Members that overlap could unpack to any size.
            directory.check(members_.back().compressed <= start - compressed,
                            "the members' sizes add up to more than the file");
            compressed += members_.back().compressed;
        }
        directory.expect_end();
    }

    /// The archive's file, for messages.
    [[nodiscard]] const std::string& source() const { return source_; }
    /// The members, in the directory's order.
    [[nodiscard]] const std::vector<zip_member>& members() const { return members_; }
    /// What messages call a member.
    [[nodiscard]] std::string where(const zip_member& member) const {
        return source_ + ": member " + in_quotes(member.name);
    }

    /// The first bytes of a member, `count` of them or as many as there are; unchecked.
    [[nodiscard]] bytes begin_of(const zip_member& member, std::uint64_t count) const {
        const byte_span data = data_of(member);
        count = std::min(count, member.size);
        if (member.method != 0) return inflate(data, count, compression::deflate, where(member));
        return {data.begin(), data.begin() + static_cast<std::ptrdiff_t>(count)};
    }
    /// The content of a member. Throws file_error unless it has the size and the CRC-32 that the directory
    /// promises.
    [[nodiscard]] bytes read(const zip_member& member) const {
        const byte_span data = data_of(member);
        bytes result = member.method == 0
                           ? bytes(data.begin(), data.end())
                           : inflate(data, member.size + 1, compression::deflate, where(member));
        require<file_error>(result.size() == member.size, where(member), ": found ",
                            result.size() > member.size ? "more" : "fewer", " bytes than the ", member.size,
                            " that the directory promises");
        const std::uint32_t check = crc32(result);
        require<file_error>(check == member.check, where(member), ": its CRC-32 is ", check, ", expected ",
                            member.check);
        return result;
    }

  private:
    [[nodiscard]] byte_span data_of(const zip_member& member) const {
        byte_reader in(content_, source_);
        in.take(member.local, "what precedes " + in_quotes(member.name));
        in.check(in.little<std::uint32_t>("a member") == zip_local, "found no zip member, expected ",
                 in_quotes(member.name));
        in.take(22, "header of a member");
        const auto name = in.little<std::uint16_t>("length of the name"),
                   extra = in.little<std::uint16_t>("length of the extra field");
        in.take(std::uint32_t{name} + extra, "name and extra field");
        const byte_span data = in.take(member.compressed, in_quotes(member.name));
        require<file_error>(member.method == 0 || member.method == 8, where(member),
                            ": found compression method ", member.method,
                            ", expected 0 (stored) or 8 (deflated)");
        require<file_error>(member.size / largest_expansion <= data.size() &&
                                (member.method != 0 || member.size == data.size()),
                            where(member), ": found a size of ", member.size, " bytes, impossible for ",
                            data.size(), " stored ones");
        return data;
    }

    byte_span content_;
    std::string source_;
    std::vector<zip_member> members_;
};

}  // namespace engram::detail
