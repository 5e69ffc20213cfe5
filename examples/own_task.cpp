// Trains a network on a task of the user's own: which of two noisy inputs is larger on average?
#include <engram/engram.hpp>

#include <algorithm>
#include <iostream>

namespace eg = engram;
using std::size_t;

//! [task]
struct which_is_larger {
    size_t horizon = 20;

    size_t inputs() const { return 3; }   // two channels and, last, the trigger
    size_t outputs() const { return 3; }  // the null class, then an answer for each channel
    eg::stage full_stage() const { return {.horizon = horizon, .classes = 2}; }

    // Writes all of a block; all chance comes from the seed, the step and the trial.
    template <class T>
    void fill(const eg::trial_block<T>& block, const eg::stage& level, eg::seed random, size_t step) const {
        std::fill(block.active.begin(), block.active.end(), char(1));
        for (size_t i = 0; i < block.count; ++i) {
            eg::random_stream draws(random, eg::purpose::trial, step, block.first + i);
            const size_t larger = draws.below(2);
            for (size_t t = 0; t < level.horizon; ++t) {
                const size_t row = t * block.count + i;
                const bool asked = t + 1 == level.horizon;
                draws.normals(block.frames.row(row), 2);
                block.frames(row, larger) += T(0.7);
                block.frames(row, 2) = asked ? T(1) : T(0);
                block.classes[row] = asked ? 1 + static_cast<int>(larger) : 0;
                block.weights[row] = asked ? static_cast<T>(level.horizon) : T(1);
            }
        }
    }
};
//! [task]

int main() {
    const which_is_larger task;
    eg::recurrent_network<eg::gru<float>> network{
        {.inputs = task.inputs(), .units = 16, .outputs = task.outputs()}, eg::seed{1}};
    eg::trainer trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 1e-2}};
    const auto result = trainer.fit(task, eg::no_curriculum{}, {.steps = 600, .batch = 64});
    std::cout << "right answers in the last batch: " << result.recall << '\n';  // 0.99 is possible
    return result.recall > 0.8 ? 0 : 1;
}
