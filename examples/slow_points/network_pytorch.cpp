#include "network.hpp"

#include <engram/nn/pytorch.hpp>

namespace slow_points_command {

namespace {

/// How many layers a module of the file has.
std::size_t layers_in(const eg::named_arrays& arrays, const std::string& module) {
    std::size_t layers = 1;
    for (const auto& [name, array] : arrays)
        for (std::size_t l = 1; l < 9; ++l)
            if (name.ends_with("weight_ih_l" + std::to_string(l)) && name.starts_with(module))
                layers = std::max(layers, l + 1);
    return layers;
}

template <class Cell>
network load(const eg::named_arrays& arrays, const std::string& name, const eg::load_options& where) {
    const std::size_t layers = layers_in(arrays, where.recurrent);
    if (layers == 2) return erase(name, eg::load_pytorch<eg::stacked<Cell, 2>>(arrays, where));
    if (layers == 3) return erase(name, eg::load_pytorch<eg::stacked<Cell, 3>>(arrays, where));
    return erase(name, eg::load_pytorch<Cell>(arrays, where));
}

}  // namespace

network load_pytorch_network(const eg::named_arrays& arrays, const std::string& cell,
                             const eg::load_options& where) {
    if (cell == "gru") return load<eg::gru<double, eg::reset_after>>(arrays, cell, where);
    if (cell == "lstm") return load<eg::lstm<double>>(arrays, cell, where);
    if (cell == "rnn_tanh") return load<eg::elman<double>>(arrays, cell, where);
    if (cell == "rnn_relu") return load<eg::elman<double, eg::activations::relu>>(arrays, cell, where);
    return {};
}

}  // namespace slow_points_command
