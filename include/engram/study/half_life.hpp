/// @file
/// The delay at which half of a class's memories are lost, as measured.
#pragma once

#include <limits>
#include <vector>

#include "engram/study/recall_table.hpp"

namespace engram {

/// The delay, in steps, at which a label's recall first falls below one half, between the two measured delays
/// around it by a straight line; infinite if it does not within the table, the first delay if it is below one
/// half there already.
inline double half_life(const recall_table& table, size_t label) {
    for (size_t d = 0; d < table.delays.size(); ++d) {
        const double after = table.per_class(d, label);
        if (after >= 0.5) continue;
        if (d == 0) return static_cast<double>(table.delays[0]);
        const double before = table.per_class(d - 1, label), from = static_cast<double>(table.delays[d - 1]);
        return from + (before - 0.5) / (before - after) * (static_cast<double>(table.delays[d]) - from);
    }
    return std::numeric_limits<double>::infinity();
}

/// Delays from `first` to `last` that grow by a factor each, at least by one step, for recall_curve. Throws
/// value_error unless 0 < first <= last and the factor is above 1.
inline std::vector<size_t> spaced_delays(size_t first, size_t last, double factor = 1.1) {
    require(first > 0 && first <= last && factor > 1, "spaced_delays: from ", first, " to ", last,
            " by a factor of ", factor, ", expected 0 < first <= last and a factor above 1");
    std::vector<size_t> delays;
    for (size_t d = first; d < last;
         d = std::max(d + 1, static_cast<size_t>(static_cast<double>(d) * factor)))
        delays.push_back(d);
    delays.push_back(last);
    return delays;
}

}  // namespace engram
