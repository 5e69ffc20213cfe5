#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/training/loss/activity_penalty.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/loss/speed_penalty.hpp"
#include "engram/training/loss/weight_decay.hpp"
#include "engram/training/trainer.hpp"
#include "reference/differences.hpp"
#include "reference/small_task.hpp"

namespace elsewhere {

/// The sum of the outputs: a term of a user's, with an option, in a namespace that knows nothing of engram's.
struct total : engram::term {
    double offset = 0;

    template <class T>
    engram::outcome evaluate(engram::matrix_view<const T> outputs, const engram::trial_block<T>&, T scale,
                             engram::matrix_view<T> d_outputs) const {
        engram::outcome found;
        for (std::size_t i = 0; i < outputs.rows(); ++i)
            for (std::size_t j = 0; j < outputs.columns(); ++j) {
                found.loss += static_cast<double>(scale) * (static_cast<double>(outputs(i, j)) + offset);
                d_outputs(i, j) += scale;
            }
        return found;
    }
};

/// A term that derives from nothing.
struct plain {
    template <class T>
    engram::outcome evaluate(engram::matrix_view<const T> outputs, const engram::trial_block<T>& block,
                             T scale, engram::matrix_view<T> d_outputs) const {
        return total{}.evaluate(outputs, block, scale, d_outputs);
    }
};

const auto scaled = engram::weighted(3, plain{}) + plain{} + engram::cross_entropy{};
const auto by_operators = 3 * plain{} + plain{} + engram::cross_entropy{};  // found without a base class
static_assert(std::same_as<decltype(by_operators), decltype(scaled)>);
const auto twice = 2 * total{{}, 1};
const auto mixed = 0.5 * (total{} + engram::cross_entropy{}) + total{{}, 3};

}  // namespace elsewhere

using namespace engram;
using reference::differences;
using reference::differing_blocks;

namespace {

using gru_network = recurrent_network<gru<double>>;
using lstm_network = recurrent_network<lstm<double>>;

const delayed_classification& recall_task() {
    static const delayed_classification task(reference::small_images(), {.horizon = 6, .minimal_delay = 2});
    return task;
}

/// An objective's value and gradient in one step of training, the whole way a user's run takes.
template <class Network, class Objective, class Task>
struct one_step {
    Network network;
    Objective objective;
    const Task& task;
    reference::fixed_stage level;
    size_t step = 0;
    std::vector<double> gradient{};

    double loss() {
        gradient.assign(network.parameters().size(), 0.0);
        trainer t{network, objective,
                  reference::gradient_probe{network.parameters().data(), gradient.data()}};
        auto state = t.state();
        state.step = step;
        t.restore(state);
        // Five trials in shards of two: the last shard is not full.
        return t.fit(task, level, {.steps = step + 1, .batch = 5, .seed = seed{4}, .shard = 2}).loss;
    }
};
template <class Network, class Objective, class Task>
one_step(Network, Objective, const Task&, reference::fixed_stage) -> one_step<Network, Objective, Task>;

template <class Step>
void check_gradient(Step s) {
    s.loss();
    const auto gradient = s.gradient;
    const auto expected =
        differences(s.network.parameters().data(), gradient.size(), [&] { return s.loss(); });
    CHECK(differing_blocks(s.network.layout(), expected.data(), gradient.data(), 1e-6) == "");
}

template <class Network, class Objective>
auto on_recall(const Objective& objective, stage level = {6, 3}) {
    const Network network({.inputs = 5, .units = 4, .outputs = 4}, seed{8});
    return one_step{network, objective, recall_task(), reference::fixed_stage{level}};
}

/// The task of recall with a weight for each output.
struct weighted_recall : delayed_classification {
    static constexpr bool weighs_outputs = true;
    double first = 1, others = 1;

    template <class T>
    void fill(const trial_block<T>& block, const stage& level, seed random, size_t step) const {
        delayed_classification::fill(block, level, random, step);
        for (size_t i = 0; i < block.output_weights.rows(); ++i)
            for (size_t j = 0; j < outputs(); ++j)
                block.output_weights(i, j) = static_cast<T>(j == 0 ? first : others);
    }
};

/// The flip-flop with a weight for each bit, whose trials end early by turns.
struct weighted_flips : flip_flop {
    static constexpr bool weighs_outputs = true;
    double second = 1;
    bool some_end = false;

    template <class T>
    void fill(const trial_block<T>& block, const stage& level, seed random, size_t step) const {
        flip_flop::fill(block, level, random, step);
        for (size_t row = 0; row < block.count * level.horizon; ++row) {
            block.output_weights(row, 0) = 1, block.output_weights(row, 1) = static_cast<T>(second);
            if (some_end && row / block.count >= 3 + (block.first + row % block.count) % 3)
                block.weights[row] = 0;
        }
    }
};

matrix<double> points(size_t count, size_t width) {
    matrix<double> m = matrix<double>::from_shape({count, width});
    random_stream(seed{5}, purpose::user).normals(m, 0.0, 0.5);
    return m;
}

constexpr cross_entropy published{.form = probability::sigmoid_softmax};

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("cross_entropy: the gradient by all parameters is that of finite differences") {
    check_gradient(on_recall<gru_network>(cross_entropy{}));
    check_gradient(on_recall<lstm_network>(cross_entropy{}));
}

TEST_CASE("cross_entropy: also with classes that are not active and steps that weigh less") {
    check_gradient(on_recall<gru_network>(cross_entropy{}, {5, 2, 0.75}));
    check_gradient(on_recall<gru_network>(cross_entropy{}, {6, 3, 1}));
}

TEST_CASE("cross_entropy in its published form: the gradient is that of finite differences") {
    check_gradient(on_recall<gru_network>(published));
    check_gradient(on_recall<lstm_network>(published, {5, 2, 0.25}));
}

TEST_CASE("mean_squared_error: the gradient is that of finite differences") {
    const flip_flop task({.bits = 2, .horizon = 7, .pulse_probability = 0.3});
    const gru_network network({.inputs = 3, .units = 4, .outputs = 2}, seed{8});
    check_gradient(one_step{network, mean_squared_error{}, task, reference::fixed_stage{{7, 1}}});
}

TEST_CASE("speed_penalty: the gradient is that of finite differences") {
    const auto noise = recall_task().noise();
    check_gradient(on_recall<gru_network>(cross_entropy{} + 0.3 * speed_penalty{points(3, 4), noise}));
    check_gradient(on_recall<lstm_network>(cross_entropy{} +
                                           0.3 * speed_penalty{points(2, 8), noise, {.repetitions = 3}}));
    check_gradient(on_recall<gru_network>(1.0 * speed_penalty{points(70, 4), noise, {.repetitions = 2}}));
}

TEST_CASE("speed_penalty: also in its published metric, and around the points") {
    const auto noise = recall_task().noise();
    const speed_penalty_options metric{.repetitions = 4, .metric = speed_metric::published},
        around{.repetitions = 4, .perturbation = 0.3},
        both{.repetitions = 4, .metric = speed_metric::published, .perturbation = 0.3};
    for (const auto& options : {metric, around, both}) {
        check_gradient(
            on_recall<lstm_network>(cross_entropy{} + 2 * speed_penalty{points(3, 8), noise, options}));
        check_gradient(
            on_recall<gru_network>(cross_entropy{} + 2 * speed_penalty{points(3, 4), noise, options}));
    }
}

TEST_CASE("weight_decay: the gradient is that of finite differences, and biases are left alone") {
    check_gradient(on_recall<gru_network>(cross_entropy{} + 0.1 * weight_decay{}));
    auto alone = on_recall<lstm_network>(1.0 * weight_decay{});
    double half_squares = 0;
    const double loss = alone.loss();
    for (const auto& block : alone.network.layout().blocks()) {
        for (size_t i = block.offset; i < block.offset + block.size(); ++i) {
            const double w = block.is_bias ? 0 : alone.network.parameters()(i);
            half_squares += w * w / 2;
            CHECK(alone.gradient[i] == w);
        }
    }
    CHECK(loss == doctest::Approx(half_squares).epsilon(1e-14));
}

TEST_CASE("terms add and scale: a sum's loss and gradient are the sums of its parts'") {
    const speed_penalty penalty{points(3, 4), recall_task().noise()};
    auto a = on_recall<gru_network>(cross_entropy{}), b = on_recall<gru_network>(cross_entropy{});
    auto p = on_recall<gru_network>(1.0 * penalty);
    auto w = on_recall<gru_network>(1.0 * weight_decay{});
    auto all = on_recall<gru_network>(0.5 * (cross_entropy{} + 4 * penalty) + 2 * (3 * weight_decay{}));
    const double expected = 0.5 * a.loss() + 2 * p.loss() + 6 * w.loss();
    CHECK(all.loss() == doctest::Approx(expected).epsilon(1e-14));
    for (size_t i = 0; i < all.gradient.size(); ++i) {
        const double sum = 0.5 * a.gradient[i] + 2 * p.gradient[i] + 6 * w.gradient[i];
        CHECK(all.gradient[i] == doctest::Approx(sum).epsilon(1e-11));
    }
    auto two = on_recall<gru_network>(cross_entropy{} + published);
    auto other = on_recall<gru_network>(published);
    CHECK(two.loss() == doctest::Approx(b.loss() + other.loss()).epsilon(1e-14));
}

TEST_CASE("terms of another namespace add and scale as engram's own do") {
    const auto loss = [](const auto& objective) { return on_recall<gru_network>(objective).loss(); };
    const double plain = loss(elsewhere::total{}), asked = loss(cross_entropy{});
    const double more = loss(elsewhere::total{{}, 1}) - plain;
    CHECK(more > 0);
    CHECK(std::get<0>(elsewhere::by_operators.terms).weight == 3);
    CHECK(loss(elsewhere::twice) == doctest::Approx(2 * (plain + more)).epsilon(1e-13));
    CHECK(loss(elsewhere::mixed) == doctest::Approx(0.5 * (plain + asked) + plain + 3 * more).epsilon(1e-13));
    check_gradient(on_recall<gru_network>(elsewhere::mixed));
}

TEST_CASE("speed_penalty: its value is the mean squared step over the frames of its stream") {
    const auto noise = recall_task().noise();
    const auto where = points(3, 4);
    const size_t repetitions = 5, step = 9;
    auto s = on_recall<gru_network>(0.7 * speed_penalty{where, noise, {.repetitions = repetitions}});
    s.step = step;
    const double got = s.loss();

    unrolled<gru_network> one(s.network, {.horizon = 1, .batch = 1, .trains = false});
    double sum = 0;
    for (size_t row = 0; row < 3 * repetitions; ++row) {
        random_stream stream(seed{4}, purpose::penalty, step, row);
        noise(stream, std::span(one.inputs(0).row(0), one.inputs(0).columns()));
        CHECK(one.inputs(0)(0, 4) == 0);
        std::copy_n(&where(row % 3, 0), 4, one.states(0, 0).row(0));
        one.forward(s.network, 0, false);
        for (size_t j = 0; j < 4; ++j) {
            const double moved = one.states(0, 1)(0, j) - where(row % 3, j);
            sum += moved * moved;
        }
    }
    CHECK(got == doctest::Approx(0.7 * sum / static_cast<double>(repetitions)).epsilon(1e-13));
    s.step = step + 1;
    CHECK(s.loss() != got);  // fresh noise
}

TEST_CASE("speed_penalty: under the waiting of any memory task; that of images is their noise") {
    const flip_flop bits{{.bits = 2, .noise = 0.3}};
    using network = recurrent_network<gru<double>>;
    network with_bits({.inputs = bits.inputs(), .units = 4, .outputs = bits.outputs()}, seed{3});
    team alone(1);
    const auto value = [&](const auto& penalty, std::uint64_t s) {
        std::vector<double> gradient(with_bits.parameters().size(), 0.0);
        auto bound = penalty.bind(with_bits);
        const double loss = bound.add(with_bits, 1, std::span(gradient), {seed{s}, 0, alone});
        CHECK(std::ranges::any_of(gradient, [](double g) { return g != 0; }));
        return loss;
    };
    const speed_penalty penalty{points(3, 4), waiting_noise{bits}};
    const auto by_hand = [&](random_stream& stream, std::span<double> frame) {
        bits.wait(stream, 1.0, frame);
    };
    CHECK(value(penalty, 1) == value(speed_penalty{points(3, 4), by_hand}, 1));
    CHECK(value(penalty, 1) != value(penalty, 2));
    CHECK_THROWS_WITH_AS((void)on_recall<gru_network>(1.0 * penalty).loss(),
                         "speed_penalty: noise frames have 3 inputs, the network 5", shape_error);

    const auto images = recall_task();
    CHECK(on_recall<gru_network>(1.0 * speed_penalty{points(3, 4), waiting_noise{images}}).loss() ==
          on_recall<gru_network>(1.0 * speed_penalty{points(3, 4), images.noise()}).loss());
}

TEST_CASE_TEMPLATE("cross_entropy on rows worked out by hand", T, float, double) {
    // Three active outputs of four; the inactive one is huge, and must not matter.
    matrix<T> outputs{{0, T(std::log(2.0)), T(std::log(3.0)), 1000}, {T(800), T(0), T(-800), 1000}};
    matrix<T> d = matrix<T>::from_shape({2, 4});
    d.fill(T(0));
    std::vector<int> classes{2, 0};
    std::vector<T> weights{T(2), T(0.5)};
    std::vector<char> active{1, 1, 1, 0};
    const trial_block<T> block{0, 2, 1, {}, classes, weights, active, {}};
    const auto found = cross_entropy{}.evaluate(matrix_view<const T>(outputs), block, T(0.25), d);
    CHECK(found.loss == doctest::Approx(0.5 * std::log(2.0)));  // p = (1, 2, 3) / 6; then p = (1, 0, 0)
    CHECK(found.asked == 1);
    CHECK(found.right == 1);
    CHECK(d(0, 0) == doctest::Approx(0.5 / 6));
    CHECK(d(0, 1) == doctest::Approx(0.5 * 2 / 6));
    CHECK(d(0, 2) == doctest::Approx(0.5 * (3 / 6.0 - 1)));
    CHECK(d(0, 3) == 0);
    for (size_t j = 0; j < 4; ++j) CHECK(d(1, j) == doctest::Approx(0.0));

    classes = {1, 0};  // asked for another class than the largest output
    CHECK(cross_entropy{}.evaluate(matrix_view<const T>(outputs), block, T(1), d).right == 0);
}

TEST_CASE_TEMPLATE("cross_entropy of many outputs, with gaps, is that of a straight loop", T, float, double) {
    for (const size_t outputs : {2u, 3u, 16u, 17u, 64u, 65u, 200u}) {
        CAPTURE(outputs);
        matrix<T> o = matrix<T>::from_shape({4, outputs}), d = o;
        random_stream stream(seed{1}, purpose::user, outputs);
        stream.normals(o, T(0), T(3));
        d.fill(T(1));  // the gradient is added to what is there
        std::vector<char> active(outputs);
        for (size_t j = 0; j < outputs; ++j) active[j] = j % 3 != 2;
        std::vector<int> classes{0, 1, static_cast<int>(outputs / 3), 0};
        classes[2] = classes[2] % 3 == 2 ? 0 : classes[2];
        std::vector<T> weights{1, 2, T(0.5), 0};
        const trial_block<T> block{0, 4, 1, {}, classes, weights, active, {}};
        const auto found = cross_entropy{}.evaluate(matrix_view<const T>(o), block, T(1), d);
        double loss = 0;
        for (size_t i = 0; i < 4; ++i) {
            double sum = 0;
            const auto target = static_cast<size_t>(classes[i]);
            for (size_t j = 0; j < outputs; ++j) sum += active[j] ? std::exp(double(o(i, j))) : 0;
            loss += double(weights[i]) * (std::log(sum) - double(o(i, target)));
            for (size_t j = 0; j < outputs; ++j) {
                const double p = active[j] ? std::exp(double(o(i, j))) / sum : 0;
                const double expected = 1 + double(weights[i]) * (p - (j == target ? 1 : 0));
                CHECK(double(d(i, j)) == doctest::Approx(expected).epsilon(sizeof(T) == 4 ? 1e-5 : 1e-13));
            }
        }
        CHECK(found.loss == doctest::Approx(loss).epsilon(sizeof(T) == 4 ? 1e-5 : 1e-13));
    }
}

TEST_CASE_TEMPLATE("an output that is not finite gives a loss that is not finite, wherever it stands", T,
                   float, double) {
    for (const T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
        for (size_t place = 0; place < 20; ++place) {
            matrix<T> o(std::array<size_t, 2>{1, 20}, T(0.5)), d = o;
            o(0, place) = bad;
            std::vector<int> classes{3};
            std::vector<T> weights{1};
            std::vector<char> active(20, 1);
            const trial_block<T> block{0, 1, 1, {}, classes, weights, active, o};
            const auto loss = [&](const auto& rule) {
                return rule.evaluate(matrix_view<const T>(o), block, T(1), d).loss;
            };
            CHECK_FALSE(std::isfinite(loss(cross_entropy{})));
            if (std::isnan(bad)) CHECK(std::isnan(loss(published)));
            CHECK_FALSE(std::isfinite(loss(mean_squared_error{})));
        }
    }
}

TEST_CASE("mean_squared_error on rows worked out by hand") {
    matrix<double> outputs{{1, -2}, {0.5, 3}}, values{{1, 1}, {1, 1}}, d{{0, 0}, {10, 0}};
    std::vector<double> weights{2, 1};
    std::vector<int> classes(2);
    std::vector<char> active(2, 1);
    const trial_block<double> block{0, 2, 1, {}, classes, weights, active, values};
    const auto found = mean_squared_error{}.evaluate(matrix_view<const double>(outputs), block, 1, d);
    CHECK(found.loss == doctest::Approx(2 * (0 + 9) / 2.0 + (0.25 + 4) / 2));
    CHECK(d(0, 1) == doctest::Approx(2 * 2 * -3 / 2.0));
    CHECK(d(1, 0) == doctest::Approx(10 - 0.5));
    CHECK(found.asked == 2);
    CHECK(found.right == 1);
}

TEST_CASE("activity_penalty: mean h^2, and its gradient through time is that of finite differences") {
    check_gradient(on_recall<gru_network>(activity_penalty{}));
    check_gradient(on_recall<lstm_network>(cross_entropy{} + 0.7 * activity_penalty{}));
    check_gradient(on_recall<gru_network>(0.3 * activity_penalty{} + published, {5, 2, 0.75}));

    auto run = on_recall<gru_network>(2.0 * activity_penalty{});
    unrolled<gru_network> trials(run.network, {.horizon = 6, .batch = 5, .shard = 5});
    std::vector<int> classes(30);
    std::vector<double> weights(30);
    std::vector<char> active(4);
    recall_task().fill(trial_block<double>{0, 5, 6, trials.inputs(0), classes, weights, active, {}}, {6, 3},
                       seed{4}, 0);
    trials.forward(run.network, 0);
    double squares = 0;
    for (size_t t = 1; t <= 6; ++t)
        for (size_t i = 0; i < 5; ++i)
            for (size_t j = 0; j < 4; ++j) squares += std::pow(trials.states(0, t)(i, j), 2);
    CHECK(run.loss() == doctest::Approx(2 * squares / (6 * 5 * 4)));
}

TEST_CASE("weights of outputs: a class's weight scales its rows, gradients are those of finite differences") {
    const delayed_classification& plain = recall_task();
    const gru_network network({.inputs = 5, .units = 4, .outputs = 4}, seed{8});
    const auto loss = [&](double first, double others) {
        const weighted_recall task{plain, first, others};
        one_step run{network, cross_entropy{}, task, reference::fixed_stage{{6, 3}}};
        check_gradient(run);
        return run.loss();
    };
    CHECK(loss(1, 1) == on_recall<gru_network>(cross_entropy{}).loss());
    CHECK(loss(0, 1) + loss(1, 0) == doctest::Approx(loss(1, 1)).epsilon(1e-12));
    CHECK(loss(0, 3) == doctest::Approx(3 * loss(0, 1)).epsilon(1e-12));
}

TEST_CASE("weights of outputs and rows: what weighs nothing has no part in a squared error") {
    const flip_flop flips({.bits = 2, .horizon = 7, .pulse_probability = 0.3});
    const gru_network network({.inputs = 3, .units = 4, .outputs = 2}, seed{8});
    const auto run = [&](const auto& task) {
        one_step now{network, mean_squared_error{}, task, reference::fixed_stage{{7, 1}}};
        check_gradient(now);
        const double loss = now.loss();
        const auto bias =
            network.readout_bias(std::span(now.gradient));  // the gradient by each output's bias
        return std::array{loss, bias(0, 0), bias(0, 1)};
    };
    const auto both = run(weighted_flips{flips, 1, false}), first = run(weighted_flips{flips, 0, false}),
               cut = run(weighted_flips{flips, 1, true});
    CHECK(both == run(flips));
    CHECK(first[0] < both[0]);
    CHECK(first[1] == both[1]);
    CHECK(first[2] == 0);
    CHECK(cut[0] < both[0]);
}

namespace {

/// A task that does not say what its targets are, and gives a class that is no output.
struct silent_task {
    int target = 0;
    [[nodiscard]] size_t inputs() const { return 5; }
    [[nodiscard]] size_t outputs() const { return 4; }
    [[nodiscard]] stage full_stage() const { return {3, 3}; }
    template <class T>
    void fill(const trial_block<T>& block, const stage&, seed, size_t) const {
        fill_all(block.frames);
        std::ranges::fill(block.classes, target);
        std::ranges::fill(block.weights, T(1));
        std::ranges::fill(block.active, char(1));
    }
    template <class T>
    static void fill_all(matrix_view<T> frames) {
        engram::fill(frames, T(0.5));
    }
};

}  // namespace

TEST_CASE("targets and losses that do not go together are refused") {
    static_assert(loss_for<cross_entropy, delayed_classification>);
    static_assert(!loss_for<mean_squared_error, delayed_classification>);
    static_assert(!loss_for<cross_entropy, flip_flop>);
    static_assert(loss_for<mean_squared_error, flip_flop>);
    static_assert(loss_for<elsewhere::plain, flip_flop> && loss_for<cross_entropy, silent_task>);
    const auto on = [](const auto& objective, int target) {
        const silent_task task{target};
        const gru_network network({.inputs = 5, .units = 4, .outputs = 4}, seed{8});
        return one_step{network, objective, task, reference::fixed_stage{{3, 3}}}.loss();
    };
    CHECK(std::isfinite(on(cross_entropy{}, 3)));
    CHECK_THROWS_WITH_AS(on(cross_entropy{}, 4),
                         "cross_entropy: target class 4 in row 0, expected one of 4 outputs", value_error);
    CHECK_THROWS_AS(on(cross_entropy{}, -1), value_error);
    CHECK_THROWS_WITH_AS(
        on(mean_squared_error{}, 1),
        "mean_squared_error: the task gives no target values; use it with one that does, such as flip_flop",
        shape_error);
}

TEST_CASE("an objective that does not fit the network or the task is refused with its numbers") {
    const auto noise = recall_task().noise();
    CHECK_THROWS_WITH_AS((speed_penalty{points(0, 4), noise}), "speed_penalty: no points", value_error);
    CHECK_THROWS_WITH_AS((speed_penalty{points(1, 4), noise, {.repetitions = 0}}),
                         "speed_penalty: repetitions = 0, expected at least 1", value_error);
    CHECK_THROWS_WITH_AS((speed_penalty{points(1, 4), noise, {.perturbation = -0.5}}),
                         "speed_penalty: perturbation = -0.5, expected 0 or more", value_error);
    CHECK_THROWS_AS((speed_penalty{points(1, 4), noise, {.perturbation = NAN}}), value_error);
    auto broken = points(3, 4);
    broken(1, 2) = INFINITY;
    CHECK_THROWS_WITH_AS((speed_penalty{broken, noise}),
                         "speed_penalty: coordinate 2 of point 1 is inf, expected a finite number",
                         value_error);
    CHECK_THROWS_WITH_AS(on_recall<gru_network>(1.0 * speed_penalty{points(1, 3), noise}).loss(),
                         "speed_penalty: points have 3 coordinates, the network's states 4", shape_error);
    CHECK_THROWS_WITH_AS(on_recall<gru_network>(1.0 * speed_penalty{points(1, 4), {.pixels = 7}}).loss(),
                         "speed_penalty: noise frames have 8 inputs, the network 5", shape_error);
}
