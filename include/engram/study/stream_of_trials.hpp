/// @file
/// Trials of any length in the memory of one step.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "engram/nn/unrolled.hpp"
#include "engram/task/memory_task.hpp"

namespace engram {

/// A trial that goes on for as long as one likes: one step at a time, the states carried from step to step.
template <class Network>
class stream_of_trials {
    using T = typename Network::scalar;

  public:
    /// Takes the memory for `most` trials at once.
    stream_of_trials(const Network& network, size_t most)
        : network_(network),
          step_(network, {.horizon = 1, .batch = most, .shard = most, .trains = false}),
          waiting_(matrix<T>::from_shape({most, network.sizes().inputs})) {}

    /// Begins `count` trials in the zero state, whose units have that noise: the streams' step is one more at
    /// each step of the trials.
    void begin(size_t count, const unit_noise& noise = {}) {
        step_.resize(1, count);
        noise_ = noise;
        fill(step_.states(0, 0), T(0));
    }
    /// Begins as many trials, at most `most`, in those states (count x state size); their units have no
    /// noise.
    void begin(matrix_view<const T> states) {
        step_.resize(1, states.rows());
        noise_ = {};
        copy(states, step_.states(0, 0));
    }
    /// The frames (count x inputs) of the next step, for the caller to write.
    [[nodiscard]] matrix_view<T> frames() { return step_.inputs(0); }
    /// The frame of one trial.
    [[nodiscard]] std::span<T> frame(size_t trial) { return {frames().row(trial), frames().columns()}; }
    /// Where the trials are (count x state size).
    [[nodiscard]] matrix_view<const T> states() { return step_.states(0, 0); }
    /// Takes a step with the frames as they are.
    void advance() {
        step_.forward(network_, 0, false, noise_);
        copy(step_.states(0, 1), step_.states(0, 0));
        ++noise_.step;
    }
    /// The same, and what is answered to the frames, (count x outputs).
    [[nodiscard]] matrix_view<const T> advance_and_answer() {
        step_.forward(network_, 0, true, noise_);
        copy(step_.states(0, 1), step_.states(0, 0));
        ++noise_.step;
        return step_.outputs(0);
    }
    /// What would be answered if these frames asked, (count x outputs); trials and frames stay as they are.
    template <memory_task<T> Task>
    [[nodiscard]] matrix_view<const T> ask(const Task& task) {
        const auto waiting = matrix_view<T>(waiting_).row_block(0, frames().rows());
        copy(frames(), waiting);
        for (size_t i = 0; i < frames().rows(); ++i) task.ask(frame(i));
        step_.forward(network_, 0, true, noise_);
        copy(waiting, frames());
        return step_.outputs(0);
    }

  private:
    const Network& network_;
    unrolled<Network> step_;
    unit_noise noise_;
    matrix<T> waiting_;
};

namespace detail {

/// One example of a memory.
struct example_of_label {
    size_t label, example;  ///< which memory, and which of its examples
};

/// The examples of a set that a measurement uses: label by label in turn, so that any number of them is
/// balanced; `most` of them, or all if that is 0.
template <class Task>
std::vector<example_of_label> examples_in_turn(const Task& task, example_set set, size_t most) {
    std::vector<example_of_label> chosen;
    size_t count = 0;
    for (size_t label = 0; label < task.labels(); ++label) count += task.examples(set, label);
    if (most > 0) count = std::min(count, most);
    for (size_t turn = 0; chosen.size() < count; ++turn)
        for (size_t label = 0; label < task.labels() && chosen.size() < count; ++label)
            if (turn < task.examples(set, label)) chosen.push_back({label, turn});
    return chosen;
}

/// The labels that rows of outputs name.
template <class Task, class T>
std::vector<size_t> labels_named(const Task& task, matrix_view<const T> outputs) {
    std::vector<size_t> labels;
    for (size_t i = 0; i < outputs.rows(); ++i)
        labels.push_back(task.answer(std::span<const T>(outputs.row(i), outputs.columns())));
    return labels;
}

/// Throws shape_error unless a task's frames and outputs are those of a network.
template <class Network, class Task>
void require_fit(const char* who, const Network& network, const Task& task) {
    require<shape_error>(task.inputs() == network.sizes().inputs && task.outputs() == network.sizes().outputs,
                         who, ": the task has ", task.inputs(), " inputs and ", task.outputs(),
                         " outputs, the network ", network.sizes().inputs, " and ", network.sizes().outputs);
}

}  // namespace detail

}  // namespace engram
