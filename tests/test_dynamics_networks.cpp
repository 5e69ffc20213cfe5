// Slow points of networks that engram trained itself.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>

#include "engram/dynamics.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/frozen.hpp"
#include "engram/nn/unrolled.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/trainer.hpp"

using namespace engram;

namespace {

using network_type = recurrent_network<gru<float>>;

const flip_flop flips{{.bits = 3, .horizon = 30, .pulse_probability = 0.15}};

network_type trained_network() {
    network_type network{{flips.inputs(), 24, flips.outputs()}, seed{1}};
    trainer learner{network, mean_squared_error{}, scheduled{adam{.learning_rate = 1e-2}, cosine_decay{}}};
    const auto result = learner.fit(flips, no_curriculum{}, {.steps = 1500, .batch = 64}, history{});
    REQUIRE(result.recall > 0.97);
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

TEST_CASE("a trained 3-bit flip-flop has eight stable memories, and saddles between them") {
    const auto network = trained_network();
    const vector<double> silence({flips.inputs()}, 0.0);
    const frozen map{network, silence};
    auto seeds = visited_states(network, 30);
    const auto found =
        find_slow_points(map, seeds, levenberg_marquardt{}, {.lower_bound = -1, .upper_bound = 1});

    std::set<std::vector<bool>> memories;
    const auto outputs = map.read_out(found.states());
    size_t stable = 0;
    matrix<double> centres({size_t{8}, map.dimension()});
    for (size_t i = 0; i < found.size(); ++i) {
        const auto& point = found[i];
        if (point.kind != point_kind::fixed || point.unstable_directions != 0) continue;
        std::vector<bool> bits;
        for (size_t bit = 0; bit < 3; ++bit) {
            CHECK(std::abs(std::abs(outputs(i, bit)) - 1) < 0.3);
            bits.push_back(outputs(i, bit) > 0);
        }
        if (memories.insert(bits).second && stable < 8)
            std::copy(point.state.begin(), point.state.end(), &centres(stable++, 0));
    }
    CHECK(memories.size() == 8);

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
    const auto saddles =
        find_slow_points(map, between, levenberg_marquardt{}, {.lower_bound = -1, .upper_bound = 1});
    size_t with_one_unstable_direction = 0;
    for (const auto& point : saddles) {
        with_one_unstable_direction += point.kind == point_kind::fixed && point.unstable_directions == 1;
    }
    CHECK(with_one_unstable_direction >= 6);
}
