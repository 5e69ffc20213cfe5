/// @file
/// descend: the driver of all solvers.
#pragma once

#include "engram/dynamics/solver/detail/lockstep.hpp"
#include "engram/dynamics/solver/solver.hpp"

namespace engram {

namespace detail {

/// The search from every row at once; a watch may end those of composed solvers.
template <differentiable_map Map, solver<Map> Solver, class T = typename Map::scalar>
void descend_together(const Map& map, const Solver& solver, matrix_view<T> states,
                      std::span<search_outcome> outcomes, const search_region<T>& region,
                      progress_watch* watch = nullptr) {
    if constexpr (composed_solver<Solver, Map>) {
        const size_t d = map.dimension();
        const search_limits limits = solver.limits();
        const auto make_descent = [&] { return solver.make_descent(map, region); };
        using search = local_search<T, descent_of<Solver, Map>, decltype(solver.control())>;
        lockstep<Map, search>(map, states.rows(), [&](auto& searches) {
            searches.emplace_back(d, make_descent, solver.control(), limits, region);
        }).run(states, outcomes, watch);
    } else {
        solver(map, states, outcomes, region);
    }
}

}  // namespace detail

/// Moves each row of `states` (n x d) downhill from the seed that stands there, within the region, by any
/// solver, and writes one outcome a row: what find_slow_points() does with its seeds before it describes
/// what they lead to. That states and region make sense is the caller's duty. Throws value_error for options
/// of the solver with which no search could move or end; whatever the map throws passes through.
template <differentiable_map Map, solver<Map> Solver>
void descend(const Map& map, const Solver& solver,
             std::type_identity_t<matrix_view<typename Map::scalar>> states,
             std::span<search_outcome> outcomes,
             const std::type_identity_t<search_region<typename Map::scalar>>& region = {}) {
    const size_t n = states.rows(), many = Solver::block * Solver::block,
                 width = detail::block_of(solver, many, map.dimension());
    for (size_t first = 0; first < n; first += width) {
        const size_t count = std::min(width, n - first);
        detail::descend_together(map, solver, states.row_block(first, count), outcomes.subspan(first, count),
                                 region);
    }
}

}  // namespace engram
