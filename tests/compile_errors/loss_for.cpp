// A loss that reads classes, on a task whose targets are numbers.
// concept: loss_for
// expect: real_targets
#include <engram/engram.hpp>

int main() {
    const engram::flip_flop task{{.bits = 2}};
    engram::recurrent_network<engram::gru<float>> network(
        {.inputs = task.inputs(), .units = 3, .outputs = task.outputs()}, engram::seed{1});
    engram::trainer{network, engram::cross_entropy{}, engram::adam{}}.fit(task, engram::no_curriculum{},
                                                                          {.steps = 1});
}
