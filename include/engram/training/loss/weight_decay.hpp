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
        double add(const Network& network, double weight, std::span<typename Network::scalar> gradient,
                   const penalty_context&) {
            using T = typename Network::scalar;
            double sum = 0;
            for (const auto& block : network.layout().blocks()) {
                if (block.is_bias) continue;
                for (size_t i = block.offset; i < block.offset + block.size(); ++i) {
                    const T w = network.parameters()[i];
                    sum += static_cast<double>(w) * static_cast<double>(w);
                    gradient[i] += static_cast<T>(weight) * w;
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
