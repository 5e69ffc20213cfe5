/// @file
/// The region of a search, and the projection of states and directions on it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "engram/core/tensor.hpp"

namespace engram {

/// The region of a search: a box, and a ball about each seed.
template <class T>
struct search_region {
    T lower_bound = -std::numeric_limits<T>::infinity();  ///< of every coordinate
    T upper_bound = std::numeric_limits<T>::infinity();   ///< of every coordinate
    std::vector<T> lower_bounds = {};  ///< one a coordinate; empty: lower_bound holds for all
    std::vector<T> upper_bounds = {};  ///< one a coordinate; empty: upper_bound holds for all
    T max_distance = std::numeric_limits<T>::infinity();  ///< from the seed, in the Euclidean norm

    /// The smallest value of coordinate i.
    [[nodiscard]] T lower(size_t i) const { return lower_bounds.empty() ? lower_bound : lower_bounds[i]; }
    /// The largest value of coordinate i.
    [[nodiscard]] T upper(size_t i) const { return upper_bounds.empty() ? upper_bound : upper_bounds[i]; }
    /// The nearest value that coordinate i may take.
    [[nodiscard]] T clip(size_t i, T value) const { return std::min(std::max(value, lower(i)), upper(i)); }
};

namespace detail {

/// All of space.
template <class T>
inline constinit const search_region<T> everywhere{};

/// Euclidean distance of two states.
template <class T>
T distance(const T* a, const T* b, size_t d) {
    T sum = 0;
    for (size_t i = 0; i < d; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(sum);
}

/// Sets to zero the components of a gradient along which the box stops a descent.
template <class T>
void remove_blocked(const search_region<T>& region, const T* h, T* gradient, size_t d) {
    for (size_t i = 0; i < d; ++i)
        if ((gradient[i] > 0 && h[i] <= region.lower(i)) || (gradient[i] < 0 && h[i] >= region.upper(i)))
            gradient[i] = 0;
}

/// Moves a state outside the ball about its seed onto it, towards the seed. A box that holds both still holds
/// the state.
template <class T>
void draw_back(const search_region<T>& region, const T* seed, T* h, size_t d) {
    const T away = distance(h, seed, d);
    if (!(away > region.max_distance)) return;
    for (size_t i = 0; i < d; ++i)  // clipped, for rounding
        h[i] = region.clip(i, seed[i] + (h[i] - seed[i]) * (region.max_distance / away));
}

/// The step of a one-sided difference over that of a central one; its error is of the order of the root of
/// epsilon.
template <class T>
inline const T one_sided = std::pow(std::numeric_limits<T>::epsilon(), T(1) / 6);

/// The ends of a central difference about x in coordinate i, x + step and x - step, slid into the bounds;
/// where these are nearer to each other than 2 step, the bounds.
template <class T>
std::pair<T, T> ends_within(const search_region<T>& region, size_t i, T x, T step) {
    T ahead = x + step, behind = x - step;
    if (const T edge = region.clip(i, ahead); edge != ahead) {
        ahead = edge;
        behind = edge - 2 * step;
    } else if (const T other = region.clip(i, behind); other != behind) {
        behind = other;
        ahead = other + 2 * step;
    }
    return {region.clip(i, ahead), region.clip(i, behind)};
}

/// Whether the region's box holds h + step v.
template <class T>
bool within(const search_region<T>& region, const T* h, const T* v, size_t d, T step) {
    for (size_t i = 0; i < d; ++i)
        if (const T x = h[i] + step * v[i]; region.clip(i, x) != x) return false;
    return true;
}

/// The two states of a difference along v, ahead - behind = 2 step v, about h where the box holds both;
/// beside its edges they are slid inwards, coordinate by coordinate, and the step is shorter, as suits
/// differences that are one-sided. Gives the step.
template <class T>
T ends_within(const search_region<T>& region, const T* h, const T* v, size_t d, T step, T* ahead, T* behind) {
    if (!within(region, h, v, d, step) || !within(region, h, v, d, -step)) {
        step *= one_sided<T>;
        for (size_t i = 0; i < d; ++i)
            if (v[i] != 0) step = std::min(step, (region.upper(i) - region.lower(i)) / (2 * std::abs(v[i])));
    }
    for (size_t i = 0; i < d; ++i) {
        const auto [further, back] = ends_within(region, i, h[i], step * v[i]);
        ahead[i] = further;
        behind[i] = back;
    }
    return step;
}

}  // namespace detail
}  // namespace engram
