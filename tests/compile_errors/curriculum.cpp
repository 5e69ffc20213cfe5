// A curriculum that knows no stages.
// concept: curriculum
// expect: c.at(progress, full)
#include <engram/engram.hpp>

struct whim {};

int main() {
    const engram::delayed_classification task{engram::optdigits(), {.horizon = 20, .minimal_delay = 4}};
    engram::recurrent_network<engram::gru<float>> network(
        {.inputs = task.inputs(), .units = 3, .outputs = task.outputs()}, engram::seed{1});
    engram::trainer{network, engram::cross_entropy{}, engram::adam{}}.fit(task, whim{}, {.steps = 1});
}
