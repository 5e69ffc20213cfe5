/// @file
/// A penalty on how far states move within the trials that a network is trained on.
#pragma once

#include <engram/training/loss/loss_term.hpp>

namespace memory_study {

/// Squared distance between a state and the next, || h_{t+1} - h_t ||^2 (temporal consistency,
/// arXiv:2502.07256).
struct temporal_consistency : engram::term {
    using is_state_loss = void;

    template <class T>
    engram::outcome evaluate(engram::matrix_view<const T> states, const engram::trial_block<T>& block,
                             T scale, engram::matrix_view<T> d_states) const {
        engram::outcome found;
        for (std::size_t row = block.count; row < states.rows(); ++row)
            for (std::size_t j = 0; j < states.columns(); ++j) {
                const T step = states(row, j) - states(row - block.count, j);
                found.loss += static_cast<double>(scale * step * step);
                d_states(row, j) += 2 * scale * step;
                d_states(row - block.count, j) -= 2 * scale * step;
            }
        return found;
    }
};

}  // namespace memory_study
