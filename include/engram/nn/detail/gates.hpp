/// @file
/// Cells as Flax and Keras lay them out: gates in another order, update gates of the other sign.
#pragma once

#include <array>
#include <concepts>
#include <string_view>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/recurrent_network.hpp"

namespace engram::detail {

/// How a cell's gates are called in Flax, and where they stand in Keras, in our order. Where negated[g] is
/// set the gate's argument has the other sign: z(x) there is 1 - z(x) = z(-x) here.
template <class Cell>
struct gate_rule {
    static constexpr size_t gates = 0;
};
template <class T>
struct gate_rule<elman<T, activations::tanh>> {
    static constexpr size_t gates = 1;
    static constexpr std::array<std::string_view, 1> flax{""};
    static constexpr std::array<size_t, 1> keras{0};
    static constexpr std::array<bool, 1> negated{};
};
template <class T>
struct gate_rule<elman<T, activations::relu>> : gate_rule<elman<T, activations::tanh>> {};
template <class T, class Reset>
struct gate_rule<gru<T, Reset>> {
    static constexpr size_t gates = 3;
    static constexpr std::array<std::string_view, 3> flax{"z", "r", "n"};
    static constexpr std::array<size_t, 3> keras{0, 1, 2};
    static constexpr std::array<bool, 3> negated{true, false, false};
};
template <class T>
struct gate_rule<lstm<T>> {
    static constexpr size_t gates = 4;
    static constexpr std::array<std::string_view, 4> flax{"f", "i", "o", "g"};
    static constexpr std::array<size_t, 4> keras{1, 0, 3, 2};
    static constexpr std::array<bool, 4> negated{};
};

/// The weights of one gate: (I x H), (H x H), (1 x H) and, added within the recurrence, (1 x H).
template <class T>
struct gate_weights {
    matrix<T> input, recurrent, bias, recurrent_bias;
};

/// Puts gate g into a network. Biases are added up, but for a last gate that has two here.
template <class Network, class T>
void put_gate(Network& network, size_t g, bool negated, const gate_weights<T>& from) {
    using Cell = typename Network::cell_type;
    const std::span<T> flat(network.parameters());
    const size_t units = network.sizes().units, inputs = network.sizes().inputs;
    const T sign = negated ? T(-1) : T(1);
    const auto input = network.input_weights(flat).column_block(g * units, units);
    const auto recurrent = network.recurrent_weights(flat).column_block(g * units, units);
    const bool apart = Cell::recurrent_biases == 1 && g + 1 == Cell::gates;
    for (size_t j = 0; j < units; ++j) {
        for (size_t i = 0; i < inputs; ++i) input(i, j) = sign * from.input(i, j);
        for (size_t i = 0; i < units; ++i) recurrent(i, j) = sign * from.recurrent(i, j);
        input(inputs, j) = sign * (from.bias(0, j) + (apart ? T(0) : from.recurrent_bias(0, j)));
        if (apart) network.recurrent_bias(flat)(0, j) = from.recurrent_bias(0, j);
    }
}

}  // namespace engram::detail
