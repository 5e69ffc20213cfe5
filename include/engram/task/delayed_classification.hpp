/// @file
/// The task of the paper: see an image, hold its class through noise, name it when asked.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "engram/task/image_task.hpp"

namespace engram {

/// The shape of a trial.
struct delayed_classification_options {
    size_t horizon = 20;       ///< T, steps of a trial
    size_t minimal_delay = 4;  ///< d, least steps from the image to the trigger
};

/// Delayed classification (Haviv et al. 2019, section 2). At step t_s a trial shows an image, at every other
/// step noise N(mu, sigma^2) with the images' pixel mean and deviation. A last input, the trigger, is 1 at
/// step t_a and else 0. The target is the image's class (counted from 1) at t_a and the null class 0
/// elsewhere. t_s is uniform on {0, ..., T-d-1}, t_a on {t_s+d, ..., T-1}; classes are balanced within a
/// batch. The response step weighs T in the loss, the other T-1 steps alpha each.
class delayed_classification : public image_task<delayed_classification> {
  public:
    /// Throws value_error unless 0 < minimal_delay < horizon.
    explicit delayed_classification(image_set images, delayed_classification_options options = {})
        : images_(std::move(images)), options_(options) {
        require(options.minimal_delay > 0 && options.minimal_delay < options.horizon,
                "delayed_classification: minimal_delay = ", options.minimal_delay,
                ", expected at least 1 and less than horizon = ", options.horizon);
    }

    [[nodiscard]] stage full_stage() const { return {options_.horizon, images_.classes()}; }
    /// The images that are shown.
    [[nodiscard]] const image_set& images() const { return images_; }
    /// What it was made with.
    [[nodiscard]] const delayed_classification_options& options() const { return options_; }

    /// Writes the training trials of one step. Throws value_error on a stage without room for the delay, or
    /// without classes.
    template <class T>
    void fill(const trial_block<T>& block, const stage& level, seed random, size_t step) const {
        const size_t steps = level.horizon, delay = options_.minimal_delay;
        require(steps > delay, "delayed_classification: a stage of ", steps,
                " steps, expected more than minimal_delay = ", delay);
        require(level.classes > 0 && level.classes <= images_.classes(),
                "delayed_classification: a stage of ", level.classes, " classes, expected 1 to ",
                images_.classes());
        const auto alpha = static_cast<T>(1 - level.response_only);
        std::fill(block.classes.begin(), block.classes.end(), 0);
        std::fill(block.weights.begin(), block.weights.end(), alpha);
        for (size_t j = 0; j < block.active.size(); ++j) block.active[j] = j <= level.classes;
        const size_t turn = random_stream(random, purpose::trial, step, whole_batch).below(level.classes);
        for (size_t i = 0; i < block.count; ++i) {
            const size_t number = block.first + i, label = (number + turn) % level.classes;
            random_stream choice(random, purpose::trial, step, number);
            const size_t shown = choice.below(steps - delay),
                         asked = shown + delay + choice.below(steps - shown - delay);
            const auto& candidates = images_.training().of_class(label);
            const size_t image = candidates[choice.below(candidates.size())];
            random_stream draws(random, purpose::noise, step, number);
            for (size_t t = 0; t < steps; ++t) {
                const std::span<T> frame(block.frames.row(t * block.count + i), inputs());
                if (t == shown) {
                    images_.training().copy_to(image, frame.first(images_.pixels()));
                    frame[images_.pixels()] = T(0);
                } else {
                    noise()(draws, frame);
                }
            }
            const size_t response = asked * block.count + i;
            block.frames(response, images_.pixels()) = T(1);
            block.classes[response] = static_cast<int>(label) + 1;
            block.weights[response] = static_cast<T>(steps);
        }
    }

  private:
    /// The sample number of what a whole batch shares.
    static constexpr size_t whole_batch = (size_t{1} << 24) - 1;

    image_set images_;
    delayed_classification_options options_;
};

static_assert(memory_task<delayed_classification>);

}  // namespace engram
