/// @file
/// The gated recurrent unit, in its two variants.
#pragma once

#include "engram/core/activation.hpp"
#include "engram/core/simd.hpp"
#include "engram/nn/cell/cell.hpp"

namespace engram {

/// The reset gate acts on the state before the recurrent product: n = tanh(x W_n + (r h) U_n + b_n)
/// (Cho et al. 2014, the paper's networks).
struct reset_before {};
/// The reset gate acts after it: n = tanh(x W_n + b_n + r (h U_n + c)) (PyTorch, cuDNN).
struct reset_after {};

/// The gated recurrent unit: z, r = sigma(x W + h U + b), h' = (1 - z) h + z n, with n as the reset policy
/// says. The gates' columns are [z | r | n]. PyTorch's z is 1 - z here.
template <std::floating_point T, class Reset = reset_before, activation Gate = activations::logistic,
          activation Candidate = activations::tanh>
struct gru {
    using scalar = T;
    template <class U>
    using with_scalar = gru<U, Reset, Gate, Candidate>;
    /// Whether the reset gate acts after the product.
    static constexpr bool after = std::same_as<Reset, reset_after>;
    /// `cache` holds r h (reset before), or h U_n + c (reset after).
    static constexpr size_t gates = 3, components = 1, cache = 1, scratch = 1;
    static constexpr size_t recurrent_biases = after ? 1 : 0;

    Gate gate{};            ///< of the reset and update gates
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
        const auto own = step.gates.column_block(2 * units, units);
        gemm<T>(step.state, weights.recurrent.column_block(0, 2 * units),
                step.gates.column_block(0, 2 * units), {.beta = 1});
        if constexpr (after) {
            gemm<T>(step.state, weights.recurrent.column_block(2 * units, units), step.cache);
            finish_after(weights.recurrent_bias, step);
        } else {
            for (size_t i = 0; i < step.next.rows(); ++i) {
                T *const z = step.gates.row(i), *const r = z + units, *const reset_state = step.cache.row(i);
                const T* const h = step.state.row(i);
                simd::for_each<T>(units, [&](auto at) {
                    const auto reset = detail::value_of<T>(gate, at.load(r));
                    at.store(z, detail::value_of<T>(gate, at.load(z)));
                    at.store(r, reset);
                    at.store(reset_state, reset * at.load(h));
                });
            }
            gemm<T>(step.cache, weights.recurrent.column_block(2 * units, units), own, {.beta = 1});
            for (size_t i = 0; i < step.next.rows(); ++i) {
                T *const z = step.gates.row(i), *const n = z + 2 * units, *const next = step.next.row(i);
                const T* const h = step.state.row(i);
                simd::for_each<T>(units, [&](auto at) {
                    const auto fresh = detail::value_of<T>(candidate, at.load(n)), old = at.load(h);
                    at.store(n, fresh);
                    at.store(next, old + at.load(z) * (fresh - old));
                });
            }
        }
    }

    void backward(const cell_weights<T>& weights, const cell_step<T>& step, matrix_view<T> d_next,
                  matrix_view<T> d_state, matrix_view<T> scratch_block) const {
        const size_t units = step.next.columns();
        const auto own = step.gates.column_block(2 * units, units);
        const auto own_weights = transposed(weights.recurrent.column_block(2 * units, units));
        for (size_t i = 0; i < step.next.rows(); ++i) {
            T *const z = step.gates.row(i), *const r = z + units, *const n = r + units;
            T *const d_h = d_state.row(i), *const inner = step.cache.row(i);
            const T *const h = step.state.row(i), *const d_out = d_next.row(i);
            simd::for_each<T>(units, [&](auto at) {
                const auto update = at.load(z), fresh = at.load(n), d = at.load(d_out);
                const auto d_n = d * update * detail::slope_of<T>(candidate, fresh);
                at.store(d_h, d - d * update);
                at.store(z, d * (fresh - at.load(h)) * detail::slope_of<T>(gate, update));
                at.store(n, d_n);
                if constexpr (after) {
                    const auto reset = at.load(r);
                    at.store(r, d_n * at.load(inner) * detail::slope_of<T>(gate, reset));
                    at.store(inner, d_n * reset);
                }
            });
        }
        if constexpr (after) {
            gemm<T>(step.cache, own_weights, d_state, {.beta = 1});
        } else {
            gemm<T>(own, own_weights, scratch_block);
            for (size_t i = 0; i < step.next.rows(); ++i) {
                T *const r = step.gates.row(i) + units, *const d_h = d_state.row(i);
                const T *const h = step.state.row(i), *const d_reset_state = scratch_block.row(i);
                simd::for_each<T>(units, [&](auto at) {
                    const auto reset = at.load(r), d = at.load(d_reset_state);
                    at.store(d_h, at.load(d_h) + d * reset);
                    at.store(r, d * at.load(h) * detail::slope_of<T>(gate, reset));
                });
            }
        }
        gemm<T>(step.gates.column_block(0, 2 * units),
                transposed(weights.recurrent.column_block(0, 2 * units)), d_state, {.beta = 1});
    }

    /// dF/dh (H x H) where step.next was reached; `square` (H x H) is working memory.
    void jacobian(matrix_view<const T> transposed_weights, const cell_step<T>& step, matrix_view<T> result,
                  matrix_view<T> square) const {
        using pack = simd::pack<T>;
        const size_t units = step.next.columns();
        const T *const h = step.state.row(0), *const z = step.gates.row(0), *const r = z + units,
                       *const n = r + units;
        const auto of_z = transposed_weights.row_block(0, units),
                   of_r = transposed_weights.row_block(units, units);
        const auto of_n = transposed_weights.row_block(2 * units, units);
        if constexpr (!after) {  // the reset state r h changes with h through r too
            for (size_t j = 0; j < units; ++j)
                simd::for_each<T>(units, [&](auto at) {
                    at.store(square.row(j),
                             at.load(of_n.row(j)) * at.load(h) * detail::slope_of<T>(gate, at.load(r)));
                });
            gemm<T>(square, of_r, result);
        }
        for (size_t j = 0; j < units; ++j) {
            const pack by_n(z[j] * detail::slope_at<T>(candidate, n[j]));
            const pack by_z((n[j] - h[j]) * detail::slope_at<T>(gate, z[j]));
            const pack reset(r[j]), by_r(step.cache(0, j) * detail::slope_at<T>(gate, r[j]));
            simd::for_each<T>(units, [&](auto at) {
                const auto own = at.load(of_n.row(j));
                const auto argument = after ? reset * own + by_r * at.load(of_r.row(j))
                                            : at.load(r) * own + at.load(result.row(j));
                at.store(result.row(j), by_n * argument + by_z * at.load(of_z.row(j)));
            });
            result(j, j) += T(1) - z[j];
        }
    }

    std::array<weight_product<T>, 2> recurrent_products(const cell_step<T>& step) const {
        const size_t units = step.next.columns();
        const weight_product<T> gate_part{step.state, step.gates.column_block(0, 2 * units), 0};
        if constexpr (after) {
            return {gate_part, {step.state, step.cache, 2 * units}};
        } else {
            return {gate_part, {step.cache, step.gates.column_block(2 * units, units), 2 * units}};
        }
    }

  private:
    void finish_after(matrix_view<const T> recurrent_bias, const cell_step<T>& step) const {
        const size_t units = step.next.columns();
        for (size_t i = 0; i < step.next.rows(); ++i) {
            T *const z = step.gates.row(i), *const r = z + units, *const n = r + units;
            T *const inner = step.cache.row(i), *const next = step.next.row(i);
            const T* const h = step.state.row(i);
            simd::for_each<T>(units, [&](auto at) {
                const auto update = detail::value_of<T>(gate, at.load(z)),
                           reset = detail::value_of<T>(gate, at.load(r));
                const auto own = at.load(inner) + at.load(recurrent_bias.row(0));
                const auto fresh = detail::value_of<T>(candidate, at.load(n) + reset * own), old = at.load(h);
                at.store(z, update), at.store(r, reset), at.store(n, fresh), at.store(inner, own);
                at.store(next, old + update * (fresh - old));
            });
        }
    }
};

}  // namespace engram
