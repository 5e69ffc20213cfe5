/// @file
/// How the slow points of a trained network came to be: they are followed backwards through its training.
#pragma once

#include "results.hpp"

namespace memory_study {

/// The maps of a network at some moments of its training.
template <class Cell>
struct training_film {
    static constexpr size_t frames = 24;

    std::vector<eg::frozen<typename Cell::template with_scalar<double>>> maps;
    std::vector<double> steps;

    /// Keeps the network if it is time.
    template <class Network>
    void watch(const Network& network, const eg::vector<double>& frame, const eg::training_report& report) {
        const size_t every = std::max<size_t>(1, report.steps / frames);
        if (report.step % every != 0 && report.step != report.steps) return;
        maps.emplace_back(network, frame);
        steps.push_back(static_cast<double>(report.step));
    }
};

/// Follows the points of the last map back to the first. A point is lost where the trail is cold: it was born
/// after that moment, or branched off another point. Events are counted as training saw them, forwards.
template <class Cell>
history_of_points follow_back(const training_film<Cell>& film, const eg::slow_points<double>& points,
                              const eg::search_options<double>& search) {
    history_of_points history;
    if (points.empty()) return history;
    const auto followed =
        eg::track(points, film.maps,
                  {.backwards = true, .probe_distance = 0, .solver = {.iterations = 100}, .search = search});
    for (size_t b = 0; b < followed.branches.size(); ++b) {
        const auto& branch = followed.branches[b];
        auto& trail = history.trails.emplace_back();
        for (size_t i = branch.points.size(); i-- > 0;) {
            trail.step.push_back(film.steps[static_cast<size_t>(branch.where[i])]);
            trail.speed.push_back(branch.points[i].speed);
        }
    }
    for (const auto& event : followed.events) {
        using kind = eg::track_event_kind;
        switch (event.kind) {
            case kind::merged:
                ++history.branched_off;
                break;
            case kind::vanished:
                ++history.born;
                break;
            case kind::jumped:
                ++history.jumped;
                break;
            case kind::changed_stability:
                ++history.changed_stability;
                break;
            default:
                break;
        }
    }
    return history;
}

}  // namespace memory_study
