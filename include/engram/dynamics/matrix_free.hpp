/// @file
/// Newton's step in dimensions too large for a matrix.
#pragma once

#include "engram/dynamics/spectrum.hpp"

namespace engram::detail {

/// Newton's step for F(h) = h from h by conjugate gradients on the least-squares problem J p = -g (CGLS,
/// Bjorck 1996, section 7.4), down to a residual of g / 100 or `iterations` products.
template <differentiable_map Map, class T = typename Map::scalar>
newton_step<T> krylov_newton(const Map& map, const T* h, size_t iterations = 1000) {
    const size_t d = map.dimension();
    linearisation<Map> linear(map);
    std::vector<T> residual(d), step(d), slope(d), direction(d), image(d);
    const T speed = std::sqrt(squared_speed(map, h, residual.data()));
    for (T& r : residual) r = -r;
    half_gradient(map, as_row(h, d), as_row(std::as_const(residual)), as_row(slope));
    direction = slope;
    T square = dot(d, slope.data(), slope.data()), gain = 0;
    for (size_t k = 0; k < iterations && square > 0; ++k) {
        linear.jvp(h, direction.data(), image.data());
        gain = std::max(
            gain, std::sqrt(dot(d, image.data(), image.data()) / dot(d, direction.data(), direction.data())));
        axpy(d, T(-1), direction.data(), image.data());
        const T length = square / dot(d, image.data(), image.data());
        if (!std::isfinite(length)) return {};
        axpy(d, length, direction.data(), step.data());
        axpy(d, -length, image.data(), residual.data());
        if (std::sqrt(dot(d, residual.data(), residual.data())) <= speed / 100) break;
        half_gradient(map, as_row(h, d), as_row(std::as_const(residual)), as_row(slope));
        const T next = dot(d, slope.data(), slope.data());
        for (size_t i = 0; i < d; ++i) direction[i] = slope[i] + next / square * direction[i];
        square = next;
    }
    const T length = std::sqrt(dot(d, step.data(), step.data()));
    for (size_t i = 0; i < d; ++i) step[i] += h[i];
    return {length, std::sqrt(squared_speed(map, step.data(), image.data())), gain};
}

}  // namespace engram::detail
