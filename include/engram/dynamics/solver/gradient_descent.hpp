/// @file
/// gradient_descent: steepest descent with backtracking.
#pragma once

#include "engram/dynamics/solver/descend.hpp"
#include "engram/dynamics/solver/step_control.hpp"

namespace engram {

/// The steepest descent: along S's negative gradient.
struct steepest_descent {
    /// The step of length `reach` against the gradient, and the decrease that it forecasts.
    template <class T>
    forecast<T> propose(const search_state<T>& at, T reach, std::span<T> step) const {
        const T length = std::sqrt(detail::dot(step.size(), at.gradient.data(), at.gradient.data()));
        for (size_t i = 0; i < step.size(); ++i) step[i] = -reach / length * at.gradient[i];
        return {reach * length};
    }
};

/// Steepest descent of S with backtracking. Slow, but its short steps stay in the basin of the seed.
struct gradient_descent {
    static constexpr size_t block = 1;

    size_t iterations = 100'000;  ///< at most, for each seed
    /// Longest step, in units of the seed's norm or of 1, whichever is larger.
    double max_step = 0.01;
    /// Norm of the speed's gradient (it has no unit) below which a slow point counts as reached.
    double gradient_tolerance = 1e-9;
    double speed_target = 0;  ///< ends a search as soon as its state is no faster than this

    [[nodiscard]] search_limits limits() const { return detail::checked_limits("gradient_descent", *this); }
    [[nodiscard]] backtracking control() const { return backtracking(max_step); }
    template <differentiable_map Map>
    [[nodiscard]] steepest_descent make_descent(const Map&,
                                                const search_region<typename Map::scalar>&) const {
        return {};
    }
};

}  // namespace engram
