/// @file
/// The simple recurrent network of Elman (1990).
#pragma once

#include "engram/core/activation.hpp"
#include "engram/core/simd.hpp"
#include "engram/nn/cell/cell.hpp"

namespace engram {

/// h' = f(x W + h U + b), with f = tanh unless another activation is given.
template <std::floating_point T, activation F = activations::tanh>
struct elman {
    using scalar = T;
    template <class U>
    using with_scalar = elman<U, F>;
    static constexpr size_t gates = 1, components = 1, cache = 0, scratch = 0, recurrent_biases = 0;

    F f{};  ///< the activation

    [[nodiscard]] std::array<double, 2> state_range(size_t /*component*/) const {
        return detail::range_towards(f);
    }
    template <class U>
    [[nodiscard]] with_scalar<U> converted() const {
        return {f};
    }

    void forward(const cell_weights<T>& weights, const cell_step<T>& step) const {
        gemm<T>(step.state, weights.recurrent, step.gates, {.beta = 1});
        for (size_t i = 0; i < step.next.rows(); ++i) {
            simd::for_each<T>(step.next.columns(),
                              [&, a = step.gates.row(i), next = step.next.row(i)](auto at) {
                                  at.store(next, detail::value_of<T>(f, at.load(a)));
                              });
        }
    }

    void backward(const cell_weights<T>& weights, const cell_step<T>& step, matrix_view<T> d_next,
                  matrix_view<T> d_state, matrix_view<T> /*scratch*/) const {
        for (size_t i = 0; i < step.next.rows(); ++i) {
            simd::for_each<T>(step.next.columns(), [&, a = step.gates.row(i), next = step.next.row(i),
                                                    d = d_next.row(i)](auto at) {
                at.store(a, at.load(d) * detail::slope_of<T>(f, at.load(next)));
            });
        }
        gemm<T>(step.gates, transposed(weights.recurrent), d_state, {.beta = 0});
    }

    /// dF/dh (H x H) where step.next was reached.
    void jacobian(matrix_view<const T> transposed_weights, const cell_step<T>& step, matrix_view<T> result,
                  matrix_view<T> /*square*/) const {
        for (size_t j = 0; j < result.rows(); ++j) {
            const simd::pack<T> slope(detail::slope_at<T>(f, step.next(0, j)));
            simd::for_each<T>(result.columns(), [&](auto at) {
                at.store(result.row(j), slope * at.load(transposed_weights.row(j)));
            });
        }
    }

    std::array<weight_product<T>, 1> recurrent_products(const cell_step<T>& step) const {
        return {{{step.state, step.gates, 0}}};
    }
};

}  // namespace engram
