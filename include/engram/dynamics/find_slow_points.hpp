/// @file
/// find_slow_points: the search from many seeds, and the description of what they lead to.
#pragma once

#include "engram/core/parallel.hpp"
#include "engram/dynamics/describe.hpp"
#include "engram/dynamics/levenberg_marquardt.hpp"

namespace engram {

namespace detail {

/// What is known of one seed after the solver is done with it.
template <class T>
struct search_result {
    search_outcome outcome;
    T seed_speed = 0, speed = 0, gradient_norm = 0;
    std::string failure;
};

/// S and its gradient at a solver's result, and whether the solver kept its promises.
template <differentiable_map Map, class T = typename Map::scalar>
[[gnu::cold]] void judge(const Map& map, const search_region<T>& region, const T* seed, const T* h,
                         search_result<T>& result) {
    const size_t d = map.dimension();
    std::vector<T> g(d), gradient(d);
    result.seed_speed = std::sqrt(squared_speed(map, seed, g.data()));
    for (size_t j = 0; j < d && result.failure.empty(); ++j)
        if (!std::isfinite(g[j]))
            result.failure =
                concatenate("the map gives ", g[j] + seed[j], " at coordinate ", j, " of the seed");
    if (!result.failure.empty()) return;
    result.speed = std::sqrt(squared_speed(map, h, g.data()));
    half_gradient(map, as_row(h, d), as_row(std::as_const(g)), as_row(gradient));
    remove_blocked(region, h, gradient.data(), d);
    result.gradient_norm = 2 * std::sqrt(dot(d, gradient.data(), gradient.data()));
    bool inside = distance(h, seed, d) <= region.max_distance * T(1.001);
    for (size_t j = 0; j < d; ++j) inside = inside && h[j] == region.clip(j, h[j]);
    if (!(result.speed <= result.seed_speed * (1 + 64 * std::numeric_limits<T>::epsilon())))
        result.failure =
            concatenate("the solver ended at speed ", result.speed, ", above the seed's ", result.seed_speed);
    else if (!inside)
        result.failure = "the solver left the search region";
    else if (!std::isfinite(result.speed))
        result.failure =
            concatenate("the speed overflows at the seed, where the map is finite: ", result.speed);
    else if (!std::isfinite(result.gradient_norm))
        result.failure =
            concatenate("the map's vjp is not finite where the search ended, at speed ", result.speed);
}

/// Seeds whose results are one point, in rising order, and the one of them whose result is the slowest.
struct seed_group {
    size_t best;
    std::vector<size_t> seeds;
};

/// Groups of the seeds that did not fail, in the order of their first seed.
template <class T>
[[gnu::cold]] std::vector<seed_group> merge(const matrix<T>& states,
                                            const std::vector<search_result<T>>& results, T merge_distance) {
    const size_t d = states.shape(1);
    std::vector<seed_group> groups;
    for (size_t i = 0; i < results.size(); ++i) {
        if (!results[i].failure.empty()) continue;
        const T* h = &states(i, 0);
        const T near = merge_distance * std::max(T(1), std::sqrt(dot(d, h, h)));
        size_t g = 0;
        while (g < groups.size() && !(distance(h, &states(groups[g].best, 0), d) < near)) ++g;
        if (g == groups.size()) groups.push_back({i, {}});
        groups[g].seeds.push_back(i);
        if (results[i].speed < results[groups[g].best].speed) groups[g].best = i;
    }
    return groups;
}

/// Flags points that are far from the centre of the seeds.
template <class T>
[[gnu::cold]] void flag_outliers(const matrix<T>& seeds, T limit, std::vector<slow_point<T>>& points) {
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
[[gnu::cold]] slow_points<typename Map::scalar> find_slow_points(
    const Map& map, const std::type_identity_t<matrix<typename Map::scalar>>& seeds, const Solver& solver,
    const search_options<typename Map::scalar>& options = {}) {
    using T = typename Map::scalar;
    const size_t d = map.dimension(), n = seeds.shape(0);
    const matrix<T> starts = detail::checked_seeds(d, seeds, options);
    for (size_t i = 0; options.check_derivatives && i < n; ++i)
        if (detail::check_derivatives_at(map, &starts(i, 0), i, options.dense_limit)) break;

    const auto region = detail::region_of(options);
    team workers(options.threads);
    const std::vector<Map> maps(options.threads, map);  // a map is used by one thread at a time
    matrix<T> states = starts;
    std::vector<search_outcome> outcomes(n);
    std::vector<detail::search_result<T>> results(n);
    const size_t block = detail::block_of(solver, n, d);
    workers.for_each((n + block - 1) / block, [&](size_t index, size_t worker) {
        const size_t first = index * block, count = std::min(block, n - first);
        solver(maps[worker], matrix_view<T>(states).row_block(first, count),
               std::span(outcomes).subspan(first, count), region);
        for (size_t i = first; i < first + count; ++i)
            detail::judge(maps[worker], region, &starts(i, 0), &states(i, 0), results[i]);
    });

    slow_points<T> found;
    for (size_t i = 0; i < n; ++i)
        if (!results[i].failure.empty()) found.failures.push_back({i, results[i].failure});
    std::vector<detail::seed_group> groups = detail::merge(states, results, options.merge_distance);
    found.points = std::vector<slow_point<T>>(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
        const size_t best = groups[i].best;
        slow_point<T>& point = found.points[i];
        point.state = vector<T>::from_shape({d});
        std::copy_n(&states(best, 0), d, point.state.data());
        point.speed = results[best].speed;
        point.gradient_norm = results[best].gradient_norm;
        point.iterations = outcomes[best].iterations;
        point.stop = outcomes[best].stop;
        point.distance_moved = detail::distance(&states(best, 0), &starts(best, 0), d);
        point.best_seed = best;
        point.seeds = std::move(groups[i].seeds);
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
