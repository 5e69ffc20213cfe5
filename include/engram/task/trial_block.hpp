/// @file
/// What passes between a task, a loss and a trainer: trials and their score.
#pragma once

#include <cstddef>
#include <span>

#include "engram/core/tensor.hpp"

namespace engram {

/// Some trials of a batch, which a task writes. Rows are time-major: row t count + i is trial i at step t.
template <class T>
struct trial_block {
    size_t first;            ///< the first trial's number in the batch
    size_t count;            ///< trials
    size_t horizon;          ///< steps
    matrix_view<T> frames;   ///< (horizon count x inputs)
    std::span<int> classes;  ///< the target class of each row, 0 being the null class
    std::span<T> weights;    ///< the weight of each row in the loss; 0 leaves it out, as after a trial's end
    std::span<char> active;  ///< of each output, whether the loss knows it yet
    matrix_view<T> values;   ///< (horizon count x outputs), for tasks whose targets are numbers
    /// (horizon count x outputs) for tasks that say `static constexpr bool weighs_outputs = true`, else
    /// empty: the weight of each output in each row's loss, besides the row's. Losses of classes take that of
    /// the target class.
    matrix_view<T> output_weights = {};

    /// The weight of an output in a row's loss, without the row's.
    [[nodiscard]] T output_weight(size_t row, size_t output) const {
        return output_weights.rows() == 0 ? T(1) : output_weights(row, output);
    }
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
    [[nodiscard]] double accuracy() const {
        return asked == 0 ? 0 : static_cast<double>(right) / static_cast<double>(asked);
    }
};

}  // namespace engram
