// Trains a network on a task of the user's own: a dot is seen in one of eight directions; which was it?
#include <engram/engram.hpp>

#include <iostream>

#include "own_parts/seen_direction.hpp"

namespace eg = engram;

int main() {
    const own::seen_direction task;
    eg::recurrent_network<eg::gru<float>> network{
        {.inputs = task.inputs(), .units = 24, .outputs = task.outputs()}, eg::seed{1}};
    eg::trainer trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 1e-2}};
    const auto result = trainer.fit(task, eg::no_curriculum{}, {.steps = 1000, .batch = 64});
    std::cout << "right answers in the last batch: " << result.recall << '\n';
    return result.recall > 0.8 ? 0 : 1;
}
