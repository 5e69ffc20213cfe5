/// @file
/// averaged_map: the mean of several maps, which is a map.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/state_bounds.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace engram {

/// Maps F_0, ..., F_{K-1} of one dimension that take the rows of a batch in turn: row i goes through the map
/// number i mod K. What they have in common, such as a product with a network's weights, is computed for all
/// rows at once.
/// - `size()`: K; `dimension()`: d, of each of them;
/// - `apply(h, next)`: row i of `next` is F_(i mod K) of row i;
/// - `vjp(h, u, out)`: row i is u_i^T dF_(i mod K)/dh(h_i).
///
/// Optional: `jvp(h, v, out)`, likewise, `jacobian(k, h, j)`, dF_k/dh (d x d) at one state (1 x d), and
/// `state_bounds()`, the box that holds the states of all (bounded_map).
template <class Maps>
concept maps_in_turn = std::copy_constructible<Maps> && std::floating_point<typename Maps::scalar> &&
    requires(const Maps& maps, matrix_view<const typename Maps::scalar> h,
             matrix_view<typename Maps::scalar> out) {
    { maps.size() } -> std::convertible_to<size_t>;
    { maps.dimension() } -> std::convertible_to<size_t>;
    maps.apply(h, out);
    maps.vjp(h, h, out);
};

/// A list of maps of one type as maps_in_turn.
template <differentiable_map Map>
class map_list {
  public:
    using scalar = typename Map::scalar;

    /// Throws value_error if there are none, shape_error if their dimensions differ.
    explicit map_list(std::vector<Map> maps) : maps_(std::move(maps)) {
        require(!maps_.empty(), "averaged_map: no maps, expected at least one");
        for (size_t k = 1; k < maps_.size(); ++k)
            require<shape_error>(maps_[k].dimension() == maps_[0].dimension(), "averaged_map: map ", k,
                                 " is of dimension ", maps_[k].dimension(), ", map 0 of dimension ",
                                 maps_[0].dimension());
    }

    /// How many maps there are.
    [[nodiscard]] size_t size() const { return maps_.size(); }
    [[nodiscard]] size_t dimension() const { return maps_.front().dimension(); }

    void apply(matrix_view<const scalar> h, matrix_view<scalar> next) const {
        for (size_t k = 0; k < size(); ++k)
            if (k < h.rows()) maps_[k].apply(rows_of(h, k), rows_of(next, k));
    }
    void vjp(matrix_view<const scalar> h, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        for (size_t k = 0; k < size(); ++k)
            if (k < h.rows()) maps_[k].vjp(rows_of(h, k), rows_of(u, k), rows_of(out, k));
    }
    void jvp(matrix_view<const scalar> h, matrix_view<const scalar> v,
             matrix_view<scalar> out) const requires detail::has_jvp<Map> {
        for (size_t k = 0; k < size(); ++k)
            if (k < h.rows()) maps_[k].jvp(rows_of(h, k), rows_of(v, k), rows_of(out, k));
    }
    [[nodiscard]] search_region<scalar> state_bounds() const requires bounded_map<Map> {
        search_region<scalar> box = maps_[0].state_bounds();
        for (size_t k = 1; k < size(); ++k)
            box = detail::joint_box<scalar>(box, maps_[k].state_bounds(), dimension());
        return box;
    }
    void jacobian(size_t k, matrix_view<const scalar> h,
                  matrix_view<scalar> j) const requires detail::has_jacobian<Map> {
        maps_[k].jacobian(h, j);
    }

  private:
    /// Rows k, k + K, k + 2 K, ... of a block.
    template <class S>
    [[nodiscard]] matrix_view<S> rows_of(matrix_view<S> block, size_t k) const {
        const size_t count = (block.rows() - k + size() - 1) / size();
        return {block.row(k), count, block.columns(), block.stride() * size()};
    }

    std::vector<Map> maps_;
};

/// The mean of K maps, h -> 1/K sum_k F_k(h), and of their derivatives: again a map, for
/// find_slow_points() and all else. It is made of a std::vector of maps or of maps_in_turn, such as a network
/// under K frames (constant_inputs_map); noise_averaged() makes the mean of a network's map over the noise of
/// a task.
template <maps_in_turn Maps>
class averaged_map {
  public:
    using scalar = typename Maps::scalar;

    /// Throws value_error if there are no maps.
    explicit averaged_map(Maps maps) : maps_(std::move(maps)) {
        require(maps_.size() > 0, "averaged_map: no maps, expected at least one");
    }
    /// Throws value_error if there are no maps, shape_error if their dimensions differ.
    template <differentiable_map Map>
    explicit averaged_map(std::vector<Map> maps) : averaged_map(map_list<Map>(std::move(maps))) {}

    [[nodiscard]] size_t dimension() const { return maps_.dimension(); }
    /// The box that holds the states of all of them; see bounded_map.
    [[nodiscard]] search_region<scalar> state_bounds() const requires requires(const Maps& maps) {
        maps.state_bounds();
    }
    { return maps_.state_bounds(); }
    /// The maps whose mean it is.
    [[nodiscard]] const Maps& maps() const { return maps_; }

    void apply(matrix_view<const scalar> h, matrix_view<scalar> next) const {
        in_pieces(next, [&](size_t first, size_t n, matrix_view<scalar> images) {
            maps_.apply(repeated(states_, h.row_block(first, n)), images);
        });
    }
    void vjp(matrix_view<const scalar> h, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        in_pieces(out, [&](size_t first, size_t n, matrix_view<scalar> images) {
            maps_.vjp(repeated(states_, h.row_block(first, n)), repeated(vectors_, u.row_block(first, n)),
                      images);
        });
    }
    void jvp(matrix_view<const scalar> h, matrix_view<const scalar> v,
             matrix_view<scalar> out) const requires detail::has_jvp<Maps> {
        in_pieces(out, [&](size_t first, size_t n, matrix_view<scalar> images) {
            maps_.jvp(repeated(states_, h.row_block(first, n)), repeated(vectors_, v.row_block(first, n)),
                      images);
        });
    }
    void jacobian(matrix_view<const scalar> h, matrix_view<scalar> result) const requires
        requires(const Maps& maps, matrix_view<scalar> j) {
        maps.jacobian(size_t{0}, j, j);
    }
    {
        const size_t d = dimension();
        if (part_.shape(0) != d) part_ = matrix<scalar>::from_shape({d, d});
        fill(result, scalar(0));
        for (size_t k = 0; k < maps_.size(); ++k) {
            maps_.jacobian(k, h, matrix_view<scalar>(part_));
            for (size_t i = 0; i < d; ++i) detail::axpy(d, share(), &part_(i, 0), result.row(i));
        }
    }

  private:
    [[nodiscard]] scalar share() const { return scalar(1) / static_cast<scalar>(maps_.size()); }

    /// The rows of `out`, some at a time so that memory does not grow with them, as means of the K rows that
    /// `evaluate(first, n, images)` makes of each.
    template <class Evaluate>
    void in_pieces(matrix_view<scalar> out, const Evaluate& evaluate) const {
        constexpr size_t rows_at_once = 512;
        const size_t K = maps_.size(), d = dimension();
        const size_t piece = std::clamp(rows_at_once / K, size_t{1}, std::max(out.rows(), size_t{1}));
        reserve(piece * K);
        for (size_t first = 0; first < out.rows(); first += piece) {
            const size_t n = std::min(piece, out.rows() - first);
            const auto images = matrix_view<scalar>(images_).row_block(0, n * K);
            evaluate(first, n, images);
            for (size_t i = 0; i < n; ++i) {
                std::fill_n(out.row(first + i), d, scalar(0));
                for (size_t k = 0; k < K; ++k)
                    detail::axpy(d, share(), images.row(i * K + k), out.row(first + i));
            }
        }
    }
    /// Each row K times.
    [[nodiscard]] matrix_view<const scalar> repeated(matrix<scalar>& room,
                                                     matrix_view<const scalar> rows) const {
        const size_t K = maps_.size();
        for (size_t i = 0; i < rows.rows() * K; ++i)
            std::copy_n(rows.row(i / K), rows.columns(), &room(i, 0));
        return matrix_view<const scalar>(room).row_block(0, rows.rows() * K);
    }
    void reserve(size_t rows) const {
        if (images_.shape(0) >= rows) return;
        for (auto* room : {&states_, &vectors_, &images_})
            *room = matrix<scalar>::from_shape({rows, dimension()});
    }

    Maps maps_;
    mutable matrix<scalar> states_ = matrix<scalar>::from_shape({0, 0}), vectors_ = states_,
                           images_ = states_, part_ = states_;
};

/// The mean of a list of maps.
template <differentiable_map Map>
averaged_map(std::vector<Map>) -> averaged_map<map_list<Map>>;

}  // namespace engram
