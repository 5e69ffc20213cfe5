/// @file
/// Leaky units with recurrent weights of low rank.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>

#include "engram/nn/cell/leaky.hpp"

namespace engram {

/// U = N M^T / H + fixed with M and N (H x R), which are learned and begin as N(0, 1), and a fixed part that
/// is not (Mastrogiuseppe and Ostojic 2018; there W, which acts on columns, is U^T = M N^T / H + fixed^T).
template <std::floating_point T>
struct low_rank_recurrence {
    template <class U>
    using with_scalar = low_rank_recurrence<U>;
    static constexpr size_t cache = 1;

    size_t rank = 1;    ///< R, at most half of the units
    matrix<T> fixed{};  ///< (H x H), acting on rows; empty: none

    template <class U>
    [[nodiscard]] low_rank_recurrence<U> converted() const {
        low_rank_recurrence<U> other{rank, matrix<U>::from_shape({fixed.shape(0), fixed.shape(1)})};
        std::transform(fixed.begin(), fixed.end(), other.fixed.begin(),
                       [](T x) { return static_cast<U>(x); });
        return other;
    }
    /// Throws value_error on a rank out of range, shape_error on a fixed part of another size.
    void check(size_t units) const {
        require(rank >= 1 && 2 * rank <= units, "low_rank_recurrence: rank = ", rank,
                ", expected 1 to half of the ", units, " units");
        require<shape_error>(fixed.size() == 0 || (fixed.shape(0) == units && fixed.shape(1) == units),
                             "low_rank_recurrence: a fixed part (", fixed.shape(0), " x ", fixed.shape(1),
                             "), expected (", units, " x ", units, ") or none");
    }
    /// [M | N].
    [[nodiscard]] size_t columns(size_t /*units*/) const { return 2 * rank; }
    /// The standard deviation with which they begin.
    [[nodiscard]] double deviation(size_t /*units*/) const { return 1; }

    /// The factors become [kappa | ...] with kappa = s N / H (n x R).
    void add(matrix_view<const T> s, matrix_view<const T> learned, matrix_view<T> sum,
             matrix_view<T> factors) const {
        const auto kappa = factors.column_block(0, rank);
        gemm<T>(s, learned.column_block(rank, rank), kappa, {.alpha = T(1) / static_cast<T>(s.columns())});
        gemm<T>(kappa, transposed(learned.column_block(0, rank)), sum, {.beta = 1});
        if (fixed.size() > 0) gemm<T>(s, fixed, sum, {.beta = 1});
    }
    /// The factors become [kappa | d M / H].
    void back(matrix_view<const T> d, matrix_view<const T> learned, matrix_view<T> d_s,
              matrix_view<T> factors, T beta) const {
        const auto d_kappa = factors.column_block(rank, rank);
        gemm<T>(d, learned.column_block(0, rank), d_kappa, {.alpha = T(1) / static_cast<T>(d.columns())});
        gemm<T>(d_kappa, transposed(learned.column_block(rank, rank)), d_s, {.beta = beta});
        if (fixed.size() > 0) gemm<T>(d, transposed(matrix_view<const T>(fixed)), d_s, {.beta = 1});
    }
    /// The gradient with respect to the learned weights, after back().
    [[nodiscard]] std::array<weight_product<T>, 2> products(matrix_view<const T> s, matrix_view<const T> d,
                                                            matrix_view<const T> factors) const {
        return {{{d, factors.column_block(0, rank), 0}, {s, factors.column_block(rank, rank), rank}}};
    }
    /// U^T (H x H) from the transposed learned weights (columns x H), in `square`.
    [[nodiscard]] matrix_view<const T> matrix_transposed(matrix_view<const T> learned,
                                                         matrix_view<T> square) const {
        gemm<T>(transposed(learned.row_block(0, rank)), learned.row_block(rank, rank), square,
                {.alpha = T(1) / static_cast<T>(square.rows())});
        for (size_t i = 0; i < fixed.shape(0); ++i)
            for (size_t j = 0; j < fixed.shape(1); ++j) square(j, i) += fixed(i, j);
        return square;
    }
};

/// Leaky units whose recurrent weights are of low rank.
template <std::floating_point T, activation F = activations::tanh, class Rate = fixed_rate,
          class Form = activation_of_state>
using low_rank = leaky<T, F, Rate, Form, low_rank_recurrence<T>>;

}  // namespace engram
