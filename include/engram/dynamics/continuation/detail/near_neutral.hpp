/// @file
/// How many directions about a point are near-neutral, and which.
#pragma once

#include "engram/dynamics/continuation/detail/manifold_corrector.hpp"
#include "engram/dynamics/point/eigenvectors.hpp"

#include <algorithm>
#include <numeric>

namespace engram::detail {

/// How many eigenvalues of dF/dh are near 1 and clearly nearer than the next.
template <class T>
struct neutral_gap {
    size_t directions = 0;  ///< 0 where there is no such set
    T ratio = 0;            ///< of the distances from 1 of the next eigenvalue and the last of them
};

/// The widest gap among those below which all eigenvalues are within `neutral` of 1. (Two conjugates are as
/// far from 1 as each other: no gap parts them.)
template <class T>
neutral_gap<T> widest_gap(const std::vector<std::complex<T>>& spectrum, T neutral) {
    std::vector<T> rates;
    for (const auto& value : spectrum) rates.push_back(std::abs(value - T(1)));
    std::ranges::sort(rates);
    neutral_gap<T> best;
    for (size_t m = 1; m <= rates.size() && rates[m - 1] <= neutral; ++m) {
        const T next = m < rates.size() ? rates[m] : T(1),
                ratio = next / std::max(rates[m - 1], as_good_as_neutral<T>);
        if (ratio >= 2 && ratio > best.ratio) best = {m, ratio};
    }
    return best;
}

/// An orthonormal basis (m x d) of the span of the m eigenvectors whose eigenvalues are nearest to 1.
template <differentiable_map Map, class T = typename Map::scalar>
matrix<T> near_neutral_directions(const Map& map, const vector<T>& state, size_t m) {
    auto all = eigenvectors(map, state);
    std::ranges::sort(all, [](const auto& a, const auto& b) {
        const T x = std::abs(a.value - T(1)), y = std::abs(b.value - T(1));
        return x != y ? x < y : before_in_spectrum(a.value, b.value);
    });
    const size_t d = state.size();
    matrix<T> frame = matrix<T>::from_shape({m, d});
    for (size_t k = 0; k < m; ++k) {
        // Of two conjugates the second adds the imaginary part.
        const bool second = k > 0 && all[k].value.imag() != 0 && all[k].value == std::conj(all[k - 1].value);
        T* const row = &frame(k, 0);
        for (size_t j = 0; j < d; ++j)
            row[j] = second ? all[k].direction[j].imag() : all[k].direction[j].real();
        for (int twice = 0; twice < 2; ++twice)
            for (size_t l = 0; l < k; ++l) axpy(d, -dot(d, row, &frame(l, 0)), &frame(l, 0), row);
        const T norm = std::sqrt(dot(d, row, row));
        for (size_t j = 0; j < d; ++j) row[j] /= norm;
    }
    return frame;
}

}  // namespace engram::detail
