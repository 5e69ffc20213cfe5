/// @file
/// step_size_control: how long the steps of a continuation are.
#pragma once

#include <algorithm>
#include <cmath>

#include "engram/core/error.hpp"

namespace engram {

/// Adapts the steps of a continuation to how well its predictor does: a step grows where the corrector
/// converges quickly, is halved where it does not converge or where the branch turns by more than
/// largest_angle, and stays between the shortest and the longest. Along a branch, lengths are arclengths in
/// scaled units, in which the way of the parameter and a state of typical size both have length 1; along a
/// sequence, they are fractions of it.
struct step_size_control {
    double first = 0.01;                ///< length of the first step
    double shortest = 1e-7;             ///< where a step of this length fails, the branch ends
    double longest = 0.02;              ///< no step is longer
    double growth = 1.5;                ///< factor of the most that a step grows by
    std::size_t target_iterations = 4;  ///< of the corrector: with more, steps no longer grow
    double largest_angle = 0.3;         ///< between the branch's tangents at both ends of a step, in radians

    /// The length of the step after one that was accepted, whose corrector took some iterations.
    [[nodiscard]] double after_success(double step, std::size_t iterations) const {
        return after_effort(step, static_cast<double>(iterations) / static_cast<double>(target_iterations));
    }
    /// The same for a correction that took some share of the effort that it may take: above 1, steps shrink.
    [[nodiscard]] double after_effort(double step, double share) const {
        const double factor = share > 1 ? 1 / growth : 1 + (growth - 1) * std::sqrt(1 - share);
        return std::clamp(step * factor, shortest, longest);
    }
    /// The length of the next trial after a step that was refused.
    [[nodiscard]] double after_failure(double step) const { return std::max(step / 2, shortest); }
    /// Whether no shorter step can be tried.
    [[nodiscard]] bool exhausted(double step) const { return step <= shortest; }

    /// Throws value_error, in the name of a function, for lengths that are not positive or do not rise from
    /// the shortest by way of the first to the longest, and for a growth, a number of iterations or an angle
    /// that no step can satisfy.
    void check(const char* function) const {
        require(shortest > 0 && std::isfinite(longest) && shortest <= first && first <= longest, function,
                ": steps from ", shortest, " by way of ", first, " to ", longest,
                ", but they must be positive and rising");
        require(growth > 1, function, ": growth = ", growth, ", but it must be above 1");
        require(target_iterations > 0, function, ": target_iterations = 0, but at least one is needed");
        require(largest_angle > 0, function, ": largest_angle = ", largest_angle,
                ", but it must be positive");
    }
};

}  // namespace engram
