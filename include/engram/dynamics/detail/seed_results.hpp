/// @file
/// What becomes of a seed's search: whether its result counts, and which results are one point.
#pragma once

#include "engram/dynamics/point/slow_point.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace engram::detail {

/// What is known of one seed after the solver is done with it.
template <class T>
struct search_result {
    T seed_speed = 0, speed = 0, gradient_norm = 0;
    std::string failure;
};

/// How a result lies outside the region; empty if it does not.
template <class T>
std::string way_out(const search_region<T>& region, const T* seed, const T* h, size_t d) {
    for (size_t j = 0; j < d; ++j)
        if (const T bound = region.clip(j, h[j]); bound != h[j])
            return concatenate("the solver left the search region: coordinate ", j, " is ", h[j],
                               ", beyond its bound ", bound);
    if (const T away = distance(h, seed, d); !(away <= region.max_distance * T(1.001)))
        return concatenate("the solver left the search region: ", away,
                           " from the seed, beyond max_distance = ", region.max_distance);
    return {};
}

/// S and its gradient at a solver's result, and whether the solver kept its promises.
template <differentiable_map Map, class T = typename Map::scalar>
void judge(const Map& map, const search_region<T>& region, const T* seed, const T* h,
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
    if (!(result.speed <= result.seed_speed * (1 + 64 * std::numeric_limits<T>::epsilon())))
        result.failure =
            concatenate("the solver ended at speed ", result.speed, ", above the seed's ", result.seed_speed);
    else if (!std::isfinite(result.speed))
        result.failure =
            concatenate("the speed overflows at the seed, where the map is finite: ", result.speed);
    else if (!std::isfinite(result.gradient_norm))
        result.failure =
            concatenate("the map's vjp is not finite where the search ended, at speed ", result.speed);
    else
        result.failure = way_out(region, seed, h, d);
}

/// Which seeds led to the same point.
struct seed_groups {
    std::vector<size_t> of;    ///< each seed's group; slow_points<T>::none where it failed
    std::vector<size_t> best;  ///< each group's seed whose result is the slowest
};

/// Groups of the seeds that did not fail, in the order of their first seed. The best results of two groups
/// are never nearer to each other than `merge_distance`, in units of the larger of their norms and 1.
template <class T>
seed_groups merge(const matrix<T>& states, const std::vector<search_result<T>>& results, T merge_distance) {
    const size_t n = results.size(), d = states.shape(1), none = slow_points<T>::none;
    std::vector<T> unit(n);
    for (size_t i = 0; i < n; ++i) unit[i] = std::max(T(1), std::sqrt(dot(d, &states(i, 0), &states(i, 0))));
    const auto near = [&](size_t i, size_t j) {
        return merge_distance > 0 &&
               distance(&states(i, 0), &states(j, 0), d) < merge_distance * std::max(unit[i], unit[j]);
    };
    seed_groups groups{std::vector<size_t>(n, none), {}};
    auto& [of, best] = groups;
    for (size_t i = 0; i < n; ++i) {
        if (!results[i].failure.empty()) continue;
        size_t g = 0;
        while (g < best.size() && !near(i, best[g])) ++g;
        if (g == best.size()) best.push_back(i);
        of[i] = g;
        if (results[i].speed < results[best[g]].speed) best[g] = i;
    }
    // A better result than those with which a group began may lie near another group.
    for (size_t a = 0; a < best.size(); ++a)
        for (size_t b = a + 1; b < best.size(); ++b) {
            if (!near(best[a], best[b])) continue;
            if (results[best[b]].speed < results[best[a]].speed) best[a] = best[b];
            for (size_t& g : of) g = g == b ? a : g > b && g != none ? g - 1 : g;
            best.erase(best.begin() + static_cast<std::ptrdiff_t>(b));
            a = b = 0;  // from the beginning: the group's best may now be near any other
        }
    return groups;
}

}  // namespace engram::detail
