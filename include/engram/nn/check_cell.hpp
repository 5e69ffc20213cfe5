/// @file
/// check_cell: how wrong a cell's derivatives are, and where.
#pragma once

#include <algorithm>

#include <cmath>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/dynamics/map/check_derivatives.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/unrolled.hpp"

namespace engram {

/// The largest disagreement between what a cell says of its derivatives and differences of its `forward`.
struct cell_report {
    /// What is worst: "backward: gradient by the state", "jacobian", or "weights: " and the name of the block
    /// of parameters whose gradient it is.
    std::string part = {};
    double error = 0;       ///< |given - difference| over the largest derivative of that part
    size_t row = 0;         ///< of the block; of the Jacobian, the component of the next state
    size_t column = 0;      ///< of the block; of the Jacobian, the component of the state
    double given = 0;       ///< by the cell
    double difference = 0;  ///< by a central difference of forward

    /// Whether the disagreement is no more than differences of a smooth rule show.
    [[nodiscard]] bool agrees() const { return error < 1e-6; }
};

/// One line: the verdict, then the worst derivative.
inline std::ostream& operator<<(std::ostream& out, const cell_report& r) {
    return out << (r.agrees() ? "the cell's derivatives agree" : "the cell's derivatives disagree")
               << ": worst in " << r.part << ", element (" << r.row << ", " << r.column << ") is " << r.given
               << ", differences give " << r.difference << " (relative error " << r.error << ")";
}

namespace detail {

/// Outputs of a short run, weighed and added up, and the gradient of that sum.
template <class Network>
class weighed_run {
  public:
    weighed_run(const Network& network, random_stream& stream) : work_(network, {.horizon = 3, .batch = 2}) {
        const auto inputs = work_.inputs(0);
        for (size_t i = 0; i < inputs.rows(); ++i) stream.normals(std::span(inputs.row(i), inputs.columns()));
        liking_.resize(work_.d_outputs(0).rows() * work_.d_outputs(0).columns());
        stream.normals(liking_, 0.0, 1.0);
    }
    double sum(const Network& network) {
        work_.forward(network, 0);
        const auto outputs = work_.outputs(0);
        double total = 0;
        for (size_t i = 0; i < outputs.rows(); ++i)
            for (size_t j = 0; j < outputs.columns(); ++j)
                total += liking_[i * outputs.columns() + j] * outputs(i, j);
        return total;
    }
    std::vector<double> gradient(const Network& network) {
        sum(network);
        std::ranges::copy(liking_, work_.d_outputs(0).data());
        work_.backward(network, 0);
        std::vector<double> gradient(network.parameters().size(), 0.0);
        for (size_t tile = 0; tile < work_.gradient_tiles(); ++tile)
            work_.add_gradient(network, tile, std::span(gradient));
        return gradient;
    }

  private:
    unrolled<Network> work_;
    std::vector<double> liking_;
};

/// The worst element of the gradient by the weights, of each block by its own scale.
template <class Network>
cell_report worst_weight(Network network, random_stream& stream) {
    weighed_run<Network> run(network, stream);
    const auto given = run.gradient(network);
    cell_report worst;
    for (const auto& block : network.layout().blocks()) {
        std::vector<double> differences(block.size());
        double largest = 1e-3;  // so that a gradient of rounding errors is none
        for (size_t i = 0; i < block.size(); ++i) {
            double& weight = network.parameters().data()[block.offset + i];
            const double at = weight, step = 1e-5;
            weight = at + step;
            const double above = run.sum(network);
            weight = at - step;
            differences[i] = (above - run.sum(network)) / (2 * step);
            weight = at;
            largest = std::max(largest, std::abs(differences[i]));
        }
        for (size_t i = 0; i < block.size(); ++i) {
            const double error = std::abs(given[block.offset + i] - differences[i]) / largest;
            if (std::isnan(error) || error > worst.error)
                worst = {"weights: " + block.name, std::isnan(error) ? HUGE_VAL : error,
                         i / block.columns,        i % block.columns,
                         given[block.offset + i],  differences[i]};
        }
    }
    return worst;
}

}  // namespace detail

/// Compares what a cell of your own says of its derivatives with central differences of its `forward`, in
/// double precision, in a small network of random weights: `backward` by the state, `jacobian` if it has one,
/// and the gradients of all weights (`backward`, `recurrent_products`). Gives the worst disagreement:
/// differences of a smooth rule show about 1e-9, a mistake shows a relative error near 1.
template <cell Cell>
cell_report check_cell(const Cell& rule = {}, seed s = seed{1}, size_t units = 5) {
    using cell_type = typename Cell::template with_scalar<double>;
    recurrent_network<cell_type> network({.inputs = 3, .units = units, .outputs = 2}, s, {},
                                         rule.template converted<double>());
    random_stream stream(s, purpose::user);
    vector<double> frame = vector<double>::from_shape({3}),
                   state = vector<double>::from_shape({network.state_size()});
    stream.normals(frame, 0.0, 1.0);
    stream.normals(state, 0.0, 0.5);
    // A mistake in what goes back by the state spoils the weights' gradients too, so it is reported first.
    const auto by_state = check_derivatives(constant_input_map{network, frame}, state);
    cell_report worst{by_state.function == "jacobian" ? "jacobian" : "backward: gradient by the state",
                      by_state.error,
                      by_state.output,
                      by_state.input,
                      by_state.given,
                      by_state.difference};
    if (!worst.agrees()) return worst;
    const cell_report by_weights = detail::worst_weight(network, stream);
    return by_weights.error > worst.error ? by_weights : worst;
}

}  // namespace engram
