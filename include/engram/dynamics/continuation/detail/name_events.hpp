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

/// Whether a multiplier has passed the unit circle. Where F is merely slow, one of them is 1 but for
/// rounding, since F(h) - h is a left eigenvector of it; which side that one is on says nothing, and at a
/// fold it has become so.
template <class T>
bool stability_changed(const slow_point<T>& before, const slow_point<T>& after) {
    if (before.spectrum.empty() || after.spectrum.empty()) return false;
    if (before.unstable_directions == after.unstable_directions) return false;
    if (before.kind == point_kind::fixed && after.kind == point_kind::fixed) return true;
    const auto value = passed_multiplier(before, after);
    return value.imag() != 0 || value.real() < 0;
}

/// Whether a real multiplier is near 1, as at a fold; of points without spectra it is not known.
template <class T>
bool is_near_fold(const slow_point<T>& point) {
    return std::ranges::any_of(point.spectrum, [](const auto& value) {
        return value.imag() == 0 && std::abs(value - T(1)) < T(0.1);
    });
}

/// Names events that are bifurcations of fixed points. A multiplier at -1 is a period doubling, one of a pair
/// a Neimark-Sacker point. A fixed point that becomes slow, or the reverse, is at a fold where a multiplier
/// of it is near 1. Two points that meet, or part, are a fold where none is left, or was, and a pitchfork
/// where two meet a third that stays.
template <class T>
void name_events(const std::vector<tracked_branch<T>>& before,
                 const std::vector<std::optional<slow_point<T>>>& points,
                 std::vector<track_event<T>>& events) {
    const auto count = [&](track_event_kind kind, size_t other) {
        return std::ranges::count_if(
            events, [&](const auto& e) { return e.kind == kind && e.other == other && e.branch != other; });
    };
    const auto turns = [&](track_event_kind kind, size_t branch) {
        const auto& fixed =
            kind == track_event_kind::became_slow ? before[branch].points.back() : *points[branch];
        return is_near_fold(fixed) && std::ranges::any_of(events, [&](const auto& e) {
                   return e.kind == kind && e.branch == branch;
               });
    };
    for (auto& event : events) {
        switch (event.kind) {
            case track_event_kind::became_slow:
            case track_event_kind::became_fixed:
                if (turns(event.kind, event.branch)) event.bifurcation = bifurcation_kind::fold;
                break;
            case track_event_kind::merged:
            case track_event_kind::born: {
                const bool merges = event.kind == track_event_kind::merged;
                if (event.other < before.size() && points[event.other] &&
                    turns(merges ? track_event_kind::became_slow : track_event_kind::became_fixed,
                          event.other))
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

/// Names transcritical points, whose three events are found one after the other: a branch merges into one
/// that goes on, whose multiplier passes 1, and a branch is born beside it.
template <class T>
void name_transcritical(std::vector<track_event<T>>& events) {
    for (size_t i = 0; i < events.size(); ++i) {
        const auto& change = events[i];
        if (change.kind != track_event_kind::changed_stability || change.bifurcation || !change.multiplier)
            continue;
        const auto beside = [&](track_event_kind kind, size_t first, size_t last) {
            size_t found = events.size(), count = 0;
            for (size_t k = first; k < last; ++k)
                if (events[k].kind == kind && events[k].other == change.branch && !events[k].bifurcation) {
                    found = k;
                    ++count;
                }
            return count == 1 ? found : events.size();
        };
        // No other event of the branch is between them.
        size_t first = i, last = i + 1;
        const auto changes_again = [&](size_t k) { return events[k].branch == change.branch; };
        while (first > 0 && !changes_again(first - 1)) --first;
        while (last < events.size() && !changes_again(last)) ++last;
        const size_t merger = beside(track_event_kind::merged, first, last),
                     birth = beside(track_event_kind::born, first, last);
        if (merger == events.size() || birth == events.size() || merger > birth) continue;
        for (const size_t k : {merger, i, birth}) events[k].bifurcation = bifurcation_kind::transcritical;
    }
}

}  // namespace engram::detail
