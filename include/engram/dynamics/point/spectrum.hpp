/// @file
/// spectrum: the eigenvalues of a map's Jacobian.
#pragma once

#include "engram/core/any_array.hpp"
#include "engram/core/lapack.hpp"
#include "engram/dynamics/map/linearisation.hpp"
#include "engram/dynamics/point/slow_point.hpp"

namespace engram {

namespace detail {

/// Whether eigenvalue a comes before b: by descending modulus; conjugates stay together, the positive
/// imaginary part first.
template <class T>
bool before_in_spectrum(const std::complex<T>& a, const std::complex<T>& b) {
    const T x = std::abs(a), y = std::abs(b);
    if (x != y) return x > y;
    return a.real() != b.real() ? a.real() > b.real() : a.imag() > b.imag();
}
/// Puts eigenvalues in that order.
template <class T>
void sort_by_modulus(std::vector<std::complex<T>>& values) {
    std::ranges::sort(values, before_in_spectrum<T>);
}

/// dF/dh at a state, for the public function of that name: throws shape_error if the state does not fit the
/// map, divergence_error if a number is not finite.
template <differentiable_map Map, any_array State>
auto finite_jacobian(const char* function, const Map& map, const State& state) {
    using T = typename Map::scalar;
    const size_t d = map.dimension();
    const auto& h = to_vector<T>(function, state);
    expect_state(function, h.size(), d);
    auto jacobian = matrix<T>::from_shape({d, d});
    linearisation<Map>(map).jacobian(h.data(), jacobian);
    for (const T& x : jacobian)
        require<divergence_error>(std::isfinite(x), function, ": the map's derivative at the state is ", x);
    return jacobian;
}

}  // namespace detail

/// The eigenvalues of dF/dh at a state, by descending modulus, all d of them, with LAPACK: O(d^3) time,
/// O(d^2) memory. leading_spectrum() finds the leading ones in a large d. Throws shape_error,
/// divergence_error.
template <differentiable_map Map, any_array State = vector<typename Map::scalar>>
vector<std::complex<typename Map::scalar>> spectrum(const Map& map, const State& state) {
    auto jacobian = detail::finite_jacobian("spectrum", map, state);
    auto values = detail::eigenvalues(matrix_view<typename Map::scalar>(jacobian));
    detail::sort_by_modulus(values);
    return detail::as_array(values);
}

}  // namespace engram
