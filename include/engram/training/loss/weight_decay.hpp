/// @file
/// The size of a network's weights.
#pragma once

#include "engram/training/loss/loss_term.hpp"

namespace engram {

/// Half the squared norm of all weights; biases are left alone.
struct weight_decay {
    using is_network_penalty = void;

    struct bound {
        /// Weight times the penalty; adds its gradient.
        template <class Network>
        double add(const Network& network, double weight, typename Network::scalar* gradient,
                   const penalty_context&) {
            using T = typename Network::scalar;
            double sum = 0;
            for (const auto& block : network.layout().blocks()) {
                if (block.is_bias) continue;
                const T* const w = network.parameters().data() + block.offset;
                T* const d = gradient + block.offset;
                for (size_t i = 0; i < block.size(); ++i) {
                    sum += static_cast<double>(w[i]) * static_cast<double>(w[i]);
                    d[i] += static_cast<T>(weight) * w[i];
                }
            }
            return weight * sum / 2;
        }
    };

    template <class Network>
    [[nodiscard]] bound bind(const Network&) const {
        return {};
    }
};

}  // namespace engram
