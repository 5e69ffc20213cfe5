/// @file
/// What the study keeps of a network while it works on it, so that it can go on after it was killed.
#pragma once

#include "json.hpp"

#include <filesystem>
#include <fstream>
#include <optional>

namespace memory_study {

/// A file's content. Throws file_error, naming the file and the place, where it is no JSON.
inline json read_json(const std::filesystem::path& file) {
    const auto content = eg::read_file(file);
    try {
        return json::parse(content.begin(), content.end());
    } catch (const json::parse_error& problem) {
        throw eg::file_error(text_of(file.string(), ": at byte ", problem.byte, ": ", problem.what()));
    }
}

/// The files of one network: checkpoints in a folder of its own while it is worked on, weights beside it.
class network_files {
  public:
    /// Makes the folder. One that is there is used if it was begun with the same settings and `s.resume` is
    /// set; else it is begun anew.
    network_files(const settings& s, const std::string& name) : networks_(folder_of_all(s)), name_(name) {
        namespace fs = std::filesystem;
        const auto begun_with = working_folder() / "settings.json";
        const auto wanted = network_settings(s).dump();
        if (s.resume && fs::exists(begun_with)) {
            const auto found = eg::read_file(begun_with);
            if (std::string(found.begin(), found.end()) == wanted) return;
        }
        fs::remove_all(working_folder());
        fs::create_directories(working_folder());
        eg::write_file(begun_with, wanted);
    }

    /// Where a phase of the work ("trained" or an arm of tuning) is kept while it goes on.
    [[nodiscard]] std::filesystem::path checkpoint(const std::string& phase) const {
        return working_folder() / (phase + ".checkpoint");
    }
    /// Where the network is kept as it was after some updates of its training.
    [[nodiscard]] std::filesystem::path snapshot(size_t step) const {
        return working_folder() / ("snapshot-" + std::to_string(step) + ".safetensors");
    }
    /// Where the weights after a phase are left for the user.
    [[nodiscard]] std::filesystem::path weights(const std::string& phase) const {
        return networks_ / (name_ + (phase == "trained" ? "" : "-" + phase) + ".safetensors");
    }
    /// The time that earlier runs have spent on the network, and a note of it for later ones.
    [[nodiscard]] double seconds_spent() const {
        double seconds = 0;
        std::ifstream(working_folder() / "seconds") >> seconds;
        return seconds;
    }
    void note_seconds(double seconds) const {
        try {
            eg::write_file(working_folder() / "seconds", std::to_string(seconds));
        } catch (const eg::file_error&) {  // a full disk costs the note, not the run
        }
    }
    /// The settings that the network's unfinished work was begun with, if there is any.
    static std::optional<json> begun_with(const settings& s, const std::string& name) {
        const auto file = folder_of_all(s) / (name + ".unfinished") / "settings.json";
        if (!std::filesystem::exists(file)) return {};
        return read_json(file);
    }
    /// A network is finished: what was kept to go on with it is not needed any more.
    static void forget(const settings& s, const std::string& name) {
        std::filesystem::remove_all(folder_of_all(s) / (name + ".unfinished"));
    }

  private:
    static std::filesystem::path folder_of_all(const settings& s) {
        return std::filesystem::path(s.out) / "networks";
    }
    [[nodiscard]] std::filesystem::path working_folder() const { return networks_ / (name_ + ".unfinished"); }

    std::filesystem::path networks_;
    std::string name_;
};

}  // namespace memory_study
