/// @file
/// Newton's steps for S from products with the derivative, by conjugate gradients.
#pragma once

#include "engram/dynamics/solver/solver.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace engram::detail {

/// Newton's steps for S within a radius, by conjugate gradients that are cut short at the radius or at
/// negative curvature (Steihaug, SIAM J. Numer. Anal. 20, 1983).
template <differentiable_map Map>
class truncated_newton {
  public:
    using T = typename Map::scalar;

    truncated_newton(const Map& map, size_t inner_iterations, const search_region<T>& region)
        : map_(map),
          region_(region),
          linear_(map, region),
          inner_iterations_(inner_iterations),
          d_(map.dimension()),
          step_(d_),
          residual_(d_),
          direction_(d_),
          image_(d_),
          shifted_(d_),
          trial_(d_),
          other_(d_) {}

    forecast<T> propose(const search_state<T>& at, T radius, std::span<T> step) {
        const T slope = std::sqrt(dot(d_, at.gradient.data(), at.gradient.data()));
        first_slope_ = std::max(first_slope_, slope);
        const T fall = minimise(at, radius, std::min(T(0.1), std::sqrt(slope / first_slope_)) * slope);
        std::ranges::copy(step_, step.begin());
        return {fall};
    }

  private:
    static T norm(const std::vector<T>& v) { return std::sqrt(dot(v.size(), v.data(), v.data())); }

    /// image_ = (J^T J + d(J^T g)/dh) direction_, the second part by a difference of vjps; with zeros where
    /// the box blocks the way.
    void multiply(const search_state<T>& at) {
        const T* h = at.state.data();
        linear_.jvp(h, direction_.data(), trial_.data());
        axpy(d_, T(-1), direction_.data(), trial_.data());
        half_gradient(map_, as_row(h, d_), as_row(std::as_const(trial_)), as_row(image_));
        add_second_order(at);
        for (size_t i = 0; i < d_; ++i)
            if (at.gradient[i] == 0 && at.full_gradient[i] != 0) image_[i] = 0;
    }

    /// The second part; beside an edge of the box by a difference that stays within it.
    void add_second_order(const search_state<T>& at) {
        const T* h = at.state.data();
        const T step = difference_step(h, d_, norm(direction_)) / 8;
        const auto pull = [&](const std::vector<T>& there, std::vector<T>& result) {
            half_gradient(map_, as_row(there), as_row(at.residual.data(), d_), as_row(result));
        };
        if (within(region_, h, direction_.data(), d_, step)) {
            for (size_t i = 0; i < d_; ++i) shifted_[i] = h[i] + step * direction_[i];
            pull(shifted_, trial_);
            for (size_t i = 0; i < d_; ++i) image_[i] += (trial_[i] - at.full_gradient[i]) / step;
        } else {
            const T half =
                ends_within(region_, h, direction_.data(), d_, step, shifted_.data(), trial_.data());
            pull(shifted_, other_);
            pull(trial_, shifted_);
            for (size_t i = 0; i < d_; ++i) image_[i] += (other_[i] - shifted_[i]) / (2 * half);
        }
    }

    /// Sets step_ to a step that lowers the model, no longer than the radius; by how much S / 2 should fall.
    T minimise(const search_state<T>& at, T radius, T tolerance) {
        std::ranges::fill(step_, T(0));
        for (size_t i = 0; i < d_; ++i) direction_[i] = residual_[i] = -at.gradient[i];
        T square = dot(d_, residual_.data(), residual_.data()), predicted = 0;
        for (size_t k = 0; k < inner_iterations_ && std::sqrt(square) > tolerance; ++k) {
            multiply(at);
            const T curvature = dot(d_, direction_.data(), image_.data());
            const T slope = dot(d_, direction_.data(), residual_.data());
            const T edge = to_edge(radius);
            const T length = curvature > 0 ? std::min(square / curvature, edge) : edge;
            axpy(d_, length, direction_.data(), step_.data());
            predicted += length * slope - length * length * curvature / 2;
            if (length == edge) break;
            axpy(d_, -length, image_.data(), residual_.data());
            const T next = dot(d_, residual_.data(), residual_.data());
            for (size_t i = 0; i < d_; ++i) direction_[i] = residual_[i] + next / square * direction_[i];
            square = next;
        }
        return predicted;
    }

    /// The t > 0 at which step_ + t direction_ has the length of the radius.
    T to_edge(T radius) const {
        const T a = dot(d_, direction_.data(), direction_.data()),
                b = dot(d_, direction_.data(), step_.data());
        const T c = dot(d_, step_.data(), step_.data()) - radius * radius;
        const T root = std::sqrt(std::max(T(0), b * b - a * c));
        return b > 0 ? -c / (b + root) : (root - b) / a;
    }

    const Map& map_;
    const search_region<T>& region_;
    linearisation<Map> linear_;
    size_t inner_iterations_, d_;
    std::vector<T> step_, residual_, direction_, image_, shifted_, trial_, other_;
    T first_slope_ = 0;
};

}  // namespace engram::detail
