/// @file
/// affine: a map in other coordinates, or within a subspace.
#pragma once

#include "engram/core/any_array.hpp"
#include "engram/dynamics/map/differentiable_map.hpp"

#include <limits>

namespace engram {

/// z -> P (F(A z + b) - b), P being the pseudo-inverse of A; see affine().
template <differentiable_map Map>
class affine_map {
  public:
    using scalar = typename Map::scalar;

    /// The map in coordinates z, where h = origin + basis z.
    affine_map(Map map, matrix<scalar> basis, const vector<scalar>& origin)
        : map_(std::move(map)),
          basis_(std::move(basis)),
          inverse_(basis_),
          origin_(origin.begin(), origin.end()) {
        const size_t d = map_.dimension(), k = basis_.shape(1);
        require<shape_error>(basis_.shape(0) == d && origin_.size() == d && k > 0 && k <= d,
                             "affine: a basis (", basis_.shape(0), " x ", k, ") and an origin of ",
                             origin_.size(), " for a map of dimension ", d);
        // Rows of inverse_^T: A (A^T A)^-1.
        auto gramian = matrix<scalar>::from_shape({k, k});
        detail::gram<scalar>(matrix_view<const scalar>(basis_), gramian);
        const matrix<scalar> squares = gramian;
        bool independent = detail::cholesky<scalar>(gramian);
        for (size_t i = 0; i < k && independent; ++i)  // the part of a column orthogonal to those before it
            independent = gramian(i, i) * gramian(i, i) > 64 * std::numeric_limits<scalar>::epsilon() *
                                                              static_cast<scalar>(d) * squares(i, i);
        require(independent, "affine: the columns of the basis are not independent");
        for (size_t i = 0; i < d; ++i)
            detail::cholesky_solve<scalar>(matrix_view<const scalar>(gramian), &inverse_(i, 0));
    }

    [[nodiscard]] size_t dimension() const { return basis_.shape(1); }
    /// The map in its own coordinates.
    [[nodiscard]] const Map& base() const { return map_; }
    /// A (d x k).
    [[nodiscard]] const matrix<scalar>& basis() const { return basis_; }
    /// The transpose of A's pseudo-inverse P (d x k).
    [[nodiscard]] const matrix<scalar>& inverse() const { return inverse_; }
    /// b (d).
    [[nodiscard]] const std::vector<scalar>& origin() const { return origin_; }

    /// The states A z + b of the original map (n x d) for coordinates z (n x k). Throws shape_error.
    void embed(matrix_view<const scalar> z, matrix_view<scalar> h) const {
        detail::expect_coordinates<scalar>("affine", h, origin_.size(), z, dimension());
        for (size_t i = 0; i < h.rows(); ++i) std::copy(origin_.begin(), origin_.end(), h.row(i));
        gemm<scalar>(z, transposed(view(basis_)), h, {.beta = scalar(1)});
    }
    /// The coordinates P (h - b) (n x k) of states of the original map (n x d), such as seeds. embed() of
    /// them is the nearest state of the subspace. Throws shape_error.
    void project(matrix_view<const scalar> h, matrix_view<scalar> z) const {
        detail::expect_coordinates<scalar>("affine", h, origin_.size(), z, dimension());
        reserve(h.rows());
        copy(h, rows(out_, h));
        project_out(z);
    }

    void apply(matrix_view<const scalar> z, matrix_view<scalar> next) const {
        reserve(z.rows());
        embed(z, rows(h_, z));
        map_.apply(rows(h_, z), rows(out_, z));
        project_out(next);
    }

    void vjp(matrix_view<const scalar> z, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        reserve(z.rows());
        embed(z, rows(h_, z));
        gemm<scalar>(u, transposed(view(inverse_)), rows(in_, z));
        map_.vjp(rows(h_, z), rows(in_, z), rows(out_, z));
        gemm<scalar>(rows(out_, z), view(basis_), out);
    }

    void jvp(matrix_view<const scalar> z, matrix_view<const scalar> v,
             matrix_view<scalar> out) const requires detail::has_jvp<Map> {
        reserve(z.rows());
        embed(z, rows(h_, z));
        gemm<scalar>(v, transposed(view(basis_)), rows(in_, z));
        map_.jvp(rows(h_, z), rows(in_, z), rows(out_, z));
        gemm<scalar>(rows(out_, z), view(inverse_), out);
    }

    void jacobian(matrix_view<const scalar> z,
                  matrix_view<scalar> result) const requires detail::has_jacobian<Map> {
        const size_t d = origin_.size();
        reserve(d);
        if (jacobian_.shape(0) != d) jacobian_ = matrix<scalar>::from_shape({d, d});
        embed(z, rows(h_, z));
        map_.jacobian(rows(h_, z), matrix_view<scalar>(jacobian_));
        const auto half = matrix_view<scalar>(in_).row_block(0, dimension()).column_block(0, d);  // P dF/dh
        gemm<scalar>(transposed(view(inverse_)), view(jacobian_), half);
        gemm<scalar>(half, view(basis_), result);
    }

  private:
    static matrix_view<const scalar> view(const matrix<scalar>& m) { return m; }
    static matrix_view<scalar> rows(matrix<scalar>& m, matrix_view<const scalar> z) {
        return matrix_view<scalar>(m).row_block(0, z.rows());
    }
    /// z = P (out_ - b), row by row.
    void project_out(matrix_view<scalar> z) const {
        for (size_t i = 0; i < z.rows(); ++i)
            detail::axpy(origin_.size(), scalar(-1), origin_.data(), &out_(i, 0));
        gemm<scalar>(rows(out_, z), view(inverse_), z);
    }
    void reserve(size_t n) const {
        if (h_.shape(0) >= n) return;
        h_ = in_ = out_ = matrix<scalar>::from_shape({n, origin_.size()});
    }

    Map map_;
    matrix<scalar> basis_, inverse_;  ///< A and the transpose of P, both (d x k)
    std::vector<scalar> origin_;
    mutable matrix<scalar> h_ = matrix<scalar>::from_shape({0, 0}), in_ = h_, out_ = h_, jacobian_ = h_;
};

/// The map in coordinates z with h = A z + b, the columns of A (d x k) independent, b of length d. With
/// k = d this is the same dynamics in other units or along rotated axes: fixed points and spectra are the
/// same, slow points are not, since speed is measured in z. With k < d it is the dynamics projected on a
/// subspace. `project` makes coordinates of states, such as seeds, and `embed` states of coordinates. Throws
/// shape_error, and value_error if the columns are dependent.
template <differentiable_map Map, any_array Basis = matrix<typename Map::scalar>,
          any_array Origin = vector<typename Map::scalar>>
affine_map<Map> affine(Map map, const Basis& basis, const Origin& origin) {
    using T = typename Map::scalar;
    return {std::move(map), detail::to_matrix<T>("affine: basis", basis),
            detail::to_vector<T>("affine: origin", origin)};
}

}  // namespace engram
