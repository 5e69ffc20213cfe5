/// @file
/// scaled_map: a map of coordinates in units of a scale.
#pragma once

#include "engram/dynamics/map/fixed_size.hpp"
#include "engram/dynamics/map/state_bounds.hpp"
#include "engram/dynamics/map/state_scale.hpp"

namespace engram {

/// A map of y = h / s, s being a scale: y -> F(s y) / s. If s is a power of two, it has the same bits as F;
/// if s is 1, it costs nothing.
template <differentiable_map Map>
class scaled_map {
  public:
    using scalar = typename Map::scalar;
    /// The dimension where the map's type states one, else 0; see differentiable_map.
    static constexpr size_t static_dimension = detail::known_dimension<Map>();

    /// Throws shape_error or value_error for a scale that does not fit.
    scaled_map(Map map, state_scale<scalar> scale) : map_(std::move(map)), scale_(std::move(scale)) {
        scale_.check("scaled_map", map_.dimension());
        sizes_ = scale_.sizes(map_.dimension());
        plain_ = scale_.uniform() && scale_[0] == 1;
    }

    [[nodiscard]] size_t dimension() const { return map_.dimension(); }
    /// The box of the map's states in units of s; see bounded_map.
    [[nodiscard]] search_region<scalar> state_bounds() const requires bounded_map<Map> {
        search_region<scalar> box = map_.state_bounds();
        const size_t d = dimension();
        if (plain_) return box;
        box.lower_bounds.resize(d, box.lower_bound);
        box.upper_bounds.resize(d, box.upper_bound);
        for (size_t i = 0; i < d; ++i) {
            box.lower_bounds[i] /= scale_[i];
            box.upper_bounds[i] /= scale_[i];
        }
        return box;
    }
    /// The map of h.
    [[nodiscard]] const Map& base() const { return map_; }
    /// s.
    [[nodiscard]] const state_scale<scalar>& scale() const { return scale_; }

    void apply(matrix_view<const scalar> y, matrix_view<scalar> next) const {
        map_.apply(states(y), next);
        if (!plain_) divide(next);
    }
    void vjp(matrix_view<const scalar> y, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        if (scale_.uniform()) return map_.vjp(states(y), u, out);
        const auto v = copied(u, factors_);
        divide(v);
        map_.vjp(states(y), v, out);
        multiply(out);
    }
    void jvp(matrix_view<const scalar> y, matrix_view<const scalar> v,
             matrix_view<scalar> out) const requires detail::has_jvp<Map> {
        if (scale_.uniform()) return map_.jvp(states(y), v, out);
        const auto u = copied(v, factors_);
        multiply(u);
        map_.jvp(states(y), u, out);
        divide(out);
    }
    void jacobian(matrix_view<const scalar> y,
                  matrix_view<scalar> result) const requires detail::has_jacobian<Map> {
        map_.jacobian(states(y), result);
        if (scale_.uniform()) return;
        for (size_t i = 0; i < result.rows(); ++i)
            for (size_t j = 0; j < result.columns(); ++j) result(i, j) *= sizes_[j] / sizes_[i];
    }

  private:
    [[nodiscard]] matrix_view<const scalar> states(matrix_view<const scalar> y) const {
        if (plain_) return y;
        const auto h = room_for(y, states_);
        for (size_t i = 0; i < y.rows(); ++i)
            for (size_t j = 0; j < dimension(); ++j) h(i, j) = y(i, j) * sizes_[j];
        return h;
    }
    static matrix_view<scalar> room_for(matrix_view<const scalar> rows, matrix<scalar>& room) {
        if (room.shape(0) < rows.rows()) room = matrix<scalar>::from_shape({rows.rows(), rows.columns()});
        return matrix_view<scalar>(room).row_block(0, rows.rows());
    }
    static matrix_view<scalar> copied(matrix_view<const scalar> from, matrix<scalar>& room) {
        const auto rows = room_for(from, room);
        copy<scalar>(from, rows);
        return rows;
    }
    void multiply(matrix_view<scalar> rows) const {
        for (size_t i = 0; i < rows.rows(); ++i)
            for (size_t j = 0; j < dimension(); ++j) rows(i, j) *= sizes_[j];
    }
    void divide(matrix_view<scalar> rows) const {
        for (size_t i = 0; i < rows.rows(); ++i)
            for (size_t j = 0; j < dimension(); ++j) rows(i, j) /= sizes_[j];
    }

    Map map_;
    state_scale<scalar> scale_;
    std::vector<scalar> sizes_;  ///< of each coordinate
    bool plain_ = false;
    mutable matrix<scalar> states_ = matrix<scalar>::from_shape({0, 0}), factors_ = states_;
};

}  // namespace engram
