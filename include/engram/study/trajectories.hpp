/// @file
/// The way of a network's state while it holds each class.
#pragma once

#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/study/stream_of_trials.hpp"
#include "engram/task/delayed_classification.hpp"

namespace engram {

/// How trajectories are taken.
struct trajectory_options {
    size_t steps = 100;    ///< noise steps after the image
    size_t images = 20;    ///< held-out images a class, at most
    engram::seed seed{0};  ///< of the noise
    size_t threads = 1;    ///< results do not depend on it
};

/// The mean state of each class's trials, one matrix a class, whose row t (steps + 1 x state size) is the
/// state t steps after the image. Throws value_error on options of zero, shape_error if task and network do
/// not fit.
template <class Network>
std::vector<matrix<double>> mean_trajectories(const Network& network, const delayed_classification& task,
                                              const trajectory_options& options = {}) {
    require(options.images > 0 && options.steps > 0, "mean_trajectories: images = ", options.images,
            " and steps = ", options.steps, ", expected at least 1 each");
    require<shape_error>(task.inputs() == network.sizes().inputs, "mean_trajectories: the task has ",
                         task.inputs(), " inputs, the network ", network.sizes().inputs);
    using T = typename Network::scalar;
    const auto& images = task.images().held_out();
    const size_t classes = task.images().classes(), width = network.state_size();
    std::vector<matrix<double>> paths(classes,
                                      matrix<double>(std::array<size_t, 2>{options.steps + 1, width}, 0.0));
    team(options.threads).for_each(classes, [&](size_t label, size_t) {
        const auto& chosen = images.of_class(label);
        const size_t count = std::min(options.images, chosen.size());
        stream_of_trials<Network> stream(network, count);
        stream.begin(count);
        std::vector<random_stream> noise;
        for (size_t i = 0; i < count; ++i) {
            images.copy_to(chosen[i], stream.frames().row(i));
            stream.frames()(i, task.inputs() - 1) = T(0);
            noise.emplace_back(options.seed, purpose::recall, label + 1, i);
        }
        for (size_t t = 0; t <= options.steps; ++t) {
            if (t > 0)
                for (size_t i = 0; i < count; ++i) task.noise().draw(noise[i], stream.frames().row(i));
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
