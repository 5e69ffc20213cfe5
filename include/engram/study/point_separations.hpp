/// @file
/// What a history of slow points says: when each label's point separated from the others, and from which; how
/// separate and how slow points are on a stretch of training.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "engram/dynamics/map/state_scale.hpp"
#include "engram/study/point_history.hpp"
#include "engram/study/speed_and_recall.hpp"

namespace engram {

/// A point is a label's own where no other label's is nearer than this, in units of the norm. Searches that
/// are stopped after some iterations do not end in exactly one state.
inline constexpr double separate_from = 0.1;

/// When a label's slow point separated from the others, and from which, as the points of every moment show
/// it.
struct point_separation {
    size_t label;                    ///< of the point
    std::optional<double> separate;  ///< the update from which its point is separate; none if never
    std::optional<double> own;       ///< the update from which the label is read out there; none if never
    int from = -1;                   ///< the label whose point it mostly shared before; -1 if none
};

/// A stretch of training on which a curriculum stays as it is.
struct training_stretch {
    double begin, end;  ///< in updates; it begins after the first
    size_t labels;      ///< how many labels, from 0 on, are shown
};

/// What the points of a stretch are like: means over its moments.
struct stretch_facts {
    double separate = 0, own = 0;            ///< how many points are separate; labels read out at their own
    double log_speed = 0;                    ///< log10, median over the labels that are shown
    double apart = 0;                        ///< how far the nearest other point is, median over the same
    std::optional<double> hidden_apart{};    ///< the same of the labels that are not shown yet
    double paths = 0;                        ///< paths of the last points that are separate
    std::optional<double> path_log_speed{};  ///< log10, median over these paths
};

namespace detail {

/// The index that best divides a history into moments without a property, before it, and with it: the one
/// with fewest exceptions, the first of several.
inline size_t best_division(const std::vector<char>& has) {
    auto with = std::ranges::count(has, char(1)), most = with;
    decltype(with) without = 0;
    size_t index = 0;
    for (size_t i = 0; i < has.size(); ++i) {
        has[i] ? --with : ++without;
        if (with + without > most) most = with + without, index = i + 1;
    }
    return index;
}

/// The moments in a stretch's second half, when its growth has had time to work; else the last one before its
/// end.
inline std::vector<size_t> moments_in(const training_stretch& stretch, const std::vector<double>& step) {
    std::vector<size_t> inside;
    size_t last = 0;
    for (size_t i = 0; i < step.size(); ++i) {
        if (step[i] > (stretch.begin + stretch.end) / 2 && step[i] <= stretch.end) inside.push_back(i);
        if (step[i] <= stretch.end) last = i;
    }
    if (inside.empty() && !step.empty()) inside.push_back(last);
    return inside;
}

/// log10 of a speed, of at least least_speed.
inline double log_of_speed(double speed) { return std::log10(std::max(speed, least_speed)); }

}  // namespace detail

/// The separation of each label's point: the update that best divides training into one part before which it
/// was not separate and one after, and with which other point it was one at the last ten moments before.
inline std::vector<point_separation> point_separations(const point_history& history) {
    const size_t moments = history.step.size(), labels = moments > 0 ? history.searched[0].size() : 0;
    std::vector<point_separation> all;
    for (size_t label = 0; label < labels; ++label) {
        point_separation one{label, {}, {}, -1};
        std::vector<char> separate, own;
        for (const auto& moment : history.searched) {
            separate.push_back(moment[label].apart >= separate_from);
            own.push_back(moment[label].readout == static_cast<int>(label));
        }
        const size_t parts = detail::best_division(separate), owns = detail::best_division(own);
        if (parts < moments) one.separate = history.step[parts];
        if (owns < moments) one.own = history.step[owns];
        std::vector<size_t> shared(labels);  // at how many moments it was one with each other
        for (size_t i = parts, seen = 0; i-- > 0 && seen < 10;)
            if (!separate[i]) ++shared[history.searched[i][label].nearest], ++seen;
        size_t most = 0;
        for (size_t other = 0; other < labels; ++other)
            if (shared[other] > most) most = shared[other], one.from = static_cast<int>(other);
        all.push_back(one);
    }
    return all;
}

/// What a history shows on a stretch of training. Throws value_error without moments.
inline stretch_facts facts_of(const point_history& history, const training_stretch& stretch) {
    require(!history.step.empty(), "facts_of: a history without moments");
    stretch_facts facts;
    const auto inside = detail::moments_in(stretch, history.step);
    const auto share = 1 / static_cast<double>(inside.size());
    const auto add = [](std::optional<double>& mean, double value) { mean = mean.value_or(0) + value; };
    for (const size_t i : inside) {
        std::vector<double> speeds, apart, hidden, on_paths;
        for (size_t label = 0; label < history.searched[i].size(); ++label) {
            const auto& point = history.searched[i][label];
            facts.separate += point.apart >= separate_from;
            facts.own += share * (point.readout == static_cast<int>(label));
            (label < stretch.labels ? apart : hidden).push_back(point.apart);
            if (label < stretch.labels) speeds.push_back(detail::log_of_speed(point.speed));
        }
        for (const auto& path : history.followed) {
            const auto at = std::ranges::find(path.step, history.step[i]);
            if (at != path.step.end())
                on_paths.push_back(
                    detail::log_of_speed(path.speed[static_cast<size_t>(at - path.step.begin())]));
        }
        facts.log_speed += share * detail::upper_median(speeds);
        facts.apart += share * detail::upper_median(apart);
        if (!hidden.empty()) add(facts.hidden_apart, share * detail::upper_median(hidden));
        facts.paths += share * static_cast<double>(on_paths.size());
        if (!on_paths.empty()) add(facts.path_log_speed, share * detail::upper_median(on_paths));
    }
    facts.separate /= static_cast<double>(inside.size());  // exact where all moments agree: ties stay ties
    return facts;
}

}  // namespace engram
