/// @file
/// A trained network under the mean of its input: the map whose slow points are its memories.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "engram/nn/mean_features.hpp"
#include "engram/task/memory_task.hpp"

namespace engram {

/// How a network's mean input is taken.
struct mean_input_options {
    bool asking = false;   ///< whether the frame asks instead of waiting
    size_t frames = 1000;  ///< noise frames whose features are averaged, where there is a front end
    engram::seed seed{0};  ///< of those frames
};

/// F: h -> F(h, I), I being the task's mean frame or, behind a front end, the mean of what the front end
/// makes of frames of waiting, and of the mean frame where inputs go past it (Haviv et al. 2019). Throws
/// shape_error if task and network do not fit.
template <class Network, memory_task<typename Network::scalar> Task>
auto mean_map(const Network& network, const Task& task, const mean_input_options& options = {}) {
    vector<double> frame = task.mean_input();
    if (options.asking) task.ask(std::span(frame.data(), frame.size()));
    if constexpr (Network::front_end_type::shows_pixels) {
        return constant_input_map{network, frame};
    } else {
        using T = typename Network::scalar;
        const auto one = [&](random_stream& stream, std::span<T> noise) {
            task.wait(stream, 1.0, noise);
            if (options.asking) task.ask(noise);
        };
        auto seen = mean_features(network, one, options.frames, options.seed);
        const size_t past = network.front_end().options().passing;
        std::copy_n(frame.end() - static_cast<std::ptrdiff_t>(past), past,
                    seen.values.end() - static_cast<std::ptrdiff_t>(past));
        return constant_input_map{network, seen};
    }
}

}  // namespace engram
