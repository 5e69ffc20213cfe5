/// @file
/// The study's plots, as gnuplot commands with their numbers in them.
#pragma once

#include "plots_of_lifetimes.hpp"
#include "plots_of_memory.hpp"
#include "plots_of_points.hpp"
#include "plots_of_training.hpp"
#include "plots_of_tuning.hpp"

namespace memory_study {

/// All of them.
inline std::vector<plot> plots_of(const settings& s, const std::vector<network_result>& networks,
                                  const speed_and_recall& pairs, const lifetimes_compared& lifetimes) {
    const auto used = curricula_used(s, networks);
    std::vector<plot> plots;
    for (size_t i = 0; i < used.size(); ++i) {
        plots.push_back(recall_plot(networks, used[i], i));
        plots.push_back(class_plot(networks, used[i]));
        plots.push_back(trajectory_plot(of_curriculum(networks, used[i])[0]));
    }
    for (const auto& curriculum : used)
        if (const auto first = of_curriculum(networks, curriculum)[0]; first.history)
            for (const auto what :
                 {seen_in_training::speed_searched, seen_in_training::apart, seen_in_training::speed_on_path})
                plots.push_back(training_plot(first, s, what));
    if (pairs.plain)
        for (const bool corrected : {false, true})
            plots.push_back(speed_plot(networks, pairs, corrected, used));
    if (!lifetimes.measured.empty()) plots.push_back(lifetimes_plot(networks, lifetimes, used));
    for (const bool close : {false, true}) plots.push_back(spectrum_plot(networks, used, close));
    plots.push_back(arms_plot(networks));
    plots.push_back(arm_speeds_plot(networks));
    return plots;
}

}  // namespace memory_study
