#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "engram/nn/cell/constrained.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/leaky.hpp"
#include "engram/nn/cell/low_rank.hpp"
#include "engram/nn/cell/stacked.hpp"
#include "engram/nn/run.hpp"
#include "engram/nn/weights.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/rms_prop.hpp"
#include "engram/training/optimizer/sgd.hpp"
#include "engram/training/trainer.hpp"
#include "reference/scratch_folder.hpp"

using namespace engram;

namespace {

constexpr size_t units = 9;

/// Two of three connections.
sparse_mask two_thirds() {
    sparse_mask mask{matrix<char>(std::array<size_t, 2>{units, units}, char(1))};
    for (size_t i = 0; i < units; ++i)
        for (size_t j = 0; j < units; ++j) mask.connected(i, j) = (i + j) % 3 != 0;
    return mask;
}

template <class Network>
void check_constraints(const Network& network, const dale& signs) {
    const auto weights = network.recurrent_weights();
    const auto mask = two_thirds();
    size_t positive = 0, negative = 0;
    for (size_t i = 0; i < units; ++i)
        for (size_t c = 0; c < weights.columns(); ++c) {
            const auto w = weights(i, c);
            const bool allowed = i != c % units && mask.connected(i, c % units);
            CHECK(((allowed && w * static_cast<float>(signs.signs[i]) >= 0) || w == 0));
            ++(signs.signs[i] > 0 ? positive : negative);
        }
    CHECK(positive > 0);
    CHECK(negative > 0);
}

using constrained_gru = constrained<gru<float>, dale, sparse_mask, no_self_connections>;

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE_TEMPLATE("constraints hold at the start and through every optimizer, bit for bit", Optimizer, sgd,
                   momentum, rms_prop, adam, adam_w) {
    const flip_flop task{{.bits = 2, .horizon = 10}};
    const dale signs = dale::split(6, 3);
    recurrent_network<constrained_gru> network({task.inputs(), units, task.outputs()}, seed{1}, {},
                                               {signs, two_thirds(), {}});
    check_constraints(network, signs);
    const auto before = network.parameters();
    Optimizer optimizer{};
    optimizer.learning_rate = 0.01;
    trainer{network, mean_squared_error{}, optimizer}.fit(task, no_curriculum{}, {.steps = 20, .batch = 8});
    check_constraints(network, signs);
    CHECK(network.parameters() != before);
}

TEST_CASE("without violations a projection changes nothing") {
    recurrent_network<constrained_gru> network({3, units, 2}, seed{1}, {},
                                               {dale::split(6, 3), two_thirds(), {}});
    const auto before = network.parameters();
    network.constrain();
    CHECK(network.parameters() == before);
}

TEST_CASE("a file with weights that break a constraint is refused, one that keeps them is read") {
    const reference::scratch_folder folder;
    const constrained_gru cell{dale::split(6, 3), two_thirds(), {}};
    recurrent_network<constrained_gru> network({3, units, 2}, seed{1}, {}, cell),
        other({3, units, 2}, seed{2}, {}, cell);
    save_weights(network, folder.path / "good.safetensors");
    load_weights(other, folder.path / "good.safetensors");
    CHECK(other.parameters() == network.parameters());
    const recurrent_network<gru<float>> free({3, units, 2}, seed{1});
    save_weights(free, folder.path / "bad.safetensors");
    CHECK_THROWS_AS(load_weights(other, folder.path / "bad.safetensors"), file_error);
    CHECK(other.parameters() == network.parameters());
}

// The page "Weight constraint" shows this.
TEST_CASE("any cell is put under constraints, one of a user's own included") {
    const network_sizes sizes{.inputs = 2, .units = 100, .outputs = 1};
    using cell = engram::constrained<engram::leaky<float>, engram::dale, engram::no_self_connections>;
    engram::recurrent_network<cell> network{sizes, engram::seed{1}, {}, {engram::dale::split(80, 20), {}}};
    CHECK(network.recurrent_weights()(3, 3) == 0);
    CHECK(network.recurrent_weights()(0, 1) >= 0);
    CHECK(network.recurrent_weights()(99, 1) <= 0);
}

namespace {

struct at_most_one {  // no weight beyond 1 in size
    void check(std::size_t) const {}
    template <class T>
    void project(engram::matrix_view<T> weights) const {
        for (std::size_t i = 0; i < weights.rows(); ++i)
            for (std::size_t j = 0; j < weights.columns(); ++j)
                weights(i, j) = std::clamp(weights(i, j), T(-1), T(1));
    }
};

}  // namespace

TEST_CASE("a constraint of a user's own holds") {
    recurrent_network<constrained<gru<float>, at_most_one>> network({3, units, 2}, seed{1});
    network.weights("recurrent") *= 10;
    network.constrain();
    CHECK(xt::amax(network.weights("recurrent"))() == 1);
    CHECK(xt::amin(network.weights("recurrent"))() == -1);
}

TEST_CASE("one learned rate for all units is one parameter, which training changes and files keep") {
    using cell = engram::leaky<float, activations::tanh, learned_rate>;
    const flip_flop task{{.bits = 2, .horizon = 10}};
    recurrent_network<cell> network({task.inputs(), units, task.outputs()}, seed{1}, {}, {.rate = {0.3}}),
        other({task.inputs(), units, task.outputs()}, seed{2}, {}, {.rate = {0.3}});
    CHECK(network.layout().at("recurrent_bias").size() == 1);
    const float before = network.recurrent_bias()(0, 0);
    trainer{network, mean_squared_error{}, adam{.learning_rate = 0.01}}.fit(task, no_curriculum{},
                                                                            {.steps = 5, .batch = 8});
    CHECK(network.recurrent_bias()(0, 0) != before);
    const reference::scratch_folder folder;
    save_weights(network, folder.path / "one_rate.safetensors");
    load_weights(other, folder.path / "one_rate.safetensors");
    CHECK(other.parameters() == network.parameters());
    // Of one rate a unit there are other weights, which do not pass for these.
    const recurrent_network<engram::leaky<float, activations::tanh, learned_rates>> one_a_unit(
        network.sizes(), seed{1});
    save_weights(one_a_unit, folder.path / "rates.safetensors");
    CHECK_THROWS_AS(load_weights(other, folder.path / "rates.safetensors"), file_error);
}

TEST_CASE("options that do not fit a network are refused by value") {
    const auto make = [](auto cell) {
        return recurrent_network<decltype(cell)>({3, units, 2}, seed{1}, {}, cell);
    };
    using engram::leaky;
    CHECK_THROWS_WITH_AS(make(leaky<float>{.rate = {1.5}}), "leaky: rate = 1.5, expected a number in (0, 1]",
                         value_error);
    CHECK_THROWS_WITH_AS((make(leaky<float, activations::tanh, fixed_rates>{.rate = {{0.5, 0.5}}})),
                         "leaky: 2 rates for 9 units", shape_error);
    CHECK_THROWS_WITH_AS((make(leaky<float, activations::tanh, learned_rates>{.rate = {1}})),
                         "leaky: initial rate = 1, expected a number in (0, 1)", value_error);
    CHECK_THROWS_WITH_AS((make(leaky<float, activations::tanh, learned_rate>{.rate = {0}})),
                         "leaky: initial rate = 0, expected a number in (0, 1)", value_error);
    CHECK_THROWS_WITH_AS((make(low_rank<float>{.recurrence = {.rank = 5}})),
                         "low_rank_recurrence: rank = 5, expected 1 to half of the 9 units", value_error);
    CHECK_THROWS_WITH_AS(make(constrained<gru<float>, dale>{dale::split(5, 5)}), "dale: 10 signs for 9 units",
                         shape_error);
    CHECK_THROWS_WITH_AS(make(constrained<gru<float>, dale>{dale{std::vector<int>(units, 2)}}),
                         "dale: the sign of unit 0 is 2, expected -1, 0 or 1", value_error);
}

TEST_CASE("a leaky unit without input decays by 1 - a a step") {
    recurrent_network<engram::leaky<double>> network({1, 2, 1}, seed{1}, {}, {.rate = {0.25}});
    std::fill(network.parameters().begin(), network.parameters().end(), 0.0);
    matrix<double> gates(std::array<size_t, 2>{1, 2}, 0.0), h({{0.8, -0.4}}), next = h;
    network.cell_rule().forward(network.weights(), {gates, h, next, {}});
    CHECK(next(0, 0) == doctest::Approx(0.6));
    CHECK(next(0, 1) == doctest::Approx(-0.3));
}

TEST_CASE_TEMPLATE("private noise makes an isolated leaky unit an AR(1) process", Form, activation_of_input,
                   activation_of_state) {
    // h' = (1 - a) h + sqrt(2 a) sigma N(0, 1): variance 2 sigma^2 / (2 - a), correlation 1 - a from step to
    // step
    using cell = engram::leaky<double, activations::identity, fixed_rates, Form>;
    const double sigma = 0.3;
    constexpr size_t steps = 50, trials = 150, alike = 20;
    std::vector<double> rates;
    for (const double rate : {0.1, 0.4, 0.9}) rates.insert(rates.end(), alike, rate);
    recurrent_network<cell> network({1, rates.size(), 1}, seed{1}, {}, {.rate = {rates}});
    network.parameters().fill(0.0);
    const auto zeros = xt::xtensor<double, 3>(std::array<size_t, 3>{steps, trials, 1}, 0.0);
    const auto states = run(network, zeros, {.unit_noise = sigma, .seed = seed{2}}).states;
    for (size_t first = 0; first < rates.size(); first += alike) {
        double square = 0, product = 0, other = 0;
        for (size_t i = 0; i < trials; ++i)
            for (size_t unit = first; unit < first + alike; ++unit) {
                const double h = states(steps - 1, i, unit);
                square += h * h / (trials * alike);
                product += h * states(steps - 2, i, unit) / (trials * alike);
                other += h * states(steps - 1, i, (unit + 1) % rates.size()) / (trials * alike);
            }
        const double variance = 2 * sigma * sigma / (2 - rates[first]);
        CAPTURE(rates[first]);
        CHECK(square == doctest::Approx(variance).epsilon(0.08));  // three standard errors
        CHECK(std::abs(product / variance - (1 - rates[first])) < 0.08);
        CHECK(std::abs(other) < 0.06 * variance);  // units are independent of each other
    }
}

TEST_CASE("private noise of zero leaves the bits, and threads and shards do not change the noisy ones") {
    using cell = engram::leaky<float, activations::tanh, learned_rates>;
    const recurrent_network<cell> network({2, units, 2}, seed{1});
    auto frames = xt::xtensor<float, 3>::from_shape({6, 11, 2});
    random_stream(seed{3}, purpose::user).normals(frames, 0.0f, 1.0f);
    const auto quiet = run(network, frames), zero = run(network, frames, {.unit_noise = 0, .seed = seed{5}});
    const auto one = run(network, frames, {.unit_noise = 0.1, .seed = seed{5}});
    const auto two = run(network, frames, {.threads = 2, .shard = 4, .unit_noise = 0.1, .seed = seed{5}});
    CHECK(quiet.states == zero.states);
    CHECK(one.states != zero.states);
    CHECK(one.states == two.states);
}

TEST_CASE_TEMPLATE("the gradient of a noisy step is that of its differences", Cell, engram::leaky<double>,
                   low_rank<double>, gru<double>) {
    recurrent_network<Cell> network({2, units, 1}, seed{1});
    constexpr size_t horizon = 5, batch = 3;
    unrolled<recurrent_network<Cell>> work(network, {.horizon = horizon, .batch = batch});
    random_stream(seed{3}, purpose::user).normals(std::span(work.inputs(0).row(0), 2), 0.0, 1.0);
    const unit_noise noise{.deviation = 0.5, .seed = seed{4}};
    const auto loss = [&] {
        fill(work.states(0, 0), 0.0);
        work.forward(network, 0, true, noise);
        double sum = 0;
        for (size_t row = 0; row < horizon * batch; ++row) sum += work.outputs(0)(row, 0);
        return sum;
    };
    loss();
    fill(work.d_outputs(0), 1.0);
    work.backward(network, 0);
    std::vector<double> gradient(network.parameters().size(), 0.0);
    for (size_t tile = 0; tile < work.gradient_tiles(); ++tile) work.add_gradient(network, tile, gradient);
    for (size_t k = 0; k < gradient.size(); k += 7) {
        double& parameter = network.parameters()(k);
        const double kept = parameter, step = 1e-6;
        parameter = kept + step;
        const double above = loss();
        parameter = kept - step;
        const double below = loss();
        parameter = kept;
        CHECK(gradient[k] == doctest::Approx((above - below) / (2 * step)).epsilon(1e-6));
    }
}

TEST_CASE("private noise that is no number above 0, or of units in layers, is refused by value") {
    const auto frames = xt::xtensor<float, 3>(std::array<size_t, 3>{1, 1, 2}, 0.0f);
    const recurrent_network<gru<float>> network({2, units, 2}, seed{1});
    CHECK_THROWS_WITH_AS(run(network, frames, {.unit_noise = -1}),
                         "run: unit_noise = -1, expected 0 or a finite number above it", value_error);
    CHECK_THROWS_WITH_AS(run(network, frames, {.unit_noise = std::nan("")}),
                         "run: unit_noise = nan, expected 0 or a finite number above it", value_error);
    const recurrent_network<stacked<gru<float>, 2>> layers({2, units, 2}, seed{1});
    CHECK_THROWS_WITH_AS(run(layers, frames, {.unit_noise = 0.1}),
                         "run: unit_noise = 0.1, but units in layers (stacked) take none, expected 0",
                         value_error);
}
