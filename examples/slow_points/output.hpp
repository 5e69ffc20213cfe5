/// @file
/// The files that the command writes.
#pragma once

#include "search.hpp"

namespace slow_points_command {

/// Writes points.npz, points.json and report.html into the folder of the options, which is made if it is not
/// there. Throws file_error.
void write_results(const options& o, const network& net, const search_result& result,
                   const std::vector<eg::matrix<double>>& trajectories);

/// One line a point, of the first points.
void print_summary(const search_result& result, const options& o);

}  // namespace slow_points_command
