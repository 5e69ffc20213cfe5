/// @file
/// The flip-flop: remember the sign of the last pulse on each of several channels.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "engram/task/memory_task.hpp"

namespace engram {

/// The shape of a flip-flop trial.
struct flip_flop_options {
    size_t bits = 3;                 ///< how many signs are to be held
    size_t horizon = 50;             ///< steps of a trial
    double pulse_probability = 0.1;  ///< of each channel at each step
    double noise = 0;                ///< deviation of normal noise on each channel at each step
};

/// The flip-flop task (Sussillo and Barak 2013). Each of `bits` inputs is 0 but for rare pulses of +1 or -1;
/// the output of its channel is to be the sign of the last one. Every trial opens with a pulse on each
/// channel. A last input, the trigger, stays 0. Train it with mean_squared_error.
/// As memories, the 2^bits combinations of signs have one example each: bit b of a label is 1 where channel b
/// holds +1. They are read from the outputs' signs at any time, so asking changes nothing.
class flip_flop {
  public:
    /// Its targets are numbers, not classes.
    static constexpr bool real_targets = true;

    /// Throws value_error on sizes of zero or a probability outside [0, 1].
    explicit flip_flop(flip_flop_options options = {}) : options_(options) {
        require(options.bits > 0 && options.horizon > 0, "flip_flop: bits = ", options.bits,
                " and horizon = ", options.horizon, ", expected at least 1 each");
        require(options.pulse_probability >= 0 && options.pulse_probability <= 1,
                "flip_flop: pulse_probability = ", options.pulse_probability,
                ", expected a number in [0, 1]");
        require(options.bits < static_cast<size_t>(std::numeric_limits<size_t>::digits),
                "flip_flop: bits = ", options.bits, ", expected less than the bits of a label");
        require(options.noise >= 0 && options.noise <= std::numeric_limits<double>::max(),
                "flip_flop: noise = ", options.noise, ", expected a finite number of at least 0");
    }

    [[nodiscard]] size_t inputs() const { return options_.bits + 1; }
    [[nodiscard]] size_t outputs() const { return options_.bits; }
    [[nodiscard]] stage full_stage() const { return {options_.horizon, 1}; }

    template <class T>
    void fill(const trial_block<T>& block, const stage& level, seed random, size_t step) const {
        std::fill(block.weights.begin(), block.weights.end(), T(1));
        std::fill(block.active.begin(), block.active.end(), char(1));
        for (size_t i = 0; i < block.count; ++i) {
            random_stream draws(random, purpose::trial, step, block.first + i),
                noise(random, purpose::noise, step, block.first + i);
            for (size_t t = 0; t < level.horizon; ++t) {
                const size_t row = t * block.count + i;
                for (size_t bit = 0; bit < options_.bits; ++bit) {
                    const bool pulse = t == 0 || draws.uniform() < options_.pulse_probability;
                    const T value = pulse ? (draws.below(2) == 0 ? T(-1) : T(1)) : T(0);
                    block.frames(row, bit) = value;
                    block.values(row, bit) = pulse ? value : block.values(row - block.count, bit);
                }
                block.frames(row, options_.bits) = T(0);
                if (options_.noise > 0)
                    for (size_t bit = 0; bit < options_.bits; ++bit)
                        block.frames(row, bit) += static_cast<T>(options_.noise * noise.normal());
            }
        }
    }

    [[nodiscard]] size_t labels() const { return size_t{1} << options_.bits; }
    [[nodiscard]] size_t examples(example_set /*set*/, size_t /*label*/) const { return 1; }
    template <class T>
    void show(example_set /*set*/, size_t label, size_t /*example*/, std::span<T> frame) const {
        for (size_t bit = 0; bit < options_.bits; ++bit) frame[bit] = label >> bit & 1 ? T(1) : T(-1);
        frame.back() = T(0);
    }
    template <class T>
    void wait(random_stream& stream, double scale, std::span<T> frame) const {
        std::ranges::fill(frame, T(0));
        if (options_.noise > 0)
            stream.normals(frame.first(options_.bits), T(0), static_cast<T>(scale * options_.noise));
    }
    template <class T>
    void ask(std::span<T> /*frame*/) const {}
    /// The signs of the outputs; no label if one is 0 or not a number.
    template <class T>
    [[nodiscard]] size_t answer(std::span<const T> outputs) const {
        size_t label = 0;
        for (size_t bit = 0; bit < options_.bits; ++bit) {
            if (!(outputs[bit] > 0 || outputs[bit] < 0)) return labels();
            label |= (outputs[bit] > 0 ? size_t{1} : size_t{0}) << bit;
        }
        return label;
    }
    /// No pulse.
    [[nodiscard]] vector<double> mean_input() const {
        return vector<double>(std::array<size_t, 1>{inputs()}, 0.0);
    }

  private:
    flip_flop_options options_;
};

static_assert(memory_task<flip_flop>);

}  // namespace engram
