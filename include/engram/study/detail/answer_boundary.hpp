/// @file
/// Where outputs that change in time stop naming a label, whatever rule names it.
#pragma once

#include <cmath>
#include <span>
#include <vector>

namespace engram::detail {

/// When outputs on the straight way from one place to another cross from a label's region to outside, in
/// [0, 1], and how that moment depends on them.
struct boundary_crossing {
    double moment;                 ///< 0: at the first place, 1: at the second
    std::vector<double> gradient;  ///< of the moment, by a shift of all outputs
};

/// The crossing of outputs `from` (named) to `to` (not named), by bisection: `named(outputs)` is all that is
/// known of the rule. The gradient is by central differences, exact where the boundary is flat.
template <class Named>
boundary_crossing find_crossing(std::span<const double> from, std::span<const double> to,
                                const Named& named) {
    const size_t n = from.size();
    std::vector<double> at(n);
    double length = 0;
    for (size_t j = 0; j < n; ++j) length = std::hypot(length, to[j] - from[j]);
    // Shifted outputs may cross a little before or after the way.
    const auto moment = [&](size_t shifted, double shift, double before, double after) {
        while (after - before > 1e-12) {
            const double s = (before + after) / 2;
            for (size_t j = 0; j < n; ++j)
                at[j] = from[j] + s * (to[j] - from[j]) + (j == shifted ? shift : 0);
            (named(std::span<const double>(at)) ? before : after) = s;
        }
        return (before + after) / 2;
    };
    boundary_crossing found{moment(n, 0, 0, 1), std::vector<double>(n)};
    const double shift = 1e-3 * length;
    for (size_t j = 0; j < n; ++j)
        found.gradient[j] = (moment(j, shift, -1, 2) - moment(j, -shift, -1, 2)) / (2 * shift);
    return found;
}

}  // namespace engram::detail
