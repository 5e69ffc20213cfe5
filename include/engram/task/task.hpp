/// @file
/// What a task is: a supply of trials that can be made easier in stages.
#pragma once

#include <concepts>

#include "engram/core/random.hpp"
#include "engram/task/trial_block.hpp"

namespace engram {

/// How hard a task is at one moment of training.
struct stage {
    size_t horizon;            ///< T, the steps of a trial
    size_t classes;            ///< how many classes are shown, the first ones
    double response_only = 0;  ///< 1 - alpha: 0 weighs the steps outside the response fully, 1 not at all
    friend bool operator==(const stage&, const stage&) = default;
};

/// A supply of trials: the sizes of its frames and outputs, its full difficulty, and
/// `fill(block, stage, seed, step)`, which writes all of a block and depends on nothing but its arguments.
///
/// One that says `static constexpr bool real_targets = true` writes `block.values`, one that says it is false
/// writes classes, and a loss of the other kind of target does not compile. One that says
/// `static constexpr bool weighs_outputs = true` writes `block.output_weights`.
template <class K, class T = float>
concept task = requires(const K k, const trial_block<T> block, const stage s, seed random, size_t step) {
    { k.inputs() } -> std::convertible_to<size_t>;
    { k.outputs() } -> std::convertible_to<size_t>;
    { k.full_stage() } -> std::convertible_to<stage>;
    k.fill(block, s, random, step);
};

}  // namespace engram
