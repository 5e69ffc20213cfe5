/// @file
/// The searches of the study. A network's map does not depend on its front end: they are compiled once a
/// cell, in search_CELL.cpp.
#pragma once

#include "settings.hpp"

namespace memory_study {

/// A network with a cell under a constant input, as all searches see it.
template <class Cell>
using map_of_cell = eg::constant_input_map<typename Cell::template with_scalar<double>>;

/// Searches slow points with the solver that the settings name.
template <class Map>
eg::slow_points<double> search_with(const settings& s, const Map& map, const eg::matrix<double>& seeds,
                                    const eg::search_options<double>& options);

/// Searches slow points with the default solver, whatever the settings say.
template <class Map>
eg::slow_points<double> search_quickly(const Map& map, const eg::matrix<double>& seeds, size_t iterations,
                                       const eg::search_options<double>& options);

/// Follows the points of the last map back to the first. They are searched on until their gradient vanishes,
/// since only minima can be followed, and the way between two maps is taken in short steps where they would
/// jump.
template <class Map>
eg::track_result<double> follow_back(const std::vector<Map>& maps, const eg::slow_points<double>& points,
                                     const eg::search_options<double>& search);

}  // namespace memory_study
