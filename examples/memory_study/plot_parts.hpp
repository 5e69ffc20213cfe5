/// @file
/// What the plots have in common: colours, axes, and which networks they show.
#pragma once

#include "gnuplot.hpp"
#include "speed_and_recall.hpp"

#include <sstream>

namespace memory_study {

/// Colours that the colour-blind can tell apart (Okabe and Ito 2008), the last two being shades of grey.
inline const std::vector<std::string> palette = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
                                                 "#56B4E9", "#8a7b00", "#7a5195", "#777777", "#b0b0b0"};
inline std::string colour(size_t i) { return "'" + palette[i % palette.size()] + "'"; }
inline const std::map<std::string, std::string> colour_of_arm = {{"trained", "'#777777'"},
                                                                 {"control", "'#0072B2'"},
                                                                 {"centroids", "'#E69F00'"},
                                                                 {"slow_points", "'#D55E00'"},
                                                                 {"attractors", "'#009E73'"}};

/// Text for people: slow_points reads as slow points.
inline std::string words(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

inline const std::string log_delay_axis =
    "set logscale x\nset xtics (4, 10, 20, 50, 100, 200, 500, 1000, 2000, '' 5000, 10000)\n"
    "set xlabel 'delay from image to trigger (steps)'\n";
inline const std::string recall_axis =
    "set yrange [0:1.04]\nset ytics 0.2\nset ylabel 'recall (fraction right)'\n";
/// A key below the axes, clear of their names.
inline const std::string key_below = "set key below height 1\n";
inline const std::string plain_frame =
    "set border 3 lw 0.8\nset tics nomirror out\nset grid y lw 0.5 lc rgb '#bbbbbb'\nset key noopaque\n";

/// The networks of one curriculum.
inline std::vector<network_result> of_curriculum(const std::vector<network_result>& networks,
                                                 const std::string& curriculum) {
    std::vector<network_result> chosen;
    for (const auto& network : networks)
        if (network.curriculum == curriculum) chosen.push_back(network);
    return chosen;
}

/// The curricula of the study that have networks.
inline std::vector<std::string> curricula_used(const settings& s,
                                               const std::vector<network_result>& networks) {
    std::vector<std::string> used;
    for (const auto& curriculum : s.curricula)
        if (!of_curriculum(networks, curriculum).empty()) used.push_back(curriculum);
    return used;
}

/// Log10 of a speed for a plot: fixed points stand a little to the left of the slowest others.
inline double shown_log(double speed, const std::vector<network_result>& networks) {
    double least = 1;
    for (const auto& network : networks)
        for (const std::string& arm : measured_states)
            for (const auto& point : network.after(arm).points)
                if (point.kind == "slow") least = std::min(least, point.speed);
    return std::log10(std::max({speed, least / 3, eg::least_speed}));
}

}  // namespace memory_study
