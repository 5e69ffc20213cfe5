// The GRU of the paper, which PyTorch has not.
// concept: pytorch_cell
// expect: PyTorch has the cells elman<T> (tanh or relu), lstm<T>, gru<T, reset_after>
#include <engram/nn/pytorch.hpp>

int main() {
    const engram::recurrent_network<engram::gru<double>> network({.inputs = 3, .units = 8, .outputs = 2},
                                                                 engram::seed{1});
    engram::save_pytorch(network, "net.safetensors");
}
