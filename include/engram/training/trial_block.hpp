/// @file
/// What passes between a task, a curriculum, a loss and a trainer: stages, trials and their score.
#pragma once

#include <concepts>
#include <span>

#include "engram/core/random.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// How hard a task is at one moment of training.
struct stage {
    size_t horizon;            ///< T, the steps of a trial
    size_t classes;            ///< how many classes are shown, the first ones
    double response_only = 0;  ///< 1 - alpha: 0 weighs the steps outside the response fully, 1 not at all
    friend bool operator==(const stage&, const stage&) = default;
};

/// Some trials of a batch, which a task writes. Rows are time-major: row t count + i is trial i at step t.
template <class T>
struct trial_block {
    size_t first;            ///< the first trial's number in the batch
    size_t count;            ///< trials
    size_t horizon;          ///< steps
    matrix_view<T> frames;   ///< (horizon count x inputs)
    std::span<int> classes;  ///< the target class of each row, 0 being the null class
    std::span<T> weights;    ///< the weight of each row in the loss
    std::span<char> active;  ///< of each output, whether the loss knows it yet
    matrix_view<T> values;   ///< (horizon count x outputs), for tasks whose targets are numbers
};

/// What a loss found: its value, and how many of the rows that ask for an answer got the right one.
struct outcome {
    double loss = 0;              ///< the weighted sum
    size_t right = 0, asked = 0;  ///< right answers, and rows that ask for one
    /// The outcome of both.
    outcome& operator+=(const outcome& other) {
        loss += other.loss, right += other.right, asked += other.asked;
        return *this;
    }
    /// The fraction of answers that are right; 0 if none was asked for.
    [[nodiscard]] double recall() const {
        return asked == 0 ? 0 : static_cast<double>(right) / static_cast<double>(asked);
    }
};

/// A supply of trials: the sizes of its frames and outputs, its full difficulty, and
/// `fill(block, stage, seed, step)`, which writes all of a block and depends on nothing but its arguments.
template <class K, class T = float>
concept task = requires(const K k, const trial_block<T> block, const stage s, seed random, size_t step) {
    { k.inputs() } -> std::convertible_to<size_t>;
    { k.outputs() } -> std::convertible_to<size_t>;
    { k.full_stage() } -> std::convertible_to<stage>;
    k.fill(block, s, random, step);
};

/// Frames of independent pixels N(mean, deviation^2) with the trigger, a last input, at 0.
struct input_noise {
    size_t pixels = 0;               ///< of a frame, without the trigger
    double mean = 0, deviation = 0;  ///< of a pixel

    /// Writes one frame (pixels + 1) from a stream.
    template <class T>
    void draw(random_stream& stream, T* frame) const {
        stream.normals(frame, pixels, static_cast<T>(mean), static_cast<T>(deviation));
        frame[pixels] = T(0);
    }
};

}  // namespace engram
