/// @file
/// Networks from PyTorch: state dicts of nn.RNN, nn.GRU and nn.LSTM with a linear readout.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "engram/io/npz.hpp"
#include "engram/io/safetensors.hpp"
#include "engram/nn/pytorch/cells.hpp"
#include "engram/nn/recurrent_network.hpp"

namespace engram {

/// Where in a state dict the network is. Modules are named as in PyTorch, without the dot: "rnn" for the
/// array "rnn.weight_ih_l0".
struct pytorch_load_options {
    std::string recurrent = {};  ///< the recurrent module; empty: the only one there is
    std::string readout = {};    ///< the linear module that reads it out; empty: the only one there is, and
                                 ///< where there is none the outputs are the units themselves
    bool ignore_others = false;  ///< whether the file may hold arrays that belong to neither
};

namespace detail {

/// Reads a state dict, and remembers what of it was used.
class pytorch_reader {
  public:
    explicit pytorch_reader(const named_arrays& arrays) : arrays_(arrays) {}

    [[nodiscard]] const std::string& source() const { return arrays_.source(); }
    [[nodiscard]] bool contains(const std::string& name) const { return arrays_.contains(name); }

    /// What stands before `ending` in the name of the only array that has it; nothing if none has.
    [[nodiscard]] std::string only_prefix(const std::string& ending, const char* option) const {
        std::string prefix, first;
        for (const auto& [name, array] : arrays_) {
            if (name != ending && !name.ends_with("." + ending)) continue;
            require<file_error>(first.empty(), source(), ": found both ", in_quotes(first), " and ",
                                in_quotes(name), "; say with the option '", option,
                                "' which module is meant");
            first = name;
            prefix = name.substr(0, name.size() - ending.size());
        }
        return prefix;
    }
    /// The shape of a matrix. Throws file_error if it has other than two axes, or none of something.
    [[nodiscard]] std::vector<size_t> matrix_shape(const std::string& name) const {
        const auto& array = arrays_.at(name);
        require<file_error>(array.shape.size() == 2 && array.size() > 0, array.origin, ": found shape ",
                            shape_text(array.shape), ", expected a matrix with at least one element");
        expect_floating(array);
        return array.shape;
    }
    /// The numbers of an array of the given shape, as (rows x the rest).
    template <class T>
    [[nodiscard]] matrix<T> read(const std::string& name, const std::vector<size_t>& shape) {
        const auto& array = arrays_.at(name);
        array.expect_shape(shape);
        expect_floating(array);
        const auto numbers = array.values<double>();
        matrix<T> result = matrix<T>::from_shape({shape[0], numbers.size() / shape[0]});
        for (size_t i = 0; i < numbers.size(); ++i) {
            require<file_error>(std::abs(numbers[i]) <= double{std::numeric_limits<T>::max()}, array.origin,
                                ": element ", i, " is ", numbers[i], ", expected a finite number");
            result.data()[i] = static_cast<T>(numbers[i]);
        }
        used_.insert(name);
        return result;
    }
    /// Throws file_error if an array was not used.
    void expect_all_used() const {
        for (const auto& [name, array] : arrays_)
            require<file_error>(used_.contains(name), array.origin, ", of shape ", shape_text(array.shape),
                                ", belongs neither to the recurrent module nor to its readout; set "
                                "ignore_others to load the network without it");
    }
    /// Throws file_error if the module has what engram has not.
    void refuse_variants(const std::string& prefix) const {
        for (const auto& [name, array] : arrays_) {
            if (!name.starts_with(prefix)) continue;
            require<file_error>(!name.ends_with("_reverse"), array.origin,
                                ": found a bidirectional module, expected one that goes forwards only");
            require<file_error>(!name.substr(prefix.size()).starts_with("weight_hr_l"), array.origin,
                                ": found a module with projections (proj_size), expected one without");
        }
    }

  private:
    static void expect_floating(const stored_array& array) {
        require<file_error>(is_floating(array.type), array.origin, ": found ", array.type_name(),
                            ", expected floating-point numbers");
    }

    const named_arrays& arrays_;
    std::set<std::string> used_;
};

/// Number of layers, inputs and units of the module; throws file_error unless they are the cell's.
template <class Rule>
network_sizes pytorch_sizes(const pytorch_reader& in, const std::string& prefix) {
    constexpr size_t gates = Rule::order.size();
    const auto ih = in.matrix_shape(prefix + "weight_ih_l0"), hh = in.matrix_shape(prefix + "weight_hh_l0");
    require<file_error>(hh[0] == gates * hh[1], in.source(), ": array ", in_quotes(prefix + "weight_hh_l0"),
                        ": found shape ", shape_text(hh), ", that of an ",
                        hh[0] % hh[1] == 0 ? pytorch_module(hh[0] / hh[1]) : pytorch_module(0),
                        "; the cell is that of an ", pytorch_module(gates), ", expected ",
                        shape_text({gates * hh[1], hh[1]}));
    size_t layers = 1;
    while (in.contains(prefix + "weight_ih_l" + std::to_string(layers))) ++layers;
    require<file_error>(layers == Rule::layers, in.source(), ": module ",
                        in_quotes(prefix.substr(0, prefix.find_last_of('.'))), ": found ", layers,
                        " layers, the cell has ", Rule::layers, "; stacked<Cell, n> is a cell of n layers");
    return {.inputs = ih[1], .units = hh[1], .outputs = hh[1]};
}

template <class Rule, class Network>
void read_pytorch_layer(pytorch_reader& in, const std::string& prefix, size_t l, Network& network) {
    using T = typename Network::scalar;
    const auto ours = blocks_of_layer(network, network.parameters().data(), l);
    const size_t units = network.sizes().units, rows = ours.recurrent.columns();
    const auto at = [&](const char* name) { return prefix + name + "_l" + std::to_string(l); };
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

/// The readout of that name, or the units themselves where there is none.
template <class Network>
void read_pytorch_readout(pytorch_reader& in, bool exists, const std::string& prefix, Network& network) {
    using T = typename Network::scalar;
    const auto weights = network.readout_weights(network.parameters().data());
    const auto bias = network.readout_bias(network.parameters().data());
    fill(weights, T(0));
    fill(bias, T(0));
    if (!exists) {
        for (size_t j = 0; j < weights.rows(); ++j) weights(j, j) = T(1);
        return;
    }
    const auto theirs = in.read<T>(prefix + "weight", {weights.columns(), weights.rows()});
    for (size_t i = 0; i < weights.rows(); ++i)
        for (size_t j = 0; j < weights.columns(); ++j) weights(i, j) = theirs(j, i);
    if (!in.contains(prefix + "bias")) return;
    const auto numbers = in.read<T>(prefix + "bias", {bias.columns()});
    std::copy(numbers.begin(), numbers.end(), bias.data());
}

}  // namespace detail

/// A network from the arrays of a state dict. Its frames have PyTorch's input_size numbers, the last of which
/// is like all others; batches are what they are here whether or not the module was made with batch_first.
/// The nonlinearity of an nn.RNN is the cell's: a state dict does not hold it.
/// Throws file_error, naming the array, if one is missing, has another shape or holds NaN, if the module is
/// another one, bidirectional or has projections, and if arrays are left over.
template <pytorch_cell Cell>
recurrent_network<Cell> load_pytorch(const named_arrays& arrays, const pytorch_load_options& options = {}) {
    using rule = detail::pytorch_rule<Cell>;
    detail::pytorch_reader in(arrays);
    const std::string prefix = options.recurrent.empty() ? in.only_prefix("weight_ih_l0", "recurrent")
                                                         : detail::pytorch_prefix(options.recurrent);
    in.refuse_variants(prefix);
    network_sizes sizes = detail::pytorch_sizes<rule>(in, prefix);
    const std::string readout = options.readout.empty() ? in.only_prefix("weight", "readout")
                                                        : detail::pytorch_prefix(options.readout);
    const bool has_readout = !options.readout.empty() || in.contains(readout + "weight");
    if (has_readout) sizes.outputs = in.matrix_shape(readout + "weight")[0];
    // What the network's size is taken from is checked before it takes memory.
    arrays.at(prefix + "weight_ih_l0").expect_shape({rule::order.size() * sizes.units, sizes.inputs});
    if (has_readout) arrays.at(readout + "weight").expect_shape({sizes.outputs, sizes.units});

    recurrent_network<Cell> network(sizes, seed{0});
    for (size_t l = 0; l < rule::layers; ++l) detail::read_pytorch_layer<rule>(in, prefix, l, network);
    detail::read_pytorch_readout(in, has_readout, readout, network);
    if (!options.ignore_others) in.expect_all_used();
    return network;
}

/// The same from a .safetensors or .npz file.
template <pytorch_cell Cell>
recurrent_network<Cell> load_pytorch(const std::filesystem::path& path,
                                     const pytorch_load_options& options = {}) {
    return load_pytorch<Cell>(detail::is_npz(path) ? read_npz(path) : read_safetensors(path), options);
}

}  // namespace engram
