/// @file
/// The activity of a network's units: small activities are cheap.
#pragma once

#include "engram/training/loss/loss_term.hpp"

namespace engram {

/// Sum over rows of the mean over a state's coordinates of h^2. Rows of weight 0 do not count; all others
/// count alike.
struct activity_penalty {
    /// Says that it is a loss of hidden states.
    using is_state_loss = void;

    template <class T>
    outcome evaluate(matrix_view<const T> states, const trial_block<T>& block, std::type_identity_t<T> scale,
                     std::type_identity_t<matrix_view<T>> d_states) const {
        outcome result;
        const T share = scale / static_cast<T>(states.columns());
        for (size_t i = 0; i < states.rows(); ++i) {
            if (!(block.weights[i] > 0)) continue;
            T squares = 0;
            for (size_t j = 0; j < states.columns(); ++j) {
                squares += states(i, j) * states(i, j);
                d_states(i, j) += T(2) * share * states(i, j);
            }
            result.loss += static_cast<double>(share * squares);
        }
        return result;
    }
};

}  // namespace engram
