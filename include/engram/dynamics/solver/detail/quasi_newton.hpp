/// @file
/// Quasi-Newton steps for S from its gradients, with limited memory.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/dynamics/solver/solver.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engram::detail {

/// step = -H b, H being the inverse Hessian of S / 2 as the latest steps s and changes y of its gradient b
/// show it (limited-memory BFGS: Nocedal, Math. Comp. 35, 1980; Liu, Nocedal, Math. Program. 45, 1989), cut
/// to a radius. Takes no product with the map's derivative besides S's gradient. All memory is taken when it
/// is made.
template <class T>
class quasi_newton {
  public:
    /// For d coordinates, of which it keeps so many pairs s and y.
    quasi_newton(size_t d, size_t pairs)
        : d_(d),
          steps_(matrix<T>::from_shape({pairs, d})),
          changes_(steps_),
          weights_(pairs),
          gradient_(d),
          latest_(d) {}

    /// The step from a state, and by how much S / 2 should fall along it.
    forecast<T> propose(const search_state<T>& at, T radius, std::span<T> step) {
        std::ranges::copy(at.gradient, step.begin());
        turn(step.data());
        for (size_t i = 0; i < d_; ++i) step[i] = at.gradient[i] == 0 ? T(0) : -step[i];
        T slope = -dot(d_, at.gradient.data(), step.data());
        T length = std::sqrt(dot(d_, step.data(), step.data()));
        if (!(slope >
              std::numeric_limits<T>::epsilon() * length)) {  // coordinates that are held take part in H
            for (size_t i = 0; i < d_; ++i) step[i] = -at.gradient[i];
            slope = dot(d_, step.data(), step.data());
            length = std::sqrt(slope);
        }
        const T part = length > radius ? radius / length : T(1);
        for (T& x : step) x *= part;
        return {part * slope * (1 - part / 2)};
    }

    /// Learns of a step that was taken.
    void judged(std::span<const T> step) {
        std::ranges::copy(step, latest_.begin());
        moved_ = true;
    }
    /// Learns of the gradient where the latest step led; to be called before each propose().
    void learn(std::span<const T> gradient) {
        if (moved_ && known_) {
            const size_t k = count_ % weights_.size();
            for (size_t i = 0; i < d_; ++i) changes_(k, i) = gradient[i] - gradient_[i];
            const T along = dot(d_, latest_.data(), &changes_(k, 0)),
                    square = dot(d_, latest_.data(), latest_.data());
            // Where S bends downwards along the step, H would not lead downhill.
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
    /// v = H v, pair by pair from the latest to the first, and back.
    void turn(T* v) {
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

    size_t d_, count_ = 0;  ///< pairs so far, of which the last weights_.size() are kept
    matrix<T> steps_, changes_;
    std::vector<T> weights_, gradient_, latest_;
    bool moved_ = false, known_ = false;  ///< the latest step was taken; gradient_ is that where it began
};

}  // namespace engram::detail
