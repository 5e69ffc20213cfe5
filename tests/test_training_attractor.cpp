// attractor_penalty: its value and gradient, its pool, and what it makes of memories.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "engram/nn/cell/constrained.hpp"
#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/leaky.hpp"
#include "engram/nn/cell/low_rank.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/cell/minimal_gated.hpp"
#include "engram/nn/cell/ugrnn.hpp"
#include "engram/nn/layer/dense.hpp"
#include "engram/nn/layer/front_end.hpp"
#include "engram/study/recall_curve.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/training/loss/attractor_penalty.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/schedule.hpp"
#include "engram/training/optimizer/sgd.hpp"
#include "engram/training/trainer.hpp"
#include "reference/differences.hpp"
#include "reference/effort.hpp"
#include "reference/small_task.hpp"
#include "reference/weights.hpp"

using namespace engram;
using reference::weights_of;

namespace {

const delayed_classification& small_task() {
    static const delayed_classification task(reference::small_images(), {.horizon = 6, .minimal_delay = 2});
    return task;
}

template <class Cell>
recurrent_network<Cell> new_network(size_t units = 4) {
    return {{small_task().inputs(), units, small_task().outputs()}, seed{8}};
}

/// One fit of one step, the pool being given, at a step that takes no anchors and starts no trial.
constexpr size_t step = 9;
const fit_options one_step{.steps = step + 1, .batch = 2, .seed = seed{4}};
constexpr attractor_options no_news{.rows = 12,
                                    .life = 1e12,
                                    .kappa = 0.7,
                                    .kicks = 0,
                                    .noise = 1,
                                    .refresh = 1000,
                                    .waiting = 0.25,
                                    .writes = 0};

/// A pool whose trials have all settled, near anchors that lie apart.
template <class T>
penalty_state<T> settled_pool(penalty_state<T> pool, double spread = 0.1) {
    auto &states = pool[0].values, &ages = pool[1].values, &anchors = pool[2].values, &known = pool[3].values;
    random_stream draws(seed{5}, purpose::user);
    draws.normals(anchors, T(0), T(1));
    draws.normals(states, T(0), T(spread));
    const size_t labels = anchors.shape(0) - 1, waiting = states.shape(0) / 4;
    for (size_t i = 0; i < states.shape(0); ++i)
        for (size_t j = 0; j < states.shape(1); ++j)
            states(i, j) += anchors(i < waiting ? labels : (i - waiting) % labels, j);
    ages.fill(T(50));
    known.fill(T(1));
    pool[4].values(0, 0) = T(2);  // the separation
    return pool;
}

/// The penalty and its gradient at a step, the whole way a user's run takes.
template <class Network>
struct measured {
    Network network;
    attractor_penalty<delayed_classification> penalty;
    penalty_state<double> pool;
    std::vector<double> gradient{};
    penalty_state<double> after{};

    double operator()() {
        gradient.assign(network.parameters().size(), 0.0);
        trainer t{network, 0.6 * penalty,
                  reference::gradient_probe{network.parameters().data(), gradient.data()}};
        t.restore({step, matrix<double>(std::array<size_t, 2>{0, gradient.size()}), {pool}});
        const double loss = t.fit(small_task(), no_curriculum{}, one_step).loss;
        after = t.state().penalties[0];
        return loss;
    }
};

template <class Network>
measured<Network> measure_on(const Network& network, const attractor_options& options = no_news) {
    const attractor_penalty penalty(small_task(), options);
    return {network, penalty, settled_pool(penalty.initial_state(network))};
}

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("the gradient is that of finite differences, through the step alone", Cell, gru<double>,
                   lstm<double>, elman<double>) {
    auto penalty = measure_on(new_network<Cell>());
    penalty();
    const auto got = penalty.gradient;
    const auto expected =
        reference::differences(penalty.network.parameters().data(), got.size(), [&] { return penalty(); });
    CHECK(reference::differing_blocks(penalty.network.layout(), expected.data(), got.data(), 1e-6) == "");
}

TEST_CASE("the value is the mean over the pool of the squared miss of the step to the anchor") {
    auto penalty = measure_on(new_network<gru<double>>());
    const double got = penalty();
    const auto &states = penalty.pool[0].values, &anchors = penalty.pool[2].values;
    unrolled<recurrent_network<gru<double>>> one(penalty.network,
                                                 {.horizon = 1, .batch = 1, .trains = false});
    double sum = 0;
    for (size_t row = 0; row < 12; ++row) {
        random_stream stream(seed{4}, purpose::pool, step, row);
        stream.uniform();  // of the trial's end
        small_task().wait(stream, 1.0, std::span<double>(one.inputs(0).row(0), 5));
        std::copy_n(&states(row, 0), 4, one.states(0, 0).row(0));
        one.forward(penalty.network, 0, false);
        const size_t label = row < 3 ? 3 : (row - 3) % 3;
        for (size_t j = 0; j < 4; ++j) {
            const double to = states(row, j) + 0.7 * (anchors(label, j) - states(row, j));
            sum += std::pow(one.states(0, 1)(0, j) - to, 2);
            CHECK(penalty.after[0].values(row, j) == doctest::Approx(one.states(0, 1)(0, j)).epsilon(1e-13));
        }
        CHECK(penalty.after[1].values(row, 0) == 51);
    }
    CHECK(got == doctest::Approx(0.6 * sum / 12).epsilon(1e-13));
}

TEST_CASE_TEMPLATE(
    "the gradient of memories that are shown anew is that of finite differences, through all steps", Cell,
    gru<double>, lstm<double>, elman<double>) {
    auto writing = no_news;
    writing.writes = 5, writing.settle = 2;
    auto penalty = measure_on(new_network<Cell>(), writing);
    penalty();
    const auto got = penalty.gradient;
    const auto expected =
        reference::differences(penalty.network.parameters().data(), got.size(), [&] { return penalty(); });
    CHECK(reference::differing_blocks(penalty.network.layout(), expected.data(), got.data(), 1e-6) == "");
}

TEST_CASE("memories that are shown anew cost the logarithm of how near they end to their own anchor") {
    double holding = 0;
    SUBCASE("shown to networks at rest") {}
    SUBCASE("shown to networks that hold a memory") { holding = 1; }
    auto writing = no_news;
    writing.shown_waiting = 0;
    writing.shown_holding = holding;
    writing.settle = 1;
    const auto network = new_network<gru<double>>();
    auto penalty = measure_on(network, writing);
    const double pool_alone = penalty();
    writing.writes = 4;
    penalty.penalty = attractor_penalty(small_task(), writing);
    const double got = (penalty() - pool_alone) / 0.6;
    const auto& anchors = penalty.pool[2].values;
    unrolled<recurrent_network<gru<double>>> trial(network, {.horizon = 2, .batch = 1, .trains = false});
    double sum = 0;
    for (size_t i = 0; i < 4; ++i) {
        const size_t label = (i + step) % 3;
        random_stream stream(seed{4}, purpose::pool, step, 12 + 4 * writing.anchor_examples + i);
        stream.uniform();  // whether it is shown to one that holds a memory, or to one that waits
        std::fill_n(trial.states(0, 0).row(0), 4, 0.0);
        if (holding > 0)
            std::copy_n(&penalty.pool[0].values(3 + stream.below(9), 0), 4, trial.states(0, 0).row(0));
        const auto frame = [&](size_t t) { return std::span<double>(trial.inputs(0).row(t), 5); };
        small_task().show(example_set::training, label,
                          stream.below(small_task().examples(example_set::training, label)), frame(0));
        small_task().wait(stream, 1.0, frame(1));
        trial.forward(network, 0, false);
        std::vector<double> near(4);
        for (size_t c = 0; c < 4; ++c)
            for (size_t j = 0; j < 4; ++j) near[c] -= std::pow(trial.states(0, 2)(0, j) - anchors(c, j), 2);
        double all = 0;  // sharpness 4, separation 2
        for (const double x : near) all += std::exp(4 * x / 4);
        sum += std::log(all) - 4 * near[label] / 4;
    }
    CHECK(got == doctest::Approx(sum / 4).epsilon(1e-10));
    penalty.pool[4].values(0, 0) = 0;  // fewer than two anchors are known: none is nearer than another
    CHECK(penalty() == pool_alone);
}

TEST_CASE("the distance that anchors are moved to is measured once, and they stay in the box of the states") {
    auto often = no_news;
    often.refresh = step, often.apart = 4, often.waiting_steps = 1;
    auto penalty = measure_on(new_network<gru<double>>(), often);
    penalty();
    CHECK(penalty.after[4].values(0, 0) == 2);  // what the pool said
    CHECK(std::ranges::all_of(penalty.after[2].values, [](double x) { return std::abs(x) <= 1; }));
    penalty.pool[4].values(0, 0) = 0;
    penalty();
    CHECK(penalty.after[4].values(0, 0) > 0);
}

TEST_CASE("a trial nearer to another anchor is lost: it costs nothing and goes on from its own") {
    auto penalty = measure_on(new_network<gru<double>>());
    const double all = penalty();
    for (size_t j = 0; j < 4; ++j) penalty.pool[0].values(4, j) = penalty.pool[2].values(2, j);  // of label 1
    const double others = penalty();
    CHECK(others < all);
    CHECK(penalty.after[1].values(4, 0) == 4);  // as old as one that has just settled
    for (size_t j = 0; j < 4; ++j) CHECK(penalty.after[0].values(4, j) == penalty.pool[2].values(1, j));
    CHECK(penalty.after[1].values(5, 0) == 51);
    penalty.pool[1].values(4, 0) = 1;  // one that has not settled costs nothing either, and goes on
    CHECK(penalty() == others);
    CHECK(penalty.after[1].values(4, 0) == 2);
}

TEST_CASE("settled trials are kicked some of the way to another anchor") {
    auto options = no_news;
    options.kicks = 1;
    options.reach = 0.8;
    auto kicked = measure_on(new_network<gru<double>>(), options);
    for (size_t row = 0; row < 12; ++row)  // each exactly at its anchor
        for (size_t j = 0; j < 4; ++j)
            kicked.pool[0].values(row, j) = kicked.pool[2].values(row < 3 ? 3 : (row - 3) % 3, j);
    auto calm = kicked;
    calm.penalty = attractor_penalty(small_task(), no_news);
    kicked(), calm();
    size_t moved = 0;
    for (size_t row = 0; row < 12; ++row) {
        CHECK(kicked.after[1].values(row, 0) == 51);  // the border is not reached: not lost
        moved += kicked.after[0].values(row, 0) != calm.after[0].values(row, 0) ? 1 : 0;
    }
    CHECK(moved >= 6);  // the anchor drawn can be the trial's own
    options.reach = 0;
    kicked.penalty = attractor_penalty(small_task(), options);
    kicked();
    for (size_t i = 0; i < 48; ++i)
        CHECK(kicked.after[0].values.data()[i] ==
              doctest::Approx(calm.after[0].values.data()[i]).epsilon(1e-12));
    kicked.pool[1].values.fill(1);  // trials that have not settled are left alone
    options.reach = 0.8;
    kicked.penalty = attractor_penalty(small_task(), options);
    kicked();
    for (size_t i = 0; i < 48; ++i)
        CHECK(kicked.after[0].values.data()[i] ==
              doctest::Approx(calm.after[0].values.data()[i]).epsilon(1e-12));
}

// Kicks and separations by themselves, for in a penalty's loss a wrong length is one noise among others.
TEST_CASE("a kick of the whole way ends where two anchors are equally near, and none goes further") {
    const std::vector<double> own = {0, 0, 0}, other = {4, 0, 0};
    const auto kicked = [&](std::vector<double> state, double fraction) {
        detail::kick_towards<double>(state, own, other, fraction);
        return state;
    };
    CHECK(kicked({0, 0, 0}, 1)[0] == doctest::Approx(2));
    CHECK(kicked({0, 0, 0}, 0.5)[0] == doctest::Approx(1));
    const auto border = kicked({1, 3, -1}, 1);  // a state beside its anchor moves straight to the other one
    CHECK(border[0] == doctest::Approx(2));
    CHECK(border[1] == doctest::Approx(2));
    CHECK(kicked({2.5, 1, 0}, 1) == std::vector<double>{2.5, 1, 0});  // beyond it already
}

TEST_CASE("anchors that lie too near to one another are moved apart, and others stay where they are") {
    matrix<double> anchors{{0, 0, 0}, {1, 0, 0}, {0, 8, 0}, {8, 8, 0}, {0, 0, 1}};
    const matrix<double> known{{1}, {1}, {1}, {1}, {1}};
    std::vector<double> scratch(5);
    const auto before = anchors;
    CHECK(detail::median_separation(anchors, known, scratch) == 1);
    CHECK(detail::median_separation(anchors, {{0}, {0}, {1}, {1}, {0}}, scratch) == 8);
    CHECK(detail::median_separation(anchors, {{1}, {0}, {0}, {0}, {0}}, scratch) == 0);
    detail::spread_anchors(anchors, known, 0.0);
    CHECK(anchors == before);
    detail::spread_anchors(anchors, known, 2.0);
    const auto distance = [&](size_t a, size_t b) {
        return std::hypot(anchors(a, 0) - anchors(b, 0), anchors(a, 1) - anchors(b, 1),
                          anchors(a, 2) - anchors(b, 2));
    };
    CHECK(distance(0, 1) > 1.99);
    CHECK(distance(0, 4) > 1.99);
    CHECK(distance(1, 4) > 1.99);
    for (const size_t still : {2u, 3u})
        for (size_t j = 0; j < 3; ++j) CHECK(anchors(still, j) == before(still, j));

    matrix<double> half_known = before;
    detail::spread_anchors(half_known, {{0}, {1}, {1}, {1}, {1}}, 1.0);
    for (size_t j = 0; j < 3; ++j) CHECK(half_known(0, j) == before(0, j));  // an anchor that is not known
}

TEST_CASE("trials meet noise of up to the factor that is asked for") {
    // The first unit takes the frame's first pixel as it is, the others nothing.
    auto network = new_network<elman<double, activations::identity>>();
    const std::span flat(network.parameters());
    std::ranges::fill(flat, 0.0);
    network.input_weights(flat)(0, 0) = 1;
    const auto deviation = [&](double noise) {
        auto options = no_news;
        options.rows = 4000, options.noise = noise;
        auto penalty = measure_on(network, options);
        penalty();
        const auto& states = penalty.after[0].values;
        double sum = 0, squares = 0;
        for (size_t i = 0; i < states.shape(0); ++i)
            sum += states(i, 0), squares += std::pow(states(i, 0), 2);
        const auto n = static_cast<double>(states.shape(0));
        return std::sqrt(squares / n - std::pow(sum / n, 2));
    };
    // Factors uniform on [1, 3]: the mean of their squares is 13 / 3.
    CHECK(deviation(3) / deviation(1) == doctest::Approx(std::sqrt(13 / 3.)).epsilon(0.06));
}

TEST_CASE("trials begin with their memory's image, at rest or after waiting, and live as long as asked") {
    const auto network = new_network<gru<double>>();
    for (const double after_waiting : {0.0, 1.0}) {
        CAPTURE(after_waiting);
        auto penalty =
            measure_on(network, {.rows = 12, .life = 1, .waiting = 0.25, .shown_waiting = after_waiting});
        penalty();
        unrolled<recurrent_network<gru<double>>> one(network, {.horizon = 1, .batch = 1, .trains = false});
        for (size_t row = 3; row < 12; ++row) {
            CHECK(penalty.after[1].values(row, 0) == 0);
            double nearest = 1;  // to the state after any image of its own, from any state it may come from
            for (size_t from = 0; from < 3; ++from)
                for (size_t image = 0; image < 3; ++image) {
                    small_task().show(example_set::training, (row - 3) % 3, image,
                                      std::span<double>(one.inputs(0).row(0), 5));
                    for (size_t j = 0; j < 4; ++j)
                        one.states(0, 0)(0, j) = after_waiting > 0 ? penalty.pool[0].values(from, j) : 0;
                    one.forward(network, 0, false);
                    double distance = 0;
                    for (size_t j = 0; j < 4; ++j)
                        distance += std::abs(one.states(0, 1)(0, j) - penalty.after[0].values(row, j));
                    nearest = std::min(nearest, distance);
                }
            CHECK(nearest < 1e-12);
        }
    }
    size_t begun = 0;
    auto penalty = measure_on(network, {.rows = 4000, .life = 8, .waiting = 0});
    penalty();
    for (const double age : penalty.after[1].values) begun += age == 0 ? 1 : 0;
    CHECK(begun == doctest::Approx(500).epsilon(0.2));
}

TEST_CASE("an anchor is the mean state of trials that are answered rightly, and stays where there are none") {
    auto network = new_network<gru<double>>();
    network.weights("readout").fill(0);
    network.weights("readout_bias")(0, 2) = 1;  // so that label 1 is named, whatever the state
    auto penalty = measure_on(network, {.rows = 12,
                                        .refresh = step,
                                        .anchor_examples = 3000,
                                        .anchor_steps = 2,
                                        .anchor_noise = 0,
                                        .apart = 0});
    const auto had = penalty.pool[2].values;
    penalty();
    const auto& now = penalty.after[2].values;
    std::vector<double> mean(4, 0.0);
    unrolled<recurrent_network<gru<double>>> trial(network, {.horizon = 3, .batch = 1, .trains = false});
    for (size_t image = 0; image < 3; ++image) {
        random_stream nothing(seed{0}, purpose::user);
        const auto frame = [&](size_t t) { return std::span<double>(trial.inputs(0).row(t), 5); };
        small_task().show(example_set::training, 1, image, frame(0));
        for (const size_t t : {1u, 2u}) small_task().wait(nothing, 0.0, frame(t));
        trial.forward(network, 0);
        for (size_t j = 0; j < 4; ++j) mean[j] += trial.states(0, 3)(0, j) / 3;
    }
    for (size_t j = 0; j < 4; ++j) {
        CHECK(now(0, j) == had(0, j));
        CHECK(now(1, j) == doctest::Approx(mean[j]).epsilon(0.02));
        CHECK(now(2, j) == had(2, j));
        CHECK(now(3, j) != had(3, j));
    }
    // From the start of a run on, memories that are not named have no anchor, and their trials no cost.
    trainer t{network, 1.0 * attractor_penalty{small_task(), {.rows = 12}}, sgd{}};
    t.fit(small_task(), no_curriculum{}, {.steps = 1, .batch = 2});
    const auto& known = t.state().penalties[0][3].values;
    CHECK(std::vector<double>(known.begin(), known.end()) == std::vector<double>{0, 1, 0, 1});
}

TEST_CASE("a run that diverges leaves the last good weights and the last good pool") {
    auto network = new_network<gru<float>>();
    const auto objective = cross_entropy{} + 1.0 * attractor_penalty{small_task(), {.rows = 12, .settle = 1}};
    trainer t{network, objective, sgd{.learning_rate = 0.1}};
    const fit_options run{.steps = 30, .batch = 4};
    std::vector<double> weights;
    penalty_state<float> pool;
    const auto spoil = [&](const training_report& report) {
        weights = weights_of(network);
        pool = t.state().penalties[1];
        if (report.step == 20) network.parameters()(0) = NAN;
    };
    CHECK_THROWS_AS(t.fit(small_task(), no_curriculum{}, run, spoil), divergence_error);
    CHECK(weights.size() == network.parameters().size());
    REQUIRE(t.state().penalties[1].size() == pool.size());
    for (size_t i = 0; i < pool.size(); ++i) CHECK(t.state().penalties[1][i].values == pool[i].values);
    CHECK(std::ranges::all_of(pool[0].values, [](float x) { return std::isfinite(x) && x != 0; }));
}

TEST_CASE("an anchor that is not finite ends the run and is named") {
    recurrent_network<elman<double, activations::relu>> network(
        {small_task().inputs(), 1, small_task().outputs()}, seed{1});
    network.parameters().fill(0);
    network.weights("bias")(0, 0) = 1;
    network.weights("recurrent")(0, 0) = 1e100;
    trainer t{network, 1.0 * attractor_penalty{small_task(), {.rows = 12}}, sgd{}};
    CHECK_THROWS_WITH_AS(t.fit(small_task(), no_curriculum{}, {.steps = 1, .batch = 2}),
                         "attractor_penalty: at update 1 the anchor of waiting is not finite: the network's "
                         "states grow without bound",
                         divergence_error);
}

TEST_CASE("the pool gives the same bits with 1, 2, 3 and 5 threads") {
    const auto trained = [](size_t threads) {
        auto network = new_network<lstm<float>>(9);
        const attractor_penalty penalty{small_task(),
                                        {.rows = 80, .life = 20, .refresh = 5, .anchor_examples = 40}};
        trainer t{network, cross_entropy{} + 0.5 * penalty, adam{.learning_rate = 1e-2}};
        t.fit(small_task(), no_curriculum{}, {.steps = 8, .batch = 4, .threads = threads});
        return std::pair{weights_of(network), t.state().penalties[1][0].values};
    };
    const auto one = trained(1);
    for (const size_t threads : {2u, 3u, 5u}) CHECK(trained(threads) == one);
}

TEST_CASE(
    "the eight states of a flip-flop under noise fade after training on, and last where they are held") {
    const flip_flop task({.bits = 3, .horizon = 8, .noise = 0.2});
    recurrent_network<gru<float>> control({task.inputs(), 16, task.outputs()}, seed{2});
    const fit_options updates{.steps = reference::optimised ? 300u : 5u, .batch = 32};
    trainer{control, mean_squared_error{}, adam{.learning_rate = 1e-2}}.fit(task, no_curriculum{}, updates);
    auto held = control;
    const scheduled falling{adam{.learning_rate = 5e-3}, cosine_decay{}};
    trainer{control, mean_squared_error{}, falling}.fit(task, no_curriculum{}, updates);
    const attractor_penalty penalty{task, {.rows = 40, .refresh = 100, .writes = 16}};
    trainer t{held, mean_squared_error{} + 1.0 * penalty, falling};
    t.fit(task, no_curriculum{}, updates);
    CHECK(t.state().penalties[1][2].values.shape(0) == 9);  // anchors of eight memories and of waiting
    if (!reference::optimised) return;
    const auto recall = [&](const auto& network) {
        return recall_curve(network, task, {100}, {.repetitions = 40}).accuracy[0];
    };
    // 0.89 and 0.54; with twice the updates 0.79 and 0.69.
    CHECK(recall(held) > 0.7);
    CHECK(recall(held) > recall(control) + 0.1);
}

TEST_CASE_TEMPLATE("the penalty moves the weights of any cell", Cell, leaky<float>, low_rank<float>,
                   ugrnn<float>, minimal_gated<float>, constrained<gru<float>, no_self_connections>) {
    recurrent_network<Cell> network({small_task().inputs(), 6, small_task().outputs()}, seed{3});
    const auto before = weights_of(network);
    const attractor_penalty penalty{small_task(), {.rows = 16, .refresh = 4}};
    trainer t{network, 1.0 * penalty, adam{}};
    CHECK(std::isfinite(t.fit(small_task(), no_curriculum{}, {.steps = 10, .batch = 4}).loss));
    CHECK(weights_of(network) != before);
}

TEST_CASE("memories of a network with a front end are held as well") {
    const front_end layers{{.image = {1, 2, 2}}, dense{3}};
    using front = std::remove_const_t<decltype(layers)>;
    recurrent_network<lstm<float>, front> of_images({small_task().inputs(), 8, small_task().outputs()},
                                                    seed{2}, layers);
    trainer u{of_images, cross_entropy{} + 1.0 * attractor_penalty{small_task(), {.rows = 16}}, adam{}};
    CHECK(std::isfinite(u.fit(small_task(), no_curriculum{}, {.steps = 10, .batch = 4}).loss));
}

TEST_CASE("options out of range, tasks without labels and misfits are refused by name") {
    const auto message = [](const attractor_options& options) -> std::string {
        try {
            attractor_penalty(small_task(), options);
        } catch (const value_error& refusal) {
            return refusal.what();
        }
        return "no error";
    };
    struct : flip_flop {
        [[nodiscard]] size_t labels() const { return 0; }
    } unlabelled;
    CHECK_THROWS_WITH_AS(attractor_penalty{unlabelled},
                         "attractor_penalty: the task has no labels, expected at least 1", value_error);
    CHECK(message({.kappa = 0}) == "attractor_penalty: kappa = 0, expected a number above 0 and up to 1");
    CHECK(message({.kappa = 1.5}).find("kappa = 1.5") != std::string::npos);
    CHECK(message({.kappa = NAN}).find("kappa = nan") != std::string::npos);
    CHECK(message({.life = 0.5}) == "attractor_penalty: life = 0.5, expected a finite number of at least 1");
    CHECK(message({.life = INFINITY}).find("life = inf") != std::string::npos);
    CHECK(message({.refresh = 0}).find("refresh = 0") != std::string::npos);
    CHECK(message({.waiting = 1.5}).find("waiting = 1.5") != std::string::npos);
    CHECK(message({.shown_waiting = -1}).find("shown_waiting = -1") != std::string::npos);
    CHECK(message({.shown_holding = 1.5}).find("shown_holding = 1.5") != std::string::npos);
    CHECK(message({.kicks = 2}).find("kicks = 2 and reach = 0.5") != std::string::npos);
    CHECK(message({.reach = 1.1}).find("reach = 1.1") != std::string::npos);
    CHECK(message({.noise = 0}) == "no error");
    CHECK(message({.noise = 0.9}) ==
          "attractor_penalty: noise = 0.9, expected 0 or a finite number of at least 1");
    CHECK(message({.noise = INFINITY}).find("noise = inf") != std::string::npos);
    CHECK(message({.apart = -1}) == "attractor_penalty: apart = -1, expected a finite number of at least 0");
    CHECK(message({.anchor_noise = NAN}).find("anchor_noise = nan") != std::string::npos);
    CHECK(message({.rows = 5}) == "no error");
    CHECK(message({.rows = 2}) ==
          "attractor_penalty: of rows = 2 trials 2 are shown a memory, expected at least one for each of the "
          "task's 3 labels");
    CHECK(message({.rows = 8, .waiting = 1}).find("0 are shown a memory") != std::string::npos);

    recurrent_network<gru<float>> other({.inputs = 7, .units = 4, .outputs = 4}, seed{1});
    CHECK_THROWS_WITH_AS((trainer{other, 1.0 * attractor_penalty{small_task()}, adam{}}),
                         "attractor_penalty: the task has 5 inputs and 4 outputs, the network 7 and 4",
                         shape_error);
    auto network = new_network<gru<float>>();
    trainer t{network, 1.0 * attractor_penalty{small_task()}, adam{}};
    CHECK_THROWS_WITH_AS(t.restore({1, t.state().slots}),
                         "trainer: a state of other penalties than the objective has", shape_error);
}
