/// @file
/// How the slow points of a trained network came to be: they are followed backwards through its training.
#pragma once

#include "network_files.hpp"

namespace memory_study {

/// A network at some moments of its training, kept in files so that a run can go on after it was killed.
class training_film {
  public:
    training_film(const network_files& files, size_t steps) : files_(files), steps_(steps) {}

    /// Keeps the network if it is time.
    template <class Network>
    void watch(const Network& network, const eg::training_report& report) const {
        if (is_kept(report.step)) eg::save_weights(network, files_.frame(report.step));
    }
    /// The updates after which it was kept.
    [[nodiscard]] std::vector<double> steps() const {
        std::vector<double> kept;
        for (size_t step = 1; step <= steps_; ++step)
            if (is_kept(step)) kept.push_back(static_cast<double>(step));
        return kept;
    }
    /// The maps it was at those moments. `network` has its sizes.
    template <class Network>
    [[nodiscard]] auto maps(Network network, const eg::delayed_classification& task,
                            const eg::mean_input_options& input) const {
        std::vector<decltype(eg::mean_map(network, task, input))> all;
        for (const double step : steps()) {
            eg::load_weights(network, files_.frame(static_cast<size_t>(step)));
            all.push_back(eg::mean_map(network, task, input));
        }
        return all;
    }

  private:
    static constexpr size_t frames = 120;

    [[nodiscard]] bool is_kept(size_t step) const {
        return step == steps_ || step % std::max<size_t>(1, steps_ / frames) == 0;
    }

    const network_files& files_;
    size_t steps_;
};

/// Follows the points of the last map back to the first. A point is lost where the trail is cold: it was born
/// after that moment, or branched off another point. Events are counted as training saw them, forwards.
/// `iterations` are the default solver's, at every moment.
template <class Map>
history_of_points follow_back(const std::vector<Map>& film, const std::vector<double>& steps,
                              const eg::slow_points<double>& points, size_t iterations,
                              const eg::search_options<double>& search) {
    history_of_points history;
    if (points.empty()) return history;
    const auto followed = eg::track(
        points, film,
        {.backwards = true, .probe_distance = 0, .solver = {.iterations = iterations}, .search = search});
    for (size_t b = 0; b < followed.branches.size(); ++b) {
        const auto& branch = followed.branches[b];
        auto& trail = history.trails.emplace_back();
        for (size_t i = branch.points.size(); i-- > 0;) {
            trail.step.push_back(steps[static_cast<size_t>(branch.where[i])]);
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
