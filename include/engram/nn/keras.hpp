/// @file
/// Networks from Keras: weights of SimpleRNN, GRU and LSTM layers with a Dense readout.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engram/io/read_arrays.hpp"
#include "engram/nn/detail/gates.hpp"
#include "engram/nn/detail/weight_file.hpp"
#include "engram/nn/load_options.hpp"
#include "engram/nn/recurrent_network.hpp"

namespace engram {

/// A cell that computes what a layer of Keras does: elman with tanh or relu (SimpleRNN), gru<T, reset_after>
/// (GRU, by default), gru<T> (GRU made with reset_after=False), lstm (LSTM).
template <class C>
concept keras_cell = cell<C> &&(detail::gate_rule<C>::gates > 0);

namespace detail {

/// The biases of all gates as (2 x G H): those of the input and those within the recurrence.
template <class Cell, class T>
matrix<T> read_keras_bias(weight_file& in, const std::string& prefix, size_t columns) {
    matrix<T> bias(std::array<size_t, 2>{2, columns}, T(0));
    const std::string name = prefix + "bias";
    if (!in.contains(name)) return bias;
    const auto& array = in.arrays().at(name);
    constexpr bool is_gru = gate_rule<Cell>::gates == 3, after = Cell::recurrent_biases == 1;
    require<file_error>(!is_gru || (array.shape.size() == 2) == after, array.origin, ": found shape ",
                        shape_text(array.shape), ", that of a GRU made with reset_after=",
                        after ? "False; the cell is gru<T, reset_after>" : "True; the cell is gru<T>");
    const auto numbers = in.read<T>(name, after ? std::vector<size_t>{2, columns} : std::vector{columns});
    std::copy(numbers.begin(), numbers.end(), bias.begin());
    return bias;
}

/// Columns first to first + count - 1.
template <class T>
matrix<T> columns_of(matrix_view<const T> from, size_t first, size_t count) {
    return matrix<T>(from.column_block(first, count).expression());
}

}  // namespace detail

/// A network from the weights of a Keras model by their paths: {w.path: w.numpy() for w in model.weights}.
/// Its frames have the layer's numbers, the last of which is like all others. Activations are the cell's,
/// those that Keras uses unless it is told otherwise: the weights do not hold them. A GRU without biases does
/// not show whether it was made with reset_after; the cell says it. Throws file_error, naming the array, if
/// one is missing, has another shape or holds NaN, if the layer is another one, if it is open which layer
/// reads out, and if arrays are left over.
template <keras_cell Cell>
recurrent_network<Cell> load_keras(const named_arrays& arrays, const load_options& options = {}) {
    using T = typename Cell::scalar;
    using rule = detail::gate_rule<Cell>;
    detail::weight_file in(arrays);
    const std::string prefix = options.recurrent.empty() ? in.only_prefix({"recurrent_kernel"}).text
                                                         : in.prefix_of(options.recurrent);
    const auto square = in.matrix_shape(prefix + "recurrent_kernel"),
               kernel = in.matrix_shape(prefix + "kernel");
    network_sizes sizes{.inputs = kernel[0], .units = square[0], .outputs = square[0]};
    const size_t columns = rule::gates * sizes.units;
    arrays.at(prefix + "recurrent_kernel").expect_shape({sizes.units, columns});
    arrays.at(prefix + "kernel").expect_shape({sizes.inputs, columns});
    const auto readout = in.find_readout(options, "kernel", sizes,
                                         [&](const std::string& name) { return name == prefix + "kernel"; });
    if (readout.found) {  // what the network's size is taken from is checked before it takes memory
        sizes.outputs = in.matrix_shape(readout.text + "kernel")[1];
        arrays.at(readout.text + "kernel").expect_shape({sizes.units, sizes.outputs});
    }

    recurrent_network<Cell> network(sizes, seed{0});
    const auto input = in.read<T>(prefix + "kernel", {sizes.inputs, columns}),
               recurrent = in.read<T>(prefix + "recurrent_kernel", {sizes.units, columns}),
               bias = detail::read_keras_bias<Cell, T>(in, prefix, columns);
    for (size_t g = 0; g < rule::gates; ++g) {
        const auto part = [&, first = rule::keras[g] * sizes.units](matrix_view<const T> from) {
            return detail::columns_of<T>(from, first, sizes.units);
        };
        const matrix_view<const T> biases(bias);
        detail::put_gate<recurrent_network<Cell>, T>(
            network, g, rule::negated[g],
            {part(input), part(recurrent), part(biases.row_block(0, 1)), part(biases.row_block(1, 1))});
    }
    detail::read_readout(in, readout, "kernel", false, network);
    if (!options.ignore_others) in.expect_all_used();
    return network;
}

/// The same from a .safetensors or .npz file.
template <keras_cell Cell>
recurrent_network<Cell> load_keras(const std::filesystem::path& path, const load_options& options = {}) {
    return load_keras<Cell>(read_arrays(path), options);
}

}  // namespace engram
