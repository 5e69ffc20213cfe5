/// @file
/// Where a data set's files are: the folder asked for, ENGRAM_DATA_DIR, or the usual places.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "engram/core/error.hpp"

namespace engram {

/// The folder that holds `file`, or one of `spellings`, or any of them with .gz at its end, of the data set
/// `name` (such as "mnist"). With a `folder` given it is looked for in folder/name and in folder; else in
/// name under the environment variable ENGRAM_DATA_DIR, under engram in XDG_DATA_HOME or ~/.local/share,
/// where `get_data.sh` puts it, and under /usr/share/datasets, where Debian's packages do. Throws file_error,
/// listing the places.
inline std::filesystem::path find_data(const std::string& name, const std::string& file,
                                       const std::filesystem::path& folder = {},
                                       std::vector<std::string> spellings = {}) {
    spellings.insert(spellings.begin(), file);
    const auto variable = [](const char* key) -> std::filesystem::path {
        const char* value = std::getenv(key);
        return value == nullptr ? "" : value;
    };
    std::vector<std::filesystem::path> places;
    if (!folder.empty()) {
        places = {folder / name, folder};
    } else {
        if (const auto data = variable("ENGRAM_DATA_DIR"); !data.empty()) places.push_back(data / name);
        if (const auto data = variable("XDG_DATA_HOME"); !data.empty())
            places.push_back(data / "engram" / name);
        else if (const auto home = variable("HOME"); !home.empty())
            places.push_back(home / ".local/share/engram" / name);
        places.push_back(std::filesystem::path("/usr/share/datasets") / name);
    }
    std::string looked_at;
    for (const auto& place : places) {
        std::error_code ignored;
        for (const auto& spelling : spellings)
            for (const char* ending : {"", ".gz"})
                if (std::filesystem::exists(place / (spelling + ending), ignored)) return place;
        looked_at += "\n  " + place.string();
    }
    throw file_error(
        detail::concatenate(name, ": found no ", file, " in any of", looked_at,
                            "\nName its folder, set ENGRAM_DATA_DIR, or run examples/get_data.sh"));
}

}  // namespace engram
