#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/leaky.hpp"
#include "engram/nn/cell/low_rank.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/cell/minimal_gated.hpp"
#include "engram/nn/cell/ugrnn.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/run.hpp"
#include "engram/nn/unrolled.hpp"
#include "reference/differences.hpp"

using namespace engram;
using reference::differences;
using reference::differing_blocks;
using reference::relative_error;

namespace {

/// An activation as a user writes it: for scalars only.
struct bell {
    double value(double x) const { return x / std::sqrt(1 + x * x); }
    double slope(double y) const { return std::pow(1 - y * y, 1.5); }
};

/// A network on random frames from random states, with a loss that sees every output and the final states.
template <class Cell>
struct experiment {
    static constexpr size_t horizon = 5, batch = 5, shard = 2;

    recurrent_network<Cell> network;
    unrolled<recurrent_network<Cell>> trials;
    matrix<double> frames, start, liking, end_liking;

    explicit experiment(Cell cell = {})
        : network({.inputs = 4, .units = 5, .outputs = 3}, seed{3}, {}, cell),
          trials(network, {.horizon = horizon, .batch = batch, .shard = shard}),
          frames(random(1, horizon * batch, 4)),
          start(random(2, batch, network.state_size())),
          liking(random(3, horizon * batch, 3)),
          end_liking(random(4, batch, network.state_size())) {}

    static matrix<double> random(std::uint64_t sample, size_t rows, size_t columns) {
        matrix<double> m = matrix<double>::from_shape({rows, columns});
        random_stream(seed{7}, purpose::user, 0, sample).normals(m, 0.0, 0.7);
        return m;
    }

    /// sum (liking + outputs / 2) outputs + sum end_liking final states; leaves its gradients in `trials`.
    double loss(bool with_gradients = false) {
        double sum = 0;
        for (size_t s = 0; s < trials.shards(); ++s) {
            const size_t first = trials.first_trial(s), n = trials.trials(s);
            copy<double>(matrix_view<double>(frames).row_block(first * horizon, n * horizon),
                         trials.inputs(s));
            copy<double>(matrix_view<double>(start).row_block(first, n), trials.states(s, 0));
            trials.forward(network, s);
            const auto out = trials.outputs(s), d_out = trials.d_outputs(s);
            for (size_t i = 0; i < out.rows(); ++i)
                for (size_t j = 0; j < 3; ++j) {
                    const double like = liking(first * horizon + i, j);
                    sum += (like + out(i, j) / 2) * out(i, j);
                    d_out(i, j) = like + out(i, j);
                }
            const auto end = trials.states(s, horizon), d_end = trials.d_state(s);
            for (size_t i = 0; i < n; ++i)
                for (size_t j = 0; j < end.columns(); ++j) {
                    sum += end_liking(first + i, j) * end(i, j);
                    d_end(i, j) = end_liking(first + i, j);
                }
            if (with_gradients) trials.backward(network, s);
        }
        return sum;
    }
};

/// A network of one input and one output whose weights are zero.
template <class Cell>
recurrent_network<Cell> silent_network(size_t units) {
    recurrent_network<Cell> network({.inputs = 1, .units = units, .outputs = 1}, seed{1});
    std::ranges::fill(network.parameters(), typename Cell::scalar(0));
    return network;
}

template <class Cell>
void check_gradients(Cell cell = {}) {
    experiment<Cell> e(cell);
    e.loss(true);
    std::vector<double> gradient(e.network.parameters().size(), 0.0);
    for (size_t tile = 0; tile < e.trials.gradient_tiles(); ++tile)
        e.trials.add_gradient(e.network, tile, std::span(gradient));
    matrix<double> d_start = matrix<double>::from_shape({e.batch, e.network.state_size()});
    for (size_t s = 0; s < e.trials.shards(); ++s)
        copy<double>(e.trials.d_state(s),
                     matrix_view<double>(d_start).row_block(e.trials.first_trial(s), e.trials.trials(s)));

    const auto expected =
        differences(e.network.parameters().data(), gradient.size(), [&] { return e.loss(); });
    CHECK(differing_blocks(e.network.layout(), expected.data(), gradient.data(), 1e-6) == "");
    const auto by_start = differences(e.start.data(), e.start.size(), [&] { return e.loss(); });
    CHECK(relative_error(by_start.data(), d_start.data(), d_start.size()) < 1e-6);
}

}  // namespace

using namespace engram::activations;

namespace {
using gru_after = gru<double, reset_after>;
using softsign_lstm = lstm<double, logistic, softsign>;
using bell_gru = gru<double, reset_before, logistic, bell>;
using bell_gru_after = gru<double, reset_after, bell, activations::tanh>;
using leaky_elman = elman<double, leaky_relu>;
template <class Rate, class Form>
using leaky_tanh = leaky<double, activations::tanh, Rate, Form>;
template <class Rate, class Form>
using low_rank_tanh = low_rank<double, activations::tanh, Rate, Form>;
using leaky_of_input = leaky_tanh<fixed_rate, activation_of_input>;
using learned_of_input = leaky_tanh<learned_rates, activation_of_input>;
using learned_of_state = leaky_tanh<learned_rates, activation_of_state>;
using shared_of_input = leaky_tanh<learned_rate, activation_of_input>;
using shared_of_state = leaky_tanh<learned_rate, activation_of_state>;
using low_rank_of_input = low_rank_tanh<fixed_rate, activation_of_input>;
using low_rank_of_state = low_rank_tanh<fixed_rate, activation_of_state>;
}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE_TEMPLATE("elman: gradients by parameters and initial states are those of finite differences", F,
                   activations::tanh, logistic, relu, leaky_relu, softsign, identity, bell) {
    check_gradients<elman<double, F>>();
}

TEST_CASE_TEMPLATE("gru, reset before: gradients by parameters and initial states", F, activations::tanh,
                   relu, leaky_relu, softsign, bell) {
    check_gradients<gru<double, reset_before, logistic, F>>();
}

TEST_CASE_TEMPLATE("gru, reset after: gradients by parameters and initial states", F, activations::tanh, relu,
                   leaky_relu, softsign, bell) {
    check_gradients<gru<double, reset_after, logistic, F>>();
}

TEST_CASE_TEMPLATE("lstm: gradients by parameters and initial states", F, activations::tanh, relu, leaky_relu,
                   softsign, bell) {
    check_gradients<lstm<double, logistic, F>>();
}

TEST_CASE_TEMPLATE("ugrnn and minimal_gated: gradients by parameters and initial states", F,
                   activations::tanh, relu, softsign, bell) {
    check_gradients<ugrnn<double, logistic, F>>();
    check_gradients<minimal_gated<double, logistic, F>>();
}

TEST_CASE_TEMPLATE("leaky: gradients by parameters, rates that are learned included, and initial states",
                   Form, activation_of_input, activation_of_state) {
    check_gradients<leaky<double, activations::tanh, fixed_rate, Form>>({.rate = {0.3}});
    check_gradients<leaky<double, bell, fixed_rates, Form>>({.rate = {{0.1, 0.3, 0.5, 0.7, 1}}});
    check_gradients<leaky<double, softsign, learned_rates, Form>>({.rate = {0.2}});
    check_gradients<leaky<double, softsign, learned_rate, Form>>({.rate = {0.2}});
}

TEST_CASE_TEMPLATE("low rank: gradients by parameters and initial states, with a fixed part and without",
                   Form, activation_of_input, activation_of_state) {
    const auto fixed = experiment<elman<double>>::random(41, 5, 5);
    check_gradients<low_rank<double, activations::tanh, fixed_rate, Form>>({.recurrence = {.rank = 2}});
    check_gradients<low_rank<double, activations::tanh, learned_rates, Form>>(
        {.recurrence = {.rank = 2, .fixed = fixed}});
    check_gradients<low_rank<double, activations::tanh, learned_rate, Form>>({.recurrence = {.rank = 2}});
}

TEST_CASE("gates may have other activations too") {
    check_gradients<gru<double, reset_before, softsign, activations::tanh>>();
    check_gradients<gru<double, reset_after, bell, softsign>>();
    check_gradients<lstm<double, softsign, identity>>();
}

TEST_CASE("an activation's own options reach the cell") {
    check_gradients(elman<double, leaky_relu>{.f = {.leak = 0.5}});
    experiment<elman<double, leaky_relu>> half({.f = {.leak = 0.5}}), fifth;
    CHECK(half.loss() != fifth.loss());
}

TEST_CASE_TEMPLATE("an activation's slope, in terms of its value, is its derivative", F, activations::tanh,
                   logistic, relu, leaky_relu, softsign, identity, bell) {
    const F f{};
    for (double x = -3.05; x < 3.1; x += 0.1) {
        double at = x;
        const auto slope = differences(&at, 1, [&] { return f.value(at); });
        CHECK(f.slope(f.value(x)) == doctest::Approx(slope[0]).epsilon(1e-8));
    }
}

TEST_CASE_TEMPLATE("an activation gives packs what it gives scalars", F, activations::tanh, logistic, relu,
                   leaky_relu, softsign, identity) {
    // h' = f(h + x) of 19 units: whole packs of them, and some more.
    const F f{};
    const auto x = [](size_t i) { return (static_cast<double>(i) - 9) / 2; };
    auto network = silent_network<elman<double, F>>(19);
    for (size_t i = 0; i < 19; ++i)
        network.weights("bias")(0, i) = x(i), network.weights("recurrent")(i, i) = 1;
    const constant_input_map map{network, vector<double>({0})};
    const matrix<double> zero({1, 19}, 0.0), one({1, 19}, 1.0);
    auto value = zero, slope = zero;
    map.apply(zero, value);
    map.vjp(zero, one, slope);
    for (size_t i = 0; i < 19; ++i) {
        CHECK(value(0, i) == doctest::Approx(f.value(x(i))).epsilon(1e-14));
        CHECK(slope(0, i) == doctest::Approx(f.slope(f.value(x(i)))).epsilon(1e-13));
    }
}

TEST_CASE_TEMPLATE(
    "a network under a constant input steps as the network itself does, and its vjp is its derivative", Cell,
    elman<double>, gru<double>, gru_after, lstm<double>, softsign_lstm) {
    experiment<Cell> e;
    vector<double> frame = vector<double>::from_shape({4});
    std::copy_n(e.frames.data(), 4, frame.data());
    const constant_input_map map{e.network, frame};
    const size_t n = 5, d = map.dimension();
    REQUIRE(d == e.network.state_size());
    const auto states = experiment<Cell>::random(11, n, d), u = experiment<Cell>::random(12, n, d);

    matrix<double> next = matrix<double>::from_shape({n, d});
    map.apply(states, next);
    unrolled<recurrent_network<Cell>> one(e.network, {.horizon = 1, .batch = n, .trains = false});
    for (size_t i = 0; i < n; ++i) std::copy_n(frame.data(), 4, one.inputs(0).row(i));
    copy<double>(matrix_view<const double>(states), one.states(0, 0));
    one.forward(e.network, 0);
    CHECK(relative_error(one.states(0, 1).data(), next.data(), next.size()) < 1e-14);
    const auto read = map.read_out(next);
    CHECK(relative_error(one.outputs(0).data(), read.data(), read.size()) < 1e-14);

    matrix<double> product = matrix<double>::from_shape({n, d}), at = states;
    map.vjp(states, u, product);
    const auto expected = differences(at.data(), at.size(), [&] {
        map.apply(at, next);
        double sum = 0;
        for (size_t i = 0; i < next.size(); ++i) sum += u.data()[i] * next.data()[i];
        return sum;
    });
    CHECK(relative_error(expected.data(), product.data(), product.size()) < 1e-6);

    // Fewer rows than before, and on another object.
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
    const constant_input_map copy_of = map;
    matrix<double> alone = matrix<double>::from_shape({1, d});
    copy_of.vjp(matrix_view<const double>(states).row_block(2, 1),
                matrix_view<const double>(u).row_block(2, 1), alone);
    CHECK(relative_error(&product(2, 0), alone.data(), d) < 1e-13);
}

TEST_CASE_TEMPLATE("a network under a constant input's Jacobian is its derivative", Cell, elman<double>,
                   leaky_elman, gru<double>, bell_gru, gru_after, bell_gru_after, lstm<double>, softsign_lstm,
                   ugrnn<double>, minimal_gated<double>, leaky_of_input, learned_of_input, learned_of_state,
                   shared_of_input, shared_of_state, low_rank_of_state, low_rank_of_input) {
    experiment<Cell> e;
    vector<double> frame = vector<double>::from_shape({4});
    std::copy_n(e.frames.data(), 4, frame.data());
    const constant_input_map map{e.network, frame};
    const size_t d = map.dimension();
    matrix<double> h = experiment<Cell>::random(21, 3, d), next = h;
    for (size_t row = 0; row < 3; ++row) {
        const auto at = matrix_view<double>(h).row_block(row, 1);
        matrix<double> jacobian = matrix<double>::from_shape({d, d});
        map.jacobian(at, jacobian);
        for (size_t i = 0; i < d; ++i) {
            const auto expected = differences(at.data(), d, [&] {
                map.apply(h, next);
                return next(row, i);
            });
            CHECK(relative_error(expected.data(), &jacobian(i, 0), d) < 1e-6);
        }
    }
}

TEST_CASE("a frame of the wrong length is refused with both lengths") {
    const recurrent_network<gru<float>> network({.inputs = 4, .units = 5, .outputs = 3}, seed{1});
    const vector<double> frame(std::array<size_t, 1>{3}, 0.0);
    CHECK_THROWS_WITH_AS((constant_input_map{network, frame}),
                         "constant_input_map: a frame of 3 inputs, the network has 4", shape_error);
}

TEST_CASE("states of the wrong width are not read out, and none are read out as none") {
    const recurrent_network<lstm<float>> network({.inputs = 4, .units = 5, .outputs = 3}, seed{1});
    const constant_input_map map{network, vector<double>(std::array<size_t, 1>{4}, 0.0)};
    const auto states = [](size_t n, size_t d) { return matrix<double>(std::array<size_t, 2>{n, d}, 0.0); };
    CHECK_THROWS_WITH_AS((void)map.read_out(states(2, 4)),
                         "read_out: states of 4 coordinates, the network's have 10", shape_error);
    CHECK(map.read_out(states(0, 0)).shape(0) == 0);
}

TEST_CASE_TEMPLATE("an activation keeps what is not a number, so that divergence is noticed", F,
                   activations::tanh, logistic, relu, leaky_relu, softsign, identity, bell) {
    auto network = silent_network<elman<float, F>>(37);
    auto x = network.weights("bias");
    for (const size_t i : {0u, 5u, 16u, 36u}) x(0, i) = std::nanf("");
    const auto states = run(network, xt::xtensor<float, 3>({1, 1, 1}, 0.0f)).states;
    for (size_t i = 0; i < 37; ++i) CHECK(std::isnan(states(0, 0, i)) == std::isnan(x(0, i)));
    CHECK(std::isnan(F{}.value(std::nan(""))));
}
