#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/leaky.hpp"
#include "engram/nn/cell/low_rank.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/cell/minimal_gated.hpp"
#include "engram/nn/cell/ugrnn.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/unrolled.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "reference/differences.hpp"
#include "reference/stored_numbers.hpp"

using namespace engram;
using reference::differing_blocks;
using reference::from_pytorch;
using reference::relative_error;

namespace {

template <class T>
constexpr double tolerance = sizeof(T) == 4 ? 1e-5 : 1e-12;

/// The same forward and backward pass as in make_reference.py: cross-entropy and the outputs' squares / 8.
template <class Cell>
void compare(const std::string& name, Cell cell = {}) {
    using T = typename Cell::scalar;
    const auto stored = [&](const char* what) -> const matrix<double>& {
        return from_pytorch(name + "." + what);
    };
    const auto put = [](const matrix<double>& from, T* to) {
        for (const double x : from) *to++ = static_cast<T>(x);
    };
    const size_t batch = stored("start").shape(0), rows = stored("frames").shape(0), horizon = rows / batch;
    const size_t units = stored("states").shape(1), outputs = stored("outputs").shape(1);

    recurrent_network<Cell> network({stored("frames").shape(1), units, outputs}, seed{0}, {}, cell);
    REQUIRE(network.parameters().size() == stored("parameters").size());
    put(stored("parameters"), network.parameters().data());
    unrolled<recurrent_network<Cell>> trials(network, {.horizon = horizon, .batch = batch});
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < stored("frames").shape(1); ++j)
            trials.inputs(0)(i, j) = static_cast<T>(stored("frames")(i, j));
    put(stored("start"), trials.states(0, 0).data());
    trials.forward(network, 0);
    CHECK(relative_error(stored("outputs").data(), trials.outputs(0).data(), rows * outputs) < tolerance<T>);
    double worst = 0;
    for (size_t i = 0; i < rows; ++i)
        worst = std::max(worst, relative_error(&stored("states")(i, 0),
                                               trials.states(0, 1 + i / batch).row(i % batch), units));
    CHECK(worst < tolerance<T>);

    std::vector<int> classes(rows);
    std::vector<T> weights(rows);
    std::vector<char> active(outputs);
    for (size_t i = 0; i < rows; ++i) classes[i] = static_cast<int>(stored("classes")(0, i));
    put(stored("weights"), weights.data());
    for (size_t j = 0; j < outputs; ++j) active[j] = stored("active")(0, j) > 0;
    fill(trials.d_outputs(0), T(0));
    const trial_block<T> block{0, batch, horizon, trials.inputs(0), classes, weights, active, {}};
    const auto out = trials.outputs(0);
    double loss =
        cross_entropy{}.evaluate(matrix_view<const T>(out), block, T(1) / T(rows), trials.d_outputs(0)).loss;
    for (size_t i = 0; i < rows * outputs; ++i) {
        loss += static_cast<double>(out.data()[i] * out.data()[i]) / 8;
        trials.d_outputs(0).data()[i] += out.data()[i] / 4;
    }
    CHECK(loss == doctest::Approx(stored("loss")(0, 0)).epsilon(tolerance<T>));

    trials.backward(network, 0);
    std::vector<T> gradient(network.parameters().size(), T(0));
    for (size_t tile = 0; tile < trials.gradient_tiles(); ++tile)
        trials.add_gradient(network, tile, std::span(gradient));
    CHECK(differing_blocks(network.layout(), stored("d_parameters").data(), gradient.data(), tolerance<T>) ==
          "");
    CHECK(relative_error(stored("d_start").data(), trials.d_state(0).data(), stored("d_start").size()) <
          tolerance<T>);
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE_TEMPLATE("elman is PyTorch's nn.RNN, forwards and backwards", T, float, double) {
    compare<elman<T>>("elman");
}
TEST_CASE_TEMPLATE("gru with reset before is a cell written by hand in PyTorch", T, float, double) {
    compare<gru<T>>("gru_before");
}
TEST_CASE_TEMPLATE("gru with reset after is PyTorch's nn.GRU, whose z is 1 - z", T, float, double) {
    compare<gru<T, reset_after>>("gru_after");
}
TEST_CASE_TEMPLATE("lstm is PyTorch's nn.LSTM", T, float, double) { compare<lstm<T>>("lstm"); }

TEST_CASE_TEMPLATE("cells that PyTorch does not have are what is written by hand there", T, float, double) {
    compare<ugrnn<T>>("ugrnn");
    compare<minimal_gated<T>>("minimal_gated");
    compare<leaky<T>>("leaky", {.rate = {0.3}});
    compare<leaky<T, activations::tanh, learned_rates, activation_of_state>>("leaky_rates", {.rate = {0.2}});
    compare<leaky<T, activations::tanh, learned_rate>>("leaky_rate", {.rate = {0.2}});
    compare<low_rank<T>>("low_rank", {.rate = {0.3}, .recurrence = {.rank = 2}});
}
