/// @file
/// What a user may ask of slow_manifolds().
#pragma once

#include <limits>

#include "engram/core/progress.hpp"
#include "engram/dynamics/point/search_options.hpp"

namespace engram {

/// How to trace slow manifolds. The unit of a distance or a speed is the norm of the point that a manifold is
/// traced from, or the scale if that is larger.
template <class T>
struct manifold_options {
    /// The size of a typical state, one number or one a coordinate; left out, it is that of the search that
    /// found the points (slow_points::scale), or 1 where that is between 0.01 and 100 or they come from none.
    state_scale<T> scale = {};
    /// Where states may be; a manifold that leaves the box is cut off there. `max_distance` is not used.
    search_region<T> region = {};
    /// Whether that is within the box in which the map says its states live (bounded_map); if not, manifolds
    /// that leave it are flagged.
    bool keep_to_box = true;
    /// Distance between neighbouring states, in that unit. Where a manifold is small or bends, it is less.
    T spacing = T(0.1);
    /// Largest speed of a state on a manifold, in that unit per step.
    T speed_limit = T(0.01);
    /// Largest distance from 1 of an eigenvalue along a manifold.
    T neutral = T(0.2);
    /// How far a point may be from a manifold on which it lies, in that unit or, if that is less, in lengths
    /// of the curve (square roots of the sheet's area).
    T distance = T(0.01);
    /// What counts as moved: this part of a curve's length, or of the square root of a sheet's area.
    T amount = T(0.05);
    /// A set is slow only if most stored values take at least so many steps to move by that amount; else its
    /// points are isolated.
    T least_persistence = 100;
    /// States of a manifold, at most; one that needs more is incomplete.
    size_t max_states = 2000;
    /// Largest dimension of a map, since matrices of twice (d x d) are factorised for each state.
    size_t dense_limit = 2500;
    /// Is told how many of the points that may lie on a manifold are looked at, also while one is traced;
    /// false ends the call, and so does what it throws. The manifolds found by then are returned, without the
    /// one being traced, and slow_manifold_set::interrupted says so.
    progress_watcher watcher = {};
    double time_limit = std::numeric_limits<double>::infinity();  ///< seconds after which it ends likewise
};

namespace detail {

/// Refuses options with which there is nothing to trace.
template <class T>
void check_manifold_options(const manifold_options<T>& o, size_t dimension) {
    const auto positive = [](const char* name, T value) {
        require(value > 0 && std::isfinite(value), "slow_manifolds: ", name, " = ", value,
                ", expected a finite number above 0");
    };
    positive("spacing", o.spacing);
    positive("speed_limit", o.speed_limit);
    positive("distance", o.distance);
    require(o.neutral > 0 && o.neutral < 1, "slow_manifolds: neutral = ", o.neutral,
            ", expected a number between 0 and 1");
    require(o.amount > 0 && o.amount < 1, "slow_manifolds: amount = ", o.amount,
            ", expected a number between 0 and 1");
    require(o.least_persistence >= 0, "slow_manifolds: least_persistence = ", o.least_persistence,
            ", but it must not be negative");
    require(o.max_states >= 64, "slow_manifolds: max_states = ", o.max_states, ", expected at least 64");
    require(dimension <= o.dense_limit, "slow_manifolds: the map's dimension is ", dimension,
            "; matrices of that size are formed for up to dense_limit = ", o.dense_limit);
    check_bounds("slow_manifolds", dimension, o.region);
    o.scale.check("slow_manifolds", dimension);
}

}  // namespace detail
}  // namespace engram
