/// @file
/// A convex polygon in the tangent plane of a sheet, cut by half-planes.
#pragma once

#include "engram/core/tensor.hpp"

#include <array>
#include <cmath>
#include <vector>

namespace engram::detail {

/// The part of a tangent plane that is nearer to one state of a sheet than to its neighbours: corners in
/// counter-clockwise order, in coordinates of the plane about the state.
template <class T>
class chart_polygon {
  public:
    using corner = std::array<T, 2>;

    /// A square about the state that holds the disc of that radius.
    explicit chart_polygon(T radius = 0)
        : corners_{{radius, radius}, {-radius, radius}, {-radius, -radius}, {radius, -radius}} {}
    explicit chart_polygon(std::vector<corner> corners) : corners_(std::move(corners)) {}

    [[nodiscard]] const std::vector<corner>& corners() const { return corners_; }

    /// Keeps what is nearer to the state than to a neighbour in direction y, at a distance.
    void cut(const corner& y, T distance) {
        const T norm = std::hypot(y[0], y[1]);
        if (!(norm > 0)) return;
        const auto beyond = [&](const corner& v) {
            return (v[0] * y[0] + v[1] * y[1]) / norm - distance / 2;
        };
        std::vector<corner> kept;
        for (size_t i = 0; i < corners_.size(); ++i) {
            const corner &a = corners_[i], &b = corners_[(i + 1) % corners_.size()];
            const T from = beyond(a), to = beyond(b);
            if (from <= 0) kept.push_back(a);
            if ((from <= 0) != (to <= 0)) {
                const T share = from / (from - to);
                kept.push_back({a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])});
            }
        }
        corners_ = std::move(kept);
    }

    [[nodiscard]] T area() const {
        T twice = 0;
        for (size_t i = 0; i < corners_.size(); ++i) {
            const corner &a = corners_[i], &b = corners_[(i + 1) % corners_.size()];
            twice += a[0] * b[1] - a[1] * b[0];
        }
        return twice / 2;
    }

  private:
    std::vector<corner> corners_;
};

}  // namespace engram::detail
