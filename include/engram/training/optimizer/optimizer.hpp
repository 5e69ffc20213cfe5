/// @file
/// What an optimizer is, and step sizes that change during a run.
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <numbers>
#include <span>
#include <utility>

#include "engram/core/simd.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// Where a run stands: update number `step`, counted from 1, of `steps`.
struct run_position {
    size_t step, steps;  ///< updates, this one included, and in all
    /// The fraction of the run done before this update.
    [[nodiscard]] double progress() const {
        return static_cast<double>(step - 1) / static_cast<double>(steps);
    }
};

/// Consecutive parameters with their gradient and the optimizer's numbers for each.
template <class T>
struct optimizer_chunk {
    std::span<T> parameters;            ///< to be moved
    std::span<const T> gradient;        ///< of the loss, one number a parameter
    std::array<std::span<T>, 2> slots;  ///< as many as the optimizer asked for; zero before the first update
    /// How many parameters there are.
    [[nodiscard]] size_t count() const { return parameters.size(); }
};

/// A rule that moves parameters down a gradient, each by itself. `slots` (0 to 2) numbers are kept for
/// each; `update(chunk, position)` moves those of one chunk; `learning_rate` is the step size.
template <class O, class T = float>
concept optimizer = std::copyable<O> &&
    requires(const O o, const optimizer_chunk<T>& chunk, run_position position) {
    { O::slots } -> std::convertible_to<size_t>;
    { o.learning_rate } -> std::convertible_to<double>;
    o.update(chunk, position);
};

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
