/// @file
/// What a penalty carries from one update to the next.
#pragma once

#include <string>
#include <vector>

#include "engram/core/tensor.hpp"

namespace engram {

/// One array of a penalty's state.
template <class T>
struct carried_array {
    std::string name;  ///< unique in its penalty
    matrix<T> values;  ///< its shape never changes during a run
};

/// All that a penalty carries from one update to the next: checkpoints keep it, and a run that goes on from
/// one ends in the same bits. Empty for most penalties.
template <class T>
using penalty_state = std::vector<carried_array<T>>;

}  // namespace engram
