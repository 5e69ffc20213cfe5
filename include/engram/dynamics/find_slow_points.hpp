/// @file
/// find_slow_points: the search from many seeds, and the description of what they lead to.
#pragma once

#include "engram/dynamics/detail/slow_point_search.hpp"
#include "engram/dynamics/solver/levenberg_marquardt.hpp"

namespace engram {

/// Every slow point of a map that the seeds (n x d) lead to, with what is needed to understand it.
/// Throws value_error or shape_error for seeds or options that make no sense, and where the map's vjp
/// contradicts its apply; whatever the map throws passes through.
template <differentiable_map Map, solver<Map> Solver>
slow_points<typename Map::scalar> find_slow_points(
    const Map& map, const std::type_identity_t<matrix<typename Map::scalar>>& seeds, const Solver& solver,
    const search_options<typename Map::scalar>& options = {}) {
    auto starts = detail::checked_seeds(map.dimension(), seeds, options);
    return detail::slow_point_search<Map, Solver>(map, std::move(starts), solver, options).run();
}

/// The same with the default solver, which forms (d x d) matrices. Throws value_error also where the map's
/// dimension is above `dense_limit`: there a solver is for the user to choose, and newton_krylov is one.
template <differentiable_map Map>
slow_points<typename Map::scalar> find_slow_points(
    const Map& map, const std::type_identity_t<matrix<typename Map::scalar>>& seeds,
    const search_options<typename Map::scalar>& options = {}) {
    require(map.dimension() <= options.dense_limit, "find_slow_points: the map's dimension is ",
            map.dimension(), "; the default solver is for up to dense_limit = ", options.dense_limit,
            "; pass a solver, such as newton_krylov{}");
    return find_slow_points(map, seeds, levenberg_marquardt{}, options);
}

/// What a type gets that is no map: an error that names the requirement it misses.
template <class Map, class... Rest>
requires(!differentiable_map<Map>) void find_slow_points(const Map&, const Rest&...) {
    static_assert(differentiable_map<Map>);
}
/// What a type gets that is no solver.
template <differentiable_map Map, class Solver, class... Rest>
requires(!solver<Solver, Map> && !std::convertible_to<Solver, search_options<typename Map::scalar>>)  //
    void find_slow_points(const Map&, const std::type_identity_t<matrix<typename Map::scalar>>&,
                          const Solver&, const Rest&...) {
    static_assert(solver<Solver, Map>);
}

}  // namespace engram
