/// @file
/// How long memories last: the fraction still named rightly after longer and longer delays.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/core/process_group.hpp"
#include "engram/core/progress.hpp"
#include "engram/study/recall_table.hpp"
#include "engram/study/stream_of_trials.hpp"

namespace engram {

/// How recall is measured.
struct recall_options {
    size_t examples = 0;     ///< held-out examples used, evenly from the labels; 0: all of them
    size_t repetitions = 1;  ///< trials an example, each with noise of its own
    size_t waiting = 0;      ///< frames of waiting before the one that shows, as a network in use meets them
    engram::seed seed{0};    ///< of the noise
    size_t threads = 1;      ///< results do not depend on it
    size_t shard = 128;      ///< trials a thread works on at a time
    /// Processes that measure together, each called with the same arguments: the shards are spread over them.
    /// Results, the same on each, do not depend on their number.
    process_group ranks = {};
    /// Is told how many frames of its own process are done, such as a progress_bar; false ends the
    /// measurement, and so does what it throws. What was answered by then is counted, and
    /// recall_table::interrupted says so.
    progress_watcher watcher = {};
    double time_limit = std::numeric_limits<double>::infinity();  ///< seconds after which it ends likewise
    double unit_noise = 0;  ///< the deviation of private noise of the units; see unit_noise
};

/// Shows held-out examples at step 0, to a network at rest or one that has waited, then waits, and asks after
/// each of the delays (in steps from the frame that shows to the one that asks). Memory does not grow with
/// the delay. Throws value_error on no delay or one below 1, on repetitions or a shard of zero, on a time
/// limit that is not above 0 and on noise that is no finite number, and shape_error if task and network do
/// not fit.
template <class Network, memory_task<typename Network::scalar> Task>
recall_table recall_curve(const Network& network, const Task& task, std::vector<size_t> delays,
                          const recall_options& options = {}) {
    require(!delays.empty(), "recall_curve: no delays");
    require(std::ranges::min(delays) >= 1, "recall_curve: a delay of 0, expected at least 1");
    require(options.repetitions > 0 && options.shard > 0,
            "recall_curve: repetitions and shard must be at least 1");
    detail::check_unit_noise<typename Network::cell_type>("recall_curve", options.unit_noise);
    detail::require_fit("recall_curve", network, task);
    using T = typename Network::scalar;
    std::ranges::sort(delays);
    delays.erase(std::unique(delays.begin(), delays.end()), delays.end());
    if (!options.ranks.alone()) {
        std::string asked;
        for (const size_t delay : delays) asked.append(1, ' ').append(std::to_string(delay));
        require_same_everywhere(
            options.ranks, "recall_curve: different options",
            detail::all_digits("delays", asked, ", examples = ", options.examples,
                               ", repetitions = ", options.repetitions, ", waiting = ", options.waiting,
                               ", unit_noise = ", options.unit_noise, ", seed = ", options.seed.value,
                               ", shard = ", options.shard));
    }
    constexpr auto set = example_set::held_out;
    const size_t labels = task.labels();
    const auto chosen = detail::examples_in_turn(task, set, options.examples);
    const size_t trials = chosen.size() * options.repetitions;
    const size_t shards = (trials + options.shard - 1) / options.shard;
    constexpr auto unasked = static_cast<size_t>(-1);
    std::vector<size_t> answers(delays.size() * trials, unasked);
    const auto shards_of = [&](size_t rank) { return options.ranks.first_of(shards, rank); };
    const auto trials_before = [&](size_t rank) { return std::min(trials, shards_of(rank) * options.shard); };
    const size_t rank = options.ranks.rank(), own = shards_of(rank),
                 own_trials = trials_before(rank + 1) - trials_before(rank);
    detail::progress_watch watch("recall_curve", "frames", own_trials * (options.waiting + delays.back() + 1),
                                 options.watcher, options.time_limit);

    team workers(options.threads);
    std::vector<stream_of_trials<Network>> streams;
    for (size_t w = 0; w < workers.size(); ++w) streams.emplace_back(network, options.shard);
    workers.for_each(shards_of(rank + 1) - own, [&](size_t index, size_t worker) {
        auto& stream = streams[worker];
        const size_t first = (own + index) * options.shard, count = std::min(options.shard, trials - first);
        // Step 0 of the trials' streams gives the frames' noise.
        stream.begin(count, {.deviation = options.unit_noise,
                             .seed = options.seed,
                             .purpose = purpose::recall,
                             .step = 1,
                             .first_sample = first});
        std::vector<random_stream> noise;
        noise.reserve(count);
        for (size_t i = 0; i < count; ++i) noise.emplace_back(options.seed, purpose::recall, 0, first + i);
        const auto wait = [&] {
            for (size_t i = 0; i < count; ++i) task.wait(noise[i], 1.0, stream.frame(i));
        };
        for (size_t t = 0; t < options.waiting && watch.goes_on(); ++t) {
            wait();
            stream.advance();
            watch.add(count);
        }
        for (size_t i = 0; i < count; ++i) {
            const auto [label, example] = chosen[(first + i) % chosen.size()];
            task.show(set, label, example, stream.frame(i));
        }
        for (size_t t = 0, d = 0; d < delays.size() && watch.goes_on(); ++t) {
            if (t > 0) wait();
            if (t == delays[d]) {
                const auto named = detail::labels_named<Task, T>(task, stream.ask(task));
                std::ranges::copy(named, &answers[d * trials + first]);
                ++d;
            }
            stream.advance();
            watch.add(count);
        }
    });

    if (!options.ranks.alone()) {
        std::vector<size_t> counts;
        for (size_t r = 0; r < options.ranks.size(); ++r)
            counts.push_back(trials_before(r + 1) - trials_before(r));
        for (size_t d = 0; d < delays.size(); ++d) {
            const auto all = std::span(answers).subspan(d * trials, trials);
            options.ranks.all_gather(std::span<const size_t>(all.subspan(trials_before(rank), counts[rank])),
                                     all, counts);
        }
    }
    // Of a measurement that was ended, the delays after which some trials were asked.
    const auto asked_after = [&](size_t d) {
        return std::any_of(&answers[d * trials], &answers[d * trials] + trials,
                           [](size_t answer) { return answer != unasked; });
    };
    while (!delays.empty() && !asked_after(delays.size() - 1)) delays.pop_back();

    recall_table table{delays, std::vector<double>(delays.size()),
                       matrix<double>(std::array<size_t, 2>{delays.size(), labels}, 0.0),
                       matrix<double>(std::array<size_t, 2>{delays.size(), labels}, 0.0)};
    table.interrupted = options.ranks.first_text(watch.reason());
    for (size_t d = 0; d < delays.size(); ++d) {
        double all = 0;
        std::vector<double> shown(labels);
        for (size_t i = 0; i < trials; ++i) {
            if (answers[d * trials + i] == unasked) continue;
            ++shown[chosen[i % chosen.size()].label];
            ++all;
        }
        for (size_t i = 0; i < trials; ++i) {
            const size_t label = chosen[i % chosen.size()].label, answer = answers[d * trials + i];
            if (answer == label) {
                table.accuracy[d] += 1 / all;
                table.per_class(d, label) += 1 / shown[label];
            } else if (answer < labels) {
                table.false_alarms(d, answer) += 1 / (all - shown[answer]);
            }
        }
    }
    return table;
}

}  // namespace engram
