/// @file
/// Writing the rows of one trial whose targets are numbers.
#pragma once

#include <algorithm>

#include "engram/core/random.hpp"
#include "engram/task/trial_block.hpp"

namespace engram::detail {

/// Clears a block: no input, no target, nothing asked.
template <class T>
void clear(const trial_block<T>& block) {
    fill(block.frames, T(0));
    fill(block.values, T(0));
    std::fill(block.weights.begin(), block.weights.end(), T(0));
    std::fill(block.active.begin(), block.active.end(), char(1));
}

/// The rows of trial i of a block, and the stream of their noise.
template <class T>
class trial_writer {
  public:
    trial_writer(const trial_block<T>& block, size_t i, random_stream noise)
        : block_(block), trial_(i), noise_(noise) {}

    /// Input `channel` at step t.
    [[nodiscard]] T& input(size_t t, size_t channel) const { return block_.frames(row(t), channel); }
    /// Adds noise N(0, deviation^2) to the first `channels` inputs of steps 0, ..., last - 1.
    void add_noise(size_t last, size_t channels, double deviation) {
        for (size_t t = 0; t < last; ++t)
            for (size_t c = 0; c < channels; ++c) input(t, c) += static_cast<T>(deviation * noise_.normal());
    }
    /// Asks for one output at steps first, ..., last - 1.
    void ask(size_t first, size_t last, double value, double weight = 1) const {
        ask_of(0, first, last, value, weight);
    }
    /// Asks for output `channel` to be a value there.
    void ask_of(size_t channel, size_t first, size_t last, double value, double weight = 1) const {
        for (size_t t = first; t < last; ++t) {
            block_.values(row(t), channel) = static_cast<T>(value);
            block_.weights[row(t)] = static_cast<T>(weight);
        }
    }

  private:
    [[nodiscard]] size_t row(size_t t) const { return t * block_.count + trial_; }

    const trial_block<T>& block_;
    size_t trial_;
    random_stream noise_;
};

/// Clears a block, then calls write(trial, draws) for each of its trials: with its trial_writer, and with the
/// stream from which all but the noise is drawn.
template <class T, class Write>
void write_trials(const trial_block<T>& block, seed random, size_t step, Write&& write) {
    clear(block);
    for (size_t i = 0; i < block.count; ++i) {
        const size_t number = block.first + i;
        trial_writer<T> trial(block, i, random_stream(random, purpose::noise, step, number));
        random_stream draws(random, purpose::trial, step, number);
        write(trial, draws);
    }
}

/// A whole number uniform on {lowest, ..., highest}.
inline size_t between(random_stream& stream, size_t lowest, size_t highest) {
    return lowest + stream.below(highest - lowest + 1);
}

}  // namespace engram::detail
