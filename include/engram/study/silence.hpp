/// @file
/// Whether a network keeps silent while it is not asked.
#pragma once

#include <algorithm>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/study/stream_of_trials.hpp"

namespace engram {

/// How silence is measured.
struct silence_options {
    size_t steps = 1000;   ///< of waiting, before an example is shown and after it
    size_t examples = 0;   ///< held-out examples used, evenly from the labels; 0: all of them
    engram::seed seed{0};  ///< of the noise
    size_t threads = 1;    ///< results do not depend on it
    size_t shard = 128;    ///< trials a thread works on at a time
};

/// How often a network names a label although it is not asked: fractions of the steps that it waits.
struct unasked_answers {
    double before = 0;  ///< before an example is shown
    double after = 0;   ///< after it, while it is held
};

/// Lets a network wait from rest, shows a held-out example and lets it wait again, each for so many steps,
/// and counts the steps whose outputs name a label, which none should. A task without an output for silence,
/// such as the flip-flop, always names one. Throws value_error on options of zero, shape_error if task and
/// network do not fit.
template <class Network, memory_task<typename Network::scalar> Task>
unasked_answers answers_unasked(const Network& network, const Task& task,
                                const silence_options& options = {}) {
    require(options.steps > 0 && options.shard > 0, "answers_unasked: steps = ", options.steps,
            " and shard = ", options.shard, ", expected at least 1 each");
    detail::require_fit("answers_unasked", network, task);
    using T = typename Network::scalar;
    constexpr auto set = example_set::held_out;
    const auto chosen = detail::examples_in_turn(task, set, options.examples);
    const size_t shards = (chosen.size() + options.shard - 1) / options.shard;
    std::vector<size_t> before(shards), after(shards);
    team workers(options.threads);
    std::vector<stream_of_trials<Network>> streams;
    for (size_t w = 0; w < workers.size(); ++w) streams.emplace_back(network, options.shard);
    workers.for_each(shards, [&](size_t shard, size_t worker) {
        auto& stream = streams[worker];
        const size_t first = shard * options.shard, count = std::min(options.shard, chosen.size() - first);
        stream.begin(count);
        std::vector<random_stream> noise;
        noise.reserve(count);
        for (size_t i = 0; i < count; ++i) noise.emplace_back(options.seed, purpose::recall, 0, first + i);
        const auto wait = [&](size_t& answers) {
            for (size_t t = 0; t < options.steps; ++t) {
                for (size_t i = 0; i < count; ++i) task.wait(noise[i], 1.0, stream.frame(i));
                const auto named = detail::labels_named<Task, T>(task, stream.advance_and_answer());
                answers += count - static_cast<size_t>(std::ranges::count(named, task.labels()));
            }
        };
        wait(before[shard]);
        for (size_t i = 0; i < count; ++i)
            task.show(set, chosen[first + i].label, chosen[first + i].example, stream.frame(i));
        stream.advance();
        wait(after[shard]);
    });
    const double all = static_cast<double>(chosen.size()) * static_cast<double>(options.steps);
    unasked_answers found;
    for (size_t s = 0; s < shards; ++s) {
        found.before += static_cast<double>(before[s]) / all;
        found.after += static_cast<double>(after[s]) / all;
    }
    return found;
}

}  // namespace engram
