/// @file
/// How the slow points of a trained network came to be: those of every moment of its training, and the trails
/// that lead back from the last ones.
#pragma once

#include "progress.hpp"
#include "search.hpp"
#include "training_snapshots.hpp"

#include <numeric>

namespace memory_study {

/// Adds a moment to a history: a point and an answer for each class. Without a point for each it is left out.
inline void add_moment(history_of_points& history, double step, const eg::slow_points<double>& points,
                       const std::vector<int>& answers) {
    if (!points.failures.empty()) return;
    const auto norm = [](const auto& h) {
        return std::sqrt(std::inner_product(h.begin(), h.end(), h.begin(), 0.0));
    };
    auto& moment = history.anew.emplace_back();
    for (size_t i = 0; i < points.size(); ++i) {
        moment.push_back({points[i].speed, answers[i], i, std::numeric_limits<double>::infinity()});
        for (size_t j = 0; j < points.size(); ++j) {
            const auto &a = points[i].state, &b = points[j].state;
            const eg::vector<double> difference = a - b;
            const double apart = norm(difference) / std::max(norm(a), norm(b));
            if (j != i && apart < moment[i].apart) moment[i].nearest = j, moment[i].apart = apart;
        }
    }
    history.step.push_back(step);
}

/// The trails that were followed, in the order of training, without the steps between moments; labels are
/// rows of the points. Read-outs are left to be filled in; `states` gets the points of each moment, (trails
/// on it x d), in the order of the trails.
inline std::vector<trail> trails_of(const eg::track_result<double>& followed,
                                    const std::vector<double>& steps,
                                    std::vector<eg::matrix<double>>& states) {
    std::vector<trail> trails;
    std::vector<std::vector<const eg::slow_point<double>*>> on(steps.size());
    for (size_t b = 0; b < followed.branches.size(); ++b) {
        const auto& branch = followed.branches[b];
        auto& one = trails.emplace_back();
        one.label = branch.points[0].best_seed;
        for (size_t i = branch.points.size(); i-- > 0;) {
            const auto moment = static_cast<size_t>(branch.where[i]);
            if (static_cast<double>(moment) != branch.where[i]) continue;
            one.step.push_back(steps[moment]);
            one.speed.push_back(branch.points[i].speed);
            on[moment].push_back(&branch.points[i]);
        }
    }
    for (const auto& event : followed.events) {
        using kind = eg::track_event_kind;
        auto& one = trails[event.branch];
        if (event.kind == kind::jumped) ++one.jumps;
        if (event.kind == kind::vanished) one.smoothly = false;
        if ((event.kind == kind::vanished || event.kind == kind::merged) && event.other != event.branch)
            one.from = static_cast<int>(trails[event.other].label);
    }
    for (const auto& points : on) {
        auto& rows = states.emplace_back(
            eg::matrix<double>::from_shape({points.size(), followed.branches[0].points[0].state.size()}));
        for (size_t i = 0; i < points.size(); ++i)
            std::copy(points[i]->state.begin(), points[i]->state.end(), &rows(i, 0));
    }
    return trails;
}

/// The slow points of every moment of training, and those of its end followed back. `then` is a network of
/// the trained one's sizes; the others tell of a network its map, its centroids and the answers at states.
template <class Network, class MapOf, class CentroidsOf, class AnswersAt>
history_of_points look_back(const training_snapshots& snapshots, Network then,
                            const eg::slow_points<double>& points, size_t iterations,
                            eg::search_options<double> search, const MapOf& map_of,
                            const CentroidsOf& centroids_of, const AnswersAt& answers_at) {
    history_of_points history;
    search.spectrum = false;
    std::vector<decltype(map_of(then))> maps;
    for (const double step : snapshots.steps()) {
        snapshots.load(step, then);
        maps.push_back(map_of(then));
        const auto found = search_quickly(maps.back(), centroids_of(then), iterations, search);
        add_moment(history, step, found, answers_at(then, found.states()));
        stop_if_asked();
    }
    if (points.empty()) return history;
    std::vector<eg::matrix<double>> states;
    history.trails = trails_of(follow_back(maps, points, search), snapshots.steps(), states);
    for (size_t moment = 0; moment < states.size(); ++moment) {
        const double step = snapshots.steps()[moment];
        snapshots.load(step, then);
        const auto answers = answers_at(then, states[moment]);
        size_t row = 0;
        for (auto& one : history.trails)
            if (one.readout.size() < one.step.size() && one.step[one.readout.size()] == step)
                one.readout.push_back(answers[row++]);
    }
    const auto class_of = [&](size_t row) { return points[row].best_seed; };
    for (auto& one : history.trails) {
        one.label = class_of(one.label);
        if (one.from >= 0) one.from = static_cast<int>(class_of(static_cast<size_t>(one.from)));
    }
    stop_if_asked();
    return history;
}

}  // namespace memory_study
