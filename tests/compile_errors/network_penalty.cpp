// A penalty that gives nothing to evaluate it with.
// concept: network_penalty_on
// expect: penalty.bind(network)
#include <engram/engram.hpp>

struct modesty : engram::term {
    using is_network_penalty = void;
};

int main() {
    engram::recurrent_network<engram::gru<float>> network({.inputs = 2, .units = 3, .outputs = 1},
                                                          engram::seed{1});
    engram::trainer trainer{network, modesty{}, engram::adam{}};
}
