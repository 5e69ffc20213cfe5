/// @file
/// Zip archives for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engram/io/checksum.hpp"
#include "engram/io/detail/zip.hpp"

namespace reference {

/// A zip archive of the members, names and contents, stored.
inline engram::bytes stored_zip(const std::vector<std::pair<std::string, engram::bytes>>& members) {
    using namespace engram;
    bytes content, directory;
    for (const auto& [name, body] : members) {
        bytes common;  // what a member's header and its directory entry have in common
        for (const unsigned field : {20u, 0u, 0u, 0u, 0x21u})
            detail::append_little(common, static_cast<std::uint16_t>(field));
        detail::append_little(common, crc32(body));
        for (int i = 0; i < 2; ++i) detail::append_little(common, static_cast<std::uint32_t>(body.size()));
        detail::append_little(common, static_cast<std::uint16_t>(name.size()));
        detail::append_little(common, std::uint16_t{0});
        detail::append_little(directory, detail::zip_central);
        detail::append_little(directory, std::uint16_t{20});
        detail::append(directory, common);
        directory.insert(directory.end(), 10, std::uint8_t{0});
        detail::append_little(directory, static_cast<std::uint32_t>(content.size()));
        detail::append(directory, name);
        detail::append_little(content, detail::zip_local);
        detail::append(content, common);
        detail::append(content, name);
        detail::append(content, body);
    }
    const auto start = static_cast<std::uint32_t>(content.size());
    detail::append(content, directory);
    detail::append_little(content, detail::zip_end);
    detail::append_little(content, std::uint32_t{0});
    for (int i = 0; i < 2; ++i) detail::append_little(content, static_cast<std::uint16_t>(members.size()));
    detail::append_little(content, static_cast<std::uint32_t>(directory.size()));
    detail::append_little(content, start);
    detail::append_little(content, std::uint16_t{0});
    return content;
}

}  // namespace reference
