/// @file
/// The update gate network.
#pragma once

#include "engram/core/activation.hpp"
#include "engram/core/simd.hpp"
#include "engram/nn/cell/cell.hpp"

namespace engram {

/// The update gate network (Collins, Sohl-Dickstein and Sussillo 2017): g = sigma(x W_g + h U_g + b_g),
/// c = tanh(x W_c + h U_c + b_c), h' = g h + (1 - g) c. The gates' columns are [g | c].
template <std::floating_point T, activation Gate = activations::logistic,
          activation Candidate = activations::tanh>
struct ugrnn {
    using scalar = T;
    template <class U>
    using with_scalar = ugrnn<U, Gate, Candidate>;
    static constexpr size_t gates = 2, components = 1, cache = 0, scratch = 0, recurrent_biases = 0;

    Gate gate{};            ///< of the update gate
    Candidate candidate{};  ///< of the candidate state

    [[nodiscard]] std::array<double, 2> state_range(size_t /*component*/) const {
        return detail::gated_range(gate, candidate);
    }
    template <class U>
    [[nodiscard]] with_scalar<U> converted() const {
        return {gate, candidate};
    }

    void forward(const cell_weights<T>& weights, const cell_step<T>& step) const {
        const size_t units = step.next.columns();
        gemm<T>(step.state, weights.recurrent, step.gates, {.beta = 1});
        for (size_t i = 0; i < step.next.rows(); ++i)
            simd::for_each<T>(units, [&, g = step.gates.row(i), c = step.gates.row(i) + units,
                                      h = step.state.row(i), next = step.next.row(i)](auto at) {
                const auto keep = detail::value_of<T>(gate, at.load(g));
                const auto fresh = detail::value_of<T>(candidate, at.load(c));
                at.store(g, keep);
                at.store(c, fresh);
                at.store(next, fresh + keep * (at.load(h) - fresh));
            });
    }

    void backward(const cell_weights<T>& weights, const cell_step<T>& step, matrix_view<T> d_next,
                  matrix_view<T> d_state, matrix_view<T> /*scratch*/) const {
        const size_t units = step.next.columns();
        for (size_t i = 0; i < step.next.rows(); ++i)
            simd::for_each<T>(units,
                              [&, g = step.gates.row(i), c = step.gates.row(i) + units, h = step.state.row(i),
                               d_out = d_next.row(i), d_h = d_state.row(i)](auto at) {
                                  const auto keep = at.load(g), fresh = at.load(c), d = at.load(d_out);
                                  at.store(g, d * (at.load(h) - fresh) * detail::slope_of<T>(gate, keep));
                                  at.store(c, (d - d * keep) * detail::slope_of<T>(candidate, fresh));
                                  at.store(d_h, d * keep);
                              });
        gemm<T>(step.gates, transposed(weights.recurrent), d_state, {.beta = 1});
    }

    /// dF/dh (H x H) where step.next was reached.
    void jacobian(matrix_view<const T> transposed_weights, const cell_step<T>& step, matrix_view<T> result,
                  matrix_view<T> /*square*/) const {
        using pack = simd::pack<T>;
        const size_t units = step.next.columns();
        const T *const h = step.state.row(0), *const g = step.gates.row(0), *const c = g + units;
        for (size_t j = 0; j < units; ++j) {
            const pack by_g((h[j] - c[j]) * detail::slope_at<T>(gate, g[j]));
            const pack by_c((1 - g[j]) * detail::slope_at<T>(candidate, c[j]));
            simd::for_each<T>(units, [&](auto at) {
                at.store(result.row(j), by_g * at.load(transposed_weights.row(j)) +
                                            by_c * at.load(transposed_weights.row(units + j)));
            });
            result(j, j) += g[j];
        }
    }

    std::array<weight_product<T>, 1> recurrent_products(const cell_step<T>& step) const {
        return {{{step.state, step.gates, 0}}};
    }
};

}  // namespace engram
