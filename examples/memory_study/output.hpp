/// @file
/// The study's folder and the files in it.
#pragma once

#include "speed_and_recall.hpp"

#include <engram/io/atomic_file.hpp>

#include <filesystem>

namespace memory_study {

/// Everything but the plots' numbers.
inline json study_json(const settings& s, const std::vector<network_result>& networks, double seconds,
                       bool partial) {
    json study = {{"settings", to_json(s)},
                  {"seed", s.first_seed},
                  {"wall_seconds", seconds},
                  {"partial", partial},
                  {"versions", {{"engram", eg::version_string}, {"compiler", __VERSION__}}},
                  {"networks", json::array()},
                  {"correlation", nullptr}};
    for (const auto& network : networks) study["networks"].push_back(to_json(network));
    if (networks.empty()) return study;
    study["correlation"] = to_json(compare(networks));
    study["mean_recall"]["delays"] = s.delays;
    study["mean_recall"]["trained"] = mean_recall(networks, "trained");
    for (const auto& arm : arms) study["mean_recall"][arm] = mean_recall(networks, arm);
    return study;
}

/// Makes the folder, with a study in it that is marked partial. Returns what is wrong, or nothing.
inline std::string prepare_folder(const settings& s) {
    const std::filesystem::path out = s.out;
    std::error_code problem;
    if (std::filesystem::exists(out, problem) && !s.force)
        return "--out: '" + s.out +
               "' exists; allowed: a new folder, or --force to replace the results in it";
    const bool is_new = !std::filesystem::exists(out, problem);
    try {
        std::filesystem::create_directories(out / "networks");
        for (const auto& old : std::filesystem::directory_iterator(out / "networks"))
            if (old.path().extension() == ".json") std::filesystem::remove(old);
        eg::write_file(out / "study.json", study_json(s, {}, 0, true).dump(1));
    } catch (const std::exception& why) {
        if (is_new) std::filesystem::remove_all(out, problem);
        return "--out: '" + s.out + "' cannot be used; allowed: a folder that can be made and written (" +
               why.what() + ")";
    }
    return {};
}

/// What is known of a finished network, in a file of its own.
inline void write_network(const settings& s, const network_result& network) {
    eg::write_file(std::filesystem::path(s.out) / "networks" / (network.name() + ".json"),
                   to_json(network).dump());
}

/// All that the study gives.
inline void write_study(const settings& s, const std::vector<network_result>& networks, double seconds,
                        bool partial) {
    const std::filesystem::path out = s.out;
    eg::write_file(out / "study.json", study_json(s, networks, seconds, partial).dump(1));
}

}  // namespace memory_study
