/// @file
/// Naming an image that is in sight: what there is to remember, without the remembering.
#pragma once

#include <span>

#include "engram/task/image_task.hpp"

namespace engram {

/// Trials of one step, which shows an image with the trigger and asks for its class; the measure of what a
/// front end can see. Inputs, outputs and balance of the classes are those of delayed_classification.
class image_classification : public image_task<image_classification> {
  public:
    /// The images are referred to.
    explicit image_classification(const image_set& images) : images_(images) {}
    /// Images that nobody keeps would be gone before the first trial.
    explicit image_classification(const image_set&& images) = delete;

    [[nodiscard]] stage full_stage() const { return {1, images_.classes()}; }
    /// The images that are shown.
    [[nodiscard]] const image_set& images() const { return images_; }

    /// Writes the training trials of one step. Throws value_error on a stage without classes.
    template <class T>
    void fill(const trial_block<T>& block, const stage& level, seed random, size_t step) const {
        require(level.classes > 0 && level.classes <= images_.classes(), "image_classification: a stage of ",
                level.classes, " classes, expected 1 to ", images_.classes());
        for (size_t j = 0; j < block.active.size(); ++j) block.active[j] = j <= level.classes;
        std::fill(block.weights.begin(), block.weights.end(), T(1));
        const auto& images = images_.training();
        for (size_t i = 0; i < block.count; ++i) {
            const size_t number = block.first + i, label = (number + step) % level.classes;
            const auto& candidates = images.of_class(label);
            random_stream choice(random, purpose::trial, step, number);
            images.copy_to(candidates[choice.below(candidates.size())],
                           std::span(block.frames.row(i), images_.pixels()));
            block.frames(i, images_.pixels()) = T(1);
            block.classes[i] = static_cast<int>(label) + 1;
        }
    }

  private:
    const image_set& images_;
};

static_assert(memory_task<image_classification>);

}  // namespace engram
