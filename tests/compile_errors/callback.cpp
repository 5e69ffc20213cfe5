// A callback that takes a text, where a report comes.
// concept: callback
// expect: call(report)
#include <engram/engram.hpp>

int main() {
    const engram::delayed_classification task{engram::optdigits(), {.horizon = 20, .minimal_delay = 4}};
    engram::recurrent_network<engram::gru<float>> network(
        {.inputs = task.inputs(), .units = 3, .outputs = task.outputs()}, engram::seed{1});
    engram::trainer{network, engram::cross_entropy{}, engram::adam{}}.fit(task, engram::no_curriculum{},
                                                                          {.steps = 1}, [](const char*) {});
}
