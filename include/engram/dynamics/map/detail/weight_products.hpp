/// @file
/// Products with the weights of a rate_network, dense or sparse, for one state or many.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "engram/core/any_array.hpp"
#include "engram/core/sparse_matrix.hpp"
#include "engram/core/tensor.hpp"

namespace engram::detail {

/// Row i of `out` is W times row i of `states`.
template <class T>
void multiply(const matrix<T>& weights, matrix_view<const T> states, matrix_view<T> out) {
    if (states.rows() == 1) return gemv<T>(weights, states.data(), out.data());
    gemm<T>(states, transposed(matrix_view<const T>(weights)), out);
}
template <class T>
void multiply(const sparse_matrix<T>& weights, matrix_view<const T> states, matrix_view<T> out) {
    for (size_t n = 0; n < states.rows(); ++n)
        for (size_t i = 0; i < weights.rows(); ++i) {
            T sum = 0;
            weights.for_row(i, [&, state = states.row(n)](size_t j, T value) { sum += value * state[j]; });
            out(n, i) = sum;
        }
}

/// Row i of `out` is W^T times row i of `states`.
template <class T>
void multiply_transposed(const matrix<T>& weights, matrix_view<const T> states, matrix_view<T> out) {
    if (states.rows() == 1)
        return gemv<T>(transposed(matrix_view<const T>(weights)), states.data(), out.data());
    gemm<T>(states, weights, out);
}
template <class T>
void multiply_transposed(const sparse_matrix<T>& weights, matrix_view<const T> states, matrix_view<T> out) {
    fill(out, T(0));
    for (size_t n = 0; n < states.rows(); ++n)
        for (size_t i = 0; i < weights.rows(); ++i)
            weights.for_row(
                i, [to = out.row(n), from = states(n, i)](size_t j, T value) { to[j] += value * from; });
}

inline std::pair<size_t, size_t> shape_of(const auto& weights) {
    if constexpr (requires { weights.rows(); })
        return {weights.rows(), weights.columns()};
    else
        return {weights.shape(0), weights.shape(1)};
}
inline const auto& entries_of(const auto& weights) {
    if constexpr (requires { weights.values(); })
        return weights.values();
    else
        return weights;
}

/// What a network keeps weights as: sparse ones as they are, any other array as a matrix.
template <class W>
using kept_weights = std::conditional_t<any_array<W>, matrix<typename W::value_type>, W>;

template <class Weights, class W>
Weights weights_from(W weights) {
    if constexpr (std::same_as<W, Weights>)
        return weights;
    else
        return to_matrix<typename Weights::value_type>("rate_network: weights", weights);
}

}  // namespace engram::detail
