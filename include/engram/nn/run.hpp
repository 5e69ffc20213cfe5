/// @file
/// A network on given frames: its states and outputs step by step, for any batch and length.
#pragma once

#include <algorithm>
#include <array>

#include "engram/core/parallel.hpp"
#include "engram/core/tensor.hpp"
#include "engram/nn/unrolled.hpp"

namespace engram {

/// How a network is run.
template <class T>
struct run_options {
    matrix<T> initial = {};  ///< the states before the first frame (trials x state size); empty: zero
    size_t threads = 1;      ///< results do not depend on it
    size_t shard = 64;       ///< trials a thread works on at a time
    double unit_noise = 0;   ///< the deviation of private noise of the units; see unit_noise
    engram::seed seed{0};    ///< of that noise
};

/// What a network did.
template <class T>
struct network_run {
    xt::xtensor<T, 3> states;   ///< after each frame (steps x trials x state size)
    xt::xtensor<T, 3> outputs;  ///< read out of them (steps x trials x outputs)

    /// The states after step t (trials x state size), as seeds of a search. Throws value_error if there is no
    /// such step.
    [[nodiscard]] matrix<double> states_after(size_t t) const {
        require(t < states.shape(0), "network_run: step ", t, " of ", states.shape(0));
        auto result = matrix<double>::from_shape({states.shape(1), states.shape(2)});
        std::copy_n(states.data() + t * result.size(), result.size(), result.data());
        return result;
    }
};

/// Runs a network on frames (steps x trials x inputs). What is computed besides the result takes the memory
/// of one step. Throws shape_error where frames or initial states do not fit the network, value_error on a
/// shard of zero and on noise that is no finite number.
template <class Network>
network_run<typename Network::scalar> run(const Network& network,
                                          const xt::xtensor<typename Network::scalar, 3>& frames,
                                          const run_options<typename Network::scalar>& options = {}) {
    using T = typename Network::scalar;
    const size_t steps = frames.shape(0), trials = frames.shape(1), inputs = frames.shape(2);
    const size_t width = network.state_size(), outputs = network.sizes().outputs;
    const auto& initial = options.initial;
    require(options.shard > 0, "run: shard = 0, expected at least 1");
    detail::check_unit_noise<typename Network::cell_type>("run", options.unit_noise);
    require<shape_error>(inputs == network.sizes().inputs, "run: frames of ", inputs,
                         " inputs, the network has ", network.sizes().inputs);
    require<shape_error>(initial.size() == 0 || (initial.shape(0) == trials && initial.shape(1) == width),
                         "run: initial states (", initial.shape(0), " x ", initial.shape(1), "), expected (",
                         trials, " x ", width, ")");
    network_run<T> result{xt::xtensor<T, 3>::from_shape({steps, trials, width}),
                          xt::xtensor<T, 3>::from_shape({steps, trials, outputs})};
    const size_t shards = (trials + options.shard - 1) / options.shard;
    team(options.threads).for_each(shards, [&](size_t shard, size_t) {
        const size_t first = shard * options.shard, count = std::min(options.shard, trials - first);
        unrolled<Network> step(network, {.horizon = 1, .batch = count, .shard = count, .trains = false});
        const auto rows = [&](auto& all, size_t t, size_t columns) {
            return matrix_view(all.data() + (t * trials + first) * columns, count, columns);
        };
        if (initial.size() > 0) copy<T>(rows(initial, 0, width), step.states(0, 0));
        for (size_t t = 0; t < steps; ++t) {
            copy<T>(rows(frames, t, inputs), step.inputs(0));
            step.forward(network, 0, true,
                         {.deviation = options.unit_noise,
                          .seed = options.seed,
                          .purpose = purpose::recall,
                          .step = t + 1,
                          .first_sample = first});
            copy(step.states(0, 1), step.states(0, 0));
            copy(step.states(0, 1), rows(result.states, t, width));
            copy(step.outputs(0), rows(result.outputs, t, outputs));
        }
    });
    return result;
}

}  // namespace engram
