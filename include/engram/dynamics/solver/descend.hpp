/// @file
/// descend: the driver of all solvers.
#pragma once

#include "engram/dynamics/solver/detail/lockstep.hpp"
#include "engram/dynamics/solver/solver.hpp"

namespace engram {

namespace detail {

/// A whole solver, with the member that lockstep has.
template <differentiable_map Map, class Solver>
struct whole_search {
    const Map& map;
    const Solver& solver;
    const search_region<typename Map::scalar>& region;

    void run(matrix_view<typename Map::scalar> states, std::span<search_outcome> outcomes,
             progress_watch*) const {
        solver(map, states, outcomes, region);
    }
};

/// Searches from blocks of up to `width` rows, one block after the other: run(states, outcomes, watch) moves
/// all rows of one, and a watch may end those of composed solvers. Map, solver and region have to live as
/// long.
template <differentiable_map Map, solver<Map> Solver>
auto block_search(const Map& map, const Solver& solver, [[maybe_unused]] size_t width,
                  const search_region<typename Map::scalar>& region) {
    if constexpr (composed_solver<Solver, Map>) {
        using search = local_search<typename Map::scalar, descent_of<Solver, Map>, decltype(solver.control()),
                                    known_dimension<Map>()>;
        auto make = [&map, &solver, &region, limits = solver.limits()](auto& searches) {
            const auto make_descent = [&] { return solver.make_descent(map, region); };
            searches.emplace_back(map.dimension(), make_descent, solver.control(), limits, region);
        };
        return lockstep<Map, search, decltype(make)>(map, width, std::move(make));
    } else {
        return whole_search<Map, Solver>{map, solver, region};
    }
}

/// The search from every row at once.
template <differentiable_map Map, solver<Map> Solver, class T = typename Map::scalar>
void descend_together(const Map& map, const Solver& solver, matrix_view<T> states,
                      std::span<search_outcome> outcomes, const search_region<T>& region,
                      progress_watch* watch = nullptr) {
    block_search(map, solver, states.rows(), region).run(states, outcomes, watch);
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
