/// @file
/// Curricula: how a task grows harder while a network learns it.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <vector>

#include "engram/task/task.hpp"

namespace engram {

/// `at(progress, full)` is the stage when that fraction of a run is done, `full` being the task's own.
template <class C>
concept curriculum = std::copyable<C> && requires(const C c, double progress, const stage full) {
    { c.at(progress, full) } -> std::convertible_to<stage>;
};

namespace detail {

/// The number of breakpoints already passed.
template <class Breaks>
size_t passed(const Breaks& breaks, double progress) {
    return static_cast<size_t>(std::upper_bound(breaks.begin(), breaks.end(), progress) - breaks.begin());
}

}  // namespace detail

/// The task as it is, from the start.
struct no_curriculum {
    [[nodiscard]] stage at(double /*progress*/, const stage& full) const { return full; }
};

/// DeCu: trials start with 6 steps and grow by two at each breakpoint, to the full horizon
/// (Haviv et al. 2019; breakpoints of MNIST, as fractions of a run).
struct delay_curriculum {
    size_t first_horizon = 6, growth = 2;  ///< steps at first, and more at each breakpoint
    /// The breakpoints, as fractions of a run.
    std::vector<double> breaks = {20 / 140., 30 / 140., 40 / 140., 50 / 140.,
                                  60 / 140., 70 / 140., 80 / 140.};

    [[nodiscard]] stage at(double progress, const stage& full) const {
        const size_t now = detail::passed(breaks, progress);
        stage s = full;
        if (now < breaks.size()) s.horizon = std::min(full.horizon, first_horizon + growth * now);
        return s;
    }
    /// The breakpoints of CIFAR-10.
    static delay_curriculum cifar10() {
        return {
            .breaks = {100 / 300., 120 / 300., 140 / 300., 160 / 300., 180 / 300., 200 / 300., 220 / 300.}};
    }
};

/// VoCu: two classes at first, one more at each breakpoint, all of them in the end
/// (Haviv et al. 2019; breakpoints of MNIST, as fractions of a run).
struct vocabulary_curriculum {
    size_t first_classes = 2;  ///< classes at first
    /// The breakpoints, as fractions of a run.
    std::vector<double> breaks = {8 / 140.,  16 / 140., 26 / 140., 36 / 140.,
                                  48 / 140., 62 / 140., 78 / 140., 98 / 140.};

    [[nodiscard]] stage at(double progress, const stage& full) const {
        const size_t now = detail::passed(breaks, progress);
        stage s = full;
        if (now < breaks.size()) s.classes = std::min(full.classes, first_classes + now);
        return s;
    }
    /// The breakpoints of CIFAR-10.
    static vocabulary_curriculum cifar10() {
        return {.breaks = {30 / 300., 60 / 300., 90 / 300., 120 / 300., 150 / 300., 180 / 300., 210 / 300.,
                           240 / 300.}};
    }
};

/// ReCu: only the response counts at first (alpha = 0); the other steps' weight grows to 1
/// (Haviv et al. 2019; breakpoints as fractions of a run).
struct response_curriculum {
    std::vector<double> breaks = {20 / 140., 30 / 140., 40 / 140., 60 / 140.};  ///< as fractions of a run

    [[nodiscard]] stage at(double progress, const stage& full) const {
        const size_t left = breaks.size() - detail::passed(breaks, progress);
        stage s = full;
        s.response_only = left == 0 ? 0 : static_cast<double>(left) / static_cast<double>(breaks.size());
        return s;
    }
    /// The breakpoints of CIFAR-10, whose runs are longer.
    static response_curriculum cifar10() { return {.breaks = {20 / 300., 30 / 300., 40 / 300., 60 / 300.}}; }
};

}  // namespace engram
