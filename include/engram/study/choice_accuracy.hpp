/// @file
/// How often a network chooses rightly in a task whose answer is the sign of an output.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engram/nn/unrolled.hpp"
#include "engram/task/task.hpp"

namespace engram {

/// How choice_accuracy measures.
struct choice_accuracy_options {
    size_t trials = 512;                        ///< fresh ones
    engram::seed seed{std::uint64_t{1} << 40};  ///< of the trials: not the one of training
    double unit_noise = 0;  ///< the deviation of private noise of the units; see unit_noise
};

/// The fraction of fresh trials in which the sign of the first output is the target's at the last step that
/// asks for one other than 0. For tasks with real targets. Throws shape_error if task and network do not fit,
/// value_error on no trials, noise that is no finite number, or a task that never asks.
template <class Network, class Task>
double choice_accuracy(const Network& network, const Task& task,
                       const choice_accuracy_options& options = {}) {
    using T = typename Network::scalar;
    static_assert(Task::real_targets, "choice_accuracy is for tasks whose targets are numbers");
    require(options.trials > 0, "choice_accuracy: trials = 0, expected at least 1");
    require<shape_error>(task.inputs() == network.sizes().inputs && task.outputs() == network.sizes().outputs,
                         "choice_accuracy: the task has ", task.inputs(), " inputs and ", task.outputs(),
                         " outputs, the network ", network.sizes().inputs, " and ", network.sizes().outputs);
    detail::check_unit_noise<typename Network::cell_type>("choice_accuracy", options.unit_noise);
    const size_t n = options.trials;
    const stage level = task.full_stage();
    unrolled<Network> run(network, {.horizon = level.horizon, .batch = n, .shard = n, .trains = false});
    std::vector<int> classes(level.horizon * n);
    std::vector<T> weights(level.horizon * n);
    std::vector<char> active(task.outputs());
    matrix<T> values(std::array<size_t, 2>{level.horizon * n, task.outputs()}, T(0));
    task.fill(trial_block<T>{0, n, level.horizon, run.inputs(0), classes, weights, active, values}, level,
              options.seed, 0);
    fill(run.states(0, 0), T(0));
    run.forward(network, 0, true,
                {.deviation = options.unit_noise, .seed = options.seed, .purpose = purpose::recall});
    const auto outputs = run.outputs(0);
    size_t right = 0, asked = 0;
    for (size_t i = 0; i < n; ++i)
        for (size_t t = level.horizon; t-- > 0;) {
            const size_t row = t * n + i;
            if (!(weights[row] > 0 && values(row, 0) != T(0))) continue;
            ++asked;
            right += outputs(row, 0) * values(row, 0) > T(0) ? 1 : 0;
            break;
        }
    require(asked > 0, "choice_accuracy: no trial asks for a choice");
    return static_cast<double>(right) / static_cast<double>(asked);
}

}  // namespace engram
