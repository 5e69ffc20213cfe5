// Slow points of networks that engram trained itself.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>

#include "engram/data/optdigits.hpp"
#include "engram/dynamics.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/pytorch.hpp"
#include "engram/nn/unrolled.hpp"
#include "engram/study/centroids.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/schedule.hpp"
#include "engram/training/trainer.hpp"
#include "reference/effort.hpp"

using namespace engram;

namespace {

using network_type = recurrent_network<gru<float>>;

const flip_flop flips{{.bits = 3, .horizon = 30, .pulse_probability = 0.15}};

network_type trained_network() {
    network_type network{{flips.inputs(), 24, flips.outputs()}, seed{1}};
    trainer learner{network, mean_squared_error{}, scheduled{adam{.learning_rate = 1e-2}, cosine_decay{}}};
    const size_t steps = reference::optimised ? 1500 : 30;  // too few to learn, enough to run all of it
    const auto result = learner.fit(flips, no_curriculum{}, {.steps = steps, .batch = 64}, history{});
    if (reference::optimised) REQUIRE(result.accuracy > 0.97);
    return network;
}

/// States that the network passes through while it works.
matrix<double> visited_states(const network_type& network, size_t trials) {
    const size_t horizon = flips.full_stage().horizon;
    unrolled<network_type> run(network,
                               {.horizon = horizon, .batch = trials, .shard = trials, .trains = false});
    std::vector<int> classes(horizon * trials);
    std::vector<float> weights(horizon * trials);
    std::vector<char> active(flips.outputs());
    matrix<float> values({horizon * trials, flips.outputs()});
    flips.fill(trial_block<float>{0, trials, horizon, run.inputs(0), classes, weights, active, values},
               flips.full_stage(), seed{99}, 0);
    run.forward(network, 0);
    const size_t kept = 10;  // the last steps of each trial
    matrix<double> states({kept * trials, network.state_size()});
    const auto last = run.states(0, horizon - kept + 1);
    std::copy_n(last.data(), states.size(), states.data());
    return states;
}

}  // namespace

TEST_SUITE_BEGIN("dynamics");

TEST_CASE("the memories of a flip-flop from PyTorch and the saddles between them are isolated") {
    const auto network =
        load_pytorch<gru<double, reset_after>>(ENGRAM_TEST_DIR "/../examples/pytorch/flip_flop.safetensors");
    const constant_input_map map{network, vector<double>{0.0, 0.0, 0.0}};
    const auto pulses = grid<double>({-1, -1, -1}, {1, 1, 1}, 3);
    matrix<double> seeds({pulses.shape(0), map.dimension()}, 0.0);
    for (size_t i = 0; i < pulses.shape(0); ++i) {  // where each pattern of pulses leads to
        const constant_input_map pulsed{network, vector<double>{pulses(i, 0), pulses(i, 1), pulses(i, 2)}};
        const matrix<double> rest({1, map.dimension()}, 0.0);
        const auto reached = run_forward(pulsed, rest, 10);
        std::copy_n(reached.data(), reached.size(), &seeds(i, 0));
    }
    const auto points = find_slow_points(map, seeds);
    CHECK(points.size() >= 8);
    const auto found = slow_manifolds(map, points);
    INFO(found);
    CHECK(found.empty());
    CHECK(found.isolated.size() == points.size());
}

TEST_CASE("a trained 3-bit flip-flop has eight stable memories, and saddles between them") {
    const auto network = trained_network();
    const vector<double> silence({flips.inputs()}, 0.0);
    const constant_input_map map{network, silence};
    auto seeds = visited_states(network, reference::optimised ? 30 : 1);
    const auto found = find_slow_points(map, seeds, levenberg_marquardt{},
                                        {.region = {.lower_bound = -1, .upper_bound = 1}});
    if (!reference::optimised) return;

    std::set<std::vector<bool>> memories;
    const auto outputs = map.read_out(found.states());
    size_t stable = 0, all_stable = 0;
    matrix<double> centres({size_t{8}, map.dimension()});
    for (size_t i = 0; i < found.size(); ++i) {
        const auto& point = found[i];
        if (point.kind != point_kind::fixed || point.unstable_directions != 0) continue;
        ++all_stable;
        std::vector<bool> bits;
        for (size_t bit = 0; bit < 3; ++bit) {
            CHECK(std::abs(std::abs(outputs(i, bit)) - 1) < 0.3);
            bits.push_back(outputs(i, bit) > 0);
        }
        if (memories.insert(bits).second && stable < 8)
            std::copy(point.state.begin(), point.state.end(), &centres(stable++, 0));
    }
    CHECK(memories.size() == 8);
    CHECK(all_stable == 8);
    CHECK(slow_manifolds(map, found).empty());  // they are isolated

    // A saddle lies between memories that differ in one bit: search from the middle of each such pair.
    std::vector<double> middles;
    const auto read = map.read_out(centres);
    for (size_t a = 0; a < 8; ++a)
        for (size_t b = a + 1; b < 8; ++b) {
            size_t different = 0;
            for (size_t bit = 0; bit < 3; ++bit) different += (read(a, bit) > 0) != (read(b, bit) > 0);
            if (different != 1) continue;
            for (size_t j = 0; j < map.dimension(); ++j)
                middles.push_back((centres(a, j) + centres(b, j)) / 2);
        }
    REQUIRE(middles.size() == 12 * map.dimension());
    matrix<double> between({size_t{12}, map.dimension()});
    std::copy(middles.begin(), middles.end(), between.data());
    const auto saddles = find_slow_points(map, between, levenberg_marquardt{},
                                          {.region = {.lower_bound = -1, .upper_bound = 1}});
    size_t with_one_unstable_direction = 0;
    for (const auto& point : saddles) {
        with_one_unstable_direction += point.kind == point_kind::fixed && point.unstable_directions == 1;
    }
    CHECK(with_one_unstable_direction == 12);
}

TEST_CASE(
    "on a GRU of 200 units the default solver ends where 100,000 steps of Adam lead to, and no higher") {
#ifndef __OPTIMIZE__
    MESSAGE("skipped: in a build without optimisation 100,000 steps take minutes");
    return;
#endif
    const delayed_classification digits{optdigits()};
    network_type network{{digits.inputs(), 200, digits.outputs()}, seed{1}};
    trainer learner{network, cross_entropy{}, adam{.learning_rate = 1e-3}};
    learner.fit(digits, vocabulary_curriculum{}, {.steps = 250, .batch = 32});
    const auto all = class_centroids(network, digits, {.examples = 20}).states;
    matrix<double> centres({size_t{5}, all.shape(1)});
    std::copy_n(all.data(), centres.size(), centres.data());
    const constant_input_map map{network, digits.mean_input()};
    const search_options<double> options{.region = {.lower_bound = -1, .upper_bound = 1},
                                         .merge_distance = 0,
                                         .spectrum = false,
                                         .curvature = false};
    const auto fast = find_slow_points(map, centres, levenberg_marquardt{}, options);
    const auto published = find_slow_points(map, centres, adam_descent{.iterations = 100'000}, options);
    // Adam is still on its way in flat valleys: a search from where it stopped ends where the way leads.
    const auto continued = find_slow_points(map, published.states(), levenberg_marquardt{}, options);
    REQUIRE(fast.size() == 5);
    REQUIRE(published.size() == 5);
    REQUIRE(continued.size() == 5);
    const auto apart = [](const auto& a, const auto& b) {
        double sum = 0;
        for (size_t j = 0; j < a.state.size(); ++j) sum += std::pow(a.state(j) - b.state(j), 2);
        return std::sqrt(sum);
    };
    for (size_t i = 0; i < 5; ++i) {
        CHECK(fast[i].speed <= published[i].speed * (1 + 1e-6));
        CHECK(apart(fast[i], continued[i]) < 1e-5);
        CHECK(apart(fast[i], published[i]) < fast[i].distance_moved / 2);
    }
}
