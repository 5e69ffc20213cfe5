/// @file
/// Where a network in training keeps each memory: the anchors of attractor_penalty.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/core/random.hpp"
#include "engram/nn/unrolled.hpp"
#include "engram/task/memory_task.hpp"
#include "engram/training/loss/attractor_options.hpp"

namespace engram::detail {

/// Takes the anchors of a task's memories and of waiting. All memory is taken by the constructor.
template <class Network, class Task>
class anchor_estimate {
    using T = typename Network::scalar;

  public:
    anchor_estimate(const Network& network, const Task& task, const attractor_options& options)
        : task_(task),
          options_(options),
          trials_(network, {.horizon = 1, .batch = options.anchor_examples, .shard = shard, .trains = false}),
          draws_(options.anchor_examples, random_stream(seed{0}, purpose::pool)),
          sums_(std::array<size_t, 2>{trials_.shards(), network.state_size()}, 0.0),
          counts_(trials_.shards()) {}

    /// Writes the mean state of a label's trials that are answered rightly, labels() being that of waiting,
    /// of which all trials count. Returns false, and writes nothing, if less than a quarter of the trials
    /// count. Sample numbers of the random streams begin at first_sample.
    bool operator()(const Network& network, size_t label, std::span<T> anchor, seed random, size_t step,
                    size_t first_sample, team& workers) {
        workers.for_each(trials_.shards(), [&](size_t s, size_t) {
            for (size_t i = 0; i < trials_.trials(s); ++i)
                draws_[trials_.first_trial(s) + i] =
                    random_stream(random, purpose::pool, step, first_sample + trials_.first_trial(s) + i);
            run(network, label, s);
            sum_up(label, s);
        });
        size_t count = 0;
        for (const size_t part : counts_) count += part;
        if (4 * count < options_.anchor_examples) return false;
        for (size_t j = 0; j < anchor.size(); ++j) {
            double sum = 0;
            for (size_t s = 0; s < trials_.shards(); ++s) sum += sums_(s, j);
            anchor[j] = static_cast<T>(sum / static_cast<double>(count));
        }
        return true;
    }

  private:
    static constexpr size_t shard = 32;

    /// Leaves the states of a shard's trials in states(s, 0), and the answers to a further step in
    /// outputs(s).
    void run(const Network& network, size_t label, size_t s) {
        const bool waiting = label == task_.labels();
        const size_t steps = waiting ? options_.waiting_steps : options_.anchor_steps + 1;
        const auto frames = trials_.inputs(s);
        fill(trials_.states(s, 0), T(0));
        for (size_t t = 0; t <= steps; ++t) {
            for (size_t i = 0; i < frames.rows(); ++i) {
                auto& stream = draws_[trials_.first_trial(s) + i];
                const std::span<T> frame(frames.row(i), frames.columns());
                if (t == 0 && !waiting)
                    task_.show(example_set::training, label,
                               stream.below(task_.examples(example_set::training, label)), frame);
                else
                    task_.wait(stream, waiting ? 1.0 : options_.anchor_noise, frame);
                if (t == steps) task_.ask(frame);
            }
            trials_.forward(network, s, t == steps);
            if (t < steps) copy(trials_.states(s, 1), trials_.states(s, 0));
        }
    }
    void sum_up(size_t label, size_t s) {
        const auto states = trials_.states(s, 0), outputs = trials_.outputs(s);
        double* const sum = &sums_(s, 0);
        std::fill_n(sum, states.columns(), 0.0);
        counts_[s] = 0;
        for (size_t i = 0; i < states.rows(); ++i) {
            const std::span<const T> said(outputs.row(i), outputs.columns());
            if (label != task_.labels() && task_.answer(said) != label) continue;
            ++counts_[s];
            for (size_t j = 0; j < states.columns(); ++j) sum[j] += static_cast<double>(states(i, j));
        }
    }

    const Task& task_;
    attractor_options options_;
    unrolled<Network> trials_;
    std::vector<random_stream> draws_;
    matrix<double> sums_;
    std::vector<size_t> counts_;
};

}  // namespace engram::detail
