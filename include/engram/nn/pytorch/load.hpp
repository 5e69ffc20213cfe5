/// @file
/// Networks from PyTorch: state dicts of nn.RNN, nn.GRU and nn.LSTM with a linear readout.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include "engram/io/read_arrays.hpp"
#include "engram/nn/detail/weight_file.hpp"
#include "engram/nn/load_options.hpp"
#include "engram/nn/pytorch/cells.hpp"
#include "engram/nn/recurrent_network.hpp"

namespace engram {

/// Where in a state dict the network is.
using pytorch_load_options = load_options;

namespace detail {

/// A recurrent module in a state dict: nn.GRU, whose arrays are numbered by layers, or nn.GRUCell, whose are
/// not.
struct pytorch_recurrent {
    std::string prefix;  ///< "rnn." or nothing
    bool is_cell;        ///< whether it is one of nn.RNNCell, nn.GRUCell, nn.LSTMCell
    /// The name of an array of a layer.
    [[nodiscard]] std::string at(const char* name, size_t layer) const {
        return prefix + name + (is_cell ? "" : "_l" + std::to_string(layer));
    }
};

/// The module that the options name, or the only one there is.
inline pytorch_recurrent find_pytorch_recurrent(const weight_file& in, const load_options& options) {
    std::string prefix = in.prefix_of(options.recurrent);
    if (options.recurrent.empty()) prefix = in.only_prefix({"weight_ih_l0", "weight_ih"}).text;
    return {prefix, in.contains(prefix + "weight_ih") && !in.contains(prefix + "weight_ih_l0")};
}

/// Throws file_error if the module has what engram has not.
inline void refuse_pytorch_variants(const weight_file& in, const std::string& prefix) {
    for (const auto& [name, array] : in.arrays()) {
        if (!name.starts_with(prefix)) continue;
        const std::string own = name.substr(prefix.size());
        require<file_error>(!own.starts_with("weight_ih_l") || !own.ends_with("_reverse"), array.origin,
                            ": found a bidirectional module, expected one that goes forwards only");
        require<file_error>(!own.starts_with("weight_hr_l"), array.origin,
                            ": found a module with projections (proj_size), expected one without");
    }
}

/// Number of layers, inputs and units of the module; throws file_error unless they are the cell's.
template <class Rule>
network_sizes pytorch_sizes(const weight_file& in, const pytorch_recurrent& module) {
    constexpr size_t gates = Rule::order.size();
    const auto ih = in.matrix_shape(module.at("weight_ih", 0)),
               hh = in.matrix_shape(module.at("weight_hh", 0));
    require<file_error>(hh[0] == gates * hh[1], in.source(), ": array ", in_quotes(module.at("weight_hh", 0)),
                        ": found shape ", shape_text(hh), ", that of an ",
                        hh[0] % hh[1] == 0 ? pytorch_module(hh[0] / hh[1]) : pytorch_module(0),
                        "; the cell is that of an ", pytorch_module(gates), ", expected ",
                        shape_text({gates * hh[1], hh[1]}));
    size_t layers = 1;
    while (!module.is_cell && in.contains(module.at("weight_ih", layers))) ++layers;
    require<file_error>(layers == Rule::layers, in.source(), ": module ",
                        in_quotes(module.prefix.substr(0, module.prefix.find_last_of('.'))), ": found ",
                        layers, " layers, the cell has ", Rule::layers,
                        "; stacked<Cell, n> is a cell of n layers");
    return {.inputs = ih[1], .units = hh[1], .outputs = hh[1]};
}

template <class Rule, class Network>
void read_pytorch_layer(weight_file& in, const pytorch_recurrent& module, size_t l, Network& network) {
    using T = typename Network::scalar;
    const auto ours = blocks_of_layer(network, std::span(network.parameters()), l);
    const size_t units = network.sizes().units, rows = ours.recurrent.columns();
    const auto at = [&](const char* name) { return module.at(name, l); };
    const auto put = [](const T& from, T& to, int sign) { to = static_cast<T>(sign) * from; };
    auto weights = in.read<T>(at("weight_ih"), {rows, ours.input.rows()});
    for_each_pair<Rule>(matrix_view<T>(weights), ours.input, put);
    weights = in.read<T>(at("weight_hh"), {rows, units});
    for_each_pair<Rule>(matrix_view<T>(weights), ours.recurrent, put);
    fill(ours.bias, T(0));
    fill(ours.recurrent_bias, T(0));
    if (!in.contains(at("bias_ih")) && !in.contains(at("bias_hh"))) return;
    const auto outer = in.read<T>(at("bias_ih"), {rows});
    auto inner = in.read<T>(at("bias_hh"), {rows});
    const size_t apart = ours.recurrent_bias.columns();  // the last gate's second bias stays one of its own
    std::copy_n(inner.data() + rows - apart, apart, ours.recurrent_bias.data());
    std::fill_n(inner.data() + rows - apart, apart, T(0));
    inner += outer;
    for_each_pair<Rule>(matrix_view<T>(inner), ours.bias, put);
}

}  // namespace detail

/// A network from the arrays of a state dict: an nn.RNN, nn.GRU or nn.LSTM, or an nn.RNNCell, nn.GRUCell or
/// nn.LSTMCell, with a linear readout or none. Its frames have PyTorch's input_size numbers, the last of
/// which is like all others; batches are what they are here whether or not the module was made with
/// batch_first. The nonlinearity of an nn.RNN is the cell's: a state dict does not hold it. Throws
/// file_error, naming the array, if one is missing, has another shape or holds NaN, if the module is another
/// one, bidirectional or has projections, if it is open which module reads out, and if arrays are left over.
template <pytorch_cell Cell>
recurrent_network<Cell> load_pytorch(const named_arrays& arrays, const load_options& options = {}) {
    using rule = detail::pytorch_rule<Cell>;
    detail::weight_file in(arrays);
    const auto module = detail::find_pytorch_recurrent(in, options);
    detail::refuse_pytorch_variants(in, module.prefix);
    network_sizes sizes = detail::pytorch_sizes<rule>(in, module);
    const auto readout = in.find_readout(options, "weight", sizes, [&](const std::string& name) {
        return !module.prefix.empty() && name.starts_with(module.prefix);
    });
    if (readout.found) sizes.outputs = in.matrix_shape(readout.text + "weight")[0];
    // What the network's size is taken from is checked before it takes memory.
    arrays.at(module.at("weight_ih", 0)).expect_shape({rule::order.size() * sizes.units, sizes.inputs});
    if (readout.found) arrays.at(readout.text + "weight").expect_shape({sizes.outputs, sizes.units});

    recurrent_network<Cell> network(sizes, seed{0});
    for (size_t l = 0; l < rule::layers; ++l) detail::read_pytorch_layer<rule>(in, module, l, network);
    detail::read_readout(in, readout, "weight", true, network);
    if (!options.ignore_others) in.expect_all_used();
    return network;
}

/// The same from a .safetensors, .npz, .pt or .pth file.
template <pytorch_cell Cell>
recurrent_network<Cell> load_pytorch(const std::filesystem::path& path, const load_options& options = {}) {
    return load_pytorch<Cell>(read_arrays(path), options);
}

/// A cell that PyTorch has not: does not compile.
template <cell Cell>
void load_pytorch(const std::filesystem::path& /*path*/, const load_options& /*options*/ = {}) {
    detail::expect_pytorch_cell<Cell>();
}

}  // namespace engram
