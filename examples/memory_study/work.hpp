/// @file
/// The work on the networks of a study.
#pragma once

#include "phase.hpp"
#include "progress.hpp"
#include "results.hpp"

#include <engram/task/delayed_classification.hpp>

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace memory_study {

/// One network of the study, before and after it has been worked on.
struct job {
    std::string curriculum;
    size_t seed;
    std::optional<network_result> result;
};

/// The networks that the settings ask for.
inline std::vector<job> jobs_of(const settings& s) {
    std::vector<job> jobs;
    for (size_t i = 0; i < s.seeds; ++i)
        for (const auto& curriculum : s.curricula) jobs.push_back({curriculum, s.first_seed + i, {}});
    return jobs;
}

/// All updates of some jobs.
inline size_t updates_of(const settings& s, const std::vector<job>& jobs) {
    size_t updates = 0;
    for (const auto& each : jobs) updates += updates_of(s, each.curriculum, each.seed);
    return updates;
}

/// What varies between the types of networks.
struct kind_of_network {
    std::string cell;
    bool has_front_end;
    friend auto operator<=>(const kind_of_network&, const kind_of_network&) = default;
};
/// The work on networks of one type.
using worker = std::string (*)(const settings& s, const eg::delayed_classification& task,
                               std::vector<job>& jobs, progress& shown);
/// Makes networks of one type known. Each type is compiled in a file of its own, from work_network.cpp.in, so
/// that a program can be built with some of them only.
bool add_network(const kind_of_network& kind, worker work);

/// Works through the jobs, several networks at a time where there are several. Returns what went wrong, or
/// nothing. Throws value_error if this program has no networks of the type that the settings ask for.
std::string work_through(const settings& s, const eg::delayed_classification& task, std::vector<job>& jobs,
                         progress& shown);

}  // namespace memory_study
