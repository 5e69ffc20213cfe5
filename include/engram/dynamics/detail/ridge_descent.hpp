/// @file
/// Descent of S along ridges: kinks of the map from both sides of which S falls towards them.
#pragma once

#include "engram/core/progress.hpp"
#include "engram/dynamics/detail/ridge_map.hpp"
#include "engram/dynamics/detail/shortest_in_hull.hpp"
#include "engram/dynamics/solver/levenberg_marquardt.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engram::detail {

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

    /// A watch may end its descents.
    ridge_descent(const Map& map, const search_region<T>& region, progress_watch& watch)
        : map_(map),
          region_(region),
          watch_(watch),
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
        for (size_t round = 0; round < 4 * d_ + 16 && watch_.goes_on(); ++round) {
            if (!is_level(h)) {
                if (!add_kinks(h)) return free_ == d_ ? ridge_end::none : ridge_end::given_up;
                if (!descend_along(seed, h, outcome)) return ridge_end::given_up;
                if (!at_rest(h) && !is_level(h)) continue;  // at further kinks, or its steps were used up
            }
            // Lowest along the ridge: away from it, if S falls there.
            if (at_rest(h)) return ridge_end::none;
            if (free_ == d_) return ridge_end::none;
            forget_kinks();
            if (!descend_freely(seed, h, outcome)) {
                const ridge_end end = step_off(seed, h);
                if (end != ridge_end::none) return end;
                outcome.stop = stop_reason::no_progress;
                descend_freely(seed, h, outcome);
            }
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
        descend_together(along, levenberg_marquardt{}, matrix_view<T>(z), std::span(&there, 1), held,
                         &watch_);
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
        descend_together(map_, levenberg_marquardt{}, as_row(state_), std::span(&there, 1), region_, &watch_);
        const T after = squared_speed(map_, state_.data(), residual_.data());
        if (!(after < before * (1 - T(1e-8))) || !(distance(state_.data(), seed, d_) <= region_.max_distance))
            return false;
        std::ranges::copy(state_, h);
        outcome.stop = there.stop;
        outcome.iterations += there.iterations;
        return true;
    }

    /// Moves h off the ridge against the shortest vector in the convex hull of S's gradients about h. Only if
    /// that is zero is S lowest here; a step against it that crosses a kink shows one more gradient (Wolfe,
    /// Math. Program. Study 3, 1975). `none` if it has moved.
    ridge_end step_off(const T* seed, T* h) {
        const T before = squared_speed(map_, h, residual_.data());
        const T by =
            std::pow(std::numeric_limits<T>::epsilon(), T(0.45)) * std::max(T(1), std::sqrt(dot(d_, h, h)));
        std::vector<std::vector<T>> gradients{gradient(h)};
        T length = 0;
        while (gradients.size() < 2 * d_ + 16) {
            const auto way = shortest_in_hull(gradients);
            length = std::sqrt(dot(d_, way.data(), way.data()));
            if (!(length > T(1e-6) * std::sqrt(before))) return ridge_end::lowest;
            const auto come_to = [&](T away) {
                for (size_t i = 0; i < d_; ++i) state_[i] = region_.clip(i, h[i] - away * way[i] / length);
            };
            come_to(by);
            auto further = gradient(state_.data());
            if (dot(d_, further.data(), way.data()) < length * length / 10) {
                gradients.push_back(std::move(further));
                continue;
            }
            T lowest = before, best = 0;
            for (T away = by;; away *= 2) {
                come_to(away);
                const T there = squared_speed(map_, state_.data(), residual_.data());
                if (!(there < lowest) || !(distance(state_.data(), seed, d_) <= region_.max_distance)) break;
                lowest = there, best = away;
            }
            if (!(lowest < before * (1 - T(1e-8)))) return ridge_end::lowest;
            come_to(best);
            std::ranges::copy(state_, h);
            return ridge_end::none;
        }
        // What is left may be the gradients' own change within a step.
        const T steepest = std::sqrt(dot(d_, gradients[0].data(), gradients[0].data()));
        return length <= T(1e-3) * steepest ? ridge_end::lowest : ridge_end::given_up;
    }
    /// Half of S's gradient, where the box does not block the way.
    std::vector<T> gradient(const T* h) {
        std::vector<T> result(d_);
        squared_speed(map_, h, residual_.data());
        half_gradient(map_, as_row(h, d_), as_row(std::as_const(residual_)), as_row(result));
        remove_blocked(region_, h, result.data(), d_);
        return result;
    }

    const Map& map_;
    const search_region<T>& region_;
    progress_watch& watch_;
    linearisation<Map> linear_;
    size_t d_, free_ = 0;  ///< of the rows of rotation_, how many lead along the ridge
    matrix<T> jacobian_, jump_;
    matrix<T> across_;  ///< the sum of the squares of the derivative's jumps, whose range is across the ridge
    matrix<T> rotation_;
    std::vector<T> residual_, slope_, turned_, state_;
};

}  // namespace engram::detail
