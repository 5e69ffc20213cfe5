/// @file
/// The searches of the study. They see a network as a map, whatever its cell and front end, and so are
/// compiled once.
#pragma once

#include "../any_map.hpp"
#include "settings.hpp"

#include <engram/dynamics/continuation/track.hpp>
#include <engram/dynamics/find_slow_points.hpp>

#include <vector>

namespace memory_study {

/// A network under a constant input.
using map_of_network = commands::any_map;

/// Searches slow points with the solver that the settings name.
eg::slow_points<double> search_with(const settings& s, const map_of_network& map,
                                    const eg::matrix<double>& seeds,
                                    const eg::search_options<double>& options);

/// Searches slow points with the default solver, whatever the settings say.
eg::slow_points<double> search_quickly(const map_of_network& map, const eg::matrix<double>& seeds,
                                       size_t iterations, const eg::search_options<double>& options);

/// Follows the points of the last map back to the first. They are searched on until their gradient vanishes,
/// since only minima can be followed, and the way between two maps is taken in short steps where they would
/// jump.
eg::track_result<double> follow_back(const std::vector<map_of_network>& maps,
                                     const eg::slow_points<double>& points,
                                     const eg::search_options<double>& search);

}  // namespace memory_study
