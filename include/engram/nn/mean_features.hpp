/// @file
/// The mean of what a network's cell sees of noise: the constant input of a network with a front end.
#pragma once

#include <vector>

#include "engram/core/random.hpp"
#include "engram/nn/frozen.hpp"

namespace engram {

/// The mean of the front end's features over noise frames, with the trigger at 0 (Haviv et al. 2019, the mean
/// input of CIFAR-10). Without a front end it is the mean of the frames themselves. `noise.draw(stream,
/// frame)` writes a frame; input_noise does. Use it as frozen{network, mean_features(network, task.noise())}.
/// Throws value_error if there are to be no frames.
template <class Network, class Noise>
seen_features mean_features(const Network& network, const Noise& noise, size_t frames = 1000,
                            seed s = seed{0}) {
    using T = typename Network::scalar;
    require(frames > 0, "mean_features: frames = 0, expected at least 1");
    const size_t features = network.features();
    seen_features mean{vector<double>(std::array<size_t, 1>{features}, 0.0)};
    std::vector<T> frame(network.sizes().inputs), seen(features + 1);
    for (size_t i = 0; i < frames; ++i) {
        random_stream stream(s, purpose::search, 0, i);
        noise.draw(stream, frame.data());
        network.see(frame.data(), seen.data());
        for (size_t j = 0; j < features; ++j)
            mean.values[j] += static_cast<double>(seen[j]) / static_cast<double>(frames);
    }
    return mean;
}

}  // namespace engram
