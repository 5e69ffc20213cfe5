/// @file
/// What processes that train one network together must agree on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engram/core/process_group.hpp"
#include "engram/io/checksum.hpp"
#include "engram/training/detail/training_run.hpp"
#include "engram/training/fit_options.hpp"

namespace engram::detail {

/// What tells weights from others.
template <class T>
std::string weights_in_short(std::span<const T> weights) {
    const auto bytes = std::as_bytes(weights);
    return concatenate(weights.size(), " parameters of CRC-32 ",
                       crc32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}));
}

/// Throws value_error on all processes of a run where one would train something else than rank 0 does.
template <class T>
void require_same_run(const fit_options& options, double learning_rate, size_t callbacks,
                      std::span<const T> weights, size_t step) {
    if (options.ranks.alone()) return;
    require_same_everywhere(
        options.ranks, "fit: different options",
        all_digits("steps = ", options.steps, ", batch = ", options.batch, ", seed = ", options.seed.value,
                   ", clip_norm = ", options.clip_norm, ", shard = ", options.shard,
                   ", averaging = ", options.averaging, ", unit_noise = ", options.unit_noise,
                   ", learning_rate = ", learning_rate, ", ", callbacks, " callbacks"));
    require_same_everywhere(options.ranks, "fit: different networks",
                            concatenate(weights_in_short(weights), " before update ", step + 1));
}

/// Throws value_error on all processes unless the loss of the run's first trial is the same on all: what they
/// add up would not be alike. Penalties keep the state that they have.
template <class Optimizer, class Network, class Task, class Objective, class T = typename Network::scalar>
void require_same_first_trial(const Network& network, const Task& task, const Objective& objective,
                              const stage& level, fit_options options,
                              std::vector<penalty_state<T>> penalties, size_t step) {
    const process_group ranks = std::exchange(options.ranks, {});
    options.batch = options.threads = 1;
    training_run<Network, Objective, Optimizer, Task> alone(network, task, objective, options, penalties);
    const outcome found = alone.gradient(network, task, objective, level, options, step);
    require_same_everywhere(ranks, "fit: different objectives, tasks, curricula or processors",
                            all_digits("a loss of ", found.loss, " in the first trial, of ", level.horizon,
                                       " steps and ", level.classes, " classes"));
}

/// Throws value_error on all processes unless they have moved the weights alike.
template <class T>
void require_same_weights(const process_group& ranks, std::span<const T> weights, size_t step) {
    if (ranks.alone()) return;
    require_same_everywhere(ranks,
                            "fit: optimizers, penalties, callbacks that change weights, or processors differ",
                            concatenate(weights_in_short(weights), " after update ", step));
}

}  // namespace engram::detail
