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

/// The result of the search from one seed.
template <class T>
struct search_result {
    T seed_speed = 0, speed = 0, gradient_norm = 0;
    bool at_edge = false;  ///< the box blocks the way further down
    std::string failure;
};

/// Says by which coordinate or distance a result is outside the region, in the user's units; empty if it is
/// inside.
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

/// Computes S and its gradient at a solver's result h, and checks that h is inside the region and S not above
/// the seed's. All numbers are in units of the map's scale, but those in the message of a failure.
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
    /// Of dimension d. Two states are near if their distance is below `merge_distance` in units of the larger
    /// of their norms and 1.
    nearest_result(size_t d, T merge_distance) : merge_distance_(merge_distance), direction_(d) {
        // Without structure, so that states which share coordinates do not share places.
        double square = 0;
        for (size_t j = 0; j < direction_.size(); ++j) {
            direction_[j] = 1.5 + std::cos(static_cast<double>(j * j % 1000 + j));
            square += direction_[j] * direction_[j];
        }
        for (double& x : direction_) x /= std::sqrt(square);
    }

    /// The number of the nearest of the results added so far that is near to a state, the first of several;
    /// `none` if there is none.
    [[nodiscard]] size_t near(const T* state) const {
        // A state that is near has a norm of at most that of this one and the distance.
        const T size = unit(state);
        const double reach = merge_distance_ < 1 ? static_cast<double>(merge_distance_ * size) /
                                                       static_cast<double>(1 - merge_distance_)
                                                 : std::numeric_limits<double>::infinity();
        const double here = place(state), slack = reach * (1 + 1e-6) + 1e-12 * static_cast<double>(size);
        const result* found = nullptr;
        T nearest = std::numeric_limits<T>::infinity();
        for (auto other = places_.lower_bound(here - slack);
             other != places_.end() && other->first <= here + slack; ++other) {
            const T away = distance(state, other->second.state, direction_.size());
            if (!(away < merge_distance_ * std::max(size, unit(other->second.state)))) continue;
            if (away < nearest || (away == nearest && other->second.order < found->order)) {
                nearest = away;
                found = &other->second;
            }
        }
        return found == nullptr ? none : found->number;
    }
    /// Adds a result, whose state is referred to.
    void add(size_t number, const T* state) {
        places_.emplace(place(state), result{number, places_.size(), state});
    }

    static constexpr size_t none = slow_points<T>::none;

  private:
    struct result {
        size_t number, order;  ///< the latter is how many were added before
        const T* state;
    };

    T unit(const T* state) const { return std::max(T(1), std::sqrt(dot(direction_.size(), state, state))); }
    double place(const T* state) const {
        double sum = 0;
        for (size_t j = 0; j < direction_.size(); ++j) sum += direction_[j] * static_cast<double>(state[j]);
        return sum;
    }

    T merge_distance_;
    std::vector<double> direction_;
    std::multimap<double, result> places_;
};

/// A result as merging sees it.
template <class T>
struct merged_result {
    T speed;
    const T* state;
    size_t seed;

    /// Whether it comes before another: the slowest first, and where speeds are the same, by the state.
    [[nodiscard]] bool before(const merged_result& other, size_t d) const {
        if (speed != other.speed) return speed < other.speed;
        const auto [x, y] = std::mismatch(state, state + d, other.state);
        return x != state + d ? *x < *y : seed < other.seed;
    }
};

/// Sorts results (d), the slowest first.
template <class T>
void sort_by_speed(std::vector<merged_result<T>>& results, size_t d) {
    std::ranges::sort(results, [d](const auto& a, const auto& b) { return a.before(b, d); });
}

/// The results that did not fail, from the slowest to the fastest; row 0 of the states is of seed `first`.
template <class T>
std::vector<merged_result<T>> by_speed(const matrix<T>& states, const std::vector<search_result<T>>& results,
                                       size_t first) {
    std::vector<merged_result<T>> order;
    for (size_t i = 0; i < results.size(); ++i)
        if (results[i].failure.empty()) order.push_back({results[i].speed, &states(i, 0), first + i});
    sort_by_speed(order, states.shape(1));
    return order;
}

/// Groups numbered in the order of their first seed, from the seed that stands for each one's group.
template <class T>
seed_groups numbered_groups(const std::vector<size_t>& stands_for) {
    constexpr size_t none = slow_points<T>::none;
    const size_t n = stands_for.size();
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

/// Groups of the seeds that did not fail, numbered in the order of their first seed. From the slowest result
/// to the fastest, each joins the nearest of those before it that stand for a group, if it is near, and else
/// stands for one itself: so no two that stand for groups are nearer to each other than `merge_distance`, in
/// units of the larger of their norms and 1, and the groups do not depend on the order of the seeds.
template <class T>
seed_groups merge(const matrix<T>& states, const std::vector<search_result<T>>& results, T merge_distance) {
    constexpr size_t none = slow_points<T>::none;
    std::vector<size_t> stands_for(results.size(), none);  // the result that stands for each one's group
    nearest_result<T> groups(states.shape(1), merge_distance);
    for (const auto& result : by_speed(states, results, 0)) {
        const size_t nearest = merge_distance > 0 ? groups.near(result.state) : none;
        stands_for[result.seed] = nearest == none ? result.seed : nearest;
        if (nearest == none && merge_distance > 0) groups.add(result.seed, result.state);
    }
    return numbered_groups<T>(stands_for);
}

/// Points where S may still fall along a kink are none of S.
template <class T>
void set_kinks_apart(slow_points<T>& found) {
    const auto is_kink = [](const slow_point<T>& p) { return p.at_kink && !p.is_minimum; };
    std::ranges::copy_if(found.points, std::back_inserter(found.kinks), is_kink);
    if (!found.kinks.empty()) std::erase_if(found.points, is_kink);
}

}  // namespace engram::detail
