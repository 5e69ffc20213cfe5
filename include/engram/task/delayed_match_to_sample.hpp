/// @file
/// Delayed match to sample: hold an item, and say whether a second one is the same.
#pragma once

#include "engram/task/detail/trial_writer.hpp"
#include "engram/task/task.hpp"

namespace engram {

/// The shape of a trial of delayed_match_to_sample.
struct delayed_match_to_sample_options {
    size_t items = 4;                               ///< how many there are, an input each
    size_t shown = 3;                               ///< steps for which each of the two is shown
    size_t shortest_delay = 5, longest_delay = 20;  ///< steps between them
    size_t response = 4;                            ///< steps in which the answer is asked for
    double noise = 0.1;                             ///< deviation of each item's input at each step
};

/// Delayed match to sample (Miyashita 1988). The input of an item is 1 for some steps, then, after a delay,
/// that of a second one, which is the same in half of the trials. A last input, the cue, is 1 in the
/// response, which follows at once: there the one output is to be 1 if they match and -1 if not, and 0
/// before. Train with mean_squared_error.
class delayed_match_to_sample {
  public:
    /// Its targets are numbers, not classes.
    static constexpr bool real_targets = true;

    /// Throws value_error on fewer than two items, lengths of zero or that cross, negative noise.
    explicit delayed_match_to_sample(delayed_match_to_sample_options options = {}) : options_(options) {
        require(options.items >= 2, "delayed_match_to_sample: items = ", options.items,
                ", expected at least 2");
        require(options.shown > 0 && options.response > 0, "delayed_match_to_sample: shown = ", options.shown,
                " and response = ", options.response, ", expected at least 1 each");
        require(options.shortest_delay <= options.longest_delay, "delayed_match_to_sample: delays of ",
                options.shortest_delay, " to ", options.longest_delay,
                " steps, expected no more than the longest");
        require(options.noise >= 0, "delayed_match_to_sample: noise = ", options.noise,
                ", expected 0 or more");
    }

    [[nodiscard]] size_t inputs() const { return options_.items + 1; }
    [[nodiscard]] size_t outputs() const { return 1; }
    [[nodiscard]] stage full_stage() const {
        return {2 * options_.shown + options_.longest_delay + options_.response, 1};
    }
    /// What it was made with.
    [[nodiscard]] const delayed_match_to_sample_options& options() const { return options_; }

    template <class T>
    void fill(const trial_block<T>& block, const stage& /*level*/, seed random, size_t step) const {
        detail::write_trials(block, random, step, [&](auto& trial, random_stream& draws) {
            const size_t test =
                options_.shown + detail::between(draws, options_.shortest_delay, options_.longest_delay);
            const size_t cue = test + options_.shown, end = cue + options_.response;
            const size_t sample = draws.below(options_.items);
            const bool match = draws.below(2) == 0;
            const size_t other = (sample + 1 + draws.below(options_.items - 1)) % options_.items;
            for (size_t t = 0; t < options_.shown; ++t) {
                trial.input(t, sample) = T(1);
                trial.input(test + t, match ? sample : other) = T(1);
            }
            for (size_t t = cue; t < end; ++t) trial.input(t, options_.items) = T(1);
            trial.add_noise(end, options_.items, options_.noise);
            trial.ask(0, cue, 0);
            trial.ask(cue, end, match ? 1 : -1);
        });
    }

  private:
    delayed_match_to_sample_options options_;
};

}  // namespace engram
