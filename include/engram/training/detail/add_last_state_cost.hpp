/// @file
/// The gradient of a cost of the last states of a penalty's own trials.
#pragma once

#include <span>

#include "engram/core/parallel.hpp"
#include "engram/nn/unrolled.hpp"

namespace engram::detail {

/// Runs trials whose last states cost something, adds the cost's gradient with respect to the parameters to
/// `gradient`, and returns the cost. Of each shard, `begin(shard)` writes the initial states and the frames;
/// `cost(shard)` returns the cost of its last states, whose gradient it leaves in d_state; `costs` (shards)
/// is working memory.
template <class Network, class T, class Begin, class Cost>
double add_last_state_cost(const Network& network, unrolled<Network>& trials, std::span<T> gradient,
                           team& workers, std::span<double> costs, Begin&& begin, Cost&& cost) {
    workers.for_each(trials.shards(), [&](size_t shard, size_t) {
        begin(shard);
        trials.forward(network, shard, false);
        costs[shard] = cost(shard);
        fill(trials.d_outputs(shard), T(0));
        trials.backward(network, shard);
    });
    workers.for_each(trials.gradient_tiles(),
                     [&](size_t tile, size_t) { trials.add_gradient(network, tile, gradient); });
    double total = 0;
    for (const double c : costs) total += c;
    return total;
}

}  // namespace engram::detail
