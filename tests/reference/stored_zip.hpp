/// @file
/// Zip archives for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "byte_strings.hpp"
#include "engram/io/checksum.hpp"

namespace reference {

/// A zip archive of the members, names and contents, stored.
inline engram::bytes stored_zip(const std::vector<std::pair<std::string, engram::bytes>>& members) {
    using namespace engram;
    bytes content, directory;
    for (const auto& [name, body] : members) {
        bytes common;  // what a member's header and its directory entry have in common
        for (const unsigned field : {20u, 0u, 0u, 0u, 0x21u})
            append_little(common, static_cast<std::uint16_t>(field));
        append_little(common, crc32(body));
        for (int i = 0; i < 2; ++i) append_little(common, static_cast<std::uint32_t>(body.size()));
        append_little(common, static_cast<std::uint16_t>(name.size()));
        append_little(common, std::uint16_t{0});
        append_little(directory, std::uint32_t{0x02014b50});
        append_little(directory, std::uint16_t{20});
        append(directory, common);
        directory.insert(directory.end(), 10, std::uint8_t{0});
        append_little(directory, static_cast<std::uint32_t>(content.size()));
        append(directory, name);
        append_little(content, std::uint32_t{0x04034b50});
        append(content, common);
        append(content, name);
        append(content, body);
    }
    const auto start = static_cast<std::uint32_t>(content.size());
    append(content, directory);
    append_little(content, std::uint32_t{0x06054b50});
    append_little(content, std::uint32_t{0});
    for (int i = 0; i < 2; ++i) append_little(content, static_cast<std::uint16_t>(members.size()));
    append_little(content, static_cast<std::uint32_t>(directory.size()));
    append_little(content, start);
    append_little(content, std::uint16_t{0});
    return content;
}

}  // namespace reference
