/// @file
/// Cross-entropy asked of trials that outlive an update: what the attractor penalty is compared with.
#pragma once

#include <engram/nn/unrolled.hpp>
#include <engram/task/delayed_classification.hpp>
#include <engram/training/loss/cross_entropy.hpp>
#include <engram/training/loss/loss_term.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace memory_study {

/// What is held in the pool, and how.
struct pool_options {
    std::size_t rows = 128;  ///< trials
    std::size_t settle = 4;  ///< steps after the image before a trial may be asked
    double life = 300;       ///< updates that a trial lives, on average
    double asked = 0.25;     ///< how many of the settled trials are asked at an update, as a fraction
};

/// The trials of a pool, bound to a network and to what an update leaves to the next.
template <class Network>
class bound_pool {
    using T = typename Network::scalar;

  public:
    bound_pool(const Network& network, const engram::delayed_classification& task,
               const engram::cross_entropy& loss, const pool_options& options,
               engram::penalty_state<T>& state)
        : task_(task),
          loss_(loss),
          options_(options),
          kept_states_(state.at(0).values),
          kept_ages_(state.at(1).values),
          trials_(network, {.horizon = 1, .batch = options.rows}),
          next_ages_(options.rows),
          targets_(options.rows),
          weights_(options.rows, T(1)),
          active_(network.sizes().outputs, 1),
          losses_(trials_.shards()) {}

    /// A step of every trial; the mean loss over the pool, its gradient through that step alone.
    double add(const Network& network, double weight, std::span<T> gradient,
               const engram::penalty_context& context) {
        const auto scale = static_cast<T>(weight / static_cast<double>(options_.rows));
        context.workers.for_each(trials_.shards(), [&](std::size_t s, std::size_t) {
            copy(kept_rows(s), trials_.states(s, 0));
            for (std::size_t i = 0; i < trials_.trials(s); ++i) begin_or_go_on(s, i, context);
            trials_.forward(network, s);
            engram::fill(trials_.d_outputs(s), T(0));
            engram::fill(trials_.d_state(s), T(0));
            losses_[s] =
                loss_.template evaluate<T>(trials_.outputs(s), block_of(s), scale, trials_.d_outputs(s)).loss;
            trials_.backward(network, s);
        });
        context.workers.for_each(trials_.gradient_tiles(), [&](std::size_t tile, std::size_t) {
            trials_.add_gradient(network, tile, gradient);
        });
        double total = 0;
        for (const double loss : losses_) total += loss;
        return total;
    }
    /// The update was good: the next one begins where this one ended.
    void keep() {
        for (std::size_t s = 0; s < trials_.shards(); ++s) copy(trials_.states(s, 1), kept_rows(s));
        std::ranges::copy(next_ages_, kept_ages_.begin());
    }

  private:
    [[nodiscard]] engram::matrix_view<T> kept_rows(std::size_t s) {
        return engram::matrix_view<T>(kept_states_).row_block(trials_.first_trial(s), trials_.trials(s));
    }
    /// Writes the frame of a shard's trial, its age and what is to be answered to it.
    void begin_or_go_on(std::size_t s, std::size_t i, const engram::penalty_context& context) {
        const auto frame = std::span<T>(trials_.inputs(s).row(i), trials_.inputs(s).columns());
        const std::size_t row = trials_.first_trial(s) + i, label = row % task_.labels();
        engram::random_stream stream(context.random, engram::purpose::pool, context.step, row);
        targets_[row] = 0;
        if (kept_ages_(row, 0) < 0 || stream.uniform() * options_.life < 1) {
            constexpr auto set = engram::example_set::training;
            next_ages_[row] = 0;
            std::fill_n(trials_.states(s, 0).row(i), trials_.states(s, 0).columns(), T(0));
            task_.show(set, label, stream.below(task_.examples(set, label)), frame);
            return;
        }
        task_.wait(stream, 1.0, frame);
        next_ages_[row] = kept_ages_(row, 0) + 1;
        if (next_ages_[row] < static_cast<T>(options_.settle) || stream.uniform() >= options_.asked) return;
        task_.ask(frame);
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

    const engram::delayed_classification& task_;
    engram::cross_entropy loss_;
    pool_options options_;
    engram::matrix<T>& kept_states_;
    engram::matrix<T>& kept_ages_;  ///< updates since the image; -1: about to begin
    engram::unrolled<Network> trials_;
    std::vector<T> next_ages_;
    std::vector<int> targets_;
    std::vector<T> weights_;
    std::vector<char> active_;
    std::vector<double> losses_;
};

/// Mean loss of a pool of trials that go on from update to update, one step each. A trial shows an image to a
/// network at rest, then waits under the task's noise, and begins anew with probability 1 / life. Once it has
/// settled it is asked now and then, and the target is its class; else it is silence. The gradient goes
/// through the one step alone (truncated backpropagation).
class pool_cross_entropy {
  public:
    using is_network_penalty = void;

    /// The task is referred to.
    explicit pool_cross_entropy(const engram::delayed_classification& task,
                                const engram::cross_entropy& loss = {}, const pool_options& options = {})
        : task_(&task), loss_(loss), options_(options) {}
    /// A task that nobody keeps would be gone before the first update.
    explicit pool_cross_entropy(const engram::delayed_classification&& task,
                                const engram::cross_entropy& loss = {},
                                const pool_options& options = {}) = delete;

    template <class Network>
    [[nodiscard]] engram::penalty_state<typename Network::scalar> initial_state(
        const Network& network) const {
        using T = typename Network::scalar;
        engram::matrix<T> states({options_.rows, network.state_size()}, T(0)),
            ages({options_.rows, std::size_t{1}}, T(-1));
        return {{"states", states}, {"ages", ages}};
    }
    template <class Network>
    [[nodiscard]] auto bind(const Network& network,
                            engram::penalty_state<typename Network::scalar>& state) const {
        return bound_pool<Network>(network, *task_, loss_, options_, state);
    }

  private:
    const engram::delayed_classification* task_;
    engram::cross_entropy loss_;
    pool_options options_;
};

}  // namespace memory_study
