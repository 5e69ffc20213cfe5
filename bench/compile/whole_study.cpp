/// @file
/// Trains a network, measures its memory and finds its slow points, for its compile time.
#include <engram/engram.hpp>

#include <iostream>

namespace eg = engram;

int main() {
    const eg::delayed_classification task{eg::optdigits(), {.horizon = 20, .minimal_delay = 4}};
    eg::recurrent_network<eg::gru<float>> network{
        {.inputs = task.inputs(), .units = 100, .outputs = task.outputs()}, eg::seed{1}};
    eg::trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 1e-3}}.fit(
        task, eg::delay_curriculum{}, {.steps = 6000, .batch = 64}, eg::progress_bar{});
    std::cout << eg::recall_curve(network, task, {19, 100, 1000}) << '\n';
    for (const auto& point : eg::find_slow_points(eg::constant_input_map{network, task.mean_input()},
                                                  eg::class_centroids(network, task)))
        std::cout << point << '\n';
}
