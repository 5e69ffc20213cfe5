/// @file
/// The noise that fills the frames of a trial in which nothing is shown.
#pragma once

#include <span>

#include "engram/core/random.hpp"

namespace engram {

/// Frames of independent pixels N(mean, deviation^2) with the trigger, a last input, at 0.
struct input_noise {
    size_t pixels = 0;               ///< of a frame, without the trigger
    double mean = 0, deviation = 0;  ///< of a pixel

    /// How many numbers a frame has.
    [[nodiscard]] std::size_t inputs() const { return pixels + 1; }
    /// Writes one frame (pixels + 1) from a stream.
    template <class T>
    void operator()(random_stream& stream, std::span<T> frame) const {
        stream.normals(frame.first(pixels), static_cast<T>(mean), static_cast<T>(deviation));
        frame[pixels] = T(0);
    }
};

}  // namespace engram
