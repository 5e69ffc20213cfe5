// A loss that cannot be evaluated.
// concept: output_loss
// expect: l.evaluate(outputs, block, scale, d_outputs)
#include <engram/engram.hpp>

struct indifference {};

int main() {
    engram::recurrent_network<engram::gru<float>> network({.inputs = 2, .units = 3, .outputs = 1},
                                                          engram::seed{1});
    engram::trainer trainer{network, indifference{}, engram::adam{}};
}
