/// @file
/// How many images a network names while they are in sight.
#pragma once

#include <algorithm>

#include "engram/study/stream_of_trials.hpp"
#include "engram/task/image_classification.hpp"

namespace engram {

/// The fraction of held-out images that a network in the zero state names rightly when they come with the
/// trigger. `most` of them, evenly from the classes, are shown; 0: all. Throws shape_error if they do not fit
/// the network.
template <class Network>
double image_accuracy(const Network& network, const image_set& images, size_t most = 0) {
    const image_classification task(images);
    detail::require_fit("image_accuracy", network, task);
    using T = typename Network::scalar;
    const auto chosen = detail::examples_in_turn(task, example_set::held_out, most);
    constexpr size_t at_once = 128;
    stream_of_trials<Network> stream(network, at_once);
    size_t right = 0;
    for (size_t first = 0; first < chosen.size(); first += at_once) {
        const size_t count = std::min(at_once, chosen.size() - first);
        stream.begin(count);
        for (size_t i = 0; i < count; ++i) {
            const auto [label, example] = chosen[first + i];
            task.show(example_set::held_out, label, example, stream.frame(i));
        }
        const auto named = detail::labels_named<image_classification, T>(task, stream.ask(task));
        for (size_t i = 0; i < count; ++i) right += named[i] == chosen[first + i].label;
    }
    return static_cast<double>(right) / static_cast<double>(chosen.size());
}

}  // namespace engram
