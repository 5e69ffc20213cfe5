/// @file
/// RMSProp.
#pragma once

#include "engram/training/optimizer/optimizer.hpp"

namespace engram {

/// v = decay * v + (1 - decay) g^2; w -= rate * g / (sqrt(v) + epsilon) (Tieleman and Hinton 2012).
struct rms_prop {
    double learning_rate = 1e-2, decay = 0.99, epsilon = 1e-8;  ///< as in PyTorch
    static constexpr size_t slots = 1;

    template <class T>
    void update(const optimizer_chunk<T>& c, run_position) const {
        using pack = simd::pack<T>;
        const pack rate(static_cast<T>(learning_rate)), keep(static_cast<T>(decay)),
            take(static_cast<T>(1 - decay));
        const pack small(static_cast<T>(epsilon));
        simd::for_each<T>(c.count(), [&, w = c.parameters.data(), v = c.slots[0].data()](auto at) {
            const pack g = at.load(c.gradient.data()), square = keep * at.load(v) + take * g * g;
            at.store(v, square);
            at.store(w, at.load(w) - rate * g / (simd::sqrt(square) + small));
        });
    }
};

}  // namespace engram
