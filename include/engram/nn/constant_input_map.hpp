/// @file
/// A network under a constant input: the autonomous map whose slow points are its memories.
#pragma once

#include <algorithm>
#include <vector>

#include "engram/dynamics/map/search_region.hpp"
#include "engram/nn/recurrent_network.hpp"

namespace engram {

/// What a cell sees of a frame.
struct features_of_frame {
    vector<double> values;  ///< the features (features)
};

/// One step F: h -> F(h, I) of a network under a constant frame I, as a differentiable map in double
/// precision. States are rows (n x state size). Copies share nothing, so each thread can have its own.
template <cell Cell>
class constant_input_map {
    static_assert(std::same_as<typename Cell::scalar, double>,
                  "a network under a constant input computes in double precision");

  public:
    using scalar = double;

    /// The network as it is now, under a frame (inputs).
    /// Throws shape_error if the frame has another length than the network's inputs.
    template <class Network>
    constant_input_map(const Network& network, const vector<double>& frame)
        : constant_input_map(network.template with_scalar<double>(), frame, 0) {}
    /// The network as it is now, under constant features, such as mean_features gives.
    /// Throws shape_error if there are other than the network's features.
    template <class Network>
    constant_input_map(const Network& network, const features_of_frame& features)
        : constant_input_map(network.template with_scalar<double>(), features, 0) {}

    [[nodiscard]] size_t dimension() const { return Cell::components * units_; }
    /// H, the network's units.
    [[nodiscard]] size_t units() const { return units_; }

    void apply(matrix_view<const double> h, matrix_view<double> next) const { apply(h, next, 0); }

    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        vjp(h, u, out, 0);
    }

    /// dF/dh (d x d) at one state (1 x d), for cells that know theirs.
    void jacobian(matrix_view<const double> h, matrix_view<double> result) const requires
        requires(const Cell c, matrix_view<double> m, const cell_step<double> s) {
        c.jacobian(m, s, m, m);
    }
    { jacobian(0, h, result); }

    /// The box of the cell's states, [-1, 1] of each coordinate of a GRU; see bounded_map.
    [[nodiscard]] search_region<double> state_bounds() const requires requires(const Cell c) {
        c.state_range(size_t{0});
    }
    {
        if constexpr (Cell::components == 1) {
            const auto [low, high] = cell_.state_range(0);
            return {.lower_bound = low, .upper_bound = high};
        }
        search_region<double> box;
        for (size_t i = 0; i < dimension(); ++i) {
            const auto [low, high] = cell_.state_range(i / units_);
            box.lower_bounds.push_back(low), box.upper_bounds.push_back(high);
        }
        return box;
    }

    /// The outputs (n x outputs) that states (n x state size) are read out as. Throws shape_error.
    [[nodiscard]] matrix<double> read_out(matrix_view<const double> states) const {
        require<shape_error>(states.rows() == 0 || states.columns() == dimension(), "read_out: states of ",
                             states.columns(), " coordinates, the network's have ", dimension());
        matrix<double> outputs = matrix<double>::from_shape({states.rows(), readout_bias_.size()});
        for (size_t i = 0; i < states.rows(); ++i)
            std::copy(readout_bias_.begin(), readout_bias_.end(), &outputs(i, 0));
        gemm<double>(states.column_block(0, units_), readout_, matrix_view<double>(outputs), {.beta = 1});
        return outputs;
    }
    /// The gradient by states (n x state size) of what has the gradient d_outputs (n x outputs) by the
    /// outputs that they are read out as. Throws shape_error.
    [[nodiscard]] matrix<double> read_out_vjp(matrix_view<const double> d_outputs) const {
        require<shape_error>(d_outputs.columns() == readout_bias_.size(), "read_out_vjp: gradients by ",
                             d_outputs.columns(), " outputs, the network has ", readout_bias_.size());
        matrix<double> d_states(std::array<size_t, 2>{d_outputs.rows(), dimension()}, 0.0);
        gemm<double>(d_outputs, transposed(matrix_view<const double>(readout_)),
                     matrix_view<double>(d_states).column_block(0, units_));
        return d_states;
    }

  protected:
    /// Under several features (K x features) that rows take in turn: row i meets number (first + i) mod K.
    template <class Network>
    constant_input_map(const Network& network, matrix_view<const double> features)
        : constant_input_map(network.template with_scalar<double>(), features, 0) {}
    /// K, how many inputs there are.
    [[nodiscard]] size_t inputs_in_turn() const { return drive_.shape(0); }

    void apply(matrix_view<const double> h, matrix_view<double> next, size_t first) const {
        reserve(h.rows());
        cell_.forward(weights(), step(h, next, first));
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out,
             size_t first) const {
        reserve(h.rows());
        const auto now = step(h, work(next_, h.rows()), first);
        cell_.forward(weights(), now);
        const auto d_next = work(d_next_, h.rows());
        copy<double>(u, d_next);
        cell_.backward(weights(), now, d_next, out, work(scratch_, h.rows()));
    }
    void jacobian(size_t input, matrix_view<const double> h, matrix_view<double> result) const {
        reserve(1);
        const auto now = step(h, work(next_, 1), input);
        cell_.forward(weights(), now);
        cell_.jacobian(transposed_, now, result, square_);
    }

  private:
    template <class Network>
    static features_of_frame see(const Network& network, const vector<double>& frame) {
        require<shape_error>(frame.size() == network.sizes().inputs, "constant_input_map: a frame of ",
                             frame.size(), " inputs, the network has ", network.sizes().inputs);
        vector<double> seen = vector<double>::from_shape({network.features() + 1});
        network.see({frame.data(), 1, frame.size()}, {seen.data(), 1, seen.size()});
        vector<double> features = vector<double>::from_shape({network.features()});
        std::copy_n(seen.data(), features.size(), features.data());
        return {features};
    }
    template <class Network>
    constant_input_map(const Network& network, const vector<double>& frame, int)
        : constant_input_map(network, see(network, frame), 0) {}
    template <class Network>
    constant_input_map(const Network& network, const features_of_frame& features, int)
        : constant_input_map(network, {features.values.data(), 1, features.values.size()}, 0) {}
    template <class Network>
    constant_input_map(const Network& network, matrix_view<const double> features, int)
        : units_(network.sizes().units), cell_(network.cell_rule()) {
        require<shape_error>(features.columns() == network.features(),
                             "constant_input_map: ", features.columns(), " features, the network has ",
                             network.features());
        const auto keep = [](matrix_view<const double> m) {
            matrix<double> kept = matrix<double>::from_shape({m.rows(), m.columns()});
            copy<double>(m, kept);
            return kept;
        };
        recurrent_ = keep(network.recurrent_weights());
        transposed_ = matrix<double>::from_shape({recurrent_.shape(1), recurrent_.shape(0)});
        for (size_t i = 0; i < recurrent_.shape(0); ++i)
            for (size_t j = 0; j < recurrent_.shape(1); ++j) transposed_(j, i) = recurrent_(i, j);
        square_ = matrix<double>::from_shape({units_, units_});
        recurrent_bias_ = keep(network.recurrent_bias());
        readout_ = keep(network.readout_weights());
        const auto bias = network.readout_bias();
        readout_bias_.assign(bias.data(), bias.data() + bias.columns());
        const size_t inputs = features.rows();
        matrix<double> seen(std::array<size_t, 2>{inputs, network.features() + 1}, 1.0);
        copy<double>(features, matrix_view<double>(seen).column_block(0, network.features()));
        drive_ = matrix<double>::from_shape({inputs, Cell::gates * units_});
        gemm<double>(seen, network.input_weights(), matrix_view<double>(drive_));
    }

    [[nodiscard]] cell_weights<double> weights() const { return {{}, recurrent_, recurrent_bias_}; }

    /// Makes room for n states; solvers ask for the most first, so that later calls allocate nothing.
    void reserve(size_t n) const {
        if (gates_.shape(0) >= n) return;
        const auto take = [n](size_t columns) { return matrix<double>::from_shape({n, columns}); };
        gates_ = take(Cell::gates * units_), cache_ = take(Cell::cache * units_),
        scratch_ = take(Cell::scratch * units_);
        next_ = take(dimension()), d_next_ = take(dimension());
    }
    [[nodiscard]] static matrix_view<double> work(matrix<double>& m, size_t n) {
        return matrix_view<double>(m).row_block(0, n);
    }
    [[nodiscard]] cell_step<double> step(matrix_view<const double> h, matrix_view<double> next,
                                         size_t first) const {
        const auto gates = work(gates_, h.rows());
        for (size_t i = 0; i < h.rows(); ++i)
            std::copy_n(&drive_((first + i) % drive_.shape(0), 0), gates.columns(), gates.row(i));
        return {gates, h, next, work(cache_, h.rows())};
    }

    size_t units_;
    Cell cell_;
    matrix<double> recurrent_, transposed_, recurrent_bias_, readout_, drive_;
    std::vector<double> readout_bias_;
    mutable matrix<double> square_, gates_, cache_, scratch_, next_, d_next_;
};

/// A network and one constant frame.
template <class Network>
constant_input_map(const Network&, const vector<double>&)
    -> constant_input_map<typename Network::cell_type::template with_scalar<double>>;
/// A network and features seen at every step.
template <class Network>
constant_input_map(const Network&, const features_of_frame&)
    -> constant_input_map<typename Network::cell_type::template with_scalar<double>>;

}  // namespace engram
