/// @file
/// Descent of S along ridges: kinks of the map from both sides of which S falls towards them.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/dynamics/solver/levenberg_marquardt.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engram::detail {

/// A map about a state h in coordinates z along the rows of a rotation Q, the last of which are held at 0:
/// z -> Q (F(h + Q^T z) - h). S is the same, and smooth where held directions are those across kinks.
template <differentiable_map Map>
class ridge_map {
  public:
    using scalar = typename Map::scalar;

    /// The map about h (d), the first `free` rows of the rotation (d x d) being free.
    ridge_map(const Map& map, const scalar* h, matrix<scalar> rotation, size_t free)
        : map_(map), d_(map.dimension()), free_(free), origin_(h, h + d_), rotation_(std::move(rotation)) {}

    [[nodiscard]] size_t dimension() const { return d_; }

    void embed(matrix_view<const scalar> z, matrix_view<scalar> h) const {
        const auto along = matrix_view<const scalar>(z.data(), z.rows(), free_, z.stride());
        for (size_t i = 0; i < h.rows(); ++i) std::copy(origin_.begin(), origin_.end(), h.row(i));
        gemm<scalar>(along, matrix_view<const scalar>(rotation_).row_block(0, free_), h, {.beta = scalar(1)});
    }
    void apply(matrix_view<const scalar> z, matrix_view<scalar> next) const {
        auto h = matrix<scalar>::from_shape({z.rows(), d_}), image = h;
        embed(z, h);
        map_.apply(matrix_view<const scalar>(h), matrix_view<scalar>(image));
        for (size_t i = 0; i < z.rows(); ++i) axpy(d_, scalar(-1), origin_.data(), &image(i, 0));
        gemm<scalar>(image, transposed(matrix_view<const scalar>(rotation_)), next);
    }
    void vjp(matrix_view<const scalar> z, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        auto h = matrix<scalar>::from_shape({z.rows(), d_}), turned = h, pulled = h;
        embed(z, h);
        gemm<scalar>(u, rotation_, matrix_view<scalar>(turned));
        map_.vjp(matrix_view<const scalar>(h), matrix_view<const scalar>(turned),
                 matrix_view<scalar>(pulled));
        gemm<scalar>(pulled, transposed(matrix_view<const scalar>(rotation_)), out);
        for (size_t i = 0; i < z.rows(); ++i) std::fill(out.row(i) + free_, out.row(i) + d_, scalar(0));
    }

  private:
    const Map& map_;
    size_t d_, free_;
    std::vector<scalar> origin_;
    matrix<scalar> rotation_;
};

/// Where a search that has come to a ridge ends after all.
enum class ridge_end {
    none,     ///< on no ridge
    lowest,   ///< on one along which S falls no further, nor away from it
    given_up  ///< on one along which S may fall further, though no way was found
};

/// Takes a search on that has ended at a kink towards which S falls from both sides: along it and along those
/// met on the way, by descent in the coordinates along all of them, and away where S is lowest along them.
template <differentiable_map Map>
class ridge_descent {
  public:
    using T = typename Map::scalar;

    ridge_descent(const Map& map, const search_region<T>& region)
        : map_(map),
          region_(region),
          linear_(map),
          d_(map.dimension()),
          jacobian_(zeros<T>(d_, d_)),
          jump_(jacobian_),
          across_(jacobian_),
          rotation_(jacobian_),
          residual_(d_),
          slope_(d_),
          turned_(d_),
          state_(d_) {}

    /// Moves h on from where the search from a seed, both (d), has made no progress.
    ridge_end operator()(const T* seed, T* h, search_outcome& outcome) {
        forget_kinks();
        for (size_t round = 0; round < 4 * d_ + 16; ++round) {
            if (!is_level(h)) {
                if (!add_kinks(h)) return free_ == d_ ? ridge_end::none : ridge_end::given_up;
                if (!descend_along(seed, h, outcome)) return ridge_end::given_up;
                if (outcome.stop == stop_reason::no_progress && !is_level(h)) continue;
            }
            // Lowest along the ridge: away from it, if S falls there.
            if (at_rest(h)) return ridge_end::none;
            if (free_ == d_) return ridge_end::none;
            forget_kinks();
            if (!descend_freely(seed, h, outcome)) return ridge_end::lowest;
            if (outcome.stop != stop_reason::no_progress) return ridge_end::none;
        }
        return ridge_end::given_up;
    }

  private:
    bool at_rest(const T* h) {
        return std::sqrt(squared_speed(map_, h, residual_.data())) <= speed_of_rounding(h, d_);
    }
    void forget_kinks() {
        across_.fill(T(0));
        rotation_.fill(T(0));
        for (size_t i = 0; i < d_; ++i) rotation_(i, i) = 1;
        free_ = d_;
    }

    /// Sets slope_ to half of S's gradient along the ridge; whether it is as good as zero.
    bool is_level(const T* h) {
        const T speed = std::sqrt(squared_speed(map_, h, residual_.data()));
        half_gradient(map_, as_row(h, d_), as_row(std::as_const(residual_)), as_row(slope_));
        remove_blocked(region_, h, slope_.data(), d_);
        gemv<T>(matrix_view<const T>(rotation_), slope_.data(), turned_.data());
        std::fill(turned_.begin() + static_cast<std::ptrdiff_t>(free_), turned_.end(), T(0));
        gemv<T>(transposed(matrix_view<const T>(rotation_)), turned_.data(), slope_.data());
        return !(std::sqrt(dot(d_, slope_.data(), slope_.data())) > T(1e-6) * speed);
    }

    /// Adds the directions across the kinks that the way down crosses at h, in which the derivative jumps
    /// between two states beside h; false if there are none besides those known.
    bool add_kinks(const T* h) {
        const T by = std::pow(std::numeric_limits<T>::epsilon(), T(0.45)) *
                     std::max(T(1), std::sqrt(dot(d_, h, h))) /
                     std::sqrt(dot(d_, slope_.data(), slope_.data()));
        for (size_t i = 0; i < d_; ++i) state_[i] = region_.clip(i, h[i] + by * slope_[i]);
        linear_.jacobian(state_.data(), jump_);
        for (size_t i = 0; i < d_; ++i) state_[i] = region_.clip(i, h[i] - by * slope_[i]);
        linear_.jacobian(state_.data(), jacobian_);
        const T size = 1 + std::sqrt(dot(jump_.size(), jump_.data(), jump_.data()));
        axpy(jump_.size(), T(-1), jacobian_.data(), jump_.data());
        const T jump = std::sqrt(dot(jump_.size(), jump_.data(), jump_.data()));
        if (!(jump > T(1e-3) * size)) return false;  // also where it is not finite
        for (T& x : jump_) x /= jump;
        gram<T>(matrix_view<const T>(jump_), matrix_view<T>(jacobian_));
        for (size_t i = 0; i < d_; ++i)
            for (size_t j = i; j < d_; ++j) across_(i, j) += jacobian_(i, j);
        rotation_ = across_;
        const auto sizes = symmetric_eigenvalues<T>(rotation_, true);
        const size_t before = free_;
        free_ = 0;
        while (free_ < d_ && !(sizes[free_] > T(1e-6))) ++free_;
        return free_ < before;
    }

    /// Descends along the ridge; false if that leads out of the region.
    bool descend_along(const T* seed, T* h, search_outcome& outcome) {
        if (free_ == 0) {
            outcome.stop = stop_reason::gradient_vanished;
            return true;
        }
        const ridge_map<Map> along(map_, h, rotation_, free_);
        search_region<T> held;
        held.lower_bounds.assign(d_, -std::numeric_limits<T>::infinity());
        held.upper_bounds.assign(d_, std::numeric_limits<T>::infinity());
        for (size_t i = free_; i < d_; ++i) held.lower_bounds[i] = held.upper_bounds[i] = 0;
        auto z = zeros<T>(1, d_);
        search_outcome there;
        descend_together(along, levenberg_marquardt{}, matrix_view<T>(z), std::span(&there, 1), held);
        along.embed(matrix_view<const T>(z), as_row(state_));
        for (size_t i = 0; i < d_; ++i)
            if (region_.clip(i, state_[i]) != state_[i]) return false;
        if (!(distance(state_.data(), seed, d_) <= region_.max_distance)) return false;
        std::ranges::copy(state_, h);
        outcome.stop = there.stop;
        outcome.iterations += there.iterations;
        return true;
    }

    /// Descends wherever S falls; false if it does not.
    bool descend_freely(const T* seed, T* h, search_outcome& outcome) {
        const T before = squared_speed(map_, h, residual_.data());
        std::copy_n(h, d_, state_.begin());
        search_outcome there;
        descend_together(map_, levenberg_marquardt{}, as_row(state_), std::span(&there, 1), region_);
        const T after = squared_speed(map_, state_.data(), residual_.data());
        if (!(after < before * (1 - T(1e-8))) || !(distance(state_.data(), seed, d_) <= region_.max_distance))
            return false;
        std::ranges::copy(state_, h);
        outcome.stop = there.stop;
        outcome.iterations += there.iterations;
        return true;
    }

    const Map& map_;
    const search_region<T>& region_;
    linearisation<Map> linear_;
    size_t d_, free_ = 0;  ///< of the rows of rotation_, how many lead along the ridge
    matrix<T> jacobian_, jump_;
    matrix<T> across_;  ///< the sum of the squares of the derivative's jumps, whose range is across the ridge
    matrix<T> rotation_;
    std::vector<T> residual_, slope_, turned_, state_;
};

}  // namespace engram::detail
