/// @file
/// What becomes of a seed's search: whether its result counts, and which results are one point.
#pragma once

#include "engram/dynamics/map/scaled_map.hpp"
#include "engram/dynamics/point/slow_point.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace engram::detail {

/// What is known of one seed after the solver is done with it.
template <class T>
struct search_result {
    T seed_speed = 0, speed = 0, gradient_norm = 0;
    bool at_edge = false;  ///< the box blocks the way further down
    std::string failure;
};

/// How a result lies outside the region, told out of the units of a scale; empty if it does not.
template <class T>
std::string way_out(const search_region<T>& region, const T* seed, const T* h, size_t d,
                    const state_scale<T>& scale) {
    for (size_t j = 0; j < d; ++j)
        if (const T bound = region.clip(j, h[j]); bound != h[j])
            return concatenate("the solver left the search region: coordinate ", j, " is ", h[j] * scale[j],
                               ", beyond its bound ", bound * scale[j]);
    if (const T away = distance(h, seed, d); !(away <= region.max_distance * T(1.001)))
        return concatenate("the solver left the search region: ", away * scale.largest(),
                           " from the seed, beyond max_distance = ", region.max_distance * scale.largest());
    return {};
}

/// S and its gradient at a solver's result, and whether the solver kept its promises; all in units of the
/// map's scale, what is said of a failure excepted.
template <differentiable_map Map, class T = typename Map::scalar>
void check_result(const scaled_map<Map>& map, const search_region<T>& region, const T* seed, const T* h,
                  search_result<T>& result) {
    const auto& scale = map.scale();
    const T unit = scale.largest();
    const size_t d = map.dimension();
    std::vector<T> g(d), gradient(d);
    result.seed_speed = std::sqrt(squared_speed(map, seed, g.data()));
    for (size_t j = 0; j < d && result.failure.empty(); ++j)
        if (!std::isfinite(g[j]))
            result.failure = concatenate("the map gives ", (g[j] + seed[j]) * scale[j], " at coordinate ", j,
                                         " of the seed");
    if (!result.failure.empty()) return;
    result.speed = std::sqrt(squared_speed(map, h, g.data()));
    half_gradient(map, as_row(h, d), as_row(std::as_const(g)), as_row(gradient));
    const T full = dot(d, gradient.data(), gradient.data());
    remove_blocked(region, h, gradient.data(), d);
    result.at_edge = dot(d, gradient.data(), gradient.data()) < full;
    result.gradient_norm = 2 * std::sqrt(dot(d, gradient.data(), gradient.data()));
    if (!(result.speed <= result.seed_speed * (1 + 64 * std::numeric_limits<T>::epsilon())))
        result.failure = concatenate("the solver ended at speed ", result.speed * unit, ", above the seed's ",
                                     result.seed_speed * unit);
    else if (!std::isfinite(result.speed))
        result.failure =
            concatenate("the speed overflows at the seed, where the map is finite: ", result.speed);
    else if (!std::isfinite(result.gradient_norm))
        result.failure =
            concatenate("the map's vjp is not finite where the search ended, at speed ", result.speed * unit);
    else
        result.failure = way_out(region, seed, h, d, scale);
}

/// Which seeds led to the same point.
struct seed_groups {
    std::vector<size_t> of;    ///< each seed's group; slow_points<T>::none where it failed
    std::vector<size_t> best;  ///< each group's seed whose result is the slowest
};

/// The results that stand for groups, found by where they are: ordered along one direction, on which two
/// states are no farther from each other than they are.
template <class T>
class nearest_result {
  public:
    /// Two of the states (n x d) are near if their distance is below `merge_distance` in units of the larger
    /// of their norms and 1.
    nearest_result(const matrix<T>& states, T merge_distance)
        : states_(states),
          merge_distance_(merge_distance),
          direction_(states.shape(1)),
          order_(states.shape(0)) {
        // Without structure, so that states which share coordinates do not share places.
        double square = 0;
        for (size_t j = 0; j < direction_.size(); ++j) {
            direction_[j] = 1.5 + std::cos(static_cast<double>(j * j % 1000 + j));
            square += direction_[j] * direction_[j];
        }
        for (double& x : direction_) x /= std::sqrt(square);
    }

    /// The nearest of the results added so far that is near to state i, the first of several; `none` if there
    /// is none.
    [[nodiscard]] size_t near(size_t i) const {
        // A state that is near has a norm of at most that of state i and the distance.
        const double reach = merge_distance_ < 1 ? static_cast<double>(merge_distance_ * unit(i)) /
                                                       static_cast<double>(1 - merge_distance_)
                                                 : std::numeric_limits<double>::infinity();
        const double here = place(i), slack = reach * (1 + 1e-6) + 1e-12 * static_cast<double>(unit(i));
        size_t found = none;
        T nearest = std::numeric_limits<T>::infinity();
        for (auto other = places_.lower_bound(here - slack);
             other != places_.end() && other->first <= here + slack; ++other) {
            const size_t j = other->second;
            const T away = distance(&states_(i, 0), &states_(j, 0), direction_.size());
            if (!(away < merge_distance_ * std::max(unit(i), unit(j)))) continue;
            if (away < nearest || (away == nearest && order_[j] < order_[found])) {
                nearest = away;
                found = j;
            }
        }
        return found;
    }
    /// Adds result i.
    void add(size_t i) {
        places_.emplace(place(i), i);
        order_[i] = places_.size();
    }

    static constexpr size_t none = slow_points<T>::none;

  private:
    T unit(size_t i) const {
        return std::max(T(1), std::sqrt(dot(states_.shape(1), &states_(i, 0), &states_(i, 0))));
    }
    double place(size_t i) const {
        double sum = 0;
        for (size_t j = 0; j < direction_.size(); ++j)
            sum += direction_[j] * static_cast<double>(states_(i, j));
        return sum;
    }

    const matrix<T>& states_;
    T merge_distance_;
    std::vector<double> direction_;
    std::multimap<double, size_t> places_;
    std::vector<size_t> order_;  ///< how many were added before each
};

/// Groups of the seeds that did not fail, numbered in the order of their first seed. From the slowest result
/// to the fastest, each joins the nearest of those before it that stand for a group, if it is near, and else
/// stands for one itself: so no two that stand for groups are nearer to each other than `merge_distance`, in
/// units of the larger of their norms and 1, and the groups do not depend on the order of the seeds.
template <class T>
seed_groups merge(const matrix<T>& states, const std::vector<search_result<T>>& results, T merge_distance) {
    const size_t n = results.size(), d = states.shape(1), none = slow_points<T>::none;
    std::vector<size_t> by_speed;
    for (size_t i = 0; i < n; ++i)
        if (results[i].failure.empty()) by_speed.push_back(i);
    std::ranges::sort(by_speed, [&](size_t i, size_t j) {
        if (results[i].speed != results[j].speed) return results[i].speed < results[j].speed;
        const T *a = &states(i, 0), *b = &states(j, 0);
        const auto [x, y] = std::mismatch(a, a + d, b);
        return x != a + d ? *x < *y : i < j;
    });
    std::vector<size_t> stands_for(n, none);  // the result that stands for each one's group
    nearest_result<T> groups(states, merge_distance);
    for (const size_t i : by_speed) {
        const size_t nearest = merge_distance > 0 ? groups.near(i) : none;
        stands_for[i] = nearest == none ? i : nearest;
        if (nearest == none && merge_distance > 0) groups.add(i);
    }
    seed_groups numbered{std::vector<size_t>(n, none), {}};
    std::vector<size_t> number(n, none);
    for (size_t i = 0; i < n; ++i) {
        if (stands_for[i] == none) continue;
        size_t& group = number[stands_for[i]];
        if (group == none) {
            group = numbered.best.size();
            numbered.best.push_back(stands_for[i]);
        }
        numbered.of[i] = group;
    }
    return numbered;
}

}  // namespace engram::detail
