/// @file
/// Several recurrent layers on top of each other, as one cell.
#pragma once

#include <algorithm>
#include <array>
#include <tuple>

#include "engram/nn/cell/cell.hpp"

namespace engram {

/// Layers of one kind of cell, all of the same number of units H, each layer's input being the first
/// component of the layer below at the same step (nn.LSTM(..., num_layers=3) in PyTorch). To the rest of the
/// library it is one cell, whose state is that of all layers side by side, the top layer first because the
/// readout sees the first H columns: for two layers of lstm [h_1 | c_1 | h_0 | c_0].
///
/// The recurrent weights are those of layer 0, 1, ..., then the input weights of layer 1, 2, ...; the
/// recurrent biases are the biases of layer 1, 2, ..., then the recurrent biases of layer 0, 1, ...
template <cell Cell, size_t Layers>
requires(Layers >= 1) struct stacked {
    static_assert(Cell::recurrent_biases == 0 || Cell::recurrent_biases == Cell::cache,
                  "stacked: a layer's recurrent biases must take up all of its cache columns, or none");
    static_assert(
        !requires { requires Cell::shared_rate; },
        "stacked: layers with one learned rate for all units are not supported");
    static_assert(
        !requires(const Cell c, matrix_view<typename Cell::scalar> m) { c.project(m); },
        "stacked: layers with constraints are not supported");
    using scalar = typename Cell::scalar;
    /// The cell of each layer.
    using layer_type = Cell;
    template <class U>
    using with_scalar = stacked<typename Cell::template with_scalar<U>, Layers>;
    /// How many layers, and the gates of all but the first.
    static constexpr size_t layers = Layers, upper_gates = (Layers - 1) * Cell::gates;
    static constexpr size_t gates = Cell::gates;
    static constexpr size_t components = Layers * Cell::components;
    static constexpr size_t cache = upper_gates + Layers * Cell::cache;
    static constexpr size_t scratch = Cell::scratch;
    static constexpr size_t recurrent_biases = upper_gates + Layers * Cell::recurrent_biases;

    Cell layer{};  ///< the rule of every layer

    [[nodiscard]] std::array<double, 2> state_range(size_t component) const requires requires(const Cell c) {
        c.state_range(size_t{0});
    }
    { return layer.state_range(component % Cell::components); }
    template <class U>
    [[nodiscard]] with_scalar<U> converted() const {
        return {layer.template converted<U>()};
    }

    [[nodiscard]] size_t recurrent_columns(size_t units) const {
        return (Layers * Cell::gates + upper_gates) * units;
    }

    void forward(const cell_weights<scalar>& weights, const cell_step<scalar>& step) const {
        const size_t units = units_of(step);
        for (size_t l = 0; l < Layers; ++l) {
            const auto part = layer_step(step, l);
            if (l > 0) {
                const auto own_bias = bias(weights.recurrent_bias, l, units);
                for (size_t i = 0; i < part.gates.rows(); ++i)
                    std::copy_n(own_bias.data(), own_bias.columns(), part.gates.row(i));
                gemm<scalar>(shown_below(step, l), input_weights(weights.recurrent, l, units), part.gates,
                             {.beta = 1});
            }
            layer.forward(layer_weights(weights, l, units), part);
        }
    }

    void backward(const cell_weights<scalar>& weights, const cell_step<scalar>& step,
                  matrix_view<scalar> d_next, matrix_view<scalar> d_state,
                  matrix_view<scalar> scratch_block) const {
        const size_t units = units_of(step);
        for (size_t l = Layers; l-- > 0;) {
            const auto part = layer_step(step, l);
            layer.backward(layer_weights(weights, l, units), part, of_layer(d_next, l, units),
                           of_layer(d_state, l, units), scratch_block);
            if (l > 0)
                gemm<scalar>(part.gates, transposed(input_weights(weights.recurrent, l, units)),
                             of_layer(d_next, l - 1, units).column_block(0, units), {.beta = 1});
        }
    }

    [[nodiscard]] auto recurrent_products(const cell_step<scalar>& step) const {
        using of_one = decltype(layer.recurrent_products(step));
        constexpr size_t per_layer = std::tuple_size_v<of_one>;
        std::array<weight_product<scalar>, Layers * per_layer + Layers - 1> products;
        const size_t units = units_of(step);
        for (size_t l = 0; l < Layers; ++l) {
            const auto part = layer_step(step, l);
            const of_one own = layer.recurrent_products(part);
            for (size_t i = 0; i < per_layer; ++i) {
                products[l * per_layer + i] = own[i];
                products[l * per_layer + i].first_column += l * Cell::gates * units;
            }
            if (l > 0)
                products[Layers * per_layer + l - 1] = {shown_below(step, l), part.gates,
                                                        (Layers + l - 1) * Cell::gates * units};
        }
        return products;
    }

    /// The columns of one layer in a batch of states (n x C H).
    template <class T>
    [[nodiscard]] static matrix_view<T> of_layer(matrix_view<T> states, size_t l, size_t units) {
        return states.column_block((Layers - 1 - l) * Cell::components * units, Cell::components * units);
    }
    /// The recurrent weights of a layer (H x G H), a block of all recurrent weights.
    template <class T>
    [[nodiscard]] static matrix_view<T> recurrent_weights(matrix_view<T> recurrent, size_t l, size_t units) {
        return recurrent.column_block(l * Cell::gates * units, Cell::gates * units);
    }
    /// The input weights of a layer above the lowest (H x G H), likewise.
    template <class T>
    [[nodiscard]] static matrix_view<T> input_weights(matrix_view<T> recurrent, size_t l, size_t units) {
        return recurrent.column_block((Layers + l - 1) * Cell::gates * units, Cell::gates * units);
    }
    /// The bias of a layer above the lowest (1 x G H), a block of all recurrent biases.
    template <class T>
    [[nodiscard]] static matrix_view<T> bias(matrix_view<T> recurrent_bias, size_t l, size_t units) {
        return recurrent_bias.column_block((l - 1) * Cell::gates * units, Cell::gates * units);
    }
    /// The recurrent bias of a layer (1 x R H), likewise.
    template <class T>
    [[nodiscard]] static matrix_view<T> recurrent_bias(matrix_view<T> biases, size_t l, size_t units) {
        constexpr size_t own = Cell::recurrent_biases;
        return biases.column_block((upper_gates + l * own) * units, own * units);
    }

  private:
    [[nodiscard]] static size_t units_of(const cell_step<scalar>& step) {
        return step.next.columns() / components;
    }
    /// What a layer sees as its own step. Upper layers' gates lie in front of what the layers keep, so that
    /// their gradients come to stand where those of the recurrent biases are looked for.
    [[nodiscard]] static cell_step<scalar> layer_step(const cell_step<scalar>& step, size_t l) {
        const size_t units = units_of(step);
        return {
            l == 0 ? step.gates : step.cache.column_block((l - 1) * Cell::gates * units, Cell::gates * units),
            of_layer(step.state, l, units), of_layer(step.next, l, units),
            step.cache.column_block((upper_gates + l * Cell::cache) * units, Cell::cache * units)};
    }
    [[nodiscard]] static cell_weights<scalar> layer_weights(const cell_weights<scalar>& weights, size_t l,
                                                            size_t units) {
        return {{},
                recurrent_weights(weights.recurrent, l, units),
                recurrent_bias(weights.recurrent_bias, l, units)};
    }
    /// What the layer below shows at this step (n x H).
    [[nodiscard]] static matrix_view<const scalar> shown_below(const cell_step<scalar>& step, size_t l) {
        const size_t units = units_of(step);
        return matrix_view<const scalar>(of_layer(step.next, l - 1, units)).column_block(0, units);
    }
};

}  // namespace engram
