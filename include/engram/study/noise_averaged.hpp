/// @file
/// A network's map averaged over the noise that it waits under.
#pragma once

#include <span>

#include "engram/dynamics/map/averaged_map.hpp"
#include "engram/nn/constant_inputs_map.hpp"
#include "engram/task/memory_task.hpp"

namespace engram {

/// Which frames a network's map is averaged over.
struct noise_average_options {
    size_t frames = 32;    ///< K, an even number
    engram::seed seed{0};  ///< of the frames
};

/// Frames of waiting (K x inputs) in antithetic pairs: row 2 k + 1 is row 2 k mirrored at the task's mean
/// frame, so that their mean is that frame and what is odd in the noise averages out. Throws value_error if K
/// is odd or 0.
template <memory_task Task>
matrix<double> antithetic_frames(const Task& task, const noise_average_options& options = {}) {
    require(options.frames > 0 && options.frames % 2 == 0, "antithetic_frames: frames = ", options.frames,
            ", expected an even number of at least 2");
    const size_t inputs = task.inputs();
    const auto mean = task.mean_input();
    matrix<double> frames = matrix<double>::from_shape({options.frames, inputs});
    std::vector<float> drawn(inputs);
    for (size_t k = 0; k < options.frames; k += 2) {
        random_stream stream(options.seed, purpose::search, 1, k);
        task.wait(stream, 1.0, std::span<float>(drawn));
        for (size_t j = 0; j < inputs; ++j) {
            frames(k, j) = static_cast<double>(drawn[j]);
            frames(k + 1, j) = 2 * mean(j) - frames(k, j);
        }
    }
    return frames;
}

/// The mean h -> 1/K sum_k F(h, I_k) of a network's map over frames of the noise that a memory waits under,
/// drawn in antithetic pairs: a map whose slow points are where memories stay on average. The map under the
/// mean input, mean_map(), leaves out that noise pushes: F is curved in the input. Throws value_error if the
/// number of frames is odd or 0, shape_error if task and network do not fit.
template <class Network, memory_task Task>
auto noise_averaged(const Network& network, const Task& task, const noise_average_options& options = {}) {
    return averaged_map{constant_inputs_map{network, antithetic_frames(task, options)}};
}

}  // namespace engram
