/// @file
/// Whether a point is on a branch that is known by some of its points.
#pragma once

#include "engram/dynamics/continuation/detail/curve_point.hpp"

namespace engram::detail {

/// Whether z is on the curve through some of its points: between two of them, at z's parameter, the corrector
/// leads to it, as far as `within`.
template <class Points, class T = typename Points::T>
bool is_on(Points& points, const std::vector<std::vector<T>>& known, const std::vector<T>& z, T within) {
    const size_t last = z.size() - 1;
    for (size_t i = 1; i < known.size(); ++i) {
        const auto &before = known[i - 1], &after = known[i];
        const auto [low, high] = std::minmax(before[last], after[last]);
        if (!(z[last] >= low && z[last] <= high)) continue;
        const T share = high > low ? (z[last] - before[last]) / (after[last] - before[last]) : T(0);
        std::vector<T> near(z.size());
        for (size_t j = 0; j <= last; ++j) near[j] = before[j] + share * (after[j] - before[j]);
        if (apart(near, z) > apart(before, after)) continue;
        const auto there = points.point_at(near, last);
        if (there && apart(there->z, z) <= within * points.size_of(z)) return true;
    }
    return false;
}

}  // namespace engram::detail
