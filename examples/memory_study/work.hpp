/// @file
/// The work on the networks of a study.
#pragma once

#include "progress.hpp"
#include "results.hpp"

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

/// Works through the jobs, several networks at a time where there are several. Returns what went wrong, or
/// nothing. Each cell with each front end is compiled in a file of its own, work_CELL.cpp or
/// work_CELL_images.cpp.
template <class Cell, class FrontEnd>
std::string work_through(const settings& s, const eg::delayed_classification& task, const FrontEnd& front_end,
                         std::vector<job>& jobs, progress& shown);

/// The same with the cell and the front end that the settings ask for.
std::string work_through(const settings& s, const eg::delayed_classification& task, std::vector<job>& jobs,
                         progress& shown);

}  // namespace memory_study
