/// @file
/// A map's derivative as a matrix and as a product with vectors.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/search_region.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace engram::detail {

/// The step of a central difference at x along a direction of norm `length`, good to epsilon^(2/3).
template <class T>
T difference_step(const T* x, size_t d, T length) {
    return std::cbrt(std::numeric_limits<T>::epsilon()) * std::max(T(1), std::sqrt(dot(d, x, x))) /
           std::max(length, std::numeric_limits<T>::min());
}

/// dF/dh as a matrix and as a product with vectors, by the map's own functions or from its vjp and apply.
/// Owns the memory it needs.
template <differentiable_map Map>
class linearisation {
  public:
    using T = typename Map::scalar;

    /// Finite differences stay within the region's box. The region must outlive this.
    explicit linearisation(const Map& map, const search_region<T>& region = everywhere<T>)
        : map_(map), region_(region), pair_(has_jvp<Map> ? 0 : 4 * map.dimension()) {}

    /// j = dF/dh at the state h, (d x d).
    void jacobian(const T* h, matrix_view<T> j) {
        const size_t d = map_.dimension();
        if constexpr (has_jacobian<Map>) {
            map_.jacobian(as_row(h, d), j);
        } else {
            // The rows of the unit matrix, times dF/dh, all at the same state.
            if (states_.size() == 0) {
                states_ = unit_ = zeros<T>(d, d);
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
            T *const ahead = pair_.data(), *const behind = ahead + d, *const images = behind + d;
            const T step =
                ends_within(region_, h, v, d, difference_step(h, d, std::sqrt(dot(d, v, v))), ahead, behind);
            map_.apply(matrix_view<const T>(ahead, 2, d), matrix_view<T>(images, 2, d));
            for (size_t i = 0; i < d; ++i) out[i] = (images[i] - images[d + i]) / (2 * step);
        }
    }

  private:
    const Map& map_;
    const search_region<T>& region_;
    matrix<T> states_, unit_;  ///< empty until they are needed
    std::vector<T> pair_;      ///< two states and their images
};

}  // namespace engram::detail
