/// @file
/// How trials of a memory are lost one after another.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engram/study/stream_of_trials.hpp"
#include "engram/task/memory_task.hpp"

namespace engram::detail {

/// After how many steps so many of some trials are lost.
struct fading {
    double first = std::numeric_limits<double>::infinity();  ///< 0.16 of them, a deviation of a normal number
    double half = std::numeric_limits<double>::infinity();   ///< half of them
};

/// How long trials are followed.
struct fading_limits {
    size_t longest;  ///< the most steps
    size_t settled;  ///< the most steps if never fewer of them were named until then than at the start
};

/// Follows trials of a memory from their states (n x state size) under noise of their own, until fewer than
/// half are named if asked or a limit is met.
template <class Network, class Task>
fading fading_of_trials(const Network& network, const Task& task, size_t label, const matrix<double>& states,
                        fading_limits limits, seed s) {
    using T = typename Network::scalar;
    const size_t n = states.shape(0);
    stream_of_trials<Network> stream(network, n);
    std::vector<random_stream> noise;
    noise.reserve(n);
    for (size_t i = 0; i < n; ++i) noise.emplace_back(s, purpose::centroid, 3 + task.labels() + label, i);
    matrix<T> last_states = xt::cast<T>(states), now_states = last_states;
    stream.begin(last_states);
    auto last_noise = noise, now_noise = noise;
    fading found;
    double at_start = 0, before = 1, least = 1;
    // Asked now and then, and at every step from `last` on once fewer than half are named at a later one.
    for (size_t t = 0, last = 0, ask = 0, spacing = 8; t <= limits.longest; ++t) {
        const bool asks = t == ask || t == limits.settled || t == limits.longest;
        if (asks) copy(stream.states(), now_states), now_noise = noise;
        const auto wait = [&] {
            for (size_t i = 0; i < n; ++i) task.wait(noise[i], 1.0, stream.frame(i));
        };
        wait();
        if (asks) {
            const auto labels = labels_named<Task, T>(task, stream.ask(task));
            const double right =
                static_cast<double>(std::ranges::count(labels, label)) / static_cast<double>(n);
            if (t == 0) at_start = right;
            if (right < 0.5 && t > last + 1) {
                stream.begin(last_states), noise = last_noise;
                t = last, ask = last + 1, spacing = limits.longest + 1;
                wait();
            } else {
                const auto falls_below = [&](double fraction, double& moment) {
                    if (right < fraction && std::isinf(moment))
                        moment = static_cast<double>(last) +
                                 (before - fraction) / (before - right) * static_cast<double>(t - last);
                };
                falls_below(0.84, found.first);
                falls_below(0.5, found.half);
                least = std::min(least, right);
                if (right < 0.5 || (t == limits.settled && least >= at_start)) break;
                before = right, last = t, ask = t + 1 + t / spacing;
                std::swap(last_states, now_states), std::swap(last_noise, now_noise);
            }
        }
        stream.advance();
    }
    return found;
}

}  // namespace engram::detail
