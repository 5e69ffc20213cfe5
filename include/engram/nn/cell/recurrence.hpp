/// @file
/// The recurrent weights of leaky units: a full matrix. low_rank.hpp has those of low rank.
#pragma once

#include <array>
#include <cmath>
#include <concepts>

#include "engram/nn/cell/cell.hpp"

namespace engram {

/// Any matrix U (H x H), all of it learned.
template <std::floating_point T>
struct full_recurrence {
    template <class U>
    using with_scalar = full_recurrence<U>;
    static constexpr size_t cache = 0;

    template <class U>
    [[nodiscard]] full_recurrence<U> converted() const {
        return {};
    }
    void check(size_t /*units*/) const {}
    /// The columns of the learned weights, of which there are H rows.
    [[nodiscard]] size_t columns(size_t units) const { return units; }
    /// The standard deviation with which they begin.
    [[nodiscard]] double deviation(size_t units) const { return 1 / std::sqrt(static_cast<double>(units)); }

    /// sum += s U for rows s (n x H).
    void add(matrix_view<const T> s, matrix_view<const T> learned, matrix_view<T> sum,
             matrix_view<T> /*factors*/) const {
        gemm<T>(s, learned, sum, {.beta = 1});
    }
    /// d_s = beta d_s + d U^T, with d the gradient with respect to `sum`.
    void back(matrix_view<const T> d, matrix_view<const T> learned, matrix_view<T> d_s,
              matrix_view<T> /*factors*/, T beta) const {
        gemm<T>(d, transposed(learned), d_s, {.beta = beta});
    }
    /// The gradient with respect to the learned weights, after back().
    [[nodiscard]] std::array<weight_product<T>, 1> products(matrix_view<const T> s, matrix_view<const T> d,
                                                            matrix_view<const T> /*factors*/) const {
        return {{{s, d, 0}}};
    }
    /// U^T (H x H) from the transposed learned weights (columns x H).
    [[nodiscard]] matrix_view<const T> matrix_transposed(matrix_view<const T> learned,
                                                         matrix_view<T> /*square*/) const {
        return learned;
    }
};

}  // namespace engram
