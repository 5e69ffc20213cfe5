/// @file
/// Where the trials of one memory are some steps after it was shown.
#pragma once

#include <numeric>
#include <vector>

#include "engram/study/stream_of_trials.hpp"
#include "engram/task/memory_task.hpp"

namespace engram::detail {

/// The states of trials (trials x state size) `steps` frames of full noise after an example of a memory, each
/// trial with an example and noise of its own. Examples are used again where there are fewer than trials.
template <class Network, class Task>
matrix<double> memory_cloud(const Network& network, const Task& task, size_t label, size_t trials,
                            size_t steps, seed s) {
    std::vector<size_t> order(task.examples(example_set::training, label));
    std::iota(order.begin(), order.end(), size_t{0});
    shuffle(order, random_stream(s, purpose::centroid, 2, label));
    stream_of_trials<Network> stream(network, trials);
    stream.begin(trials);
    std::vector<random_stream> noise;
    for (size_t i = 0; i < trials; ++i) {
        noise.emplace_back(s, purpose::centroid, 3 + label, i);
        task.show(example_set::training, label, order[i % order.size()], stream.frame(i));
    }
    stream.advance();
    for (size_t t = 0; t < steps; ++t) {
        for (size_t i = 0; i < trials; ++i) task.wait(noise[i], 1.0, stream.frame(i));
        stream.advance();
    }
    matrix<double> states = matrix<double>::from_shape({trials, network.state_size()});
    for (size_t i = 0; i < trials; ++i)
        std::copy_n(stream.states().row(i), network.state_size(), &states(i, 0));
    return states;
}

}  // namespace engram::detail
