/// @file
/// Adam, and Adam with decoupled weight decay.
#pragma once

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
        using pack = simd::pack<T>;
        const auto step = static_cast<double>(position.step);
        const double correction1 = 1 - std::pow(beta1, step), correction2 = 1 - std::pow(beta2, step);
        const pack rate(static_cast<T>(learning_rate / correction1)), kept(static_cast<T>(1 - shrink));
        const pack keep1(static_cast<T>(beta1)), take1(static_cast<T>(1 - beta1));
        const pack keep2(static_cast<T>(beta2)), take2(static_cast<T>(1 - beta2));
        const pack scale(static_cast<T>(1 / std::sqrt(correction2))), small(static_cast<T>(epsilon));
        simd::for_each<T>(c.count, [&](auto at) {
            const pack g = at.load(c.gradient);
            const pack mean = keep1 * at.load(c.slots[0]) + take1 * g;
            const pack square = keep2 * at.load(c.slots[1]) + take2 * g * g;
            at.store(c.slots[0], mean);
            at.store(c.slots[1], square);
            at.store(c.parameters,
                     kept * at.load(c.parameters) - rate * mean / (simd::sqrt(square) * scale + small));
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
