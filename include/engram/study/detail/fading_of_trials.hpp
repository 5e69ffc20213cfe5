/// @file
/// How trials of a memory are lost one after another.
#pragma once

#include <cmath>
#include <limits>
#include <span>

#include "engram/core/tensor.hpp"

namespace engram::detail {

/// After how many steps so many of some trials are lost.
struct fading {
    double first = std::numeric_limits<double>::infinity();  ///< 0.16 of them, a deviation of a normal number
    double half = std::numeric_limits<double>::infinity();   ///< half of them
};

/// Follows trials from their states (n x state size) under frames of noise, one a step, which `maps`
/// (maps_in_turn) give each trial in an order of its own, until fewer than half would be named if asked, at
/// most for `longest` steps.
template <class Maps, class Asking, class Named>
fading fading_of_trials(const Maps& maps, const Asking& asking, matrix<double> states, size_t longest,
                        const Named& named) {
    const size_t n = states.shape(0);
    matrix<double> next = states, asked = states, back = states;
    const auto fraction_named = [&] {
        asking.apply(states, asked);
        const matrix<double> outputs = asking.read_out(asked);
        size_t right = 0;
        for (size_t i = 0; i < n; ++i)
            right += named(std::span<const double>(&outputs(i, 0), outputs.shape(1))) ? 1 : 0;
        return static_cast<double>(right) / static_cast<double>(n);
    };
    fading found;
    double before = 1;
    // Asked now and then, and at every step from `last` on once fewer than half are named at a later one.
    for (size_t t = 0, last = 0, ask = 0, spacing = 32; t <= longest;) {
        if (t == ask || t == longest) {
            const double right = fraction_named();
            if (right < 0.5 && t > last + 1) {
                states = back, t = last, ask = last + 1, spacing = longest + 1;
            } else {
                const auto falls_below = [&](double fraction, double& moment) {
                    if (right < fraction && std::isinf(moment))
                        moment = static_cast<double>(last) +
                                 (before - fraction) / (before - right) * static_cast<double>(t - last);
                };
                falls_below(0.84, found.first);
                falls_below(0.5, found.half);
                if (right < 0.5) break;
                before = right, last = t, ask = t + 1 + t / spacing, back = states;
            }
        }
        // One frame further in each round, so that trials meet frames that others had before.
        maps.apply(states, next, t * n + t * n / maps.size());
        std::swap(states, next);
        ++t;
    }
    return found;
}

}  // namespace engram::detail
