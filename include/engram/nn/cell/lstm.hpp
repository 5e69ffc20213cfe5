/// @file
/// Long short-term memory without peepholes.
#pragma once

#include "engram/core/activation.hpp"
#include "engram/core/simd.hpp"
#include "engram/nn/cell/cell.hpp"

namespace engram {

/// Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000):
/// f, i, o = sigma(x W + h U + b), c' = f c + i g with g = tanh(x W + h U + b), h' = o tanh(c').
/// The state is [h | c]; the gates' columns are [f | i | o | g].
template <std::floating_point T, activation Gate = activations::logistic,
          activation Squash = activations::tanh>
struct lstm {
    using scalar = T;
    template <class U>
    using with_scalar = lstm<U, Gate, Squash>;
    static constexpr size_t gates = 4, components = 2, cache = 1, scratch = 0, recurrent_biases = 0;

    Gate gate{};      ///< of the input, forget and output gates
    Squash squash{};  ///< of the candidate and of the output

    [[nodiscard]] std::array<double, 2> state_range(size_t component) const {
        return component == 0 ? detail::gated_range(gate, squash) : detail::range_of(activations::identity{});
    }
    template <class U>
    [[nodiscard]] with_scalar<U> converted() const {
        return {gate, squash};
    }

    void forward(const cell_weights<T>& weights, const cell_step<T>& step) const {
        const size_t units = step.cache.columns();
        gemm<T>(step.state.column_block(0, units), weights.recurrent, step.gates, {.beta = 1});
        for (size_t i = 0; i < step.next.rows(); ++i) {
            T *const f = step.gates.row(i), *const in = f + units, *const o = in + units,
                     *const g = o + units;
            const T* const c = step.state.row(i) + units;
            T *const h_next = step.next.row(i), *const c_next = h_next + units,
                     *const squashed = step.cache.row(i);
            simd::for_each<T>(units, [&](auto at) {
                const auto forget = detail::value_of<T>(gate, at.load(f)),
                           open = detail::value_of<T>(gate, at.load(in));
                const auto out = detail::value_of<T>(gate, at.load(o)),
                           fresh = detail::value_of<T>(squash, at.load(g));
                const auto cell_state = forget * at.load(c) + open * fresh;
                const auto shown = detail::value_of<T>(squash, cell_state);
                at.store(f, forget), at.store(in, open), at.store(o, out), at.store(g, fresh);
                at.store(c_next, cell_state);
                at.store(squashed, shown);
                at.store(h_next, out * shown);
            });
        }
    }

    void backward(const cell_weights<T>& weights, const cell_step<T>& step, matrix_view<T> d_next,
                  matrix_view<T> d_state, matrix_view<T> /*scratch*/) const {
        const size_t units = step.cache.columns();
        for (size_t i = 0; i < step.next.rows(); ++i) {
            T *const f = step.gates.row(i), *const in = f + units, *const o = in + units,
                     *const g = o + units;
            const T *const c = step.state.row(i) + units, *const squashed = step.cache.row(i);
            const T *const d_h_next = d_next.row(i), *const d_c_next = d_h_next + units;
            T* const d_c = d_state.row(i) + units;
            simd::for_each<T>(units, [&](auto at) {
                const auto forget = at.load(f), open = at.load(in), out = at.load(o), fresh = at.load(g);
                const auto shown = at.load(squashed), d_h = at.load(d_h_next);
                const auto d = at.load(d_c_next) + d_h * out * detail::slope_of<T>(squash, shown);
                at.store(f, d * at.load(c) * detail::slope_of<T>(gate, forget));
                at.store(in, d * fresh * detail::slope_of<T>(gate, open));
                at.store(o, d_h * shown * detail::slope_of<T>(gate, out));
                at.store(g, d * open * detail::slope_of<T>(squash, fresh));
                at.store(d_c, d * forget);
            });
        }
        gemm<T>(step.gates, transposed(weights.recurrent), d_state.column_block(0, units), {.beta = 0});
    }

    /// dF/dh (2 H x 2 H) where step.next was reached.
    void jacobian(matrix_view<const T> transposed_weights, const cell_step<T>& step, matrix_view<T> result,
                  matrix_view<T> /*square*/) const {
        using pack = simd::pack<T>;
        const size_t units = step.cache.columns();
        fill(result.column_block(units, units), T(0));
        for (size_t j = 0; j < units; ++j) {
            const auto gate_at = [&](size_t k) { return step.gates(0, k * units + j); };
            const auto row = [&](size_t k) { return transposed_weights.row(k * units + j); };
            const T forget = gate_at(0), open = gate_at(1), out = gate_at(2), fresh = gate_at(3);
            const T shown = step.cache(0, j), show = out * detail::slope_at<T>(squash, shown);
            const pack by_f(step.state(0, units + j) * detail::slope_at<T>(gate, forget));
            const pack by_i(fresh * detail::slope_at<T>(gate, open)),
                by_g(open * detail::slope_at<T>(squash, fresh));
            const pack by_o(shown * detail::slope_at<T>(gate, out)), by_c(show);
            simd::for_each<T>(units, [&](auto at) {
                const auto d_c = by_f * at.load(row(0)) + by_i * at.load(row(1)) + by_g * at.load(row(3));
                at.store(result.row(units + j), d_c);
                at.store(result.row(j), by_o * at.load(row(2)) + by_c * d_c);
            });
            result(units + j, units + j) = forget;
            result(j, units + j) = show * forget;
        }
    }

    std::array<weight_product<T>, 1> recurrent_products(const cell_step<T>& step) const {
        return {{{step.state.column_block(0, step.cache.columns()), step.gates, 0}}};
    }
};

}  // namespace engram
