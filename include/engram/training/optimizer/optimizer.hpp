/// @file
/// The concept of an optimizer.
#pragma once

#include <array>
#include <concepts>
#include <span>

#include "engram/core/simd.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// Where a run stands: update number `step`, counted from 1, of `steps`.
struct run_position {
    size_t step, steps;  ///< updates, this one included, and in all
    /// The fraction of the run done before this update.
    [[nodiscard]] double progress() const {
        return static_cast<double>(step - 1) / static_cast<double>(steps);
    }
};

/// Consecutive parameters with their gradient and the optimizer's numbers for each.
template <class T>
struct optimizer_chunk {
    std::span<T> parameters;            ///< to be moved
    std::span<const T> gradient;        ///< of the loss, one number a parameter
    std::array<std::span<T>, 2> slots;  ///< as many as the optimizer asked for; zero before the first update
    /// How many parameters there are.
    [[nodiscard]] size_t count() const { return parameters.size(); }
};

/// A rule that moves parameters down a gradient, each by itself. `slots` (0 to 2) numbers are kept for
/// each; `update(chunk, position)` moves those of one chunk; `learning_rate` is the step size.
template <class O, class T = float>
concept optimizer = std::copyable<O> &&
    requires(const O o, const optimizer_chunk<T>& chunk, run_position position) {
    { O::slots } -> std::convertible_to<size_t>;
    { o.learning_rate } -> std::convertible_to<double>;
    o.update(chunk, position);
};

}  // namespace engram
