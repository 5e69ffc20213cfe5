/// @file
/// gradient_descent: the plainest solver, along S's gradient with a step that adapts.
#pragma once

#include "engram/dynamics/solver/descend.hpp"
#include "engram/dynamics/solver/step_control.hpp"

namespace engram {

/// The descent along S's gradient.
struct steepest_descent {
    /// The step of length `reach` down the gradient, and how far S is to fall.
    template <class T>
    forecast<T> propose(const search_state<T>& at, T reach, std::span<T> step) const {
        const T length = std::sqrt(detail::dot(step.size(), at.gradient.data(), at.gradient.data()));
        for (size_t i = 0; i < step.size(); ++i) step[i] = -reach / length * at.gradient[i];
        return {reach * length};
    }
};

/// Follows S's gradient downhill, by steepest_descent with backtracking. Slow, but it never strays from the
/// seed's own valley.
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
