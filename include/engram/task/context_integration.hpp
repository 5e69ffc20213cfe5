/// @file
/// Context-dependent integration: integrate one of two streams of evidence, as a cue says.
#pragma once

#include <cmath>

#include "engram/task/detail/trial_writer.hpp"
#include "engram/task/task.hpp"

namespace engram {

/// The shape of a trial of context_integration.
struct context_integration_options {
    size_t shortest = 15, longest = 25;  ///< steps of evidence
    size_t response = 5;                 ///< steps in which the answer is asked for
    double strongest = 0.2;              ///< evidence is uniform on [-strongest, strongest], for each stream
    double weakest = 0.02;               ///< at least so much in the stream that counts
    double noise = 0.3;                  ///< deviation of each stream at each step
};

/// Context-dependent integration (Mante, Sussillo et al. 2013). Inputs 0 and 1 are two noisy streams of
/// evidence, inputs 2 and 3 the context, one of which is 1 throughout: it says which stream counts. Input 4,
/// the cue, is 1 in the response, in which the one output is to be the sign of that stream's mean. Train with
/// mean_squared_error.
class context_integration {
  public:
    /// Its targets are numbers, not classes.
    static constexpr bool real_targets = true;

    /// Throws value_error on lengths of zero or that cross, on evidence that is not 0 < weakest < strongest,
    /// and on negative noise.
    explicit context_integration(context_integration_options options = {}) : options_(options) {
        require(options.shortest > 0 && options.shortest <= options.longest && options.response > 0,
                "context_integration: evidence of ", options.shortest, " to ", options.longest,
                " steps and a response of ", options.response,
                ", expected at least 1 and no more than the longest");
        require(options.weakest > 0 && options.weakest < options.strongest,
                "context_integration: evidence of ", options.weakest, " to ", options.strongest,
                ", expected 0 < weakest < strongest");
        require(options.noise >= 0, "context_integration: noise = ", options.noise, ", expected 0 or more");
    }

    [[nodiscard]] size_t inputs() const { return 5; }
    [[nodiscard]] size_t outputs() const { return 1; }
    [[nodiscard]] stage full_stage() const { return {options_.longest + options_.response, 1}; }
    /// What it was made with.
    [[nodiscard]] const context_integration_options& options() const { return options_; }

    template <class T>
    void fill(const trial_block<T>& block, const stage& /*level*/, seed random, size_t step) const {
        detail::write_trials(block, random, step, [&](auto& trial, random_stream& draws) {
            const size_t cue = detail::between(draws, options_.shortest, options_.longest),
                         end = cue + options_.response;
            const size_t context = draws.below(2);
            double evidence[2];
            do {
                for (double& mean : evidence) mean = options_.strongest * (2 * draws.uniform() - 1);
            } while (std::abs(evidence[context]) < options_.weakest);
            for (size_t t = 0; t < cue; ++t)
                for (size_t stream = 0; stream < 2; ++stream)
                    trial.input(t, stream) = static_cast<T>(evidence[stream]);
            for (size_t t = 0; t < end; ++t) trial.input(t, 2 + context) = T(1);
            for (size_t t = cue; t < end; ++t) trial.input(t, 4) = T(1);
            trial.add_noise(cue, 2, options_.noise);
            trial.ask(cue, end, evidence[context] > 0 ? 1 : -1);
        });
    }

  private:
    context_integration_options options_;
};

}  // namespace engram
