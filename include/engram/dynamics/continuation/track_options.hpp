/// @file
/// What a user may ask of track().
#pragma once

#include "engram/dynamics/point/search_options.hpp"
#include "engram/dynamics/solver/levenberg_marquardt.hpp"

namespace engram {

/// How to follow slow points.
template <class T>
struct track_options {
    /// From the last map of the sequence, to which the points belong, to the first.
    bool backwards = false;
    /// A correction longer than this, in units of the state's norm or of 1, is a jump.
    T jump_distance = T(0.2);
    /// Points closer than this, in the same units, are one.
    T merge_distance = T(1e-4);
    /// How far beside each point, and four times as far, to look for others along the direction in which S is
    /// flattest, in the same units; 0 looks for none.
    T probe_distance = T(0.05);
    /// Further start states (n x d), from which new points are sought at every place.
    matrix<T> seeds = matrix<T>::from_shape({0, 0});
    /// Of a family: the longest and the shortest step, as fractions of the whole way. Events are located to
    /// within the shortest.
    double longest_step = 0.02, shortest_step = 1e-5;
    /// Of a sequence: the shortest step between two maps, as a fraction of the way from one to the next.
    /// Where a point would jump, shorter steps down to this are tried, by way of blends of the two maps; what
    /// still jumps has nowhere else to go. 1 takes none.
    double shortest_between = 1;
    /// Whether to compute spectra, without which changes of stability go unseen.
    bool stability = true;
    /// How a point is found again; the search limits (bounds, threads, ...) hold all along.
    levenberg_marquardt solver = {};
    search_options<T> search = {};  ///< of the searches at each member of the family
};

}  // namespace engram
