/// @file
/// What track() yields: branches of slow points along a sequence or a family of maps, events, a table, data
/// for a plot.
#pragma once

#include "engram/core/full_digits.hpp"
#include "engram/dynamics/continuation/bifurcation.hpp"
#include "engram/dynamics/point/slow_point.hpp"

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace engram {

/// What can happen to a slow point between two maps, in the order in which they are taken: read the other way
/// round, a merger is a point that branches off, and one that vanished was born.
enum class track_event_kind {
    born,          ///< a point where there was none
    found,         ///< a point that was there before, but on no branch
    vanished,      ///< no point is left near: descent leads far away to another branch, or on without end
    failed,        ///< the search failed, as where the map is not finite; says nothing of the point
    merged,        ///< the point has become one with another branch's, and its branch ends
    jumped,        ///< descent leads far away to a point of no other branch, with which the branch goes on
    became_slow,   ///< a fixed point is now merely slow
    became_fixed,  ///< a slow point is now fixed
    changed_stability,  ///< the number of unstable directions is another
};

/// The kind in words.
constexpr std::string_view to_string(track_event_kind kind) {
    switch (kind) {
        case track_event_kind::born:
            return "born";
        case track_event_kind::found:
            return "found";
        case track_event_kind::vanished:
            return "vanished";
        case track_event_kind::failed:
            return "could not be followed, since the search failed (is the map finite there?)";
        case track_event_kind::merged:
            return "merged";
        case track_event_kind::jumped:
            return "jumped";
        case track_event_kind::became_slow:
            return "became slow";
        case track_event_kind::became_fixed:
            return "became fixed";
        case track_event_kind::changed_stability:
            return "changed stability";
    }
    return "unknown";
}

/// Something that happened to a branch between two maps.
template <class T>
struct track_event {
    track_event_kind kind;  ///< what happened
    double after;           ///< the last map before it: its index in the sequence, or its parameter
    double before;          ///< the first map after it
    size_t branch;          ///< the branch it happened to
    size_t other;           ///< the branch merged into, branched off from or led to; else the branch itself
    size_t unstable_directions;  ///< after the event
    /// Its name as a bifurcation of fixed points, if it is one and the two maps tell which.
    std::optional<bifurcation_kind> bifurcation = {};
    /// Where stability changes, the multiplier that has passed the unit circle: near 1, near -1, or one of a
    /// pair.
    std::optional<std::complex<T>> multiplier = {};
};

/// One slow point followed from map to map.
template <class T>
struct tracked_branch {
    std::vector<double> where;             ///< index into the sequence, or parameter
    std::vector<slow_point<T>> points;     ///< one for each of these
    bool ended = false;                    ///< vanished, merged or failed before the last map
    size_t parent = slow_points<T>::none;  ///< the branch beside which it was born
};

/// All that track() found.
template <class T>
struct track_result {
    std::vector<tracked_branch<T>> branches;  ///< in the order in which they were found
    std::vector<track_event<T>> events;       ///< in the order of the maps
    bool complete = true;  ///< false where max_steps, or what `interrupted` or `notes` say, ended it early
    std::string interrupted = {};  ///< why the watcher or the time limit ended it; empty if they did not
    /// What maps did that ended all branches, and at which value: threw, in their words, or changed
    /// dimension.
    std::vector<std::string> notes = {};

    /// Comma-separated values, one line a point, for plotting: branch, where, speed, fixed (1 or 0), spectral
    /// radius, unstable directions, then the state's first `coordinates`; all digits.
    void write_csv(std::ostream& out, size_t coordinates = 3) const {
        const detail::full_digits format(out);
        out << "branch,where,speed,fixed,spectral_radius,unstable_directions";
        const size_t d = branches.empty() ? 0 : branches[0].points[0].state.size();
        for (size_t j = 0; j < std::min(d, coordinates); ++j) out << ",h" << j;
        out << '\n';
        for (size_t b = 0; b < branches.size(); ++b) {
            for (size_t i = 0; i < branches[b].points.size(); ++i) {
                const auto& p = branches[b].points[i];
                out << b << ',' << branches[b].where[i] << ',' << p.speed << ','
                    << (p.kind == point_kind::fixed) << ',' << p.spectral_radius() << ','
                    << p.unstable_directions;
                for (size_t j = 0; j < std::min(d, coordinates); ++j) out << ',' << p.state(j);
                out << '\n';
            }
        }
    }
};

/// A table: one line a branch, then one line an event.
template <class T>
std::ostream& operator<<(std::ostream& out, const track_result<T>& t) {
    for (size_t b = 0; b < t.branches.size(); ++b) {
        const auto& points = t.branches[b].points;
        out << "branch " << b << ": from " << t.branches[b].where.front() << " ("
            << to_string(points.front().kind) << ", speed " << points.front().speed << ") to "
            << t.branches[b].where.back() << " (" << to_string(points.back().kind) << ", speed "
            << points.back().speed << ")" << (t.branches[b].ended ? ", ended" : "") << '\n';
    }
    for (const auto& e : t.events) {
        out << "between " << e.after << " and " << e.before << ": branch " << e.branch << ' '
            << to_string(e.kind);
        if (e.other != e.branch)
            out << (e.kind == track_event_kind::born || e.kind == track_event_kind::found ? " beside"
                                                                                          : " into")
                << " branch " << e.other;
        if (e.kind == track_event_kind::changed_stability)
            out << ", now " << e.unstable_directions << " unstable";
        if (e.bifurcation)
            out << " (" << to_string(*e.bifurcation) << ')';
        else if (e.multiplier)
            out << " (a multiplier passes 1)";
        out << '\n';
    }
    for (const auto& note : t.notes) out << "not all was followed: " << note << '\n';
    if (!t.interrupted.empty())
        out << "not all was followed: " << t.interrupted << '\n';
    else if (!t.complete && t.notes.empty())
        out << "max_steps reached before the last map\n";
    return out;
}

}  // namespace engram
