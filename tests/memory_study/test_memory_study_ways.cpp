// The memory study's own terms against finite differences, and what they carry from update to update.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "../../examples/memory_study/pool_cross_entropy.hpp"
#include "../../examples/memory_study/temporal_consistency.hpp"
#include "../reference/differences.hpp"
#include "../reference/small_task.hpp"

#include <engram/nn/cell/gru.hpp>
#include <engram/training/curriculum.hpp>
#include <engram/training/optimizer/sgd.hpp>
#include <engram/training/trainer.hpp>

using namespace engram;

namespace {

using network_type = recurrent_network<gru<double>>;

const delayed_classification& small_task() {
    static const delayed_classification task(reference::small_images(), {.horizon = 6, .minimal_delay = 2});
    return task;
}

network_type new_network() { return {{small_task().inputs(), 4, small_task().outputs()}, seed{8}}; }

/// An objective's loss at an update, its gradient left in `gradient`, and the state that the update leaves.
template <class Objective>
struct measured {
    network_type network;
    Objective objective;
    std::vector<penalty_state<double>> state;
    std::vector<double> gradient{};
    std::vector<penalty_state<double>> after{};

    double operator()() {
        constexpr size_t step = 9;
        gradient.assign(network.parameters().size(), 0.0);
        trainer t{network, objective,
                  reference::gradient_probe{network.parameters().data(), gradient.data()}};
        t.restore({step, matrix<double>(std::array<size_t, 2>{0, gradient.size()}), state});
        const double loss =
            t.fit(small_task(), no_curriculum{}, {.steps = step + 1, .batch = 3, .seed = seed{4}}).loss;
        after = t.state().penalties;
        return loss;
    }
    /// The blocks of parameters in which the gradient is not that of finite differences.
    std::string wrong_blocks() {
        (*this)();
        const auto got = gradient;
        const auto expected =
            reference::differences(network.parameters().data(), got.size(), [&] { return (*this)(); });
        return reference::differing_blocks(network.layout(), expected.data(), got.data(), 1e-6);
    }
};

}  // namespace

TEST_SUITE_BEGIN("memory_study");

TEST_CASE("the gradient of temporal consistency is that of finite differences") {
    measured all{new_network(), cross_entropy{} + 0.6 * memory_study::temporal_consistency{}, {{}, {}}};
    CHECK(all.wrong_blocks() == "");
}

TEST_CASE(
    "cross-entropy on a pool: its gradient goes through one step; its trials go on from update to update") {
    const memory_study::pool_cross_entropy term{small_task(), {}, {.rows = 6, .life = 1e12, .asked = 0.5}};
    const auto network = new_network();
    auto pool = term.initial_state(network);
    CHECK(pool[0].values.shape(0) == 6);
    measured first{network, 0.6 * term, {pool}};
    first();
    // All trials have begun: their images are shown to a network at rest.
    CHECK(first.after[0][0].values != pool[0].values);
    CHECK(first.after[0][1].values == matrix<double>({size_t{6}, size_t{1}}, 0.0));
    // Some are asked once they have settled, the others are to be silent.
    pool = first.after[0];
    pool[1].values.fill(50);
    measured settled{network, 0.6 * term, {pool}};
    CHECK(settled.wrong_blocks() == "");
    CHECK(settled.after[0][1].values == matrix<double>({size_t{6}, size_t{1}}, 51.0));
    CHECK(settled.after[0][0].values != pool[0].values);
}

TEST_CASE("cross-entropy on a pool: a run that diverges leaves the last good pool") {
    auto network = new_network();
    trainer t{network, 1.0 * memory_study::pool_cross_entropy{small_task()}, sgd{}};
    penalty_state<double> pool;
    const auto spoil = [&](const training_report& report) {
        pool = t.state().penalties[0];
        if (report.step == 5) network.parameters()(0) = NAN;
    };
    CHECK_THROWS_AS(t.fit(small_task(), no_curriculum{}, {.steps = 9, .batch = 4}, spoil), divergence_error);
    for (size_t i = 0; i < pool.size(); ++i) CHECK(t.state().penalties[0][i].values == pool[i].values);
    CHECK(std::ranges::all_of(pool[0].values, [](double x) { return std::isfinite(x) && x != 0; }));
}
