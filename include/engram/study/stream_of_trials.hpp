/// @file
/// Trials of any length in the memory of one step.
#pragma once

#include <algorithm>

#include "engram/nn/unrolled.hpp"

namespace engram {

/// A trial that goes on for as long as one likes: one step at a time, the states carried from step to step.
template <class Network>
class stream_of_trials {
    using T = typename Network::scalar;

  public:
    /// Takes the memory for `most` trials at once.
    stream_of_trials(const Network& network, size_t most)
        : network_(network), step_(network, {.horizon = 1, .batch = most, .shard = most, .trains = false}) {}

    /// Begins `count` trials in the zero state.
    void begin(size_t count) {
        step_.resize(1, count);
        fill(step_.states(0, 0), T(0));
    }
    /// The frames (count x inputs) of the next step, for the caller to write.
    [[nodiscard]] matrix_view<T> frames() { return step_.inputs(0); }
    /// Where the trials are (count x state size).
    [[nodiscard]] matrix_view<const T> states() { return step_.states(0, 0); }
    /// Takes a step with the frames as they are.
    void advance() {
        step_.forward(network_, 0, false);
        copy(step_.states(0, 1), step_.states(0, 0));
    }
    /// What would be answered if the trigger came with these frames; the trials stay where they are.
    [[nodiscard]] matrix_view<const T> ask() {
        const auto frame = frames();
        const size_t trigger = frame.columns() - 1;
        for (size_t i = 0; i < frame.rows(); ++i) frame(i, trigger) = T(1);
        step_.forward(network_, 0);
        for (size_t i = 0; i < frame.rows(); ++i) frame(i, trigger) = T(0);
        return step_.outputs(0);
    }

  private:
    const Network& network_;
    unrolled<Network> step_;
};

}  // namespace engram
