/// @file
/// Parametric working memory: hold a frequency, and compare it with a second one.
#pragma once

#include <cmath>

#include "engram/task/detail/trial_writer.hpp"
#include "engram/task/task.hpp"

namespace engram {

/// The shape of a trial of parametric_working_memory.
struct parametric_working_memory_options {
    size_t pulse = 3;                               ///< steps of each of the two stimuli
    size_t shortest_delay = 5, longest_delay = 25;  ///< steps between them
    size_t response = 4;                            ///< steps in which the answer is asked for
    double least_difference = 0.1;                  ///< of the two values, which lie in [-1, 1]
    double noise = 0.02;                            ///< deviation of the input at each step
};

/// Parametric working memory (Romo et al. 1999; as a network's task in Barak et al. 2013). Input 0 shows a
/// value f1, uniform on [-1, 1], then nothing for a delay, then f2. Input 1, the cue, is 1 in the response,
/// which follows f2 at once. The one output is to be 0 before it and there the sign of f1 - f2. Train with
/// mean_squared_error.
class parametric_working_memory {
  public:
    /// Its targets are numbers, not classes.
    static constexpr bool real_targets = true;

    /// Throws value_error on lengths of zero or that cross, on a difference outside (0, 1), on negative
    /// noise.
    explicit parametric_working_memory(parametric_working_memory_options options = {}) : options_(options) {
        require(options.pulse > 0 && options.response > 0,
                "parametric_working_memory: pulse = ", options.pulse, " and response = ", options.response,
                ", expected at least 1 each");
        require(options.shortest_delay <= options.longest_delay, "parametric_working_memory: delays of ",
                options.shortest_delay, " to ", options.longest_delay,
                " steps, expected no more than the longest");
        require(options.least_difference > 0 && options.least_difference < 1,
                "parametric_working_memory: least_difference = ", options.least_difference,
                ", expected a number in (0, 1)");
        require(options.noise >= 0, "parametric_working_memory: noise = ", options.noise,
                ", expected 0 or more");
    }

    [[nodiscard]] size_t inputs() const { return 2; }
    [[nodiscard]] size_t outputs() const { return 1; }
    [[nodiscard]] stage full_stage() const {
        return {2 * options_.pulse + options_.longest_delay + options_.response, 1};
    }
    /// What it was made with.
    [[nodiscard]] const parametric_working_memory_options& options() const { return options_; }

    template <class T>
    void fill(const trial_block<T>& block, const stage& /*level*/, seed random, size_t step) const {
        detail::write_trials(block, random, step, [&](auto& trial, random_stream& draws) {
            const size_t second =
                options_.pulse + detail::between(draws, options_.shortest_delay, options_.longest_delay);
            const size_t cue = second + options_.pulse;
            double f1 = 0, f2 = 0;
            do {
                f1 = 2 * draws.uniform() - 1;
                f2 = 2 * draws.uniform() - 1;
            } while (std::abs(f1 - f2) < options_.least_difference);
            for (size_t t = 0; t < options_.pulse; ++t) {
                trial.input(t, 0) = static_cast<T>(f1);
                trial.input(second + t, 0) = static_cast<T>(f2);
            }
            for (size_t t = cue; t < cue + options_.response; ++t) trial.input(t, 1) = T(1);
            trial.add_noise(cue + options_.response, 1, options_.noise);
            trial.ask(0, cue, 0);
            trial.ask(cue, cue + options_.response, f1 > f2 ? 1 : -1);
        });
    }

  private:
    parametric_working_memory_options options_;
};

}  // namespace engram
