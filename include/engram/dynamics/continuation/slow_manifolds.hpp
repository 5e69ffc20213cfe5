/// @file
/// slow_manifolds: points that lie on one connected set of slow states, and that set.
#pragma once

#include "engram/core/blas_threads.hpp"
#include "engram/dynamics/continuation/detail/manifold_search.hpp"
#include "engram/dynamics/continuation/detail/scale_of.hpp"
#include "engram/dynamics/point/units.hpp"

namespace engram {

namespace detail {

/// A manifold out of units of a scale.
template <class T>
void out_of_units(slow_manifold<T>& manifold, const state_scale<T>& scale, const search_region<T>& region) {
    const T unit = scale.largest();
    manifold.scale = scale;
    for (size_t i = 0; i < manifold.states.shape(0); ++i)
        for (size_t j = 0; j < manifold.states.shape(1); ++j) {
            manifold.states(i, j) = out_of_units(manifold.states(i, j), scale[j], region, j);
            manifold.drift(i, j) *= scale[j];
        }
    for (T* length : {&manifold.length, &manifold.spacing}) *length *= unit;
    for (T& speed : manifold.speeds) speed *= unit;
    manifold.area *= unit * unit;
}

}  // namespace detail

/// Finds the curves and sheets of slow states on which slow points of a map lie, such as a ring of fixed
/// points that a search hit in many places, or the line that a trained network keeps a number on, where only
/// a few points of it are fixed. From each point with one or two eigenvalues near 1, parted from the others
/// by a gap, the manifold is traced along these near-neutral directions, beyond the given points, until it
/// closes, ends or leaves the box; it counts if values stored on it last (`least_persistence`). Between fixed
/// points it consists of the states where F(h) - h has no part across it, but lies in the span of the
/// eigenvectors of dF/dh whose eigenvalues are nearest to 1 (Maas and Pope 1992). A point with more than two
/// such directions is on a set of that dimension, which is named, not traced. Where the map throws, a
/// manifold ends, and its `note` says why; a point at which it throws is isolated, and
/// slow_manifold_set::notes says why.
///
/// Throws shape_error for points, bounds or scales of another dimension than the map's; value_error for
/// points that are not finite or outside the box, and for options that make no sense. A watcher or a time
/// limit ends it early (manifold_options).
template <differentiable_map Map, class T = typename Map::scalar>
slow_manifold_set<T> slow_manifolds(const Map& map, const std::type_identity_t<slow_points<T>>& points,
                                    const std::type_identity_t<manifold_options<T>>& options = {}) {
    detail::check_manifold_options(options, map.dimension());
    const auto region =
        detail::region_for("slow_manifolds", map,
                           search_options<T>{.region = options.region, .keep_to_box = options.keep_to_box});
    const auto scale = options.scale.empty() ? detail::one_where_as_good(points.scale) : options.scale;
    auto scaled_points = points;
    for (size_t i = 0; i < points.size(); ++i) {
        auto& point = scaled_points.points[i];
        vector<T>& state = point.state;
        detail::expect_state("slow_manifolds", state.size(), map.dimension());
        detail::check_state("slow_manifolds: point ", i, state.data(), state.size(), region);
        detail::into_units(point, scale);
    }
    auto within = options;
    within.region = detail::in_units(region, scale, map.dimension());
    const scaled_map<Map> scaled(map, scale);
    const single_threaded_blas calm;  // products of these sizes gain nothing from more
    auto found = detail::manifold_search<scaled_map<Map>>(scaled, scaled_points, within).result();
    for (auto& manifold : found.manifolds) {
        detail::out_of_units(manifold, scale, region);
        const auto& states = manifold.states;
        for (size_t i = 0; i < states.shape(0) && !manifold.outside_box; ++i)
            manifold.outside_box = !detail::holds(detail::box_of(map), &states(i, 0), states.shape(1));
    }
    return found;
}

}  // namespace engram
