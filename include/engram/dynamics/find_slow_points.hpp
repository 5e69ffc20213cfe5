/// @file
/// find_slow_points: the search from many seeds, and the description of what they lead to.
#pragma once

#include "engram/core/any_array.hpp"
#include "engram/dynamics/detail/slow_point_search.hpp"
#include "engram/dynamics/seed_makers.hpp"
#include "engram/dynamics/solver/levenberg_marquardt.hpp"

namespace engram {

namespace detail {

/// The search from this process's own seeds.
template <differentiable_map Map, class Solver, class T = typename Map::scalar>
slow_points<T> search_from(const Map& map, matrix<T> own, const seed_share& share, const Solver& solver,
                           const search_options<T>& options) {
    auto starts = checked_seeds<T>(map.dimension(), std::move(own), share.first, options);
    return slow_point_search<Map, Solver>(map, std::move(starts), share, solver, options).run();
}

}  // namespace detail

/// Every slow point of a map that the seeds (n x d), an array in any form, lead to, with what is needed to
/// understand it. Throws value_error or shape_error for seeds or options that make no sense, and where the
/// map's vjp contradicts its apply; whatever the map throws passes through.
template <differentiable_map Map, solver<Map> Solver, any_array Seeds = matrix<typename Map::scalar>>
slow_points<typename Map::scalar> find_slow_points(const Map& map, const Seeds& seeds, const Solver& solver,
                                                   const search_options<typename Map::scalar>& options = {}) {
    using T = typename Map::scalar;
    auto all = detail::to_matrix<T>("find_slow_points: seeds", seeds);
    detail::check_search(map.dimension(), all.shape(0), options);
    const detail::seed_share share(options.ranks, all.shape(0),
                                   detail::block_of(solver, all.shape(0), map.dimension()));
    return detail::search_from(map, share.own(std::move(all)), share, solver, options);
}

/// The same from the seeds that a maker numbers from 0, as uniform_seeds does. Each of several processes
/// makes only its own, so that none holds all.
template <differentiable_map Map, seed_maker<typename Map::scalar> Maker, solver<Map> Solver>
slow_points<typename Map::scalar> find_slow_points(const Map& map, const Maker& maker, size_t seeds,
                                                   const Solver& solver,
                                                   const search_options<typename Map::scalar>& options = {}) {
    using T = typename Map::scalar;
    detail::check_search(map.dimension(), seeds, options);
    const detail::seed_share share(options.ranks, seeds, detail::block_of(solver, seeds, map.dimension()));
    matrix<T> made = maker(share.first, share.count);
    require(made.shape(0) == share.count, "find_slow_points: the maker gave ", made.shape(0), " seeds from ",
            share.first, " on, asked for ", share.count);
    return detail::search_from(map, std::move(made), share, solver, options);
}

namespace detail {

/// Throws value_error where matrices of a map's dimension are larger than the user wants.
inline void check_default_solver(size_t dimension, size_t dense_limit) {
    require(dimension <= dense_limit, "find_slow_points: the map's dimension is ", dimension,
            "; the default solver is for up to dense_limit = ", dense_limit,
            "; pass a solver, such as newton_krylov{}");
}

}  // namespace detail

/// The same with the default solver, which forms (d x d) matrices. Throws value_error also where the map's
/// dimension is above `dense_limit`: there a solver is for the user to choose, and newton_krylov is one.
template <differentiable_map Map, any_array Seeds = matrix<typename Map::scalar>>
slow_points<typename Map::scalar> find_slow_points(const Map& map, const Seeds& seeds,
                                                   const search_options<typename Map::scalar>& options = {}) {
    detail::check_default_solver(map.dimension(), options.dense_limit);
    return find_slow_points(map, seeds, levenberg_marquardt{}, options);
}
/// The same with the default solver, from the seeds of a maker.
template <differentiable_map Map, seed_maker<typename Map::scalar> Maker>
slow_points<typename Map::scalar> find_slow_points(const Map& map, const Maker& maker, size_t seeds,
                                                   const search_options<typename Map::scalar>& options = {}) {
    detail::check_default_solver(map.dimension(), options.dense_limit);
    return find_slow_points(map, maker, seeds, levenberg_marquardt{}, options);
}

/// What a type gets that is no map: an error that names the requirement it misses.
template <class Map, class... Rest>
requires(!differentiable_map<Map>) void find_slow_points(const Map&, const Rest&...) {
    static_assert(differentiable_map<Map>);
}
/// What a type gets that is no solver.
template <differentiable_map Map, class Solver, any_array Seeds = matrix<typename Map::scalar>, class... Rest>
requires(!solver<Solver, Map> && !std::convertible_to<Solver, search_options<typename Map::scalar>>)  //
    void find_slow_points(const Map&, const Seeds&, const Solver&, const Rest&...) {
    static_assert(solver<Solver, Map>);
}

}  // namespace engram
