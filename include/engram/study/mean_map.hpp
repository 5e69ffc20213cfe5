/// @file
/// A trained network under the mean of its input: the map whose slow points are its memories.
#pragma once

#include "engram/nn/mean_features.hpp"
#include "engram/task/delayed_classification.hpp"

namespace engram {

/// How a network's mean input is taken.
struct mean_input_options {
    bool trigger = false;  ///< whether the trigger is 1 instead of 0
    size_t frames = 1000;  ///< noise frames whose features are averaged, where there is a front end
    engram::seed seed{0};  ///< of those frames
};

/// F: h -> F(h, I), I being the mean frame or, behind a front end, the mean of its outputs over noise frames
/// (Haviv et al. 2019). Throws shape_error if task and network do not fit.
template <class Network>
auto mean_map(const Network& network, const delayed_classification& task,
              const mean_input_options& options = {}) {
    const double trigger = options.trigger ? 1 : 0;
    if constexpr (Network::front_end_type::shows_pixels) {
        auto frame = task.mean_input();
        frame(task.inputs() - 1) = trigger;
        return constant_input_map{network, frame};
    } else {
        auto seen = mean_features(network, task.noise(), options.frames, options.seed);
        seen.values(network.features() - 1) = trigger;
        return constant_input_map{network, seen};
    }
}

}  // namespace engram
