/// @file
/// How large an unrolled network can become.
#pragma once

#include <cstddef>

namespace engram {

/// How large an unrolled network can become, and the trials one thread works on at a time.
struct unrolled_sizes {
    std::size_t horizon, batch;  ///< steps and trials, at most
    /// Trials a shard. Fixed by the caller and not by the threads, so that results do not depend on them.
    std::size_t shard = 64;
    /// Whether backward will be called: without it, gradients take no memory.
    bool trains = true;
    /// Whether the loss has a gradient by the states of every step, not by outputs and final states alone.
    bool state_gradients = false;
};

}  // namespace engram
