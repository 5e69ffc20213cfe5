// Trains and studies a network on a task of the user's own: which of eight directions was seen?
#include <engram/engram.hpp>

#include <iostream>

#include "own_parts/seen_direction.hpp"

namespace eg = engram;

int main() {
    const own::seen_direction task;
    eg::recurrent_network<eg::gru<float>> network{
        {.inputs = task.inputs(), .units = 24, .outputs = task.outputs()}, eg::seed{1}};
    eg::trainer trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 1e-2}};
    trainer.fit(task, eg::no_curriculum{}, {.steps = 1000, .batch = 64});

    // How long is a direction remembered, and where in the space of states?
    const auto recall = eg::recall_curve(network, task, {5, 19, 100, 1000}, {.repetitions = 50});
    std::cout << recall << '\n';
    const auto points = eg::find_slow_points(eg::mean_map(network, task), eg::class_centroids(network, task));
    for (const auto& point : points) std::cout << point << '\n';
    return recall.accuracy[0] > 0.9 ? 0 : 1;
}
