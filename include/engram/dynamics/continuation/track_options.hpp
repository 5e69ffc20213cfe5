/// @file
/// What a user may ask of track(): of a sequence of maps, and of a family.
#pragma once

#include "engram/dynamics/point/search_options.hpp"

namespace engram {

/// How to follow slow points along a sequence of maps.
template <class T>
struct track_options {
    /// From the last map of the sequence, to which the points belong, to the first.
    bool backwards = false;
    /// The size of a typical state, as in search_options; left out, it is that of the search that found the
    /// points (slow_points::scale), or that of a search from their states where they come from none; 1 where
    /// it is between 0.01 and 100 for all coordinates.
    state_scale<T> scale = {};
    /// A correction longer than this, in units of the state's norm or of the scale, is a jump.
    T jump_distance = T(0.2);
    /// Points closer than this, in the same units, are one.
    T merge_distance = T(1e-4);
    /// How far beside each point, and four times as far, to look for others along the direction in which S is
    /// flattest, in the same units; 0 looks for none.
    T probe_distance = T(0.05);
    /// Further start states (n x d), from which new points are sought at every map.
    matrix<T> seeds = matrix<T>::from_shape({0, 0});
    /// The shortest step between two maps, as a fraction of the way from one to the next. Where a point would
    /// jump, shorter steps down to this are tried, by way of blends of the two maps. 1 takes none.
    double shortest_between = 1;
    bool stability = true;  ///< whether to compute spectra, without which changes of stability go unseen
    search_region<T> region = {};  ///< where the searches at every map may go
    bool keep_to_box = true;       ///< whether they stay in the box of the map's states, as in search_options
    /// A slow point may be called fixed up to this speed, as in search_options.
    T speed_tolerance = std::sqrt(std::numeric_limits<T>::epsilon());
    bool check_derivatives =
        true;                   ///< whether to compare derivatives with differences of apply, at every map
    size_t dense_limit = 2500;  ///< largest dimension, since (d x d) matrices are formed
    size_t threads = 1;         ///< results do not depend on it
    size_t max_steps = 5000;    ///< tried in all; where they are used up, track_result::complete is false
    /// Is told what part of the way is done, such as a progress_bar; false ends it, and so does what it
    /// throws. What was found by then is returned, and track_result::interrupted says so.
    progress_watcher watcher = {};
    double time_limit = std::numeric_limits<double>::infinity();  ///< seconds after which it ends likewise
};

/// How to follow slow points along a family of maps: as along a sequence, but for the steps.
template <class T>
struct track_family_options {
    state_scale<T> scale = {};                        ///< as in track_options
    T jump_distance = T(0.2);                         ///< as in track_options
    T merge_distance = T(1e-4);                       ///< as in track_options
    T probe_distance = T(0.05);                       ///< as in track_options
    matrix<T> seeds = matrix<T>::from_shape({0, 0});  ///< as in track_options
    /// The longest and the shortest step, as fractions of the whole way. Events are located to within the
    /// shortest.
    double longest_step = 0.02, shortest_step = 1e-5;
    bool stability = true;                                             ///< as in track_options
    search_region<T> region = {};                                      ///< as in track_options
    bool keep_to_box = true;                                           ///< as in track_options
    T speed_tolerance = std::sqrt(std::numeric_limits<T>::epsilon());  ///< as in track_options
    bool check_derivatives = true;                                     ///< as in track_options
    size_t dense_limit = 2500;                                         ///< as in track_options
    size_t threads = 1;                                                ///< as in track_options
    size_t max_steps = 5000;                                           ///< as in track_options
    progress_watcher watcher = {};                                     ///< as in track_options
    double time_limit = std::numeric_limits<double>::infinity();       ///< as in track_options
};

}  // namespace engram
