/// @file
/// What a recurrent cell is to a network: the one-step rule and its hand-written derivative.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>

#include "engram/core/activation.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// The weights a cell reads, for I inputs, H units and G gates. States and inputs are rows, so a weight
/// matrix stands to their right.
template <class T>
struct cell_weights {
    matrix_view<const T> input;      ///< (I + 1 x G H); its last row is the bias, met by a constant input 1
    matrix_view<const T> recurrent;  ///< (H x G H), or as many as `recurrent_columns` says
    /// (1 x R H), or as many as `recurrent_bias_columns` says; added inside the recurrence. R may be 0.
    matrix_view<const T> recurrent_bias;
};

/// One time step of n trials, whose rows lie in memory that lasts until the backward pass.
template <class T>
struct cell_step {
    /// (n x G H). In: the input's part, x W + b. After forward: whatever backward needs, usually the
    /// activated gates. After backward: the loss's gradient by the gates' arguments.
    matrix_view<T> gates;
    matrix_view<const T> state;  ///< (n x C H), before the step
    matrix_view<T> next;         ///< (n x C H), after it
    matrix_view<T> cache;        ///< (n x K H), what the cell caches for backward
};

/// The gradient of a block of columns of the recurrent weights is a product, left^T right.
template <class T>
struct weight_product {
    matrix_view<const T> left, right;  ///< the factors
    size_t first_column;               ///< of the recurrent weights
};

/// A recurrent cell. With G = `gates`, C = `components` (of the state, each H wide; the readout sees the
/// first), K = `cache`, R = `recurrent_biases` and `scratch` working columns, it has
///  - `forward(weights, step)`: step.state and step.gates to step.next;
///  - `backward(weights, step, d_next, d_state, scratch)`: from the gradient by `next` (n x C H, which it
///    may overwrite) the gradient by `state` (n x C H) and, in place, by the gates' arguments;
///  - `recurrent_products(step)`: after backward, the products whose sum is the gradient of `recurrent`.
///  - `converted<U>()`: the same rule in precision U, whose type is `with_scalar<U>`.
/// It may also have `jacobian(transposed_weights, step, result, square)`, the derivative of the state's rule
/// (C H x C H) at a step of one row that forward has taken, from the transposed recurrent weights (G H x H)
/// and a working matrix (H x H); searches for slow points are then much faster.
/// A cell with recurrent biases leaves their gradients, one row a trial, in the first R H columns of `cache`.
/// A cell whose recurrent weights have another number of columns than its gates says so with
/// `recurrent_columns(units)`, and one that has another number of recurrent biases than R H, of which the
/// first columns of `cache` then are the gradients, with `recurrent_bias_columns(units)`. Recurrent weights
/// begin as N(0, 1 / H), or with the deviation `recurrent_deviation(units)`. `state_range(component)` may say
/// between which two numbers a component of the state is, all states being reached from 0: searches for slow
/// points then stay there. `check(units)` may throw where a cell's own options do not fit that many units.
template <class C>
concept cell = std::copyable<C> &&
    requires(const C c, const cell_weights<typename C::scalar> weights,
             const cell_step<typename C::scalar> step, matrix_view<typename C::scalar> block) {
    requires std::floating_point<typename C::scalar>;
    { c.template converted<double>() } -> std::same_as<typename C::template with_scalar<double>>;
    { C::gates } -> std::convertible_to<size_t>;
    { C::components } -> std::convertible_to<size_t>;
    { C::cache } -> std::convertible_to<size_t>;
    { C::scratch } -> std::convertible_to<size_t>;
    { C::recurrent_biases } -> std::convertible_to<size_t>;
    c.forward(weights, step);
    c.backward(weights, step, block, block, block);
    { c.recurrent_products(step)[0] } -> std::convertible_to<weight_product<typename C::scalar>>;
};

namespace detail {

/// Where a state is that begins at 0 and moves towards an activation's values.
template <class A>
constexpr std::array<double, 2> range_towards(const A& a) {
    const auto [low, high] = range_of(a);
    return {low < 0 ? low : 0, high > 0 ? high : 0};
}
/// The same where a gate says how far it moves; any number where that is no part of the way.
template <class Gate, class A>
constexpr std::array<double, 2> gated_range(const Gate& gate, const A& a) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto [low, high] = range_of(gate);
    if (low >= 0 && high <= 1) return range_towards(a);
    return {-infinity, infinity};
}

/// How many columns the recurrent weights of a cell have.
template <cell C>
size_t recurrent_columns([[maybe_unused]] const C& c, size_t units) {
    if constexpr (requires { c.recurrent_columns(units); }) {
        return c.recurrent_columns(units);
    } else {
        return C::gates * units;
    }
}
/// How many recurrent biases a cell has.
template <cell C>
size_t recurrent_bias_columns([[maybe_unused]] const C& c, size_t units) {
    if constexpr (requires { c.recurrent_bias_columns(units); }) {
        return c.recurrent_bias_columns(units);
    } else {
        return C::recurrent_biases * units;
    }
}

}  // namespace detail

}  // namespace engram
