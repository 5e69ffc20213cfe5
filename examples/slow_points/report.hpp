/// @file
/// The page about what was found: one file that needs nothing else.
#pragma once

#include "search.hpp"

#include <string>

namespace slow_points_command {

/// The page. Plots are missing, and said to be, where gnuplot does not run.
std::string report_page(const options& o, const network& net, const search_result& result,
                        const std::vector<eg::matrix<double>>& trajectories);

}  // namespace slow_points_command
