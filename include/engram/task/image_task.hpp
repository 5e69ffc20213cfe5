/// @file
/// What tasks that show images have in common: their frames, and their classes as memories.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "engram/data/image_set.hpp"
#include "engram/task/input_noise.hpp"
#include "engram/task/memory_task.hpp"

namespace engram {

/// The base of a task whose memories are classes of images: `Task` has `images()`, the engram::image_set. A
/// frame is an image's pixels or noise N(mu, sigma^2) with the images' pixel mean and deviation; its last
/// input is the trigger, which is 1 where the class is asked for and else 0. Output 0 is the null class.
template <class Task>
class image_task {
  public:
    /// Its targets are classes.
    static constexpr bool real_targets = false;

    /// Pixels and the trigger.
    [[nodiscard]] size_t inputs() const { return images().pixels() + 1; }
    /// The null class and the images' classes.
    [[nodiscard]] size_t outputs() const { return images().classes() + 1; }
    /// The noise that fills the frames without an image.
    [[nodiscard]] input_noise noise() const {
        return {images().pixels(), images().pixel_mean(), images().pixel_deviation()};
    }

    [[nodiscard]] size_t labels() const { return images().classes(); }
    [[nodiscard]] size_t examples(example_set set, size_t label) const {
        return images_of(set).of_class(label).size();
    }
    template <class T>
    void show(example_set set, size_t label, size_t example, std::span<T> frame) const {
        images_of(set).copy_to(images_of(set).of_class(label)[example], frame.first(images().pixels()));
        frame.back() = T(0);
    }
    template <class T>
    void wait(random_stream& stream, double scale, std::span<T> frame) const {
        auto scaled = noise();
        scaled.deviation *= scale;
        scaled(stream, frame);
    }
    template <class T>
    void ask(std::span<T> frame) const {
        frame.back() = T(1);
    }
    /// The class of the largest output; none if that is the null class.
    template <class T>
    [[nodiscard]] size_t answer(std::span<const T> outputs) const {
        const auto largest = static_cast<size_t>(std::ranges::max_element(outputs) - outputs.begin());
        return largest == 0 ? labels() : largest - 1;
    }
    /// Every pixel at its mean, the trigger 0.
    [[nodiscard]] vector<double> mean_input() const {
        vector<double> frame(std::array<size_t, 1>{inputs()}, images().pixel_mean());
        frame(images().pixels()) = 0;
        return frame;
    }

  private:
    friend Task;
    image_task() = default;

    [[nodiscard]] const image_set& images() const { return static_cast<const Task&>(*this).images(); }
    [[nodiscard]] const image_set::part& images_of(example_set set) const {
        return set == example_set::training ? images().training() : images().held_out();
    }
};

}  // namespace engram
