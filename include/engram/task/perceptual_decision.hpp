/// @file
/// Perceptual decision: integrate noisy evidence, and say its sign when asked.
#pragma once

#include <utility>
#include <vector>

#include "engram/task/detail/trial_writer.hpp"
#include "engram/task/task.hpp"

namespace engram {

/// The shape of a trial of perceptual_decision.
struct perceptual_decision_options {
    size_t shortest = 10, longest = 20;  ///< steps of evidence
    size_t longest_delay = 10;           ///< at most so many steps without evidence before the cue
    size_t response = 5;                 ///< steps in which the answer is asked for
    std::vector<double> coherences = {0.032, 0.064, 0.128, 0.256, 0.512};  ///< mean evidence, of either sign
    double noise = 0.5;  ///< deviation of the evidence at each step
};

/// Perceptual decision (Britten et al. 1992; as a network's task e.g. in Yang et al. 2019). Input 0 is
/// evidence of mean c, a random coherence of random sign, with noise; then comes a delay, in which it is 0
/// with noise. Input 1, the cue, is 1 in the response. The one output is to be 0 before the cue and the sign
/// of c in the response. Trials have different lengths; nothing is asked after their end. Train with
/// mean_squared_error.
class perceptual_decision {
  public:
    /// Its targets are numbers, not classes.
    static constexpr bool real_targets = true;

    /// Throws value_error on lengths of zero or that cross, on no coherences, and on negative noise.
    explicit perceptual_decision(perceptual_decision_options options = {}) : options_(std::move(options)) {
        require(options_.shortest > 0 && options_.shortest <= options_.longest,
                "perceptual_decision: evidence of ", options_.shortest, " to ", options_.longest,
                " steps, expected at least 1 and no more than the longest");
        require(options_.response > 0, "perceptual_decision: response = 0, expected at least 1");
        require(!options_.coherences.empty(), "perceptual_decision: no coherences");
        require(options_.noise >= 0, "perceptual_decision: noise = ", options_.noise, ", expected 0 or more");
    }

    [[nodiscard]] size_t inputs() const { return 2; }
    [[nodiscard]] size_t outputs() const { return 1; }
    [[nodiscard]] stage full_stage() const {
        return {options_.longest + options_.longest_delay + options_.response, 1};
    }
    /// What it was made with.
    [[nodiscard]] const perceptual_decision_options& options() const { return options_; }

    template <class T>
    void fill(const trial_block<T>& block, const stage& /*level*/, seed random, size_t step) const {
        detail::write_trials(block, random, step, [&](auto& trial, random_stream& draws) {
            const size_t evidence = detail::between(draws, options_.shortest, options_.longest);
            const size_t cue = evidence + detail::between(draws, 0, options_.longest_delay);
            const double sign = draws.below(2) == 0 ? -1 : 1;
            const double mean = sign * options_.coherences[draws.below(options_.coherences.size())];
            for (size_t t = 0; t < evidence; ++t) trial.input(t, 0) = static_cast<T>(mean);
            for (size_t t = cue; t < cue + options_.response; ++t) trial.input(t, 1) = T(1);
            trial.add_noise(cue, 1, options_.noise);
            trial.ask(0, cue, 0);
            trial.ask(cue, cue + options_.response, sign);
        });
    }

  private:
    perceptual_decision_options options_;
};

}  // namespace engram
