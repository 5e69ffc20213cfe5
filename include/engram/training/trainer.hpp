/// @file
/// Trains a network on a task: trials, loss, gradient, update, step by step.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <span>
#include <utility>

#include "engram/training/callback.hpp"
#include "engram/training/curriculum.hpp"
#include "engram/training/detail/require_same_run.hpp"
#include "engram/training/detail/training_run.hpp"
#include "engram/training/fit_options.hpp"
#include "engram/training/loss/loss_term.hpp"
#include "engram/training/optimizer/optimizer.hpp"

namespace engram {

// The concepts are checked by static_assert, not in the signatures: the compiler then names the requirement
// that a type misses, where a failed overload or deduction would bury it.
namespace detail {

/// Fails with what a term lacks, which the disjunction in loss_term would not name.
template <class Network, class Term>
constexpr bool check_objective(const Term*) {
    if constexpr (carries_state<Term, Network>)
        static_assert(stateful_penalty_on<Term, Network>);
    else if constexpr (network_penalty<Term>)
        static_assert(network_penalty_on<Term, Network>);
    else if constexpr (marked_state_loss<Term>)
        static_assert(state_loss<Term, typename Network::scalar>);
    else
        static_assert(output_loss<Term, typename Network::scalar>);
    return true;
}
template <class Network, class... Terms>
constexpr bool check_objective(const objective<Terms...>*) {
    return (check_objective<Network>(static_cast<const Terms*>(nullptr)) && ...);
}

/// Fails where a term reads targets that the task does not give.
template <class Task, class... Terms>
constexpr bool check_targets(const objective<Terms...>*) {
    static_assert((loss_for<Terms, Task> && ...));
    return true;
}

template <class Callback>
constexpr bool is_callback() {
    static_assert(callback<Callback>);
    return true;
}

}  // namespace detail

/// Trains one network with one objective and one optimizer.
template <class Network, class Objective, class Optimizer>
class trainer {
    using T = typename Network::scalar;
    static_assert(detail::check_objective<Network>(static_cast<const Objective*>(nullptr)));
    static_assert(optimizer<Optimizer, T>);

  public:
    /// The network's.
    using scalar = T;
    /// The type of the network.
    using network_type = Network;
    /// The type of the optimizer.
    using optimizer_type = Optimizer;

    /// The network is referred to, and trained in place. Throws value_error on an unusable step size, and
    /// what a penalty that carries state throws where it does not fit the network.
    trainer(Network& network, Objective objective, Optimizer optimizer)
        : network_(network),
          objective_(as_objective(std::move(objective))),
          optimizer_(std::move(optimizer)) {
        require(std::isfinite(optimizer_.learning_rate) && optimizer_.learning_rate > 0,
                "trainer: learning_rate = ", optimizer_.learning_rate, ", expected a positive number");
        state_.slots = matrix<T>(std::array<size_t, 2>{Optimizer::slots, network.parameters().size()}, T(0));
        state_.penalties = detail::initial_states(objective_, network);
    }

    /// Runs `options.steps` updates, or what is left of them after `restore`.
    /// Throws shape_error where task and network do not fit, value_error on options out of range and, on all
    /// of `options.ranks`, where options, weights, the loss of the first trial or, after updates 1, 2, 4, ...
    /// of this call and the last, the updated weights differ between them, and divergence_error when the loss
    /// stops being finite; the network then has the last weights that were good.
    template <class Task, class Curriculum, class... Callbacks>
    fit_result fit(const Task& task, const Curriculum& plan, const fit_options& options,
                   Callbacks&&... callbacks) {
        static_assert(engram::task<Task, T>);
        static_assert(detail::check_targets<Task>(static_cast<const decltype(objective_)*>(nullptr)));
        static_assert(curriculum<Curriculum>);
        static_assert((detail::is_callback<Callbacks>() && ...));
        detail::require_same_run(options, optimizer_.learning_rate, sizeof...(callbacks),
                                 std::span<const T>(network_.parameters()), state_.step);
        check(task, options);
        begin(options);
        const auto stage_at = [&](const run_position& position) {
            const stage level = plan.at(position.progress(), task.full_stage());
            check(level, task.full_stage());
            return level;
        };
        if (!options.ranks.alone() && state_.step < options.steps)
            detail::require_same_first_trial<Optimizer>(network_, task, objective_,
                                                        stage_at({state_.step + 1, options.steps}), options,
                                                        state_.penalties, state_.step);
        detail::training_run<Network, decltype(objective_), Optimizer, Task> now(network_, task, objective_,
                                                                                 options, state_.penalties);
        const size_t shards = (options.batch + options.shard - 1) / options.shard;
        fit_result result{state_.step, 0, 0, false, std::max(shards, options.ranks.size()) - shards};
        const auto begin = std::chrono::steady_clock::now();
        const size_t first = state_.step;
        const afterwards begin_anew{state_};
        while (state_.step < options.steps && !result.stopped_by_callback) {
            const run_position position{state_.step + 1, options.steps};
            const stage level = stage_at(position);
            const outcome found = now.gradient(network_, task, objective_, level, options, state_.step);
            now.update(network_, optimizer_, state_, position, found.loss, options);
            network_.constrain();
            ++state_.step;
            const double seconds =
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            [[maybe_unused]] const training_report report{
                state_.step,
                options.steps,
                found.loss,
                found.accuracy(),
                level,
                seconds,
                static_cast<double>(state_.step - first) / std::max(seconds, 1e-9)};
            bool all_go_on = true;
            if (options.ranks.rank() == 0) ((all_go_on = goes_on(callbacks, report) && all_go_on), ...);
            if (sizeof...(callbacks) > 0 && !options.ranks.alone())
                all_go_on = options.ranks.all_gather(static_cast<char>(all_go_on))[0] != 0;
            if (std::has_single_bit(state_.step - first) || state_.step == options.steps || !all_go_on)
                detail::require_same_weights(options.ranks, std::span<const T>(network_.parameters()),
                                             state_.step);
            result = {state_.step, found.loss, found.accuracy(), !all_go_on, result.idle_ranks};
        }
        if (!state_.averaged.empty()) {
            std::copy(state_.averaged.begin(), state_.averaged.end(), network_.parameters().begin());
            network_.constrain();
        }
        return result;
    }

    /// The network in training.
    [[nodiscard]] Network& network() { return network_; }
    /// The network in training.
    [[nodiscard]] const Network& network() const { return network_; }
    /// Where a run stands: to be read by a callback, so that the run can be taken up again.
    [[nodiscard]] const training_state<T>& state() const { return state_; }
    /// The next fit goes on from here. Throws shape_error if the state is another network's, optimizer's or
    /// objective's.
    void restore(training_state<T> state) {
        require<shape_error>(state.slots.shape() == state_.slots.shape(), "trainer: a state of ",
                             state.slots.shape(0), " x ", state.slots.shape(1), " numbers, expected ",
                             state_.slots.shape(0), " x ", state_.slots.shape(1));
        const auto same = [](const penalty_state<T>& a, const penalty_state<T>& b) {
            return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
                return x.name == y.name && x.values.shape() == y.values.shape();
            });
        };
        if (state.penalties.empty()) state.penalties.resize(state_.penalties.size());
        require<shape_error>(std::ranges::equal(state.penalties, state_.penalties, same),
                             "trainer: a state of other penalties than the objective has");
        state_ = std::move(state);
    }

  private:
    template <class Callback>
    static bool goes_on(Callback& watch, const training_report& report) {
        if constexpr (std::same_as<std::invoke_result_t<Callback&, const training_report&>, bool>) {
            return watch(report);
        } else {
            watch(report);
            return true;
        }
    }

    /// @cond
    /// Lets the next fit begin at the first step, whether this one ends or throws.
    struct afterwards {
        training_state<T>& state;
        ~afterwards() {
            state.step = 0;
            fill(matrix_view<T>(state.slots), T(0));
        }
    };
    /// @endcond

    /// A run that does not go on from a state starts with a new one.
    void begin(const fit_options& options) {
        const auto& parameters = network_.parameters();
        if (state_.step == 0) {
            state_.penalties = detail::initial_states(objective_, network_);
            state_.averaged.assign(parameters.begin(),
                                   options.averaging > 0 ? parameters.end() : parameters.begin());
        }
        require<shape_error>(state_.averaged.size() == (options.averaging > 0 ? parameters.size() : 0),
                             "fit: averaging = ", options.averaging, ", but the state that was restored has ",
                             state_.averaged.size(), " averaged parameters");
    }

    static void check(const stage& level, const stage& full) {
        require(level.horizon > 0 && level.horizon <= full.horizon, "fit: the curriculum asks for trials of ",
                level.horizon, " steps, expected 1 to the task's ", full.horizon);
    }
    template <class Task>
    void check(const Task& task, const fit_options& options) const {
        require(options.steps > 0, "fit: steps = 0, expected at least 1");
        require(options.batch > 0, "fit: batch = 0, expected at least 1");
        require(options.shard > 0, "fit: shard = 0, expected at least 1");
        require(options.averaging >= 0 && options.averaging < 1, "fit: averaging = ", options.averaging,
                ", expected a number in [0, 1)");
        require(options.clip_norm >= 0, "fit: clip_norm = ", options.clip_norm, ", expected 0 or more");
        detail::check_unit_noise<typename Network::cell_type>("fit", options.unit_noise);
        require<shape_error>(task.inputs() == network_.sizes().inputs, "fit: the task has ", task.inputs(),
                             " inputs, the network ", network_.sizes().inputs);
        require<shape_error>(task.outputs() == network_.sizes().outputs, "fit: the task has ", task.outputs(),
                             " outputs, the network ", network_.sizes().outputs);
    }

    Network& network_;
    decltype(as_objective(std::declval<Objective>())) objective_;
    Optimizer optimizer_;
    training_state<T> state_;
};

/// The types of what it is made of.
template <class Network, class Objective, class Optimizer>
trainer(Network&, Objective, Optimizer) -> trainer<Network, Objective, Optimizer>;

}  // namespace engram
