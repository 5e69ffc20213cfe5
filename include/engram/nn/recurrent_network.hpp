/// @file
/// A recurrent network: a front end, a cell and a linear readout.
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <string_view>
#include <utility>

#include "engram/core/random.hpp"
#include "engram/core/tensor.hpp"
#include "engram/nn/cell/cell.hpp"
#include "engram/nn/layer/front_end.hpp"
#include "engram/nn/parameters.hpp"

namespace engram {

namespace detail {

/// A cell's policies in another precision; they are aggregates of the same activations.
template <class Other, class Cell>
Other converted_cell(const Cell& from) {
    if constexpr (std::same_as<Other, Cell>) {
        return from;
    } else {
        return from.template converted<typename Other::scalar>();
    }
}

}  // namespace detail

/// The sizes of a network.
struct network_sizes {
    size_t inputs, units, outputs;  ///< of a frame, of the cell, of the readout
};

/// A network h' = cell(features(frame), h) with outputs h V + c; its parameters are one flat array. The
/// features are the frame itself or what a front end makes of it.
template <cell Cell, class FrontEnd = no_front_end>
class recurrent_network {
  public:
    /// Float or double.
    using scalar = typename Cell::scalar;
    /// The type of its cell.
    using cell_type = Cell;
    /// The type of its front end.
    using front_end_type = FrontEnd;

    /// Draws initial weights from the seed. Throws value_error on a size of zero.
    recurrent_network(network_sizes sizes, seed s, FrontEnd front_end = {}, Cell cell = {})
        : sizes_(sizes), front_end_(std::move(front_end)), cell_(std::move(cell)) {
        require(sizes.inputs > 0 && sizes.units > 0 && sizes.outputs > 0,
                "recurrent_network: inputs, units and outputs must be positive; got ", sizes.inputs, ", ",
                sizes.units, " and ", sizes.outputs);
        if constexpr (requires { cell_.check(sizes.units); }) cell_.check(sizes.units);
        front_end_.add_parameters(layout_);
        input_ = layout_.add("input", features(), Cell::gates * sizes.units);
        layout_.add("bias", 1, Cell::gates * sizes.units, true);
        const size_t columns = detail::recurrent_columns(cell_, sizes.units);
        if constexpr (requires { cell_.recurrent_deviation(sizes.units); })
            recurrent_ = layout_.add("recurrent", sizes.units, columns,
                                     initial_weights{cell_.recurrent_deviation(sizes.units)});
        else
            recurrent_ = layout_.add("recurrent", sizes.units, columns);
        recurrent_bias_ =
            layout_.add("recurrent_bias", 1, detail::recurrent_bias_columns(cell_, sizes.units), true);
        readout_ = layout_.add("readout", sizes.units, sizes.outputs);
        readout_bias_ = layout_.add("readout_bias", 1, sizes.outputs, true);
        parameters_ = vector<scalar>::from_shape({layout_.size()});
        layout_.initialise(parameters_, s);
        constrain();
    }

    /// What it was made with.
    [[nodiscard]] const network_sizes& sizes() const { return sizes_; }
    /// The width of a state, the cell's components side by side.
    [[nodiscard]] size_t state_size() const { return Cell::components * sizes_.units; }
    /// How many numbers the cell sees of a frame.
    [[nodiscard]] size_t features() const { return front_end_.features(sizes_.inputs); }

    /// Which parameters stand where.
    [[nodiscard]] const parameter_layout& layout() const { return layout_; }
    /// All parameters, as one array.
    [[nodiscard]] vector<scalar>& parameters() { return parameters_; }
    /// All parameters, as one array.
    [[nodiscard]] const vector<scalar>& parameters() const { return parameters_; }
    /// The cell.
    [[nodiscard]] const Cell& cell_rule() const { return cell_; }
    /// The front end.
    [[nodiscard]] const FrontEnd& front_end() const { return front_end_; }

    /// A block of the layout by its name, as an xtensor expression (rows x columns) that may be read and
    /// written: `input`, `bias`, `recurrent`, `recurrent_bias`, `readout`, `readout_bias`, and those of a
    /// front end's layers. It is valid as long as the network. Throws value_error if there is none of that
    /// name.
    [[nodiscard]] auto weights(std::string_view name) {
        return layout_.at(name).expression_in(std::span<scalar>(parameters_));
    }
    /// The same to be read.
    [[nodiscard]] auto weights(std::string_view name) const {
        return layout_.at(name).expression_in(std::span<const scalar>(parameters_));
    }

    /// The input weights and, as their last row, the bias (features + 1 x G H).
    [[nodiscard]] matrix_view<const scalar> input_weights() const { return input_weights(flat()); }
    /// The recurrent weights (H x G H), or as many columns as the cell asks for.
    [[nodiscard]] matrix_view<const scalar> recurrent_weights() const { return recurrent_weights(flat()); }
    /// The biases inside the recurrence (1 x R H), or as many as the cell asks for.
    [[nodiscard]] matrix_view<const scalar> recurrent_bias() const { return recurrent_bias(flat()); }
    /// The readout's weights (H x outputs).
    [[nodiscard]] matrix_view<const scalar> readout_weights() const { return readout_weights(flat()); }
    /// The readout's biases (1 x outputs).
    [[nodiscard]] matrix_view<const scalar> readout_bias() const { return readout_bias(flat()); }

    /// The same blocks of an array that is laid out like the parameters, such as a gradient. Throws
    /// shape_error on one of another length.
    template <class T>
    [[nodiscard]] matrix_view<T> input_weights(std::span<T> alike) const {
        const auto block = layout_[input_].in(checked(alike));
        return {block.data(), block.rows() + 1, block.columns()};
    }
    /// Likewise.
    template <class T>
    [[nodiscard]] matrix_view<T> recurrent_weights(std::span<T> alike) const {
        return layout_[recurrent_].in(checked(alike));
    }
    /// Likewise.
    template <class T>
    [[nodiscard]] matrix_view<T> recurrent_bias(std::span<T> alike) const {
        return layout_[recurrent_bias_].in(checked(alike));
    }
    /// Likewise.
    template <class T>
    [[nodiscard]] matrix_view<T> readout_weights(std::span<T> alike) const {
        return layout_[readout_].in(checked(alike));
    }
    /// Likewise.
    template <class T>
    [[nodiscard]] matrix_view<T> readout_bias(std::span<T> alike) const {
        return layout_[readout_bias_].in(checked(alike));
    }
    /// Moves the recurrent weights to the nearest that the cell's constraints allow, where it has any; see
    /// constrained.hpp.
    void constrain() {
        if constexpr (requires(matrix_view<scalar> block) { cell_.project(block); })
            cell_.project(recurrent_weights(std::span(parameters_)));
    }

    /// All that the cell reads.
    [[nodiscard]] cell_weights<scalar> weights() const {
        return {input_weights(), recurrent_weights(), recurrent_bias()};
    }

    /// What the cell's input weights meet of n frames (n x inputs): the features and, last, 1 (n x features +
    /// 1).
    void see(matrix_view<const scalar> frames, matrix_view<scalar> seen) const {
        const size_t own = seen.columns() - 1;
        front_end_.apply(flat(), frames, seen.column_block(0, own));
        for (size_t i = 0; i < frames.rows(); ++i) seen(i, own) = scalar(1);
    }

    /// The outputs (n x outputs) that the states (n x state_size) are read out as.
    void read_out(matrix_view<const scalar> states, matrix_view<scalar> outputs) const {
        const auto bias = readout_bias();
        for (size_t i = 0; i < outputs.rows(); ++i)
            std::copy_n(bias.data(), outputs.columns(), outputs.row(i));
        gemm<scalar>(states.column_block(0, sizes_.units), readout_weights(), outputs, {.beta = 1});
    }

    /// The same network in another precision.
    template <class U>
    [[nodiscard]] auto with_scalar() const {
        using other_cell = typename Cell::template with_scalar<U>;
        recurrent_network<other_cell, typename FrontEnd::template with_scalar<U>> other{
            sizes_, seed{0}, front_end_.template converted<U>(), detail::converted_cell<other_cell>(cell_)};
        std::transform(parameters_.begin(), parameters_.end(), other.parameters().begin(),
                       [](scalar x) { return static_cast<U>(x); });
        return other;
    }

  private:
    [[nodiscard]] std::span<const scalar> flat() const { return parameters_; }
    template <class T>
    [[nodiscard]] std::span<T> checked(std::span<T> alike) const {
        require<shape_error>(alike.size() == layout_.size(), "recurrent_network: an array of ", alike.size(),
                             " numbers, expected one laid out like the ", layout_.size(), " parameters");
        return alike;
    }

    network_sizes sizes_;
    FrontEnd front_end_;
    Cell cell_;
    parameter_layout layout_;
    size_t input_, recurrent_, recurrent_bias_, readout_, readout_bias_;
    vector<scalar> parameters_;
};

}  // namespace engram
