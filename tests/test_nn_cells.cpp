#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>

#include "engram/nn/cell/constrained.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/leaky.hpp"
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
