/// @file
/// Newton's steps without a matrix.
#pragma once

#include "engram/dynamics/point/detail/dense_analysis.hpp"

namespace engram::detail {

/// Newton's steps for F(h) = h from products with dF/dh, within a region's box. Owns the vectors they need.
template <differentiable_map Map>
class krylov_newton {
  public:
    using T = typename Map::scalar;

    krylov_newton(const Map& map, const search_region<T>& region)
        : map_(map),
          region_(region),
          linear_(map, region),
          residual_(map.dimension()),
          slope_(map.dimension()),
          direction_(map.dimension()),
          image_(map.dimension()) {}

    /// Two steps with the derivative at h, each from at most `iterations` products.
    newton_step<T> operator()(const T* h, size_t iterations = 1000) {
        const size_t d = map_.dimension();
        std::vector<T> at(h, h + d), step(d);
        newton_step<T> result;
        squared_speed(map_, h, residual_.data());
        if (!solve(h, step, iterations, result.jacobian_norm)) return result;
        result.length = std::sqrt(dot(d, step.data(), step.data()));
        for (size_t i = 0; i < d; ++i) at[i] = region_.clip(i, at[i] + step[i]);
        result.speed = std::sqrt(squared_speed(map_, at.data(), residual_.data()));
        if (!solve(h, step, iterations, result.jacobian_norm)) return result;
        for (size_t i = 0; i < d; ++i) at[i] = region_.clip(i, at[i] + step[i]);
        result.second_speed = std::sqrt(squared_speed(map_, at.data(), image_.data()));
        return result;
    }

  private:
    /// The step p with (dF/dh - 1) p = -residual_ by conjugate gradients on the least-squares problem (CGLS,
    /// Bjorck 1996, section 7.4), until the residual is a hundredth of its first size. False if a number is
    /// not finite. Raises jacobian_norm to the largest ||dF/dh v|| / ||v|| of its products.
    bool solve(const T* h, std::vector<T>& step, size_t iterations, T& jacobian_norm) {
        const size_t d = step.size();
        std::ranges::fill(step, T(0));
        const T speed = std::sqrt(dot(d, residual_.data(), residual_.data()));
        for (T& r : residual_) r = -r;
        half_gradient(map_, as_row(h, d), as_row(std::as_const(residual_)), as_row(slope_));
        direction_ = slope_;
        T square = dot(d, slope_.data(), slope_.data());
        for (size_t k = 0; k < iterations && square > 0; ++k) {
            linear_.jvp(h, direction_.data(), image_.data());
            jacobian_norm = std::max(jacobian_norm, std::sqrt(dot(d, image_.data(), image_.data()) /
                                                              dot(d, direction_.data(), direction_.data())));
            axpy(d, T(-1), direction_.data(), image_.data());
            const T length = square / dot(d, image_.data(), image_.data());
            if (!std::isfinite(length)) return false;
            axpy(d, length, direction_.data(), step.data());
            axpy(d, -length, image_.data(), residual_.data());
            if (std::sqrt(dot(d, residual_.data(), residual_.data())) <= speed / 100) break;
            half_gradient(map_, as_row(h, d), as_row(std::as_const(residual_)), as_row(slope_));
            const T next = dot(d, slope_.data(), slope_.data());
            for (size_t i = 0; i < d; ++i) direction_[i] = slope_[i] + next / square * direction_[i];
            square = next;
        }
        return true;
    }

    const Map& map_;
    const search_region<T>& region_;
    linearisation<Map> linear_;
    std::vector<T> residual_, slope_, direction_, image_;
};

}  // namespace engram::detail
