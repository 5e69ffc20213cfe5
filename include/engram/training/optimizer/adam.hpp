/// @file
/// Adam, and Adam with decoupled weight decay.
#pragma once

#include "engram/core/adam_step.hpp"
#include "engram/training/optimizer/optimizer.hpp"

namespace engram {

/// Adam (Kingma and Ba 2015) with bias-corrected moments.
struct adam {
    double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< as in the paper
    static constexpr size_t slots = 2;

    template <class T>
    void update(const optimizer_chunk<T>& c, run_position position) const {
        decay_and_update(c, position, 0);
    }

  protected:
    /// Adam after w *= 1 - shrink.
    template <class T>
    void decay_and_update(const optimizer_chunk<T>& c, run_position position, double shrink) const {
        const simd::pack<T> kept(static_cast<T>(1 - shrink));
        const adam_step<T> step({learning_rate, beta1, beta2, epsilon}, position.step);
        simd::for_each<T>(c.count(), [&](auto at) {
            const auto down = step(at, c.gradient.data(), c.slots[0].data(), c.slots[1].data());
            at.store(c.parameters.data(), kept * at.load(c.parameters.data()) - down);
        });
    }
};

/// AdamW (Loshchilov and Hutter 2019): Adam, and w *= 1 - rate * weight_decay before each update.
struct adam_w : adam {
    double weight_decay = 1e-2;  ///< lambda

    template <class T>
    void update(const optimizer_chunk<T>& c, run_position position) const {
        decay_and_update(c, position, learning_rate * weight_decay);
    }
};

}  // namespace engram
