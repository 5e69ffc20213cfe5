/// @file
/// Stochastic gradient descent, plain and with momentum.
#pragma once

#include "engram/training/optimizer/optimizer.hpp"

namespace engram {

/// w -= rate * g.
struct sgd {
    double learning_rate = 1e-2;  ///< the step size
    static constexpr size_t slots = 0;

    template <class T>
    void update(const optimizer_chunk<T>& c, run_position) const {
        using pack = simd::pack<T>;
        const pack rate(static_cast<T>(learning_rate));
        simd::for_each<T>(c.count(), [&, w = c.parameters.data()](auto at) {
            at.store(w, at.load(w) - rate * at.load(c.gradient.data()));
        });
    }
};

/// v = decay * v + g; w -= rate * v (Polyak 1964, in PyTorch's form).
struct momentum {
    double learning_rate = 1e-2, decay = 0.9;  ///< the step size, and what is kept of the velocity
    static constexpr size_t slots = 1;

    template <class T>
    void update(const optimizer_chunk<T>& c, run_position) const {
        using pack = simd::pack<T>;
        const pack rate(static_cast<T>(learning_rate)), keep(static_cast<T>(decay));
        simd::for_each<T>(c.count(), [&, w = c.parameters.data(), v = c.slots[0].data()](auto at) {
            const pack velocity = keep * at.load(v) + at.load(c.gradient.data());
            at.store(v, velocity);
            at.store(w, at.load(w) - rate * velocity);
        });
    }
};

}  // namespace engram
