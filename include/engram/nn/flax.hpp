/// @file
/// Networks from Flax: parameters of linen's SimpleCell, GRUCell and LSTMCell with a Dense readout.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "engram/io/read_arrays.hpp"
#include "engram/nn/detail/gates.hpp"
#include "engram/nn/detail/weight_file.hpp"
#include "engram/nn/load_options.hpp"
#include "engram/nn/recurrent_network.hpp"

namespace engram {

/// A cell that computes what one of Flax's does: elman with tanh or relu (SimpleCell), gru<T, reset_after>
/// (GRUCell), lstm (LSTMCell, OptimizedLSTMCell).
template <class C>
concept flax_cell = cell<C> &&(detail::gate_rule<C>::gates > 0) &&
                    !std::same_as<C, gru<typename C::scalar, reset_before>>;

namespace detail {

/// A Flax cell in a file: where its arrays are, and what separates the parts of their names.
struct flax_recurrent {
    std::string prefix, separator;
    /// "ir", "kernel" as the array's name.
    [[nodiscard]] std::string at(const std::string& part, const char* name) const {
        return prefix + part + separator + name;
    }
};

template <class Rule>
flax_recurrent find_flax_recurrent(const weight_file& in, const load_options& options) {
    const std::string last = "h" + std::string(Rule::flax.back());  // hn of a GRU, hg of an LSTM
    const std::string all = Rule::gates == 3 ? "hr" : last;         // which a minimal gated unit has not
    for (const std::string separator : {"/", "."}) {
        std::string prefix = in.prefix_of(options.recurrent);
        if (options.recurrent.empty()) prefix = in.only_prefix({all + separator + "kernel"}).text;
        const flax_recurrent module{prefix, separator};
        if (in.contains(module.at(all, "kernel"))) return module;
    }
    return {options.recurrent.empty() ? "" : options.recurrent + ".", "."};
}

template <class T>
gate_weights<T> read_flax_gate(weight_file& in, const flax_recurrent& module, const std::string& gate,
                               const network_sizes& sizes) {
    const auto bias_of = [&](const std::string& part) {
        const std::string name = module.at(part, "bias");
        matrix<T> bias(std::array<size_t, 2>{1, sizes.units}, T(0));
        if (in.contains(name)) {
            const auto numbers = in.read<T>(name, {sizes.units});
            std::copy(numbers.begin(), numbers.end(), bias.begin());
        }
        return bias;
    };
    return {in.read<T>(module.at("i" + gate, "kernel"), {sizes.inputs, sizes.units}),
            in.read<T>(module.at("h" + gate, "kernel"), {sizes.units, sizes.units}), bias_of("i" + gate),
            bias_of("h" + gate)};
}

}  // namespace detail

/// A network from the arrays of a flattened tree of parameters, whose names are joined by dots or slashes:
/// flax.traverse_util.flatten_dict(params, sep='.'). Its frames have the cell's numbers, the last of which is
/// like all others. The activation of a SimpleCell is the cell's: the parameters do not hold it.
/// Throws file_error, naming the array, if one is missing, has another shape or holds NaN, if it is open
/// which module reads out, and if arrays are left over.
template <flax_cell Cell>
recurrent_network<Cell> load_flax(const named_arrays& arrays, const load_options& options = {}) {
    using T = typename Cell::scalar;
    using rule = detail::gate_rule<Cell>;
    detail::weight_file in(arrays);
    const auto module = detail::find_flax_recurrent<rule>(in, options);
    const std::string first = rule::gates == 3 ? "r" : std::string(rule::flax.back());
    const auto kernel = in.matrix_shape(module.at("i" + first, "kernel"));
    const auto square = in.matrix_shape(module.at("h" + first, "kernel"));
    network_sizes sizes{.inputs = kernel[0], .units = square[1], .outputs = square[1]};
    const auto readout = in.find_readout(options, "kernel", sizes, [&](const std::string& name) {
        for (const auto gate : rule::flax)
            for (const char* side : {"i", "h"})
                if (name == module.at(side + std::string(gate), "kernel")) return true;
        return false;
    });
    if (readout.found) sizes.outputs = in.matrix_shape(readout.text + "kernel")[1];
    // What the network's size is taken from is checked before it takes memory.
    arrays.at(module.at("h" + first, "kernel")).expect_shape({sizes.units, sizes.units});
    arrays.at(module.at("i" + first, "kernel")).expect_shape({sizes.inputs, sizes.units});
    if (readout.found) arrays.at(readout.text + "kernel").expect_shape({sizes.units, sizes.outputs});

    recurrent_network<Cell> network(sizes, seed{0});
    for (size_t g = 0; g < rule::gates; ++g)
        detail::put_gate(network, g, rule::negated[g],
                         detail::read_flax_gate<T>(in, module, std::string(rule::flax[g]), sizes));
    detail::read_readout(in, readout, "kernel", false, network);
    if (!options.ignore_others) in.expect_all_used();
    return network;
}

/// The same from a .safetensors or .npz file.
template <flax_cell Cell>
recurrent_network<Cell> load_flax(const std::filesystem::path& path, const load_options& options = {}) {
    return load_flax<Cell>(read_arrays(path), options);
}

}  // namespace engram
