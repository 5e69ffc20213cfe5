/// @file
/// The concept of a map, as find_slow_points() takes it.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/core/tensor.hpp"

#include <concepts>
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
/// (1 x d), j (d x d); `static constexpr size_t static_dimension`, the dimension where it is known when
/// compiling: up to ten, searches then take less time. Outputs never alias inputs; views may have a stride. A
/// map is a copyable value that may keep scratch memory of its own: one map object is used by one thread at a
/// time. make_map() makes such a map of any generic callable.
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
    for (size_t i = 0; i < h.rows(); ++i) axpy(map.dimension(), T(-1), h.row(i), result.row(i));
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
    for (size_t i = 0; i < h.rows(); ++i) axpy(map.dimension(), T(-1), g.row(i), out.row(i));
}

/// Refuses a state, in the name of a function, that is of another dimension than the map.
inline void expect_state(const char* function, size_t numbers, size_t dimension) {
    require<shape_error>(numbers == dimension, function, ": a state of ", numbers,
                         " numbers for a map of dimension ", dimension);
}

/// Refuses whole states of another map (n x d) and coordinates of them (n x k) that do not fit each other.
template <class T>
void expect_coordinates(const char* name, matrix_view<const T> states, size_t d,
                        matrix_view<const T> coordinates, size_t k) {
    require<shape_error>(
        states.rows() == coordinates.rows() && states.columns() == d && coordinates.columns() == k, name,
        ": states (", states.rows(), " x ", states.columns(), ") and coordinates (", coordinates.rows(),
        " x ", coordinates.columns(), "), expected as many rows, (n x ", d, ") and (n x ", k, ")");
}

}  // namespace detail
}  // namespace engram
