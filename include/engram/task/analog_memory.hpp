/// @file
/// Analog memory: hold a number or an angle through a delay, and report it.
#pragma once

#include <cmath>
#include <numbers>

#include "engram/task/detail/trial_writer.hpp"
#include "engram/task/task.hpp"

namespace engram {

/// What is to be held.
enum class analog_value {
    number,  ///< uniform on [-1, 1], as one input
    angle    ///< uniform on the circle, as its cosine and sine
};

/// The shape of a trial of analog_memory.
struct analog_memory_options {
    analog_value value = analog_value::number;      ///< what is to be held
    size_t pulse = 3;                               ///< steps that show it
    size_t shortest_delay = 5, longest_delay = 25;  ///< steps from the pulse to the cue
    size_t response = 4;                            ///< steps in which it is to be reported
    double noise = 0.02;                            ///< deviation of the inputs but the cue, at each step
};

/// Analog memory, as of an eye's position (Seung 1996) or a head's direction. A pulse shows a value, then
/// there is a delay, then the last input, the cue, is 1 and the outputs are to be what was shown: a number,
/// or the cosine and sine of an angle. Nothing is asked before the cue or after the response. A stage with a
/// shorter horizon has shorter delays. Train it with mean_squared_error.
class analog_memory {
  public:
    /// Its targets are numbers, not classes.
    static constexpr bool real_targets = true;

    /// Throws value_error on lengths of zero or that cross, and on noise that is negative or not finite.
    explicit analog_memory(analog_memory_options options = {}) : options_(options) {
        require(options.pulse > 0 && options.response > 0, "analog_memory: pulse = ", options.pulse,
                " and response = ", options.response, ", expected at least 1 each");
        require(options.shortest_delay <= options.longest_delay, "analog_memory: delays of ",
                options.shortest_delay, " to ", options.longest_delay,
                " steps, expected no more than the longest");
        require(options.noise >= 0 && std::isfinite(options.noise), "analog_memory: noise = ", options.noise,
                ", expected a finite number of at least 0");
    }

    /// Those of the value and, last, the cue.
    [[nodiscard]] size_t inputs() const { return outputs() + 1; }
    /// One for a number, two for an angle.
    [[nodiscard]] size_t outputs() const { return options_.value == analog_value::angle ? 2 : 1; }
    [[nodiscard]] stage full_stage() const { return {steps(options_.longest_delay), 1}; }
    /// What it was made with.
    [[nodiscard]] const analog_memory_options& options() const { return options_; }

    /// Writes the training trials of one step. Throws value_error on a stage without room for the shortest
    /// delay.
    template <class T>
    void fill(const trial_block<T>& block, const stage& level, seed random, size_t step) const {
        const size_t shortest = steps(options_.shortest_delay);
        require(level.horizon >= shortest, "analog_memory: a stage of ", level.horizon,
                " steps, expected at least ", shortest, ", for the shortest delay");
        const size_t room = std::min(options_.longest_delay, level.horizon - steps(0));
        detail::write_trials(block, random, step, [&](auto& trial, random_stream& draws) {
            const size_t cue = options_.pulse + detail::between(draws, options_.shortest_delay, room),
                         end = cue + options_.response;
            const double place = 2 * draws.uniform() - 1;  // of the number, or of the angle in units of pi
            for (size_t channel = 0; channel < outputs(); ++channel) {
                const double value = shown(place, channel);
                for (size_t t = 0; t < options_.pulse; ++t) trial.input(t, channel) = static_cast<T>(value);
                trial.ask_of(channel, cue, end, value);
            }
            for (size_t t = cue; t < end; ++t) trial.input(t, outputs()) = T(1);
            trial.add_noise(end, outputs(), options_.noise);
        });
    }

  private:
    /// Steps of a trial with such a delay.
    [[nodiscard]] size_t steps(size_t delay) const { return options_.pulse + delay + options_.response; }
    [[nodiscard]] double shown(double place, size_t channel) const {
        if (options_.value == analog_value::number) return place;
        const double angle = std::numbers::pi * place;
        return channel == 0 ? std::cos(angle) : std::sin(angle);
    }

    analog_memory_options options_;
};

}  // namespace engram
