/// @file
/// What find_slow_points asks of a map, and what is derived where a map does not offer it.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/core/tensor.hpp"

#include <cmath>
#include <concepts>
#include <limits>
#include <vector>

namespace engram {

/// A map F: R^d -> R^d that can be differentiated. States are rows; a batch is a matrix of n of them.
///
///     struct rotation {                              // by a right angle, in the plane
///         using scalar = double;
///         std::size_t dimension() const { return 2; }
///         void apply(engram::matrix_view<const double> h, engram::matrix_view<double> next) const {
///             for (std::size_t i = 0; i < h.rows(); ++i) {
///                 next(i, 0) = -h(i, 1);
///                 next(i, 1) = h(i, 0);
///             }
///         }
///         void vjp(engram::matrix_view<const double> h, engram::matrix_view<const double> u,
///                  engram::matrix_view<double> out) const {  // row i: u_i^T dF/dh(h_i)
///             for (std::size_t i = 0; i < h.rows(); ++i) {
///                 out(i, 0) = u(i, 1);
///                 out(i, 1) = -u(i, 0);
///             }
///         }
///     };
///
/// Optional, derived where missing: `jvp(h, v, out)`, row i being dF/dh(h_i) v_i, and `jacobian(h, j)`, h
/// (1 x d), j (d x d). Outputs never alias inputs; views may have a stride. A map is a copyable value that
/// may keep scratch memory of its own: one map object is used by one thread at a time.
/// make_map() makes such a map of any generic callable.
template <class Map>
concept differentiable_map = std::copy_constructible<Map> && std::floating_point<typename Map::scalar> &&
    requires(const Map& map, matrix_view<const typename Map::scalar> h,
             matrix_view<typename Map::scalar> out) {
    { map.dimension() } -> std::convertible_to<size_t>;
    map.apply(h, out);
    map.vjp(h, h, out);
};

namespace detail {

template <class Map>
concept has_jvp = requires(const Map& map, matrix_view<const typename Map::scalar> h,
                           matrix_view<typename Map::scalar> out) {
    map.jvp(h, h, out);
};
template <class Map>
concept has_jacobian = requires(const Map& map, matrix_view<const typename Map::scalar> h,
                                matrix_view<typename Map::scalar> out) {
    map.jacobian(h, out);
};

/// One state, or another run of d numbers, seen as a matrix of one row.
template <class T>
matrix_view<T> as_row(T* data, size_t d) {
    return {data, 1, d};
}
template <class T>
matrix_view<T> as_row(std::vector<T>& v) {
    return {v.data(), 1, v.size()};
}
template <class T>
matrix_view<const T> as_row(const std::vector<T>& v) {
    return {v.data(), 1, v.size()};
}

/// residual = F(h) - h, row by row.
template <differentiable_map Map, class T = typename Map::scalar>
void residual(const Map& map, std::type_identity_t<matrix_view<const T>> h,
              std::type_identity_t<matrix_view<T>> result) {
    map.apply(h, result);
    for (size_t i = 0; i < h.rows(); ++i) axpy(h.columns(), T(-1), h.row(i), result.row(i));
}

/// S = ||F(h) - h||^2 of one state, with F(h) - h left in `result`.
template <differentiable_map Map, class T = typename Map::scalar>
T squared_speed(const Map& map, const T* h, T* result) {
    const size_t d = map.dimension();
    residual(map, as_row(h, d), as_row(result, d));
    return dot(d, result, result);
}

/// Half of S's gradient, (dF/dh - 1)^T g with g = F(h) - h, row by row.
template <differentiable_map Map, class T = typename Map::scalar>
void half_gradient(const Map& map, std::type_identity_t<matrix_view<const T>> h,
                   std::type_identity_t<matrix_view<const T>> g, std::type_identity_t<matrix_view<T>> out) {
    map.vjp(h, g, out);
    for (size_t i = 0; i < h.rows(); ++i) axpy(h.columns(), T(-1), g.row(i), out.row(i));
}

/// The step of a central difference at x along a direction of norm `length`, good to epsilon^(2/3).
template <class T>
T difference_step(const T* x, size_t d, T length) {
    return std::cbrt(std::numeric_limits<T>::epsilon()) * std::max(T(1), std::sqrt(dot(d, x, x))) /
           std::max(length, std::numeric_limits<T>::min());
}

/// dF/dh as a matrix and as a product with vectors, whatever the map offers; owns the memory it needs.
template <differentiable_map Map>
class linearisation {
  public:
    using T = typename Map::scalar;

    explicit linearisation(const Map& map) : map_(map) {}

    /// j = dF/dh at the state h, (d x d).
    void jacobian(const T* h, matrix_view<T> j) {
        const size_t d = map_.dimension();
        if constexpr (has_jacobian<Map>) {
            map_.jacobian(as_row(h, d), j);
        } else {
            // The rows of the unit matrix, times dF/dh, all at the same state.
            if (states_.shape(0) != d) {
                states_ = matrix<T>::from_shape({d, d});
                unit_ = matrix<T>::from_shape({d, d});
                unit_.fill(T(0));
                for (size_t i = 0; i < d; ++i) unit_(i, i) = T(1);
            }
            for (size_t i = 0; i < d; ++i) std::copy_n(h, d, &states_(i, 0));
            map_.vjp(matrix_view<const T>(states_), matrix_view<const T>(unit_), j);
        }
    }

    /// out = dF/dh v, by a central difference where the map has no jvp.
    void jvp(const T* h, const T* v, T* out) {
        const size_t d = map_.dimension();
        if constexpr (has_jvp<Map>) {
            map_.jvp(as_row(h, d), as_row(v, d), as_row(out, d));
        } else {
            pair_.resize(4 * d);
            const T step = difference_step(h, d, std::sqrt(dot(d, v, v)));
            for (size_t i = 0; i < d; ++i) {
                pair_[i] = h[i] + step * v[i];
                pair_[d + i] = h[i] - step * v[i];
            }
            T* const images = pair_.data() + 2 * d;
            map_.apply(matrix_view<const T>(pair_.data(), 2, d), matrix_view<T>(images, 2, d));
            for (size_t i = 0; i < d; ++i) out[i] = (images[i] - images[d + i]) / (2 * step);
        }
    }

  private:
    const Map& map_;
    matrix<T> states_ = matrix<T>::from_shape({0, 0}), unit_ = matrix<T>::from_shape({0, 0});
    std::vector<T> pair_;  ///< two states and their images
};

}  // namespace detail
}  // namespace engram
