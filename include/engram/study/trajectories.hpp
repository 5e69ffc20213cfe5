/// @file
/// The mean trajectory of a network's state while it holds each of its memories.
#pragma once

#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/study/stream_of_trials.hpp"

namespace engram {

/// How trajectories are taken.
struct trajectory_options {
    size_t steps = 100;    ///< frames of waiting after the one that shows
    size_t examples = 20;  ///< held-out examples a label, at most
    engram::seed seed{0};  ///< of the noise
    size_t threads = 1;    ///< results do not depend on it
};

/// The mean state of each label's trials, one matrix a label, whose row t (steps + 1 x state size) is the
/// state t steps after the frame that shows it. Throws value_error on options of zero, shape_error if task
/// and network do not fit.
template <class Network, memory_task<typename Network::scalar> Task>
std::vector<matrix<double>> mean_trajectories(const Network& network, const Task& task,
                                              const trajectory_options& options = {}) {
    require(options.examples > 0 && options.steps > 0, "mean_trajectories: examples = ", options.examples,
            " and steps = ", options.steps, ", expected at least 1 each");
    detail::require_fit("mean_trajectories", network, task);
    constexpr auto set = example_set::held_out;
    const size_t width = network.state_size();
    std::vector<matrix<double>> paths(task.labels(),
                                      matrix<double>(std::array<size_t, 2>{options.steps + 1, width}, 0.0));
    team(options.threads).for_each(task.labels(), [&](size_t label, size_t) {
        const size_t count = std::min(options.examples, task.examples(set, label));
        stream_of_trials<Network> stream(network, count);
        stream.begin(count);
        std::vector<random_stream> noise;
        for (size_t i = 0; i < count; ++i) {
            task.show(set, label, i, stream.frame(i));
            noise.emplace_back(options.seed, purpose::recall, label + 1, i);
        }
        for (size_t t = 0; t <= options.steps; ++t) {
            if (t > 0)
                for (size_t i = 0; i < count; ++i) task.wait(noise[i], 1.0, stream.frame(i));
            stream.advance();
            for (size_t i = 0; i < count; ++i)
                for (size_t j = 0; j < width; ++j)
                    paths[label](t, j) +=
                        static_cast<double>(stream.states()(i, j)) / static_cast<double>(count);
        }
    });
    return paths;
}

}  // namespace engram
