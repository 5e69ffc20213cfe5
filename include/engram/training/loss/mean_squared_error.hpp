/// @file
/// The squared distance of the outputs from target values.
#pragma once

#include "engram/training/loss/loss_term.hpp"

namespace engram {

/// Sum over rows of weight times the mean over outputs of the output's weight times (output - target
/// value)^2. A row asks for an answer if its weight and that of an output whose target is not 0 are
/// positive, and is right if all those outputs have their targets' signs. Throws shape_error on a task
/// without target values.
struct mean_squared_error {
    /// It reads target values.
    static constexpr bool real_targets = true;

    template <class T>
    outcome evaluate(matrix_view<const T> outputs, const trial_block<T>& block, std::type_identity_t<T> scale,
                     std::type_identity_t<matrix_view<T>> d_outputs) const {
        require<shape_error>(
            block.values.rows() == outputs.rows() && block.values.columns() == outputs.columns(),
            "mean_squared_error: the task gives no target values; use it with one that does, such as "
            "flip_flop");
        outcome result;
        for (size_t i = 0; i < outputs.rows(); ++i) {
            const T weight = scale * block.weights[i] / static_cast<T>(outputs.columns());
            bool asked = false, signs_agree = true;
            for (size_t j = 0; j < outputs.columns(); ++j) {
                const T difference = outputs(i, j) - block.values(i, j);
                const T own = weight * block.output_weight(i, j);
                result.loss += static_cast<double>(own * difference * difference);
                d_outputs(i, j) += T(2) * own * difference;
                if (own > 0 && block.values(i, j) != 0) {
                    asked = true;
                    signs_agree = signs_agree && outputs(i, j) * block.values(i, j) > 0;
                }
            }
            if (asked) ++result.asked, result.right += signs_agree ? 1 : 0;
        }
        return result;
    }
};

}  // namespace engram
