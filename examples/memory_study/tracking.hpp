/// @file
/// How the slow points of a trained network came to be, from the files that were kept of its training.
#pragma once

#include "progress.hpp"
#include "results.hpp"
#include "search.hpp"
#include "training_snapshots.hpp"

namespace memory_study {

/// The slow points of every moment of training, and those of its end followed back. `then` is a network of
/// the trained one's sizes; the others tell of a network its map, its centroids and the answers at states.
template <class Network, class MapOf, class CentroidsOf, class AnswersAt>
eg::point_history look_back(const training_snapshots& snapshots, Network then,
                            const eg::slow_points<double>& points, size_t iterations,
                            eg::search_options<double> search, const MapOf& map_of,
                            const CentroidsOf& centroids_of, const AnswersAt& answers_at) {
    eg::point_history history;
    search.spectrum = false;
    std::vector<decltype(map_of(then))> maps;
    for (const double step : snapshots.steps()) {
        snapshots.load(step, then);
        maps.push_back(map_of(then));
        const auto found = search_quickly(maps.back(), centroids_of(then), iterations, search);
        stop_if_asked();
        eg::add_moment(history, step, found, answers_at(then, found.states()));
    }
    if (points.empty()) return history;
    std::vector<eg::matrix<double>> states;
    const auto steps = snapshots.steps();
    const auto followed = follow_back(maps, points, search);
    stop_if_asked();
    std::vector<size_t> labels;
    for (const auto& branch : followed.branches)
        labels.push_back(points[branch.points[0].best_seed].best_seed);
    history.followed = eg::point_paths(followed, labels, steps, states);
    eg::label_paths(history.followed, steps, states, [&](size_t moment, const eg::matrix<double>& there) {
        snapshots.load(steps[moment], then);
        return answers_at(then, there);
    });
    return history;
}

}  // namespace memory_study
