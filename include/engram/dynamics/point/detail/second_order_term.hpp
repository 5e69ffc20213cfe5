/// @file
/// The second-order term of S's Hessian, which the Gauss-Newton approximation leaves out.
#pragma once

#include "engram/dynamics/map/linearisation.hpp"

#include <algorithm>

namespace engram::detail {

/// sum_i g_i d^2 F_i/dh^2 (d x d), that is d(J^T g)/dh with g held constant, by central differences of the
/// vjp in every coordinate: two batches of d products, up to 64 at a time. Differences stay within the
/// region's box.
template <differentiable_map Map>
class second_order_term {
  public:
    using T = typename Map::scalar;

    second_order_term(const Map& map, const search_region<T>& region)
        : map_(map),
          region_(region),
          d_(map.dimension()),
          rows_(std::min<size_t>(d_, 64)),
          states_(zeros<T>(rows_, d_)),
          factors_(states_),
          ahead_(states_),
          behind_(states_) {}

    /// result (d x d) = the term at h, symmetrised.
    void operator()(const T* h, const T* g, matrix_view<T> result) {
        const T central = difference_step(h, d_, T(1));
        const auto ends = [&](size_t i) {
            const auto far = ends_within(region_, i, h[i], central);
            const bool inside = far == std::pair(h[i] + central, h[i] - central);
            return inside ? far : ends_within(region_, i, h[i], one_sided<T> * central);
        };
        for (size_t k = 0; k < rows_; ++k) std::copy_n(g, d_, &factors_(k, 0));
        for (size_t first = 0; first < d_; first += rows_) {
            const size_t count = std::min(rows_, d_ - first);
            for (const bool forwards : {true, false}) {
                for (size_t k = 0; k < count; ++k) {
                    std::copy_n(h, d_, &states_(k, 0));
                    const auto [ahead, behind] = ends(first + k);
                    states_(k, first + k) = forwards ? ahead : behind;
                }
                const auto top = [count](matrix<T>& m) { return matrix_view<T>(m).row_block(0, count); };
                map_.vjp(top(states_), top(factors_), top(forwards ? ahead_ : behind_));
            }
            for (size_t k = 0; k < count; ++k) {
                const auto [ahead, behind] = ends(first + k);
                for (size_t j = 0; j < d_; ++j)
                    result(first + k, j) = (ahead_(k, j) - behind_(k, j)) / (ahead - behind);
            }
        }
        for (size_t i = 0; i < d_; ++i)
            for (size_t j = 0; j < i; ++j) result(i, j) = result(j, i) = (result(i, j) + result(j, i)) / 2;
    }

  private:
    const Map& map_;
    const search_region<T>& region_;
    size_t d_, rows_;
    matrix<T> states_, factors_, ahead_, behind_;
};

}  // namespace engram::detail
