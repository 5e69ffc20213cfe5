// A recurrent cell of the user's own: units that follow their input slowly.
#pragma once

#include <engram/engram.hpp>

#include <array>
#include <cmath>
#include <concepts>

//! [cell]
/// h' = h + rate (tanh(x W + h U + b) - h).
template <std::floating_point T>
struct leaky {
    using scalar = T;
    template <class U>
    using with_scalar = leaky<U>;
    static constexpr std::size_t gates = 1, components = 1, cache = 0, scratch = 0, recurrent_biases = 0;
    T rate = T(0.5);

    template <class U>
    leaky<U> converted() const {
        return {static_cast<U>(rate)};
    }

    void forward(const engram::cell_weights<T>& weights, const engram::cell_step<T>& step) const {
        engram::gemm<T>(step.state, weights.recurrent, step.gates, {.beta = 1});  // on top of x W + b
        for (std::size_t i = 0; i < step.next.rows(); ++i)
            for (std::size_t j = 0; j < step.next.columns(); ++j) {
                step.gates(i, j) = std::tanh(step.gates(i, j));
                step.next(i, j) = step.state(i, j) + rate * (step.gates(i, j) - step.state(i, j));
            }
    }

    void backward(const engram::cell_weights<T>& weights, const engram::cell_step<T>& step,
                  engram::matrix_view<T> d_next, engram::matrix_view<T> d_state,
                  engram::matrix_view<T> /*scratch*/) const {
        for (std::size_t i = 0; i < d_next.rows(); ++i)
            for (std::size_t j = 0; j < d_next.columns(); ++j) {
                step.gates(i, j) = d_next(i, j) * rate * (1 - step.gates(i, j) * step.gates(i, j));
                d_state(i, j) = d_next(i, j) * (1 - rate);
            }
        engram::gemm<T>(step.gates, engram::transposed(weights.recurrent), d_state, {.beta = 1});
    }

    std::array<engram::weight_product<T>, 1> recurrent_products(const engram::cell_step<T>& step) const {
        return {{{step.state, step.gates, 0}}};
    }
};
//! [cell]
