/// @file
/// The shortest vector in the convex hull of some vectors.
#pragma once

#include "engram/core/lapack.hpp"

#include <algorithm>
#include <vector>

namespace engram::detail {

/// The shortest vector w_1 x_1 + ... + w_m x_m with weights that are not negative and add up to 1, to a
/// millionth of the longest x: steps that shift weight between two vectors, the one that shortens it most and
/// the one that lengthens it most.
template <class T>
std::vector<T> shortest_in_hull(const std::vector<std::vector<T>>& x) {
    const size_t m = x.size(), d = x[0].size();
    std::vector<T> weights(m, T(0)), shortest = x[0];
    weights[0] = 1;
    T longest = 0;
    for (const auto& vector : x) longest = std::max(longest, dot(d, vector.data(), vector.data()));
    for (size_t round = 0; round < 200 * m; ++round) {
        size_t gains = 0, costs = m;
        T least = 0, most = 0;
        for (size_t k = 0; k < m; ++k) {
            const T along = dot(d, x[k].data(), shortest.data());
            if (k == 0 || along < least) least = along, gains = k;
            if (weights[k] > 0 && (costs == m || along > most)) most = along, costs = k;
        }
        if (!(most - least > T(1e-15) * longest)) break;
        T square = 0;
        for (size_t i = 0; i < d; ++i) square += (x[gains][i] - x[costs][i]) * (x[gains][i] - x[costs][i]);
        const T shift = std::min(weights[costs], (most - least) / square);
        weights[gains] += shift;
        weights[costs] -= shift;
        axpy(d, shift, x[gains].data(), shortest.data());
        axpy(d, -shift, x[costs].data(), shortest.data());
    }
    return shortest;
}

}  // namespace engram::detail
