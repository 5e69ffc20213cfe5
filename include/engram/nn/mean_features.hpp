/// @file
/// The mean of what a network's cell sees of noise: the constant input of a network with a front end.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <span>

#include "engram/core/random.hpp"
#include "engram/nn/constant_input_map.hpp"

namespace engram {

/// The mean of the front end's features over noise frames (Haviv et al. 2019, the mean input of CIFAR-10).
/// Without a front end it is the mean of the frames themselves. `noise(stream, frame)` writes a frame, a
/// std::span of the network's inputs; input_noise does. Use it as constant_input_map{network,
/// mean_features(network, task.noise())}. Throws value_error if there are to be no frames.
template <class Network, std::invocable<random_stream&, std::span<typename Network::scalar>> Noise>
features_of_frame mean_features(const Network& network, const Noise& noise, size_t frames = 1000,
                                seed s = seed{0}) {
    using T = typename Network::scalar;
    require(frames > 0, "mean_features: frames = 0, expected at least 1");
    const size_t features = network.features();
    features_of_frame mean{vector<double>(std::array<size_t, 1>{features}, 0.0)};
    constexpr size_t at_once = 64;
    matrix<T> shown = matrix<T>::from_shape({at_once, network.sizes().inputs});
    matrix<T> seen = matrix<T>::from_shape({at_once, features + 1});
    for (size_t first = 0; first < frames; first += at_once) {
        const size_t n = std::min(at_once, frames - first);
        for (size_t i = 0; i < n; ++i) {
            random_stream stream(s, purpose::search, 0, first + i);
            noise(stream, std::span(&shown(i, 0), network.sizes().inputs));
        }
        network.see(matrix_view<T>(shown).row_block(0, n), matrix_view<T>(seen).row_block(0, n));
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < features; ++j)
                mean.values[j] += static_cast<double>(seen(i, j)) / static_cast<double>(frames);
    }
    return mean;
}

}  // namespace engram
