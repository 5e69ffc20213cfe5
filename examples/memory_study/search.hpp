/// @file
/// The searches of the study. They see a network as a map, whatever its cell and front end, and so are
/// compiled once.
#pragma once

#include "../any_map.hpp"
#include "settings.hpp"

#include <engram/dynamics/continuation/track.hpp>
#include <engram/dynamics/find_slow_points.hpp>
#include <engram/nn/constant_input_map.hpp>

#include <vector>

namespace memory_study {

/// A network under a constant input, with the box that its states are in.
class map_of_network : public commands::any_map {
  public:
    template <class Cell>
    explicit map_of_network(const eg::constant_input_map<Cell>& map)
        : any_map(map), bounds_(map.state_bounds()) {}
    [[nodiscard]] eg::search_region<double> state_bounds() const { return bounds_; }

  private:
    eg::search_region<double> bounds_;
};

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
