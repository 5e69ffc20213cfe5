/// @file
/// The minimal gated unit.
#pragma once

#include "engram/core/activation.hpp"
#include "engram/core/simd.hpp"
#include "engram/nn/cell/cell.hpp"

namespace engram {

/// The minimal gated unit (Zhou, Wu, Zhang and Zhou 2016): f = sigma(x W_f + h U_f + b_f),
/// n = tanh(x W_n + (f h) U_n + b_n), h' = (1 - f) h + f n. The gates' columns are [f | n].
template <std::floating_point T, activation Gate = activations::logistic,
          activation Candidate = activations::tanh>
struct minimal_gated {
    using scalar = T;
    template <class U>
    using with_scalar = minimal_gated<U, Gate, Candidate>;
    /// `cache` holds f h.
    static constexpr size_t gates = 2, components = 1, cache = 1, scratch = 1, recurrent_biases = 0;

    Gate gate{};            ///< of the forget gate
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
        const auto f_part = step.gates.column_block(0, units), n_part = step.gates.column_block(units, units);
        gemm<T>(step.state, weights.recurrent.column_block(0, units), f_part, {.beta = 1});
        for (size_t i = 0; i < step.next.rows(); ++i)
            simd::for_each<T>(
                units, [&, f = f_part.row(i), h = step.state.row(i), shown = step.cache.row(i)](auto at) {
                    const auto open = detail::value_of<T>(gate, at.load(f));
                    at.store(f, open);
                    at.store(shown, open * at.load(h));
                });
        gemm<T>(step.cache, weights.recurrent.column_block(units, units), n_part, {.beta = 1});
        for (size_t i = 0; i < step.next.rows(); ++i)
            simd::for_each<T>(units, [&, f = f_part.row(i), n = n_part.row(i), h = step.state.row(i),
                                      next = step.next.row(i)](auto at) {
                const auto fresh = detail::value_of<T>(candidate, at.load(n)), old = at.load(h);
                at.store(n, fresh);
                at.store(next, old + at.load(f) * (fresh - old));
            });
    }

    void backward(const cell_weights<T>& weights, const cell_step<T>& step, matrix_view<T> d_next,
                  matrix_view<T> d_state, matrix_view<T> d_shown) const {
        const size_t units = step.next.columns();
        const auto f_part = step.gates.column_block(0, units), n_part = step.gates.column_block(units, units);
        for (size_t i = 0; i < step.next.rows(); ++i)  // d_state holds the gradient by f until it is complete
            simd::for_each<T>(units, [&, f = f_part.row(i), n = n_part.row(i), h = step.state.row(i),
                                      d_out = d_next.row(i), d_f = d_state.row(i)](auto at) {
                const auto fresh = at.load(n), d = at.load(d_out);
                at.store(d_f, d * (fresh - at.load(h)));
                at.store(n, d * at.load(f) * detail::slope_of<T>(candidate, fresh));
            });
        gemm<T>(n_part, transposed(weights.recurrent.column_block(units, units)), d_shown);
        for (size_t i = 0; i < step.next.rows(); ++i)
            simd::for_each<T>(units, [&, f = f_part.row(i), h = step.state.row(i), d_out = d_next.row(i),
                                      d_h = d_state.row(i), shown = d_shown.row(i)](auto at) {
                const auto open = at.load(f), d = at.load(d_out), through = at.load(shown);
                const auto d_f = at.load(d_h) + through * at.load(h);
                at.store(d_h, d - d * open + through * open);
                at.store(f, d_f * detail::slope_of<T>(gate, open));
            });
        gemm<T>(f_part, transposed(weights.recurrent.column_block(0, units)), d_state, {.beta = 1});
    }

    /// dF/dh (H x H) where step.next was reached; `square` (H x H) is working memory.
    void jacobian(matrix_view<const T> transposed_weights, const cell_step<T>& step, matrix_view<T> result,
                  matrix_view<T> square) const {
        using pack = simd::pack<T>;
        const size_t units = step.next.columns();
        const T *const h = step.state.row(0), *const f = step.gates.row(0), *const n = f + units;
        const auto of_f = transposed_weights.row_block(0, units),
                   of_n = transposed_weights.row_block(units, units);
        for (size_t j = 0; j < units; ++j)  // f h changes with h through f too
            simd::for_each<T>(units, [&](auto at) {
                at.store(square.row(j),
                         at.load(of_n.row(j)) * at.load(h) * detail::slope_of<T>(gate, at.load(f)));
            });
        gemm<T>(square, of_f, result);
        for (size_t j = 0; j < units; ++j) {
            const pack by_n(f[j] * detail::slope_at<T>(candidate, n[j]));
            const pack by_f((n[j] - h[j]) * detail::slope_at<T>(gate, f[j]));
            simd::for_each<T>(units, [&](auto at) {
                const auto argument = at.load(f) * at.load(of_n.row(j)) + at.load(result.row(j));
                at.store(result.row(j), by_n * argument + by_f * at.load(of_f.row(j)));
            });
            result(j, j) += 1 - f[j];
        }
    }

    std::array<weight_product<T>, 2> recurrent_products(const cell_step<T>& step) const {
        const size_t units = step.next.columns();
        return {{{step.state, step.gates.column_block(0, units), 0},
                 {step.cache, step.gates.column_block(units, units), units}}};
    }
};

}  // namespace engram
