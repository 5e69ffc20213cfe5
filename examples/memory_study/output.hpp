/// @file
/// The study's folder and the files in it.
#pragma once

#include "arrays.hpp"
#include "report.hpp"

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
    for (const auto& network : networks) study["networks"].push_back(to_json(network, false));
    if (networks.empty()) return study;
    study["correlation"] = to_json(compare(networks));
    study["mean_recall"]["delays"] = s.delays;
    study["mean_recall"]["trained"] = mean_recall(networks, "trained");
    for (const auto& arm : arms) study["mean_recall"][arm] = mean_recall(networks, arm);
    return study;
}

/// Where a network's own results are kept.
inline std::filesystem::path network_file(const settings& s, const std::string& name) {
    return std::filesystem::path(s.out) / "networks" / (name + ".json");
}

/// Makes the folder, with a study in it that is marked partial. Returns what is wrong, or nothing.
inline std::string prepare_folder(const settings& s) {
    namespace fs = std::filesystem;
    const fs::path out = s.out;
    std::error_code problem;
    const bool is_there = fs::exists(fs::symlink_status(out, problem));
    if (is_there && !s.force && !s.resume)
        return "--out: '" + s.out +
               "' exists; allowed: a new folder, or --resume to go on there, or --force to replace it";
    if (is_there && !fs::is_directory(out, problem))
        return "--out: '" + s.out + "' is not a folder; allowed: a folder that can be made and written";
    try {
        fs::create_directories(out / "networks");
        eg::write_file(out / "study.json", study_json(s, {}, 0, true).dump(1));
        if (s.resume) return {};
        for (const auto& old : fs::directory_iterator(out / "networks"))
            if (old.path().extension() == ".json") fs::remove(old);
        for (const char* old : {"report.html", "arrays.npz"}) fs::remove(out / old);
    } catch (const std::exception& why) {
        if (!is_there) fs::remove_all(out, problem);
        return "--out: '" + s.out + "' cannot be used; allowed: a folder that can be made and written (" +
               why.what() + ")";
    }
    return {};
}

/// Keeps what is known of a finished network.
inline void write_network(const settings& s, const network_result& network) {
    json j = to_json(network, true);
    j["settings"] = network_settings(s);
    eg::write_file(network_file(s, network.name()), j.dump());
}

/// A network that an earlier run with the same settings finished, if there is one.
inline std::optional<network_result> read_network(const settings& s, const std::string& name) {
    const auto file = network_file(s, name);
    if (!s.resume || !std::filesystem::exists(file)) return {};
    try {
        const auto content = eg::read_file(file);
        const json j = json::parse(content.begin(), content.end());
        if (j.at("settings") != network_settings(s)) return {};
        return network_from(j);
    } catch (const json::exception& problem) {
        throw eg::file_error(file.string() + ": is not a network of this study (" + problem.what() + ")");
    }
}

/// All that the study gives.
inline void write_study(const settings& s, const std::vector<network_result>& networks, double seconds,
                        bool partial) {
    const std::filesystem::path out = s.out;
    eg::write_file(out / "study.json", study_json(s, networks, seconds, partial).dump(1));
    if (networks.empty()) return;
    eg::write_npz(out / "arrays.npz", arrays_of(s, networks));
    eg::write_file(out / "report.html", report(s, networks, seconds, partial).page());
}

}  // namespace memory_study
