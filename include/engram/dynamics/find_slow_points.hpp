/// @file
/// find_slow_points: the search from many seeds, and the description of what they lead to.
#pragma once

#include "engram/core/parallel.hpp"
#include "engram/dynamics/detail/seed_results.hpp"
#include "engram/dynamics/map/quick_check.hpp"
#include "engram/dynamics/point/describe.hpp"
#include "engram/dynamics/solver/levenberg_marquardt.hpp"

namespace engram {

namespace detail {

/// Flags points that are far from the centre of the seeds.
template <class T>
void flag_outliers(const matrix<T>& seeds, T limit, std::vector<slow_point<T>>& points) {
    const size_t n = seeds.shape(0), d = seeds.shape(1);
    std::vector<T> centre(d);
    for (size_t i = 0; i < n; ++i) axpy(d, T(1) / static_cast<T>(n), &seeds(i, 0), centre.data());
    T mean = 0;
    for (size_t i = 0; i < n; ++i) mean += distance(&seeds(i, 0), centre.data(), d) / static_cast<T>(n);
    for (auto& point : points)
        point.outlier = mean > 0 && distance(point.state.data(), centre.data(), d) > limit * mean;
}

}  // namespace detail

/// Every slow point of a map that the seeds (n x d) lead to, with what is needed to understand it.
/// Throws value_error or shape_error for seeds or options that make no sense, and where the map's vjp
/// contradicts its apply; whatever the map throws passes through.
template <differentiable_map Map, solver<Map> Solver>
slow_points<typename Map::scalar> find_slow_points(
    const Map& map, const std::type_identity_t<matrix<typename Map::scalar>>& seeds, const Solver& solver,
    const search_options<typename Map::scalar>& options = {}) {
    using T = typename Map::scalar;
    const size_t d = map.dimension(), n = seeds.shape(0);
    const matrix<T> starts = detail::checked_seeds(d, seeds, options);
    const search_region<T>& region = options.region;
    for (size_t i = 0; options.check_derivatives && i < n; ++i)
        if (detail::check_derivatives_at(map, region, &starts(i, 0),
                                         concatenate("find_slow_points: at seed ", i), options.dense_limit))
            break;

    team workers(options.threads);
    const std::vector<Map> maps(options.threads, map);  // a map is used by one thread at a time
    matrix<T> states = starts;
    std::vector<search_outcome> outcomes(n);
    std::vector<detail::search_result<T>> results(n);
    const size_t block = detail::block_of(solver, n, d);
    workers.for_each((n + block - 1) / block, [&](size_t index, size_t worker) {
        const size_t first = index * block, count = std::min(block, n - first);
        detail::descend_together(maps[worker], solver, matrix_view<T>(states).row_block(first, count),
                                 std::span(outcomes).subspan(first, count), region);
        for (size_t i = first; i < first + count; ++i)
            detail::judge(maps[worker], region, &starts(i, 0), &states(i, 0), results[i]);
    });

    const auto groups = detail::merge(states, results, options.merge_distance);
    slow_points<T> found;
    found.points.resize(groups.best.size());
    for (size_t i = 0; i < n; ++i) {
        if (groups.of[i] == slow_points<T>::none)
            found.failures.push_back({i, results[i].failure});
        else
            found.points[groups.of[i]].seeds.push_back(i);
    }
    for (size_t i = 0; i < groups.best.size(); ++i) {
        const size_t best = groups.best[i];
        slow_point<T>& point = found.points[i];
        point.state = vector<T>::from_shape({d});
        std::copy_n(&states(best, 0), d, point.state.data());
        point.speed = results[best].speed;
        point.gradient_norm = results[best].gradient_norm;
        point.iterations = outcomes[best].iterations;
        point.stop = outcomes[best].stop;
        point.distance_moved = detail::distance(&states(best, 0), &starts(best, 0), d);
        point.best_seed = best;
    }
    detail::flag_outliers(starts, options.outlier_distance, found.points);
    workers.for_each(found.size(), [&](size_t i, size_t worker) {
        detail::describe(maps[worker], options, region, found.points[i]);
    });
    return found;
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
