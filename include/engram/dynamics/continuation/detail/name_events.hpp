/// @file
/// Names of bifurcations for what track() sees between two maps.
#pragma once

#include "engram/dynamics/continuation/track_result.hpp"

#include <algorithm>
#include <optional>

namespace engram::detail {

/// The multiplier that has passed the unit circle between two points of a branch.
template <class T>
std::complex<T> passed_multiplier(const slow_point<T>& before, const slow_point<T>& after) {
    const auto& outside = after.unstable_directions > before.unstable_directions ? after : before;
    return outside.spectrum[std::min(before.unstable_directions, after.unstable_directions)];
}

/// Names events that are bifurcations of fixed points. A multiplier at -1 is a period doubling, one of a pair
/// a Neimark-Sacker point. Two points that meet, or part, are a fold where none is left, or was, and a
/// pitchfork where two meet a third that stays.
template <class T>
void name_events(const std::vector<tracked_branch<T>>& before,
                 const std::vector<std::optional<slow_point<T>>>& points,
                 std::vector<track_event<T>>& events) {
    const auto count = [&](track_event_kind kind, size_t other) {
        return std::ranges::count_if(
            events, [&](const auto& e) { return e.kind == kind && e.other == other && e.branch != other; });
    };
    const auto has = [&](track_event_kind kind, size_t branch) {
        return std::ranges::any_of(events,
                                   [&](const auto& e) { return e.kind == kind && e.branch == branch; });
    };
    for (auto& event : events) {
        switch (event.kind) {
            case track_event_kind::became_slow:
            case track_event_kind::became_fixed:
                event.bifurcation = bifurcation_kind::fold;
                break;
            case track_event_kind::merged:
            case track_event_kind::born: {
                const bool merges = event.kind == track_event_kind::merged;
                if (has(merges ? track_event_kind::became_slow : track_event_kind::became_fixed, event.other))
                    event.bifurcation = bifurcation_kind::fold;
                else if (count(event.kind, event.other) == 2)
                    event.bifurcation = bifurcation_kind::pitchfork;
                break;
            }
            case track_event_kind::changed_stability: {
                const auto value =
                    passed_multiplier(before[event.branch].points.back(), *points[event.branch]);
                event.multiplier = value;
                if (value.imag() != 0)
                    event.bifurcation = bifurcation_kind::neimark_sacker;
                else if (value.real() < 0)
                    event.bifurcation = bifurcation_kind::period_doubling;
                else if (count(track_event_kind::born, event.branch) == 2 ||
                         count(track_event_kind::merged, event.branch) == 2)
                    event.bifurcation = bifurcation_kind::pitchfork;
                break;
            }
            default:
                break;
        }
    }
}

}  // namespace engram::detail
