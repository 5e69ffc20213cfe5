// The pool of attractor_penalty without anchors: the cross-entropy is asked of the same trials.
#pragma once

#include <engram/engram.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

/// What is held in the pool, and how.
struct pool_options {
    const engram::delayed_classification* task;
    std::size_t rows = 128;  ///< trials
    std::size_t settle = 4;  ///< steps after the image before a trial may be asked
    double life = 300;       ///< updates that a trial lives, on average
    double asked = 0.25;     ///< how many of the settled trials are asked at an update, as a fraction
};

/// The trials, bound to a network.
template <class Network>
class bound_pool {
    using T = typename Network::scalar;

  public:
    bound_pool(const Network& network, const pool_options& options)
        : options_(options),
          trials_(network, {.horizon = 1, .batch = options.rows}),
          ages_(options.rows, -1),
          targets_(options.rows),
          weights_(options.rows, T(1)),
          active_(network.sizes().outputs, 1),
          sums_(trials_.shards()) {}

    double add(const Network& network, double weight, std::span<T> gradient,
               const engram::penalty_context& context) {
        const auto scale = static_cast<T>(weight / static_cast<double>(options_.rows));
        context.workers.for_each(trials_.shards(), [&](std::size_t s, std::size_t) {
            const auto state = trials_.states(s, 0);
            if (context.step > 0) copy(trials_.states(s, 1), state);
            for (std::size_t i = 0; i < state.rows(); ++i) begin_or_go_on(s, i, context);
            trials_.forward(network, s);
            engram::fill(trials_.d_outputs(s), T(0));
            engram::fill(trials_.d_state(s), T(0));
            sums_[s] = engram::cross_entropy{}
                           .evaluate<T>(trials_.outputs(s), block_of(s), scale, trials_.d_outputs(s))
                           .loss;
            trials_.backward(network, s);
        });
        context.workers.for_each(trials_.gradient_tiles(), [&](std::size_t tile, std::size_t) {
            trials_.add_gradient(network, tile, gradient);
        });
        double total = 0;
        for (const double sum : sums_) total += sum;
        return total;
    }

  private:
    void begin_or_go_on(std::size_t s, std::size_t i, const engram::penalty_context& context) {
        const auto frame = std::span<T>(trials_.inputs(s).row(i), trials_.inputs(s).columns());
        const std::size_t row = trials_.first_trial(s) + i, label = row % options_.task->labels();
        engram::random_stream stream(context.random, engram::purpose::pool, context.step, row);
        targets_[row] = 0;
        if (ages_[row] < 0 || stream.uniform() * options_.life < 1) {
            constexpr auto set = engram::example_set::training;
            ages_[row] = 0;
            std::fill_n(trials_.states(s, 0).row(i), trials_.states(s, 0).columns(), T(0));
            options_.task->show(set, label, stream.below(options_.task->examples(set, label)), frame);
            return;
        }
        options_.task->wait(stream, 1.0, frame);
        if (++ages_[row] < static_cast<long>(options_.settle) || stream.uniform() >= options_.asked) return;
        options_.task->ask(frame);
        targets_[row] = static_cast<int>(label) + 1;
    }
    engram::trial_block<T> block_of(std::size_t s) {
        const std::size_t first = trials_.first_trial(s), count = trials_.trials(s);
        return {first,
                count,
                1,
                trials_.inputs(s),
                std::span(targets_).subspan(first, count),
                std::span(weights_).subspan(first, count),
                std::span(active_),
                {}};
    }

    pool_options options_;
    engram::unrolled<Network> trials_;
    std::vector<long> ages_;
    std::vector<int> targets_;
    std::vector<T> weights_;
    std::vector<char> active_;
    std::vector<double> sums_;
};

/// Mean cross-entropy of a pool of trials that live as long as the training. Each shows an image to a network
/// at rest and then takes one step an update; with probability 1 / life it begins anew. From the fourth step
/// after its image on, a trial is asked with probability 1 / 4, and the target is its class; else it is
/// silence. The gradient goes through the one step alone (truncated backpropagation).
struct pool_cross_entropy {
    using is_network_penalty = void;

    pool_options options;

    template <class Network>
    bound_pool<Network> bind(const Network& network) const {
        return {network, options};
    }
};
