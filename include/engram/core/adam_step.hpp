/// @file
/// One step of Adam, for whoever descends a gradient.
#pragma once

#include <cmath>
#include <cstddef>

#include "engram/core/simd.hpp"

namespace engram {

/// The constants of Adam (Kingma and Ba 2015).
struct adam_constants {
    double learning_rate, beta1, beta2, epsilon;  ///< as in the paper
};

/// Adam's step number `number`, counted from 1, of any count of numbers: with the gradient g,
///     mean = beta1 mean + (1 - beta1) g,  square = beta2 square + (1 - beta2) g^2,
///     step = learning_rate mean' / (sqrt(square') + epsilon),
/// the primes being corrected for their bias: mean / (1 - beta1^number), square / (1 - beta2^number).
template <class T>
class adam_step {
    using pack = simd::pack<T>;

  public:
    /// Gradients are multiplied by `scale` first.
    adam_step(const adam_constants& c, std::size_t number, double scale = 1)
        : rate_(static_cast<T>(c.learning_rate / correction(c.beta1, number))),
          keep1_(static_cast<T>(c.beta1)),
          take1_(static_cast<T>(scale * (1 - c.beta1))),
          keep2_(static_cast<T>(c.beta2)),
          take2_(static_cast<T>(scale * scale * (1 - c.beta2))),
          unbias_(static_cast<T>(1 / std::sqrt(correction(c.beta2, number)))),
          epsilon_(static_cast<T>(c.epsilon)) {}

    /// Updates both moments at a place of a loop by simd::for_each, and returns how far to go downhill.
    template <class Place>
    pack operator()(Place at, const T* gradient, T* means, T* squares) const {
        const pack g = at.load(gradient);
        const pack mean = keep1_ * at.load(means) + take1_ * g;
        const pack square = keep2_ * at.load(squares) + take2_ * g * g;
        at.store(means, mean);
        at.store(squares, square);
        return rate_ * mean / (simd::sqrt(square) * unbias_ + epsilon_);
    }

  private:
    static double correction(double beta, std::size_t number) {
        return 1 - std::pow(beta, static_cast<double>(number));
    }

    pack rate_, keep1_, take1_, keep2_, take2_, unbias_, epsilon_;
};

}  // namespace engram
