/// @file
/// How the slow points of a trained network came to be: the points of each moment of its training, and the
/// paths that lead back from the last ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engram/core/lapack.hpp"
#include "engram/dynamics/continuation/track_result.hpp"
#include "engram/dynamics/point/slow_point.hpp"

namespace engram {

/// One of the slow points of a moment of training, beside the others of that moment.
struct point_at_moment {
    double speed;    ///< per step
    int readout;     ///< the label that is read out at the point; -1 for none
    size_t nearest;  ///< which of the others is nearest
    double apart;    ///< ||h - h_nearest|| over the larger of the two norms; infinite without another point
};

/// Where a slow point of the trained network was during training, as following it backwards shows it.
struct point_path {
    size_t label;               ///< the row of its seed: its class, where seeds are centroids
    std::vector<double> step;   ///< updates done, at the moments it was followed to
    std::vector<double> speed;  ///< the point's speed, per step, at those moments
    std::vector<int> readout;   ///< as in point_at_moment
    int from = -1;              ///< the label whose path it branched off; -1 if it did not
    bool smoothly = true;       ///< whether it did so without a jump
    size_t jumps = 0;           ///< how often its minimum vanished, and another one took its place
};

/// How a network's slow points came to be.
struct point_history {
    std::vector<double> step;                            ///< the moments, in updates
    std::vector<std::vector<point_at_moment>> searched;  ///< of each moment, one point a label, searched anew
    std::vector<point_path> followed;                    ///< of each point of the trained network
};

/// Adds a moment to a history: the points found then, one a label, and what is read out at each. A moment at
/// which a seed led to no point is left out. Throws shape_error unless there is one read-out a point, and as
/// many points as at the moments before.
inline void add_moment(point_history& history, double step, const slow_points<double>& points,
                       const std::vector<int>& readouts) {
    require<shape_error>(readouts.size() == points.size(), "add_moment: ", readouts.size(), " read-outs for ",
                         points.size(), " points");
    if (!points.failures.empty() || !points.kinks.empty()) return;
    require<shape_error>(history.searched.empty() || history.searched.front().size() == points.size(),
                         "add_moment: ", points.size(), " points, the moments before have ",
                         history.searched.empty() ? 0 : history.searched.front().size());
    const auto norm = [](const auto& h) { return std::sqrt(detail::dot(h.size(), h.data(), h.data())); };
    auto& moment = history.searched.emplace_back();
    for (size_t i = 0; i < points.size(); ++i) {
        moment.push_back({points[i].speed, readouts[i], i, std::numeric_limits<double>::infinity()});
        for (size_t j = 0; j < points.size(); ++j) {
            const auto &a = points[i].state, &b = points[j].state;
            auto difference = a;
            detail::axpy(b.size(), -1, b.data(), difference.data());
            const double apart = norm(difference) / std::max(norm(a), norm(b));
            if (j != i && apart < moment[i].apart) moment[i].nearest = j, moment[i].apart = apart;
        }
    }
    history.step.push_back(step);
}

/// The paths of slow points with the given labels, which track() followed back through maps of the moments
/// `step` of training: in the order of training, without what was found between two of these or beside the
/// points. Each names the label whose path it branched off. `states` gets, for each moment, the states of the
/// paths that reach it as rows (paths x d), in the order of the paths, for label_paths(). Throws shape_error
/// if there are fewer branches than labels.
inline std::vector<point_path> point_paths(const track_result<double>& followed,
                                           const std::vector<size_t>& labels, const std::vector<double>& step,
                                           std::vector<matrix<double>>& states) {
    const auto& branches = followed.branches;
    require<shape_error>(branches.size() >= labels.size(), "point_paths: ", branches.size(), " branches for ",
                         labels.size(), " labels");
    std::vector<point_path> paths;
    std::vector<std::vector<const slow_point<double>*>> on(step.size());
    for (size_t b = 0; b < labels.size(); ++b) {  // the branches that track() began with
        const auto& branch = branches[b];
        auto& path = paths.emplace_back();
        path.label = labels[b];
        for (size_t i = branch.points.size(); i-- > 0;) {
            const auto moment = static_cast<size_t>(branch.where[i]);
            if (static_cast<double>(moment) != branch.where[i]) continue;
            path.step.push_back(step.at(moment));
            path.speed.push_back(branch.points[i].speed);
            on[moment].push_back(&branch.points[i]);
        }
    }
    for (const auto& event : followed.events) {
        using kind = track_event_kind;
        if (event.branch >= labels.size()) continue;
        auto& path = paths[event.branch];
        if (event.kind == kind::jumped) ++path.jumps;
        if (event.kind == kind::vanished) path.smoothly = false;
        size_t other = event.other;
        while (other >= labels.size() && other < branches.size()) other = branches[other].parent;
        const bool ended = event.kind == kind::vanished || event.kind == kind::merged;
        if (ended && other < labels.size() && other != event.branch)
            path.from = static_cast<int>(labels[other]);
    }
    const size_t d = branches.empty() ? 0 : branches[0].points[0].state.size();
    for (const auto& there : on) {
        auto& rows = states.emplace_back(matrix<double>::from_shape({there.size(), d}));
        for (size_t i = 0; i < there.size(); ++i)
            std::copy(there[i]->state.begin(), there[i]->state.end(), &rows(i, 0));
    }
    return paths;
}

/// Fills in what is read out along the paths: `readouts_at(moment, states)` gives one a row of the states
/// that point_paths() collected for a moment.
template <class ReadoutsAt>
void label_paths(std::vector<point_path>& paths, const std::vector<double>& step,
                 const std::vector<matrix<double>>& states, const ReadoutsAt& readouts_at) {
    for (size_t moment = 0; moment < states.size(); ++moment) {
        const std::vector<int> readouts = readouts_at(moment, states[moment]);
        size_t row = 0;
        for (auto& path : paths)
            if (path.readout.size() < path.step.size() && path.step[path.readout.size()] == step[moment])
                path.readout.push_back(readouts.at(row++));
    }
}

}  // namespace engram
