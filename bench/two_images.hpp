// A task whose trials show two images; the last one's class is asked for.
#pragma once

#include <engram/engram.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace engram {

/// As delayed_classification, but for a first image at an earlier step of most trials, which is to be
/// forgotten when the second is shown, at least `minimal_delay` steps later. A trial without room for that
/// shows one image.
class last_of_two_images : public image_task<last_of_two_images> {
  public:
    explicit last_of_two_images(image_set images, delayed_classification_options options = {})
        : one_(std::move(images), options) {}

    [[nodiscard]] stage full_stage() const { return one_.full_stage(); }
    [[nodiscard]] const image_set& images() const { return one_.images(); }

    /// The trials of delayed_classification, and images of any class before theirs.
    template <class T>
    void fill(const trial_block<T>& block, const stage& level, seed random, std::size_t step) const {
        one_.fill(block, level, random, step);
        const std::size_t steps = level.horizon, delay = one_.options().minimal_delay;
        for (std::size_t i = 0; i < block.count; ++i) {
            // The step of its image, as delayed_classification draws it.
            const std::size_t number = block.first + i,
                              shown =
                                  random_stream(random, purpose::trial, step, number).below(steps - delay);
            if (shown < delay) continue;
            random_stream choice(seed{~random.value}, purpose::trial, step, number);
            const std::size_t earlier = choice.below(shown - delay + 1);
            const auto& candidates = images().training().of_class(choice.below(level.classes));
            const std::span<T> frame(block.frames.row(earlier * block.count + i), inputs());
            images().training().copy_to(candidates[choice.below(candidates.size())],
                                        frame.first(images().pixels()));
        }
    }

  private:
    delayed_classification one_;
};

static_assert(memory_task<last_of_two_images>);

}  // namespace engram
