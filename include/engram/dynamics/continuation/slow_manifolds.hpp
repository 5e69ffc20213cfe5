/// @file
/// slow_manifolds: points that lie on one connected set of slow states, and that set.
#pragma once

#include "engram/core/blas_threads.hpp"
#include "engram/dynamics/continuation/detail/manifold_search.hpp"

namespace engram {

/// Finds the curves and sheets of slow states on which slow points of a map lie, such as a ring of fixed
/// points that a search hit in many places, or the line that a trained network keeps a number on, where only
/// a few points of it are fixed. From each point with one or two eigenvalues near 1, parted from the others
/// by a gap, the manifold is traced along these near-neutral directions, beyond the given points, until it
/// closes, ends or leaves the box; it counts if values stored on it last (`least_persistence`). What it
/// consists of between fixed points is in manifold_corrector.hpp's words: states where F(h) - h has no part
/// across it. A point with more than two such directions is on a set of that dimension, which is named, not
/// traced.
///
/// Throws shape_error for points or bounds of another dimension than the map's; value_error for points that
/// are not finite or outside the box, and for options that make no sense; what the map throws passes through.
/// A watcher or a time limit ends it early (manifold_options).
template <differentiable_map Map, class T = typename Map::scalar>
slow_manifold_set<T> slow_manifolds(const Map& map, const std::type_identity_t<slow_points<T>>& points,
                                    const std::type_identity_t<manifold_options<T>>& options = {}) {
    detail::check_manifold_options(options, map.dimension());
    for (size_t i = 0; i < points.size(); ++i) {
        detail::expect_state("slow_manifolds", points[i].state.size(), map.dimension());
        vector<T> state = points[i].state;
        detail::check_state("slow_manifolds: point ", i, state.data(), state.size(), options.region);
    }
    const single_threaded_blas calm;  // products of these sizes gain nothing from more
    if constexpr (requires {
                      { map.state_bounds() } -> std::convertible_to<search_region<T>>;
                  }) {
        if (detail::is_everywhere(
                options.region)) {  // a box of the options would take the place of the map's
            auto within = options;
            within.region = map.state_bounds();
            return detail::manifold_search<Map>(map, points, within).result();
        }
    }
    return detail::manifold_search<Map>(map, points, options).result();
}

}  // namespace engram
