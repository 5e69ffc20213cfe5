/// @file
/// What a network's cell sees of frames that it is to meet again and again.
#pragma once

#include <algorithm>

#include "engram/core/tensor.hpp"

namespace engram {

/// What the input weights meet of some frames (n x the network's inputs): the features and, last, 1 (n x
/// features + 1), in the network's precision. A few frames go through its front end at a time.
template <class Network>
matrix<typename Network::scalar> seen_frames(const Network& network, const matrix<double>& frames) {
    using T = typename Network::scalar;
    constexpr size_t at_once = 64;
    const size_t n = frames.shape(0), inputs = frames.shape(1);
    auto seen = matrix<T>::from_shape({n, network.features() + 1});
    auto shown = matrix<T>::from_shape({at_once, inputs});
    for (size_t first = 0; first < n; first += at_once) {
        const size_t rows = std::min(at_once, n - first);
        std::transform(&frames(first, 0), &frames(first, 0) + rows * inputs, shown.data(),
                       [](double x) { return static_cast<T>(x); });
        network.see(matrix_view<const T>(shown).row_block(0, rows),
                    matrix_view<T>(seen).row_block(first, rows));
    }
    return seen;
}

}  // namespace engram
