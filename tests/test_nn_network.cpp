#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/unrolled.hpp"
#include "reference/weights.hpp"

using namespace engram;
using reference::weights_of;

namespace {

/// What a network reads out of the same random frames.
template <class Network>
std::vector<double> answers(const Network& network, size_t horizon = 6, size_t batch = 3) {
    unrolled<Network> trials(network, {.horizon = horizon, .batch = batch, .trains = false});
    for (size_t i = 0; i < horizon * batch; ++i) {
        for (size_t j = 0; j < network.sizes().inputs; ++j)
            trials.inputs(0)(i, j) = static_cast<typename Network::scalar>(std::sin(double(7 * i + 3 * j)));
    }
    trials.forward(network, 0);
    const auto out = trials.outputs(0);
    return {out.data(), out.data() + out.rows() * out.columns()};
}

using softsign_gru = gru<float, reset_after, activations::logistic, activations::softsign>;

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE_TEMPLATE("initial weights are N(0, 1) / sqrt(fan in), biases 0.01 N(0, 1)", Cell, elman<float>,
                   gru<float>, gru<double>, lstm<float>) {
    const size_t inputs = 65, units = 100, outputs = 11;
    const recurrent_network<Cell> network({inputs, units, outputs}, seed{1});
    for (const auto& block : network.layout().blocks()) {
        if (block.size() == 0) continue;
        CAPTURE(block.name);
        const double expected = block.is_bias           ? 0.01
                                : block.name == "input" ? 1 / std::sqrt(65.0)
                                                        : 1 / std::sqrt(100.0);
        const auto n = static_cast<double>(block.size());
        double sum = 0, squares = 0, fourth = 0;
        for (size_t i = block.offset; i < block.offset + block.size(); ++i) {
            const double x = static_cast<double>(network.parameters()(i)) / expected;
            sum += x, squares += x * x, fourth += x * x * x * x;
        }
        CHECK(std::abs(sum) < 4 * std::sqrt(n));
        CHECK(std::abs(squares - n) < 4 * std::sqrt(2 * n));
        CHECK(std::abs(fourth - 3 * n) < 5 * std::sqrt(96 * n));
    }
    CHECK(weights_of(recurrent_network<Cell>({inputs, units, outputs}, seed{1})) == weights_of(network));
    CHECK(weights_of(recurrent_network<Cell>({inputs, units, outputs}, seed{2})) != weights_of(network));
}

TEST_CASE("the blocks of a network fill its parameters without gap or overlap, under their names") {
    const recurrent_network<gru<float, reset_after>> network({.inputs = 3, .units = 4, .outputs = 2},
                                                             seed{1});
    const std::vector<std::string> names{"input",          "bias",    "recurrent",
                                         "recurrent_bias", "readout", "readout_bias"};
    const std::vector<std::pair<size_t, size_t>> shapes{{3, 12}, {1, 12}, {4, 12}, {1, 4}, {4, 2}, {1, 2}};
    const auto& blocks = network.layout().blocks();
    REQUIRE(blocks.size() == names.size());
    size_t offset = 0;
    for (size_t k = 0; k < blocks.size(); ++k) {
        CHECK(blocks[k].name == names[k]);
        CHECK(blocks[k].rows == shapes[k].first);
        CHECK(blocks[k].columns == shapes[k].second);
        CHECK(blocks[k].offset == offset);
        CHECK(blocks[k].is_bias == (names[k].find("bias") != std::string::npos));
        offset += blocks[k].size();
    }
    CHECK(network.parameters().size() == offset);
    CHECK(network.layout().size() == offset);
    std::vector<float> gradient(offset), shorter(offset - 1);
    CHECK(network.readout_bias(std::span(gradient)).data() == gradient.data() + offset - 2);
    CHECK_THROWS_WITH_AS(
        (void)network.input_weights(std::span(shorter)),
        "recurrent_network: an array of 109 numbers, expected one laid out like the 110 parameters",
        shape_error);
}

TEST_CASE("weights are read and written by name, as xtensor expressions") {
    recurrent_network<gru<double>> network({.inputs = 3, .units = 4, .outputs = 2}, seed{1});
    const auto& readonly = network;
    for (const auto& block : network.layout().blocks()) {
        const auto weights = readonly.weights(block.name);
        REQUIRE(weights.shape(0) == block.rows);
        REQUIRE(weights.shape(1) == block.columns);
        for (size_t i = 0; i < block.size(); ++i)
            CHECK(weights(i / block.columns, i % block.columns) == network.parameters()[block.offset + i]);
    }
    const matrix<double> readout = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};
    network.weights("readout") = readout;
    network.weights("readout") *= 10;
    network.weights("readout")(3, 1) = -1;
    CHECK(network.readout_weights()(0, 0) == 10);
    CHECK(network.readout_weights()(2, 1) == 60);
    CHECK(network.readout_weights()(3, 1) == -1);
    const matrix<double> before = network.weights("recurrent");
    network.weights("recurrent") = 0.5 * network.weights("recurrent");
    CHECK(matrix<double>(network.weights("recurrent")) == matrix<double>(0.5 * before));
    CHECK(network.recurrent_weights()(3, 11) == 0.5 * before(3, 11));
    CHECK(network.input_weights().rows() == 4);
    CHECK(network.input_weights()(3, 11) == network.weights("bias")(0, 11));
    CHECK_THROWS_WITH_AS((void)readonly.weights("readouts"),
                         "parameter_layout: no block 'readouts', expected one of input, bias, recurrent, "
                         "recurrent_bias, readout, readout_bias",
                         value_error);
}

TEST_CASE("state widths: an LSTM's state is [h | c]") {
    CHECK(recurrent_network<elman<float>>({2, 5, 1}, seed{1}).state_size() == 5);
    CHECK(recurrent_network<gru<float>>({2, 5, 1}, seed{1}).state_size() == 5);
    CHECK(recurrent_network<lstm<float>>({2, 5, 1}, seed{1}).state_size() == 10);
}

TEST_CASE_TEMPLATE("a network in another precision answers the same, and comes back unchanged", Cell,
                   elman<float>, gru<float>, softsign_gru, lstm<float>) {
    const recurrent_network<Cell> network({.inputs = 4, .units = 21, .outputs = 3}, seed{5});
    const auto wide = network.template with_scalar<double>();
    static_assert(std::same_as<typename decltype(wide)::scalar, double>);
    CHECK(weights_of(wide) == weights_of(network));
    CHECK(weights_of(wide.template with_scalar<float>()) == weights_of(network));
    const auto single = answers(network), both = answers(wide);
    for (size_t i = 0; i < both.size(); ++i)
        CHECK(single[i] == doctest::Approx(both[i]).epsilon(1e-5).scale(1));
}

TEST_CASE("with_scalar keeps an activation's options") {
    using cell = elman<float, activations::leaky_relu>;
    const recurrent_network<cell> network({.inputs = 4, .units = 5, .outputs = 3}, seed{5}, {},
                                          cell{.f = {.leak = 0.7}});
    CHECK(network.with_scalar<double>().cell_rule().f.leak == 0.7);
}

TEST_CASE("trials do not see one another: cutting a batch into shards changes nothing") {
    using network_type = recurrent_network<lstm<double>>;
    const network_type network({.inputs = 4, .units = 9, .outputs = 3}, seed{6});
    const size_t horizon = 5, batch = 7;
    unrolled<network_type> whole(network, {.horizon = horizon, .batch = batch}),
        cut(network, {.horizon = horizon, .batch = batch, .shard = 3});
    CHECK(cut.shards() == 3);
    CHECK(cut.trials(2) == 1);
    const auto input = [](size_t trial, size_t t, size_t j) {
        return std::cos(double(trial + 11 * t + 5 * j));
    };
    for (auto* trials : {&whole, &cut}) {
        for (size_t s = 0; s < trials->shards(); ++s) {
            const size_t n = trials->trials(s);
            for (size_t row = 0; row < n * horizon; ++row)
                for (size_t j = 0; j < 4; ++j)
                    trials->inputs(s)(row, j) = input(trials->first_trial(s) + row % n, row / n, j);
            trials->forward(network, s);
        }
    }
    for (size_t s = 0; s < cut.shards(); ++s) {
        const size_t n = cut.trials(s);
        for (size_t row = 0; row < n * horizon; ++row) {
            const size_t same = row / n * batch + cut.first_trial(s) + row % n;
            for (size_t j = 0; j < 3; ++j)
                CHECK(cut.outputs(s)(row, j) == doctest::Approx(whole.outputs(0)(same, j)).epsilon(1e-13));
        }
    }
}

TEST_CASE("fewer steps than memory was taken for give the first outputs of more") {
    using network_type = recurrent_network<gru<double>>;
    const network_type network({.inputs = 4, .units = 9, .outputs = 3}, seed{6});
    const auto six = answers(network, 6, 3), four = answers(network, 4, 3);
    CHECK(std::vector<double>(six.begin(), six.begin() + std::ptrdiff_t{4} * 3 * 3) == four);
}
