/// @file
/// The eigenvectors of a map's Jacobian: the directions in which the map expands and contracts at a state.
#pragma once

#include "engram/dynamics/point/spectrum.hpp"

#include <algorithm>

namespace engram {

/// An eigenvalue of dF/dh, and a right eigenvector of it.
template <class T>
struct eigenvector {
    std::complex<T> value;              ///< per step
    vector<std::complex<T>> direction;  ///< v (d), of norm 1: dF/dh v = value v
};

/// The eigenvalues of dF/dh at a state with their right eigenvectors, all d of them, by descending modulus:
/// the first slow_point::unstable_directions are the unstable ones. The values agree with the point's
/// spectrum to rounding; values of equal modulus may be in another order there, so compare by `value`. The
/// real and the imaginary part of a complex direction span the plane in which states rotate. By LAPACK's
/// geev: O(d^3) time, O(d^2) memory. Throws shape_error, divergence_error.
template <differentiable_map Map, any_array State = vector<typename Map::scalar>>
[[nodiscard]] std::vector<eigenvector<typename Map::scalar>> eigenvectors(const Map& map,
                                                                          const State& state) {
    using T = typename Map::scalar;
    auto jacobian = detail::finite_jacobian("eigenvectors", map, state), vectors = jacobian;
    const auto values = detail::eigenvalues(matrix_view<T>(jacobian), vectors.data());
    const size_t d = map.dimension();
    std::vector<eigenvector<T>> result(d);
    for (size_t i = 0; i < d; ++i) {
        const T turn = values[i].imag();  // of two conjugates the positive one comes first
        const T* const real = &vectors(turn < 0 ? i - 1 : i, 0);
        result[i] = {values[i], vector<std::complex<T>>::from_shape({d})};
        std::copy_n(real, d, result[i].direction.begin());
        if (turn == 0) continue;
        for (size_t j = 0; j < d; ++j) result[i].direction[j].imag(turn > 0 ? -real[d + j] : real[d + j]);
    }
    std::ranges::sort(
        result, [](const auto& a, const auto& b) { return detail::before_in_spectrum(a.value, b.value); });
    return result;
}

}  // namespace engram
