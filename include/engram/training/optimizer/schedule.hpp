/// @file
/// Schedules: step sizes that change during a run.
#pragma once

#include <cmath>
#include <concepts>
#include <numbers>
#include <utility>

#include "engram/training/optimizer/optimizer.hpp"

namespace engram {

/// The factor on the step size when a fraction of the run is done.
template <class S>
concept schedule = std::copyable<S> && requires(const S s, double progress) {
    { s.factor(progress) } -> std::convertible_to<double>;
};

/// The full step size, then `factor_after` of it from the fraction `at` on (the paper's MNIST runs:
/// a tenth from step 120,000 of 140,000).
struct step_decay {
    double at = 120 / 140., factor_after = 0.1;  ///< when, and by what
    [[nodiscard]] double factor(double progress) const { return progress < at ? 1 : factor_after; }
};

/// From the full step size to none along half a cosine (Loshchilov and Hutter 2017).
struct cosine_decay {
    [[nodiscard]] double factor(double progress) const {
        return (1 + std::cos(std::numbers::pi * progress)) / 2;
    }
};

/// An optimizer whose step size follows a schedule.
template <class Optimizer, schedule Schedule>
struct scheduled : Optimizer {
    Schedule schedule;  ///< of the step size

    /// An optimizer and the schedule its step size follows.
    scheduled(Optimizer o, Schedule s) : Optimizer(std::move(o)), schedule(std::move(s)) {}

    template <class T>
    void update(const optimizer_chunk<T>& chunk, run_position position) const {
        Optimizer now = *this;
        now.learning_rate *= schedule.factor(position.progress());
        now.update(chunk, position);
    }
};

}  // namespace engram
