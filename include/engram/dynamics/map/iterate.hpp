/// @file
/// iterate: a map applied k times, whose fixed points are the k-cycles.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/state_bounds.hpp"

#include <utility>

namespace engram {

/// The map h -> F(F(...F(h))), F applied K times; see iterate().
template <size_t K, differentiable_map Map>
class iterated_map {
  public:
    using scalar = typename Map::scalar;

    /// Takes the map that is applied several times.
    explicit iterated_map(Map map) : map_(std::move(map)) {}

    [[nodiscard]] size_t dimension() const { return map_.dimension(); }
    /// The map that is applied several times.
    [[nodiscard]] const Map& base() const { return map_; }

    /// The map's own box; see bounded_map.
    [[nodiscard]] search_region<scalar> state_bounds() const requires bounded_map<Map> {
        return map_.state_bounds();
    }

    /// F^K(h), row by row.
    void apply(matrix_view<const scalar> h, matrix_view<scalar> next) const {
        reserve(h.rows());
        path(h);
        map_.apply(visited(K - 1, h), next);
    }

    /// u^T dF^K/dh, row by row.
    void vjp(matrix_view<const scalar> h, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        reserve(h.rows());
        path(h);
        matrix_view<const scalar> factor = u;
        for (size_t k = K; k-- > 0;) {
            const matrix_view<scalar> product = k == 0 ? out : scratch(k % 2, h.rows());
            map_.vjp(visited(k, h), factor, product);
            factor = product;
        }
    }

    /// dF^K/dh v, row by row; there where the map has a jvp.
    void jvp(matrix_view<const scalar> h, matrix_view<const scalar> v,
             matrix_view<scalar> out) const requires detail::has_jvp<Map> {
        reserve(h.rows());
        path(h);
        matrix_view<const scalar> factor = v;
        for (size_t k = 0; k < K; ++k) {
            const matrix_view<scalar> product = k == K - 1 ? out : scratch(k % 2, h.rows());
            map_.jvp(visited(k, h), factor, product);
            factor = product;
        }
    }

    /// dF^K/dh (d x d) at one state (1 x d); there where the map has a jacobian.
    void jacobian(matrix_view<const scalar> h,
                  matrix_view<scalar> result) const requires detail::has_jacobian<Map> {
        reserve(1);
        path(h);
        if (factor_.shape(0) != dimension())
            factor_ = product_ = matrix<scalar>::from_shape({dimension(), dimension()});
        map_.jacobian(h, result);
        for (size_t k = 1; k < K; ++k) {
            map_.jacobian(visited(k, h), matrix_view<scalar>(factor_));
            copy<scalar>(result, matrix_view<scalar>(product_));
            gemm<scalar>(matrix_view<const scalar>(factor_), matrix_view<const scalar>(product_), result);
        }
    }

  private:
    /// F(h), ..., F^(K-1)(h), a block of rows each, then two blocks for products.
    void reserve(size_t rows) const {
        if (rows > rows_) {
            rows_ = rows;
            states_ = matrix<scalar>::from_shape({(K + 1) * rows, dimension()});
        }
    }
    matrix_view<scalar> block(size_t index, size_t rows) const {
        return matrix_view<scalar>(states_).row_block(index * rows_, rows);
    }
    matrix_view<scalar> scratch(size_t which, size_t rows) const { return block(K - 1 + which, rows); }
    /// F^k(h).
    matrix_view<const scalar> visited(size_t k, matrix_view<const scalar> h) const {
        return k == 0 ? h : matrix_view<const scalar>(block(k - 1, h.rows()));
    }
    void path(matrix_view<const scalar> h) const {
        for (size_t k = 1; k < K; ++k) map_.apply(visited(k - 1, h), block(k - 1, h.rows()));
    }

    Map map_;
    mutable size_t rows_ = 0;
    mutable matrix<scalar> states_ = matrix<scalar>::from_shape({0, 0}), factor_ = states_,
                           product_ = states_;
};

/// The map applied K times. A K-cycle of the map is a fixed point of this one, and so are the fixed points
/// and the cycles whose length divides K.
template <size_t K, differentiable_map Map>
requires(K > 0) iterated_map<K, Map> iterate(Map map) { return iterated_map<K, Map>(std::move(map)); }

}  // namespace engram
