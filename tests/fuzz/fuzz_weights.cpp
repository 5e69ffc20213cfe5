// Inputs are safetensors files of a network's weights, as save_weights writes them.
#include <algorithm>
#include <cmath>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/weights.hpp"
#include "target.hpp"

template <class Cell>
void load(const engram::named_arrays& arrays) {
    engram::recurrent_network<Cell> network({2, 2, 1}, engram::seed{1});
    const auto before = network.parameters();
    try {
        engram::load_weights(network, arrays);
    } catch (const engram::file_error&) {
        insist(network.parameters() == before, "what is refused changes nothing");
        return;
    }
    const auto& weights = network.parameters();
    insist(std::all_of(weights.begin(), weights.end(), [](auto x) { return std::isfinite(x); }),
           "weights are finite");
    for (const auto& block : network.layout().blocks()) {
        const auto stored = arrays.at(block.name).template values<typename Cell::scalar>();
        insist(std::equal(stored.begin(), stored.end(), weights.data() + block.offset),
               "weights are those of the file");
    }
}

void fuzz(engram::byte_span input) {
    const engram::named_arrays arrays = engram::parse_safetensors(input, "input");
    load<engram::elman<float, engram::activations::tanh>>(arrays);
    load<engram::gru<double>>(arrays);
}
