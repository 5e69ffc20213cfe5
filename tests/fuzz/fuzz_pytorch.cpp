// Inputs are safetensors files of PyTorch's state dicts.
#include "engram/nn/pytorch.hpp"
#include "target.hpp"

template <class Cell>
void load(const engram::named_arrays& arrays) {
    try {
        const auto network = engram::load_pytorch<Cell>(arrays);
        const auto same = engram::load_pytorch<Cell>(engram::pytorch_arrays(network));
        const auto a = network.parameters(), b = same.parameters();
        insist(std::equal(a.begin(), a.end(), b.begin(), b.end()), "what is saved is loaded again");
        insist(std::all_of(a.begin(), a.end(), [](auto x) { return std::isfinite(x); }),
               "weights are finite");
    } catch (const engram::file_error&) {
    }
}

void fuzz(engram::byte_span input) {
    const engram::named_arrays arrays = engram::parse_safetensors(input, "input");
    load<engram::elman<double, engram::activations::tanh>>(arrays);
    load<engram::gru<double, engram::reset_after>>(arrays);
    load<engram::lstm<double>>(arrays);
    load<engram::stacked<engram::lstm<double>, 2>>(arrays);
}
