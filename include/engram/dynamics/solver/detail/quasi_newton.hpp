/// @file
/// Quasi-Newton steps for S: limited-memory BFGS.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/dynamics/solver/solver.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engram::detail {

/// step = -H b, cut to a radius. H approximates the inverse Hessian of S / 2 from the latest steps s and the
/// changes y of its gradient b (limited-memory BFGS: Nocedal, Math. Comp. 35, 1980; Liu, Nocedal, Math.
/// Program. 45, 1989). Needs no product with the map's derivative besides S's gradient. All memory is
/// allocated by the constructor.
template <class T>
class quasi_newton {
  public:
    /// For d coordinates and at most so many pairs of s and y.
    quasi_newton(size_t d, size_t pairs)
        : d_(d),
          steps_(matrix<T>::from_shape({pairs, d})),
          changes_(steps_),
          weights_(pairs),
          gradient_(d),
          latest_(d) {}

    /// Writes the step from a state. Returns the forecast decrease of S / 2.
    forecast<T> propose(const search_state<T>& at, T radius, std::span<T> step) {
        std::ranges::copy(at.gradient, step.begin());
        multiply_by_inverse(step.data());
        for (size_t i = 0; i < d_; ++i) step[i] = at.gradient[i] == 0 ? T(0) : -step[i];
        T slope = -dot(d_, at.gradient.data(), step.data());
        T length = std::sqrt(dot(d_, step.data(), step.data()));
        // H couples held coordinates to the others, so that -H b without them may lead uphill: then b alone.
        if (!(slope > std::numeric_limits<T>::epsilon() * length)) {
            for (size_t i = 0; i < d_; ++i) step[i] = -at.gradient[i];
            slope = dot(d_, step.data(), step.data());
            length = std::sqrt(slope);
        }
        const T part = length > radius ? radius / length : T(1);
        for (T& x : step) x *= part;
        return {part * slope * (1 - part / 2)};
    }

    /// Records a step that was taken.
    void tried(std::span<const T> step) {
        std::ranges::copy(step, latest_.begin());
        moved_ = true;
    }
    /// Records the gradient at the present state; to be called before each propose().
    void learn(std::span<const T> gradient) {
        if (moved_ && known_) {
            const size_t k = count_ % weights_.size();
            for (size_t i = 0; i < d_; ++i) changes_(k, i) = gradient[i] - gradient_[i];
            const T along = dot(d_, latest_.data(), &changes_(k, 0)),
                    square = dot(d_, latest_.data(), latest_.data());
            // With negative curvature along the step, H would not be positive definite.
            if (along > T(1e-8) * square) {
                std::ranges::copy(latest_, &steps_(k, 0));
                ++count_;
            }
        }
        moved_ = false;
        known_ = true;
        std::ranges::copy(gradient, gradient_.begin());
    }

  private:
    /// v = H v, by the two-loop recursion over the pairs.
    void multiply_by_inverse(T* v) {
        const size_t pairs = weights_.size(), first = count_ - std::min(count_, pairs);
        for (size_t n = count_; n-- > first;) {
            const T *const s = &steps_(n % pairs, 0), *const y = &changes_(n % pairs, 0);
            weights_[n % pairs] = dot(d_, s, v) / dot(d_, s, y);
            axpy(d_, -weights_[n % pairs], y, v);
        }
        if (count_ > 0) {
            const T *const s = &steps_((count_ - 1) % pairs, 0), *const y =
                                                                     &changes_((count_ - 1) % pairs, 0);
            const T size = dot(d_, s, y) / dot(d_, y, y);
            for (size_t i = 0; i < d_; ++i) v[i] *= size;
        }
        for (size_t n = first; n < count_; ++n) {
            const T *const s = &steps_(n % pairs, 0), *const y = &changes_(n % pairs, 0);
            axpy(d_, weights_[n % pairs] - dot(d_, y, v) / dot(d_, s, y), s, v);
        }
    }

    size_t d_, count_ = 0;  ///< pairs so far, of which the last weights_.size() are stored
    matrix<T> steps_, changes_;
    std::vector<T> weights_, gradient_, latest_;
    bool moved_ = false,
         known_ = false;  ///< a step was taken since the latest learn(); gradient_ is set
};

}  // namespace engram::detail
