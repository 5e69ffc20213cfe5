/// @file
/// What a user may ask of bifurcation_diagram.
#pragma once

#include "engram/core/progress.hpp"
#include "engram/dynamics/continuation/step_size_control.hpp"
#include "engram/dynamics/map/state_scale.hpp"

#include <limits>

namespace engram {

/// How to follow branches of fixed points.
template <class T>
struct bifurcation_options {
    step_size_control steps = {};  ///< lengths along the branch, in units of the way and of the scale
    /// The size of a typical state, one number or one a coordinate: the unit of lengths along a branch where
    /// states are not larger. Left out, it is that of track_options.
    state_scale<T> scale = {};
    T largest_state = 1000;        ///< in units of the scale: beyond it, a branch is taken to go to infinity
    search_region<T> region = {};  ///< where states may go; its max_distance is not used
    /// Whether a branch ends where it leaves the box in which the map says its states live (bounded_map); if
    /// not, points outside are flagged.
    bool keep_to_box = true;
    size_t max_points = 2000;      ///< on either side of a branch's first point, bifurcations aside
    size_t max_branches = 64;      ///< in all
    bool switch_branches = false;  ///< whether to follow what branches off
    size_t max_period = 8;         ///< of the cycles that are followed when branches are switched
    bool stability =
        true;  ///< whether to compute spectra, without which only folds and branch points are seen
    bool normal_forms = true;  ///< whether to compute the coefficients of normal forms
    /// Whether to compare derivatives with differences of apply, where each of the points given is placed.
    bool check_derivatives = true;
    /// Is told how many points are found, such as a progress_bar; false ends the diagram, and so does what it
    /// throws. What was found by then is returned, and branch_diagram::interrupted says so.
    progress_watcher watcher = {};
    double time_limit = std::numeric_limits<double>::infinity();  ///< seconds after which it ends likewise
};

}  // namespace engram
