/// @file
/// A map in coordinates along and across a ridge.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/fixed_size.hpp"

#include <algorithm>
#include <vector>

namespace engram::detail {

/// A map about a state h in coordinates z along the rows of a rotation Q, the last of which are held at 0:
/// z -> Q (F(h + Q^T z) - h). S is the same, and smooth where held directions are those across kinks.
template <differentiable_map Map>
class ridge_map {
  public:
    using scalar = typename Map::scalar;
    static constexpr size_t static_dimension = known_dimension<Map>();  // so that it shares the map's solver

    /// The map about h (d), the first `free` rows of the rotation (d x d) being free.
    ridge_map(const Map& map, const scalar* h, matrix<scalar> rotation, size_t free)
        : map_(map), d_(map.dimension()), free_(free), origin_(h, h + d_), rotation_(std::move(rotation)) {}

    [[nodiscard]] size_t dimension() const { return d_; }

    void embed(matrix_view<const scalar> z, matrix_view<scalar> h) const {
        const auto along = matrix_view<const scalar>(z.data(), z.rows(), free_, z.stride());
        for (size_t i = 0; i < h.rows(); ++i) std::copy(origin_.begin(), origin_.end(), h.row(i));
        gemm<scalar>(along, matrix_view<const scalar>(rotation_).row_block(0, free_), h, {.beta = scalar(1)});
    }
    void apply(matrix_view<const scalar> z, matrix_view<scalar> next) const {
        auto h = matrix<scalar>::from_shape({z.rows(), d_}), image = h;
        embed(z, h);
        map_.apply(matrix_view<const scalar>(h), matrix_view<scalar>(image));
        for (size_t i = 0; i < z.rows(); ++i) axpy(d_, scalar(-1), origin_.data(), &image(i, 0));
        gemm<scalar>(image, transposed(matrix_view<const scalar>(rotation_)), next);
    }
    void vjp(matrix_view<const scalar> z, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        auto h = matrix<scalar>::from_shape({z.rows(), d_}), turned = h, pulled = h;
        embed(z, h);
        gemm<scalar>(u, rotation_, matrix_view<scalar>(turned));
        map_.vjp(matrix_view<const scalar>(h), matrix_view<const scalar>(turned),
                 matrix_view<scalar>(pulled));
        gemm<scalar>(pulled, transposed(matrix_view<const scalar>(rotation_)), out);
        for (size_t i = 0; i < z.rows(); ++i) std::fill(out.row(i) + free_, out.row(i) + d_, scalar(0));
    }

  private:
    const Map& map_;
    size_t d_, free_;
    std::vector<scalar> origin_;
    matrix<scalar> rotation_;
};

}  // namespace engram::detail
