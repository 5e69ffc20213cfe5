/// @file
/// masked: a map of some coordinates, the others held constant.
#pragma once

#include "engram/core/any_array.hpp"
#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/state_bounds.hpp"

#include <string>

namespace engram {

/// A map of the free coordinates of another; see masked().
template <differentiable_map Map>
class masked_map {
  public:
    using scalar = typename Map::scalar;

    /// Holds the coordinates marked in `held` (d) at their values in `state` (d).
    masked_map(Map map, const std::vector<bool>& held, const vector<scalar>& state)
        : map_(std::move(map)), state_(state.begin(), state.end()) {
        const size_t d = map_.dimension();
        require<shape_error>(held.size() == d && state_.size() == d, "masked: a mask of ", held.size(),
                             " and a state of ", state_.size(), " for a map of dimension ", d);
        for (size_t j = 0; j < d; ++j)
            if (!held[j]) free_.push_back(j);
        require(!free_.empty(), "masked: all ", d, " coordinates are held");
    }

    [[nodiscard]] size_t dimension() const { return free_.size(); }
    /// The map of all coordinates.
    [[nodiscard]] const Map& base() const { return map_; }
    /// Which coordinates are free, in ascending order (dimension()).
    [[nodiscard]] const std::vector<size_t>& free_coordinates() const { return free_; }
    /// The state that has the values of the held coordinates (d).
    [[nodiscard]] const std::vector<scalar>& held_state() const { return state_; }

    /// Whole states (n x d) from free coordinates (n x dimension()), the held ones at their values. Throws
    /// shape_error.
    void embed(matrix_view<const scalar> z, matrix_view<scalar> h) const {
        detail::expect_coordinates<scalar>("masked", h, state_.size(), z, dimension());
        spread(z, state_.data(), h);
    }
    /// The free coordinates (n x dimension()) of whole states (n x d), seeds for one; the others are dropped.
    /// Throws shape_error.
    void project(matrix_view<const scalar> h, matrix_view<scalar> z) const {
        detail::expect_coordinates<scalar>("masked", h, state_.size(), z, dimension());
        for (size_t i = 0; i < z.rows(); ++i)
            for (size_t j = 0; j < free_.size(); ++j) z(i, j) = h(i, free_[j]);
    }

    /// Of the free coordinates; see bounded_map.
    [[nodiscard]] search_region<scalar> state_bounds() const requires bounded_map<Map> {
        const search_region<scalar> whole = map_.state_bounds();
        search_region<scalar> box;
        for (const size_t i : free_) {
            box.lower_bounds.push_back(whole.lower(i));
            box.upper_bounds.push_back(whole.upper(i));
        }
        return box;
    }

    void apply(matrix_view<const scalar> z, matrix_view<scalar> next) const {
        reserve(z.rows());
        embed(z, rows(h_, z));
        map_.apply(rows(h_, z), rows(out_, z));
        project(rows(out_, z), next);
    }

    void vjp(matrix_view<const scalar> z, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        reserve(z.rows());
        embed(z, rows(h_, z));
        spread(u, zeros_.data(), rows(in_, z));
        map_.vjp(rows(h_, z), rows(in_, z), rows(out_, z));
        project(rows(out_, z), out);
    }

    void jvp(matrix_view<const scalar> z, matrix_view<const scalar> v,
             matrix_view<scalar> out) const requires detail::has_jvp<Map> {
        reserve(z.rows());
        embed(z, rows(h_, z));
        spread(v, zeros_.data(), rows(in_, z));
        map_.jvp(rows(h_, z), rows(in_, z), rows(out_, z));
        project(rows(out_, z), out);
    }

    void jacobian(matrix_view<const scalar> z,
                  matrix_view<scalar> result) const requires detail::has_jacobian<Map> {
        const size_t d = state_.size();
        reserve(1);
        if (jacobian_.shape(0) != d) jacobian_ = matrix<scalar>::from_shape({d, d});
        embed(z, rows(h_, z));
        map_.jacobian(rows(h_, z), matrix_view<scalar>(jacobian_));
        for (size_t i = 0; i < free_.size(); ++i)
            for (size_t j = 0; j < free_.size(); ++j) result(i, j) = jacobian_(free_[i], free_[j]);
    }

  private:
    void spread(matrix_view<const scalar> z, const scalar* held, matrix_view<scalar> h) const {
        for (size_t i = 0; i < h.rows(); ++i) {
            std::copy_n(held, state_.size(), h.row(i));
            for (size_t j = 0; j < free_.size(); ++j) h(i, free_[j]) = z(i, j);
        }
    }
    static matrix_view<scalar> rows(matrix<scalar>& m, matrix_view<const scalar> z) {
        return matrix_view<scalar>(m).row_block(0, z.rows());
    }
    void reserve(size_t n) const {
        if (h_.shape(0) >= n) return;
        h_ = in_ = out_ = matrix<scalar>::from_shape({n, state_.size()});
    }

    Map map_;
    std::vector<scalar> state_, zeros_ = std::vector<scalar>(state_.size());
    std::vector<size_t> free_;
    mutable matrix<scalar> h_ = matrix<scalar>::from_shape({0, 0}), in_ = h_, out_ = h_, jacobian_ = h_;
};

/// The map of the coordinates that are not held, the held ones staying as in `state` (d). Its slow points are
/// those of the free coordinates alone; `embed` turns them into whole states, `project` whole seeds into
/// theirs. Throws shape_error, and value_error if nothing is free.
template <differentiable_map Map, any_array State = vector<typename Map::scalar>>
masked_map<Map> masked(Map map, const std::vector<bool>& held, const State& state) {
    return {std::move(map), held, detail::to_vector<typename Map::scalar>("masked: state", state)};
}

}  // namespace engram
