/// @file
/// Networks to PyTorch: state dicts of nn.RNN, nn.GRU and nn.LSTM with a linear readout.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engram/io/npz.hpp"
#include "engram/io/safetensors.hpp"
#include "engram/nn/pytorch/cells.hpp"
#include "engram/nn/recurrent_network.hpp"

namespace engram {

/// How a network is named and written.
struct pytorch_save_options {
    std::string recurrent = "rnn";  ///< the recurrent module; empty: the names of its own state dict
    std::string readout = "fc";     ///< the linear module; empty: none, for outputs that are the units
    bool bias = true;               ///< false for a recurrent module made with bias=False
    bool readout_bias = true;       ///< the same of the linear one
};

namespace detail {

/// Throws value_error unless a block that is not going to be saved is what its absence stands for.
template <class T>
void expect_absent(matrix_view<const T> block, const char* option, bool identity = false) {
    for (size_t i = 0; i < block.rows(); ++i)
        for (size_t j = 0; j < block.columns(); ++j)
            require(block(i, j) == T(identity && i == j ? 1 : 0), "pytorch_arrays: ", option,
                    " leaves out weights that matter: element (", i, ", ", j, ") is ", block(i, j));
}

template <class Rule, class Network>
void save_pytorch_layer(const Network& network, const std::string& prefix, size_t l, bool with_bias,
                        named_arrays& arrays) {
    using T = typename Network::scalar;
    const auto ours = blocks_of_layer(network, std::span(network.parameters()), l);
    const size_t rows = ours.recurrent.columns(), apart = ours.recurrent_bias.columns();
    const auto translated = [](matrix_view<const T> block) {
        matrix<T> theirs = matrix<T>::from_shape({block.columns(), block.rows()});
        for_each_pair<Rule>(matrix_view<T>(theirs), block,
                            [](T& to, const T& from, int sign) { to = static_cast<T>(sign) * from; });
        return theirs;
    };
    const auto add = [&](const char* name, const auto& values) {
        arrays.add(prefix + name + "_l" + std::to_string(l), values);
    };
    add("weight_ih", translated(ours.input));
    add("weight_hh", translated(ours.recurrent));
    if (!with_bias) {
        expect_absent<T>(ours.bias, "bias = false");
        expect_absent<T>(ours.recurrent_bias, "bias = false");
        return;
    }
    const matrix<T> outer = translated(ours.bias);
    std::vector<T> inner(rows, T(0));
    std::copy_n(ours.recurrent_bias.data(), apart, inner.data() + rows - apart);
    add("bias_ih", std::vector<T>(outer.begin(), outer.end()));
    add("bias_hh", inner);
}

}  // namespace detail

/// A network as the state dict of a PyTorch module that computes the same. Of the two biases that PyTorch
/// adds up, bias_ih gets the sum and bias_hh zeros, but for the last gate of nn.GRU, where they differ.
/// Throws value_error if the options leave out something that is not zero (or, a readout, not the identity).
template <pytorch_cell Cell>
named_arrays pytorch_arrays(const recurrent_network<Cell>& network,
                            const pytorch_save_options& options = {}) {
    using T = typename Cell::scalar;
    using rule = detail::pytorch_rule<Cell>;
    named_arrays arrays("state dict");
    for (size_t l = 0; l < rule::layers; ++l)
        detail::save_pytorch_layer<rule>(network, detail::pytorch_prefix(options.recurrent), l, options.bias,
                                         arrays);
    const auto weights = network.readout_weights();
    const auto bias = network.readout_bias();
    if (options.readout.empty()) {
        detail::expect_absent<T>(weights, "an empty readout", true);
        detail::expect_absent<T>(bias, "an empty readout");
        return arrays;
    }
    matrix<T> theirs = matrix<T>::from_shape({weights.columns(), weights.rows()});
    for (size_t i = 0; i < weights.rows(); ++i)
        for (size_t j = 0; j < weights.columns(); ++j) theirs(j, i) = weights(i, j);
    arrays.add(options.readout + ".weight", theirs);
    if (options.readout_bias)
        arrays.add(options.readout + ".bias", std::vector<T>(bias.data(), bias.data() + bias.columns()));
    else
        detail::expect_absent<T>(bias, "readout_bias = false");
    return arrays;
}

/// Writes that state dict to a .safetensors or .npz file, atomically. Throws value_error, file_error.
template <pytorch_cell Cell>
void save_pytorch(const recurrent_network<Cell>& network, const std::filesystem::path& path,
                  const pytorch_save_options& options = {}) {
    const auto arrays = pytorch_arrays(network, options);
    detail::is_npz(path) ? write_npz(path, arrays) : write_safetensors(path, arrays);
}

/// A cell that PyTorch has not: does not compile.
template <cell Cell>
void save_pytorch(const recurrent_network<Cell>& /*network*/, const std::filesystem::path& /*path*/,
                  const pytorch_save_options& /*options*/ = {}) {
    detail::expect_pytorch_cell<Cell>();
}

}  // namespace engram
