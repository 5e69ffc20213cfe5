/// @file
/// What stands between a frame's pixels and the cell: nothing, here.
#pragma once

#include <algorithm>

#include "engram/core/tensor.hpp"
#include "engram/nn/parameters.hpp"

namespace engram {

/// The cell sees the pixels as they are.
struct no_front_end {
    template <class>
    using with_scalar = no_front_end;
    template <class>
    [[nodiscard]] no_front_end converted() const {
        return {};
    }
    /// How many features a frame of that many pixels becomes.
    [[nodiscard]] size_t outputs(size_t pixels) const { return pixels; }
    void add_parameters(parameter_layout&, size_t /*pixels*/) {}
    /// Writes the features of one frame.
    template <class T>
    void apply(const T* /*parameters*/, const T* frame, size_t pixels, T* features) const {
        std::copy_n(frame, pixels, features);
    }
};

}  // namespace engram
