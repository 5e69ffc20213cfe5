/// @file
/// The files that the command writes.
#pragma once

#include "search.hpp"

namespace slow_points_command {

/// Throws file_error where the folder of the options cannot be made since a file is in its place: to be asked
/// before a search that takes long.
void require_writable(const options& o);

/// Writes points.npz, points.json and report.html into the folder of the options, which is made if it is not
/// there. Throws file_error.
void write_results(const options& o, const network& net, const search_result& result,
                   const std::vector<eg::matrix<double>>& trajectories);

/// One line a point, of the first points.
void print_summary(const search_result& result, const options& o);

}  // namespace slow_points_command
