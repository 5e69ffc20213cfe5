/// @file
/// A network under each of several constant inputs, which the rows of a batch take in turn.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/search_region.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/seen_frames.hpp"

namespace engram {

/// The maps F_k: h -> F(h, I_k) of a network under K constant frames, as maps_in_turn: row i of a batch meets
/// frame i mod K, and all rows meet the weights in one product. averaged_map{constant_inputs_map{...}} is
/// their mean. In double precision; copies share nothing.
template <cell Cell>
class constant_inputs_map : private constant_input_map<Cell> {
    using one_input = constant_input_map<Cell>;

  public:
    /// Double.
    using scalar = double;

    /// The network as it is now, under frames (K x inputs, the trigger last). Throws value_error if there are
    /// none, shape_error if they are of another length than the network's inputs.
    template <class Network>
    constant_inputs_map(const Network& network, const matrix<double>& frames)
        : one_input(network,
                    matrix_view<const double>(see(network, frames)).column_block(0, network.features())) {}

    /// K, how many frames there are.
    [[nodiscard]] size_t size() const { return one_input::inputs_in_turn(); }
    using one_input::dimension;
    using one_input::read_out;
    [[nodiscard]] search_region<double> state_bounds() const requires requires(const one_input& map) {
        map.state_bounds();
    }
    { return one_input::state_bounds(); }
    using one_input::units;

    /// Row i of `next` is F of row i under frame (first + i) mod K.
    void apply(matrix_view<const double> h, matrix_view<double> next, size_t first = 0) const {
        one_input::apply(h, next, first);
    }
    /// Row i is u_i^T dF/dh(h_i) under frame (first + i) mod K.
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out,
             size_t first = 0) const {
        one_input::vjp(h, u, out, first);
    }
    /// dF/dh (d x d) at one state (1 x d) under frame k, for cells that know theirs.
    void jacobian(size_t k, matrix_view<const double> h,
                  matrix_view<double> result) const requires detail::has_jacobian<one_input> {
        one_input::jacobian(k, h, result);
    }

  private:
    /// What the input weights meet of the frames (K x features + 1).
    template <class Network>
    static matrix<double> see(const Network& network, const matrix<double>& frames) {
        require(frames.shape(0) > 0, "constant_inputs_map: no frames, expected at least one");
        require<shape_error>(frames.shape(1) == network.sizes().inputs, "constant_inputs_map: frames of ",
                             frames.shape(1), " inputs, the network has ", network.sizes().inputs);
        return seen_frames(network.template with_scalar<double>(), frames);
    }
};

/// A network and some frames.
template <class Network>
constant_inputs_map(const Network&, const matrix<double>&)
    -> constant_inputs_map<typename Network::cell_type::template with_scalar<double>>;

}  // namespace engram
