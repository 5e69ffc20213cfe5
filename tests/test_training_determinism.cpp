#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <vector>

#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/loss/speed_penalty.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/sgd.hpp"
#include "engram/training/trainer.hpp"
#include "reference/effort.hpp"
#include "reference/small_task.hpp"
#include "reference/weights.hpp"

using namespace engram;
using reference::weights_of;

namespace {

/// Wide enough that weights are updated and their gradient is taken in several pieces.
const delayed_classification& wide_task() {
    static const delayed_classification task(reference::small_images(3, 200),
                                             {.horizon = 10, .minimal_delay = 2});
    return task;
}

template <class Network>
Network fresh() {
    return Network({.inputs = wide_task().inputs(), .units = 30, .outputs = wide_task().outputs()}, seed{1});
}

/// A penalty of more rows than one thread takes at a time.
template <class Network>
auto objective_for(const Network& network) {
    matrix<double> points = matrix<double>::from_shape({12, network.state_size()});
    random_stream(seed{2}, purpose::user).normals(points, 0.0, 0.3);
    return cross_entropy{} + 0.1 * speed_penalty{points, wide_task().noise(), {.perturbation = 0.1}};
}

constexpr size_t all_steps = reference::optimised ? 30 : 8, interrupted_after = reference::optimised ? 13 : 4;
const fit_options all_of_them{
    .steps = all_steps, .batch = 21, .seed = seed{3}, .clip_norm = 0.5, .shard = 4, .unit_noise = 0.05};

/// Every weight and every loss of a run.
struct trace {
    std::vector<double> weights, losses;
    friend bool operator==(const trace&, const trace&) = default;
};

template <class Network>
trace trained(const fit_options& options) {
    Network network = fresh<Network>();
    history told;
    trainer{network, objective_for(network), adam{}}.fit(wide_task(), delay_curriculum{}, options, told);
    trace result{weights_of(network), {}};
    for (const auto& report : told.reports) result.losses.push_back(report.loss);
    return result;
}

using small_gru = recurrent_network<gru<float>>;
using small_gru_after = recurrent_network<gru<double, reset_after>>;
using small_lstm = recurrent_network<lstm<float>>;

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("training gives the same bits with 1, 2, 3 and 5 threads", Network, small_gru,
                   small_gru_after, small_lstm) {
    const trace one = trained<Network>(all_of_them);
    REQUIRE(one.losses.size() == all_steps);
    CHECK(one.losses.front() != one.losses.back());
    for (const size_t threads : {2u, 3u, 5u}) {
        CAPTURE(threads);
        fit_options options = all_of_them;
        options.threads = threads;
        CHECK(trained<Network>(options) == one);
    }
}

TEST_CASE("the same seed gives the same bits, another one others") {
    const trace once = trained<small_gru>(all_of_them);
    CHECK(trained<small_gru>(all_of_them) == once);
    fit_options options = all_of_them;
    options.seed = seed{4};
    CHECK_FALSE(trained<small_gru>(options) == once);
    options = all_of_them;
    options.unit_noise = 0;
    CHECK_FALSE(trained<small_gru>(options) == once);
}

TEST_CASE_TEMPLATE("a run taken up again goes on with the bits of one that was never interrupted", Optimizer,
                   adam, momentum, sgd) {
    const Optimizer rule{};
    small_gru whole = fresh<small_gru>();
    trainer{whole, objective_for(whole), rule}.fit(wide_task(), delay_curriculum{}, all_of_them);

    small_gru first = fresh<small_gru>(), later = fresh<small_gru>();
    trainer one{first, objective_for(first), rule};
    training_state<float> saved;
    const auto ended = one.fit(wide_task(), delay_curriculum{}, all_of_them, [&](const training_report& r) {
        if (r.step < interrupted_after) return true;
        saved = one.state();
        later.parameters() = first.parameters();
        return false;
    });
    CHECK(ended.stopped_by_callback);
    CHECK(saved.step == interrupted_after);

    trainer two{later, objective_for(later), rule};
    two.restore(saved);
    fit_options options = all_of_them;
    options.threads = 2;  // and on another number of threads
    const auto rest = two.fit(wide_task(), delay_curriculum{}, options);
    CHECK(rest.steps == all_steps);
    CHECK(weights_of(later) == weights_of(whole));
}

TEST_CASE("a second fit of the same trainer starts anew") {
    small_gru network = fresh<small_gru>();
    const auto start = network.parameters();
    trainer t{network, cross_entropy{}, adam{}};
    t.fit(wide_task(), no_curriculum{}, all_of_them);
    const auto after = weights_of(network);
    network.parameters() = start;
    CHECK(t.fit(wide_task(), no_curriculum{}, all_of_them).steps == all_steps);
    CHECK(weights_of(network) == after);
}
