// The GRU of the paper, which PyTorch has not.
// concept: pytorch_cell
// expect: is_gru_with_reset_after
// expect: is_elman_with_tanh_or_relu
// expect: is_plain_lstm
#include <engram/nn/pytorch.hpp>

int main() {
    const engram::recurrent_network<engram::gru<double>> network({.inputs = 3, .units = 8, .outputs = 2},
                                                                 engram::seed{1});
    engram::save_pytorch(network, "net.safetensors");
}
