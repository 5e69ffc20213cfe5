/// @file
/// How a run is asked for, how it ended, and what it needs to go on.
#pragma once

#include "engram/core/process_group.hpp"
#include "engram/core/random.hpp"
#include "engram/core/tensor.hpp"
#include "engram/training/penalty_state.hpp"

namespace engram {

/// How long and how a network is trained.
struct fit_options {
    size_t steps = 6000;   ///< updates
    size_t batch = 64;     ///< trials an update
    engram::seed seed{0};  ///< of the trials; the network has its own
    size_t threads = 1;    ///< results do not depend on it
    double clip_norm = 0;  ///< the gradient's norm is cut to this; 0 leaves it alone
    size_t shard = 64;     ///< trials a thread works on at a time; part of what fixes the result's bits
    /// Processes that train the network together, each a copy of it, with the same arguments: the shards are
    /// spread over them. Results do not depend on their number. Callbacks are called on rank 0, and stop all.
    process_group ranks = {};
    /// Where above 0, the network has the moving average of its weights when fit returns (Polyak and Juditsky
    /// 1992, in its exponential form): each update takes this fraction of the average before and the rest of
    /// the new weights. 0.995 averages over some 200 updates. Callbacks see the weights themselves.
    double averaging = 0;
    /// The deviation of private noise of the units in trials, fresh for each step of each; see unit_noise.
    /// What penalties compute has none.
    double unit_noise = 0;
};

/// How a run ended.
struct fit_result {
    size_t steps;              ///< updates done
    double loss, accuracy;     ///< of the last batch
    bool stopped_by_callback;  ///< whether a callback ended it early
    size_t idle_ranks = 0;     ///< processes that had no shard: there were more than shards
};

/// What a run needs besides the network's parameters to go on where it stopped.
template <class T>
struct training_state {
    size_t step = 0;                            ///< updates done
    matrix<T> slots;                            ///< the optimizer's (slots x parameters)
    std::vector<penalty_state<T>> penalties{};  ///< of each term of the objective; none: of no term
    std::vector<T> averaged{};                  ///< the moving average of the parameters, where there is one
};

}  // namespace engram
