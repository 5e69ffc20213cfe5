#include "network.hpp"

#include "options.hpp"

#include <engram/nn/cell/leaky.hpp>
#include <engram/nn/cell/low_rank.hpp>
#include <engram/nn/pytorch.hpp>

#include <cmath>

namespace slow_points_command {

namespace {

/// An array (rows x columns) in double precision.
eg::matrix<double> block(const eg::named_arrays& arrays, const char* name, std::size_t rows,
                         std::size_t columns) {
    arrays.at(name).expect_shape({rows, columns});
    arrays.at(name).expect_finite();
    return arrays.at(name).to_matrix<double>();
}

/// The rates of the units: the file's array `rate`, --rate for all, or engram's learned ones, which began at
/// --rate.
std::vector<double> rates_of(const eg::named_arrays& arrays, double rate, std::size_t units) {
    if (arrays.contains("rate")) {
        auto values = arrays.at("rate").values<double>();
        if (values.size() == 1) values.resize(units, values[0]);
        return values;
    }
    if (rate == 0)
        throw bad_option(arrays.source() +
                         ": leaky units need their rate dt / tau: --rate, or an array 'rate' of one number "
                         "or one a unit");
    std::vector<double> values(units, rate);
    if (!arrays.contains("recurrent_bias") || arrays.at("recurrent_bias").size() == 0) return values;
    const bool one = arrays.at("recurrent_bias").size() == 1;  // learned_rate, else learned_rates
    const auto theta = block(arrays, "recurrent_bias", 1, one ? 1 : units);
    for (std::size_t i = 0; i < units; ++i)  // logistic(theta + logit(rate))
        values[i] = rate / (rate + (1 - rate) * std::exp(-theta(0, one ? 0 : i)));
    return values;
}

/// The recurrent weights that engram's factors [M | N] stand for, and the file's fixed part.
eg::matrix<double> low_rank_product(const eg::named_arrays& arrays, std::size_t units) {
    const auto& factors = arrays.at("recurrent");
    if (factors.shape.size() != 2 || factors.shape[1] == 0 || factors.shape[1] % 2 != 0)
        throw bad_option(factors.origin + ": found shape " + eg::shape_text(factors.shape) +
                         ", expected (units x 2 R), the factors [M | N]");
    const std::size_t rank = factors.shape[1] / 2;
    const auto both = block(arrays, "recurrent", units, 2 * rank);
    eg::matrix<double> product({units, units}, 0.0);
    if (arrays.contains("fixed")) product = block(arrays, "fixed", units, units);
    const eg::matrix_view<const double> factor(both);
    eg::gemm<double>(factor.column_block(rank, rank), transposed(factor.column_block(0, rank)),
                     eg::matrix_view<double>(product), {.alpha = 1 / static_cast<double>(units), .beta = 1});
    return product;
}

/// What engram wrote, or the arrays of an nn.RNN or nn.RNNCell, whose weights mean the same.
template <class F, class Form>
network load_leaky(const eg::named_arrays& arrays, const std::string& name, bool low_rank,
                   const eg::load_options& where, double rate) {
    using cell = eg::leaky<double, F, eg::fixed_rates, Form>;
    if (!arrays.contains("recurrent") && !low_rank) {
        const auto simple = eg::load_pytorch<eg::elman<double, F>>(arrays, where);
        eg::recurrent_network<cell> of_type(simple.sizes(), eg::seed{0}, {},
                                            cell{.rate = {rates_of(arrays, rate, simple.sizes().units)}});
        of_type.parameters() = simple.parameters();
        return erase(name, std::move(of_type));
    }
    for (const char* matrix : {"input", "recurrent", "readout"})
        eg::require<eg::file_error>(arrays.at(matrix).shape.size() == 2, arrays.at(matrix).origin,
                                    ": found shape ", eg::shape_text(arrays.at(matrix).shape),
                                    ", expected a matrix");
    const eg::network_sizes sizes{.inputs = arrays.at("input").shape[0],
                                  .units = arrays.at("input").shape[1],
                                  .outputs = arrays.at("readout").shape[1]};
    eg::recurrent_network<cell> of_type(sizes, eg::seed{0}, {},
                                        cell{.rate = {rates_of(arrays, rate, sizes.units)}});
    of_type.weights("input") = block(arrays, "input", sizes.inputs, sizes.units);
    of_type.weights("bias") = block(arrays, "bias", 1, sizes.units);
    of_type.weights("recurrent") = low_rank ? low_rank_product(arrays, sizes.units)
                                            : block(arrays, "recurrent", sizes.units, sizes.units);
    of_type.weights("readout") = block(arrays, "readout", sizes.units, sizes.outputs);
    of_type.weights("readout_bias") = block(arrays, "readout_bias", 1, sizes.outputs);
    return erase(name, std::move(of_type));
}

}  // namespace

network load_leaky_network(const eg::named_arrays& arrays, const std::string& cell,
                           const eg::load_options& where, double rate) {
    using of_input = eg::activation_of_input;
    using of_state = eg::activation_of_state;
    namespace act = eg::activations;
    if (cell == "leaky_tanh") return load_leaky<act::tanh, of_input>(arrays, cell, false, where, rate);
    if (cell == "leaky_relu") return load_leaky<act::relu, of_input>(arrays, cell, false, where, rate);
    if (cell == "rates_tanh") return load_leaky<act::tanh, of_state>(arrays, cell, false, where, rate);
    if (cell == "rates_relu") return load_leaky<act::relu, of_state>(arrays, cell, false, where, rate);
    if (cell == "low_rank_tanh") return load_leaky<act::tanh, of_state>(arrays, cell, true, where, rate);
    if (cell == "low_rank_relu") return load_leaky<act::relu, of_state>(arrays, cell, true, where, rate);
    return {};
}

}  // namespace slow_points_command
