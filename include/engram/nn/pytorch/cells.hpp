/// @file
/// Which of engram's cells are layers of PyTorch, and how their weights are laid out there.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "engram/core/error.hpp"
#include "engram/io/bytes.hpp"
#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/cell/stacked.hpp"

namespace engram {

namespace detail {

/// How a cell stands to a module of PyTorch, which writes a weight matrix as (G H x inputs), gate after gate:
/// gate g of ours is gate order[g] there, and where negated[g] is set its argument has the other sign.
template <class Cell>
struct pytorch_rule;

template <class T>
struct pytorch_rule<elman<T, activations::tanh>> {
    static constexpr size_t layers = 1;
    static constexpr std::array<size_t, 1> order{0};
    static constexpr std::array<bool, 1> negated{false};
};
template <class T>
struct pytorch_rule<elman<T, activations::relu>> : pytorch_rule<elman<T, activations::tanh>> {};
/// [r | z | n] there, and z(x) there is 1 - z(x) = z(-x) here.
template <class T>
struct pytorch_rule<gru<T, reset_after>> {
    static constexpr size_t layers = 1;
    static constexpr std::array<size_t, 3> order{1, 0, 2};
    static constexpr std::array<bool, 3> negated{true, false, false};
};
/// [i | f | g | o] there.
template <class T>
struct pytorch_rule<lstm<T>> {
    static constexpr size_t layers = 1;
    static constexpr std::array<size_t, 4> order{1, 0, 3, 2};
    static constexpr std::array<bool, 4> negated{};
};
template <class Cell, size_t Layers>
struct pytorch_rule<stacked<Cell, Layers>> : pytorch_rule<Cell> {
    static constexpr size_t layers = Layers;
};

/// Whether a cell, or the cell of several layers, is the one of nn.RNN, nn.GRU or nn.LSTM. The names are what
/// the compiler shows where none of them fits.
template <class C>
inline constexpr bool is_elman_with_tanh_or_relu = false;
template <class T>
inline constexpr bool is_elman_with_tanh_or_relu<elman<T, activations::tanh>> = true;
template <class T>
inline constexpr bool is_elman_with_tanh_or_relu<elman<T, activations::relu>> = true;
template <class Cell, size_t Layers>
inline constexpr bool is_elman_with_tanh_or_relu<stacked<Cell, Layers>> = is_elman_with_tanh_or_relu<Cell>;
template <class C>
inline constexpr bool is_gru_with_reset_after = false;
template <class T>
inline constexpr bool is_gru_with_reset_after<gru<T, reset_after>> = true;
template <class Cell, size_t Layers>
inline constexpr bool is_gru_with_reset_after<stacked<Cell, Layers>> = is_gru_with_reset_after<Cell>;
template <class C>
inline constexpr bool is_plain_lstm = false;
template <class T>
inline constexpr bool is_plain_lstm<lstm<T>> = true;
template <class Cell, size_t Layers>
inline constexpr bool is_plain_lstm<stacked<Cell, Layers>> = is_plain_lstm<Cell>;

/// Whether a path names an .npz file; if not, it names a .safetensors one. Throws file_error otherwise.
inline bool is_npz(const std::filesystem::path& path) {
    const auto extension = path.extension();
    require<file_error>(extension == ".npz" || extension == ".safetensors", path.string(),
                        ": found the extension ", in_quotes(extension.string()),
                        ", expected .safetensors or .npz");
    return extension == ".npz";
}

/// "rnn" as "rnn.", and nothing as nothing.
inline std::string pytorch_prefix(const std::string& module) { return module.empty() ? "" : module + "."; }

/// The module with that many gates.
constexpr std::string_view pytorch_module(size_t gates) {
    return gates == 1 ? "nn.RNN" : gates == 3 ? "nn.GRU" : gates == 4 ? "nn.LSTM" : "unknown module";
}

}  // namespace detail

/// A cell that computes what a recurrent module of PyTorch does: elman with tanh or relu (nn.RNN),
/// gru<T, reset_after> (nn.GRU; the default, reset_before, is another network), lstm (nn.LSTM), or several
/// layers of one of them, stacked<Cell, Layers>.
template <class C>
concept pytorch_cell = cell<C> &&
    (detail::is_elman_with_tanh_or_relu<C> || detail::is_gru_with_reset_after<C> || detail::is_plain_lstm<C>);

namespace detail {

/// Says in the compiler's first lines which cells PyTorch has.
template <class Cell>
constexpr void expect_pytorch_cell() {
    static_assert(pytorch_cell<Cell>,
                  "PyTorch has the cells elman<T> (tanh or relu), lstm<T>, gru<T, reset_after> (not the "
                  "default, reset_before), and stacked<Cell, n> of them");
}

}  // namespace detail

namespace detail {

/// The weights of one layer in an array that is laid out like a network's parameters.
template <class T>
struct layer_blocks {
    matrix_view<T> input;           ///< (inputs x G H)
    matrix_view<T> bias;            ///< (1 x G H)
    matrix_view<T> recurrent;       ///< (H x G H)
    matrix_view<T> recurrent_bias;  ///< (1 x R H)
};

template <class Network, class T>
layer_blocks<T> blocks_of_layer(const Network& network, std::span<T> flat, size_t l) {
    using Cell = typename Network::cell_type;
    const auto input = network.input_weights(flat);
    const size_t inputs = input.rows() - 1, units = network.sizes().units;
    const auto recurrent = network.recurrent_weights(flat), biases = network.recurrent_bias(flat);
    layer_blocks<T> blocks{input.row_block(0, inputs), input.row_block(inputs, 1), recurrent, biases};
    if constexpr (requires { Cell::layers; }) {
        if (l > 0) {
            blocks.input = Cell::input_weights(recurrent, l, units);
            blocks.bias = Cell::bias(biases, l, units);
        }
        blocks.recurrent = Cell::recurrent_weights(recurrent, l, units);
        blocks.recurrent_bias = Cell::recurrent_bias(biases, l, units);
    }
    return blocks;
}

/// Calls use(theirs, ours, sign) for each pair of numbers that mean the same: theirs (G H x n), ours
/// (n x G H).
template <class Rule, class Theirs, class Ours, class Use>
void for_each_pair(matrix_view<Theirs> theirs, matrix_view<Ours> ours, Use&& use) {
    const size_t units = ours.columns() / Rule::order.size();
    for (size_t g = 0; g < Rule::order.size(); ++g)
        for (size_t j = 0; j < units; ++j)
            for (size_t i = 0; i < ours.rows(); ++i)
                use(theirs(Rule::order[g] * units + j, i), ours(i, g * units + j), Rule::negated[g] ? -1 : 1);
}

}  // namespace detail
}  // namespace engram
