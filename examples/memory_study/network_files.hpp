/// @file
/// What the study keeps of a network while it works on it, so that it can go on after it was killed.
#pragma once

#include "settings.hpp"

#include <engram/io/atomic_file.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace memory_study {

/// The files of one network: checkpoints in a folder of its own while it is worked on, weights beside it.
class network_files {
  public:
    /// Where the networks of a study are.
    static std::filesystem::path folder_of_all(const settings& s) {
        return std::filesystem::path(s.out) / "networks";
    }
    /// Makes the folder. One that is there is used if it was begun with the same settings and `s.resume` is
    /// set; else it begins at the first step.
    network_files(const settings& s, const std::string& name);

    /// Where a phase of the work ("trained", an arm of tuning, a way that is compared) is kept while it goes
    /// on.
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
    /// A network is finished: what was kept to go on with it is not needed any more.
    static void forget(const settings& s, const std::string& name) {
        std::filesystem::remove_all(folder_of_all(s) / (name + ".unfinished"));
    }

  private:
    [[nodiscard]] std::filesystem::path working_folder() const { return networks_ / (name_ + ".unfinished"); }

    std::filesystem::path networks_;
    std::string name_;
};

}  // namespace memory_study
