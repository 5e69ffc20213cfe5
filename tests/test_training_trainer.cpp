#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/loss/mean_squared_error.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/optimizer/schedule.hpp"
#include "engram/training/optimizer/sgd.hpp"
#include "engram/training/trainer.hpp"
#include "reference/small_task.hpp"
#include "reference/weights.hpp"

using namespace engram;
using reference::weights_of;

namespace {

using network_type = recurrent_network<gru<float>>;
using linear = elman<float, activations::identity>;

const delayed_classification& small_task() {
    static const delayed_classification task(reference::small_images(), {.horizon = 8, .minimal_delay = 2});
    return task;
}

network_type fresh() { return network_type({.inputs = 5, .units = 6, .outputs = 4}, seed{1}); }

/// What a fit with these options throws, if anything.
std::string refusal(const fit_options& options) {
    auto network = fresh();
    const auto before = weights_of(network);
    try {
        trainer{network, cross_entropy{}, adam{}}.fit(small_task(), no_curriculum{}, options);
    } catch (const value_error& e) {
        CHECK(weights_of(network) == before);
        return e.what();
    }
    return "nothing";
}

training_report report(size_t step, size_t steps, double loss) {
    return {step, steps, loss, 0.25, {20, 10}, 0.1 * static_cast<double>(step), 10};
}

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinite = std::numeric_limits<double>::infinity();

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("options out of range are refused by name, and leave the network as it was") {
    CHECK(refusal({.steps = 1, .batch = 2}) == "nothing");
    CHECK(refusal({.steps = 0}) == "fit: steps = 0, expected at least 1");
    CHECK(refusal({.batch = 0}) == "fit: batch = 0, expected at least 1");
    CHECK(refusal({.shard = 0}) == "fit: shard = 0, expected at least 1");
    CHECK(refusal({.threads = 0}) == "threads = 0: at least one thread is needed");
    CHECK(refusal({.clip_norm = -1}) == "fit: clip_norm = -1, expected 0 or more");
    CHECK(refusal({.clip_norm = not_a_number}) == "fit: clip_norm = nan, expected 0 or more");
    CHECK(refusal({.unit_noise = -0.1}) == "fit: unit_noise = -0.1, expected 0 or a finite number above it");
    CHECK(refusal({.unit_noise = not_a_number}) ==
          "fit: unit_noise = nan, expected 0 or a finite number above it");
}

TEST_CASE("a step size that is no positive number is refused") {
    auto network = fresh();
    const auto with_rate = [&](double rate) {
        return [&network, rate] { trainer{network, cross_entropy{}, sgd{.learning_rate = rate}}; };
    };
    CHECK_THROWS_WITH_AS(with_rate(0)(), "trainer: learning_rate = 0, expected a positive number",
                         value_error);
    CHECK_THROWS_WITH_AS(with_rate(-1)(), "trainer: learning_rate = -1, expected a positive number",
                         value_error);
    CHECK_THROWS_AS(with_rate(not_a_number)(), value_error);
    CHECK_THROWS_AS(with_rate(infinite)(), value_error);
}

TEST_CASE("a task, a state or a curriculum that does not fit is refused with both sizes") {
    network_type wide({.inputs = 6, .units = 3, .outputs = 4}, seed{1}),
        many({.inputs = 5, .units = 3, .outputs = 9}, seed{1});
    const fit_options once{.steps = 1};
    CHECK_THROWS_WITH_AS(trainer(wide, cross_entropy{}, adam{}).fit(small_task(), no_curriculum{}, once),
                         "fit: the task has 5 inputs, the network 6", shape_error);
    CHECK_THROWS_WITH_AS(trainer(many, cross_entropy{}, adam{}).fit(small_task(), no_curriculum{}, once),
                         "fit: the task has 4 outputs, the network 9", shape_error);

    auto network = fresh();
    const std::string size = std::to_string(network.parameters().size());
    const std::string message = "trainer: a state of 1 x 7 numbers, expected 2 x " + size;
    CHECK_THROWS_WITH_AS(trainer(network, cross_entropy{}, adam{}).restore({1, matrix<float>({1, 7})}),
                         message.c_str(), shape_error);

    trainer t{network, cross_entropy{}, adam{}};
    CHECK_THROWS_WITH_AS(t.fit(small_task(), reference::fixed_stage{{9, 3}}, once),
                         "fit: the curriculum asks for trials of 9 steps, expected 1 to the task's 8",
                         value_error);
    CHECK_THROWS_AS(t.fit(small_task(), reference::fixed_stage{{0, 3}}, once), value_error);
    CHECK_THROWS_AS(t.fit(small_task(), reference::fixed_stage{{8, 4}}, once), value_error);
    const delayed_classification long_delay(reference::small_images(), {.horizon = 9, .minimal_delay = 8});
    CHECK_THROWS_WITH_AS(t.fit(long_delay, delay_curriculum{}, {.steps = 9, .threads = 2}),
                         "delayed_classification: a stage of 6 steps, expected more than minimal_delay = 8",
                         value_error);
}

TEST_CASE("a network without a size is refused") {
    CHECK_THROWS_WITH_AS((network_type{{.inputs = 5, .units = 0, .outputs = 4}, seed{1}}),
                         "recurrent_network: inputs, units and outputs must be positive; got 5, 0 and 4",
                         value_error);
    CHECK_THROWS_AS((network_type{{.inputs = 0, .units = 3, .outputs = 4}, seed{1}}), value_error);
    CHECK_THROWS_AS((network_type{{.inputs = 5, .units = 3, .outputs = 0}, seed{1}}), value_error);
}

TEST_CASE_TEMPLATE(
    "a loss that stops being finite ends the run, names the step, and leaves the last good weights", Cell,
    gru<float>, linear) {
    using network_of_cell = recurrent_network<Cell>;
    const auto begin = [] { return network_of_cell({.inputs = 5, .units = 6, .outputs = 4}, seed{1}); };
    // A gated network saturates before it explodes, a linear one explodes on its own.
    const double rate = std::same_as<Cell, linear> ? 100 : 1e38;
    const char* const shown = std::same_as<Cell, linear> ? "100" : "1e+38";
    const auto run = [&](network_of_cell& network, size_t steps) {
        trainer{network, cross_entropy{}, sgd{.learning_rate = rate}}.fit(small_task(), no_curriculum{},
                                                                          {.steps = steps, .batch = 8});
    };
    auto network = begin();
    std::string message = "nothing";
    try {
        run(network, 200);
    } catch (const divergence_error& e) {
        message = e.what();
    }
    CAPTURE(message);
    const std::string begins = "fit: at step ";
    REQUIRE(message.rfind(begins, 0) == 0);
    CHECK(message.find(std::string("(learning_rate ") + shown + "): lower it or set clip_norm") !=
          std::string::npos);
    CHECK(message.find("the weights are those of the step before") != std::string::npos);
    for (const double w : weights_of(network)) REQUIRE(std::isfinite(w));

    // At step k the loss of the weights after k - 1 updates was not finite; those after k - 2 were good.
    const auto k = static_cast<size_t>(std::stoul(message.substr(begins.size())));
    REQUIRE(k >= 2);
    auto good = begin();
    if (k > 2) run(good, k - 2);
    CHECK(weights_of(network) == weights_of(good));
}

TEST_CASE("weights that are not finite from the start are not trained on") {
    auto network = fresh();
    network.parameters()(0) = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_AS(
        trainer(network, cross_entropy{}, adam{}).fit(small_task(), no_curriculum{}, {.steps = 3}),
        divergence_error);
}

TEST_CASE("after a throw a trainer's next fit begins at the first step") {
    auto network = fresh(), other = fresh();
    trainer t{network, cross_entropy{}, adam{}};
    const fit_options five{.steps = 5, .batch = 4};
    CHECK_THROWS_WITH_AS(t.fit(small_task(), no_curriculum{}, five,
                               [](const training_report& r) {
                                   if (r.step == 3) throw std::runtime_error("enough");
                               }),
                         "enough", std::runtime_error);
    CHECK(t.state().step == 0);
    network.parameters() = other.parameters();
    CHECK(t.fit(small_task(), no_curriculum{}, five).steps == 5);
    trainer{other, cross_entropy{}, adam{}}.fit(small_task(), no_curriculum{}, five);
    CHECK(weights_of(network) == weights_of(other));
}

TEST_CASE("every trial starts from the zero state, also when the horizon has just changed") {
    struct shrinking {
        stage at(double progress, const stage& full) const {
            return {progress == 0 ? full.horizon : full.horizon - 3, full.classes};
        }
    };
    auto network = fresh();
    std::vector<float> gradient(network.parameters().size());
    const reference::gradient_probe still{network.parameters().data(), gradient.data()};
    const fit_options two{.steps = 2, .batch = 5, .shard = 2};
    trainer t{network, cross_entropy{}, still};
    const double after_a_longer_one = t.fit(small_task(), shrinking{}, two).loss;
    t.restore({1, matrix<float>(std::array<size_t, 2>{0, gradient.size()})});
    const double alone = t.fit(small_task(), shrinking{}, two).loss;
    CHECK(after_a_longer_one == alone);
}

TEST_CASE("callbacks are told every step, all of them, and any may stop the run") {
    auto network = fresh();
    history all, some{.every = 4};
    size_t calls = 0;
    const auto result = trainer{network, cross_entropy{}, adam{}}.fit(
        small_task(), no_curriculum{}, {.steps = 20, .batch = 4}, all,
        [&](const training_report& r) { return r.step < 9; }, some, [&](const training_report&) { ++calls; });
    CHECK(result.steps == 9);
    CHECK(result.stopped_by_callback);
    CHECK(calls == 9);
    REQUIRE(all.reports.size() == 9);
    CHECK(some.reports.size() == 2);
    CHECK(result.loss == all.reports.back().loss);
    CHECK(result.accuracy == all.reports.back().accuracy);
    for (size_t i = 0; i < 9; ++i) {
        const auto& r = all.reports[i];
        CHECK(r.step == i + 1);
        CHECK(r.steps == 20);
        CHECK(std::isfinite(r.loss));
        CHECK(r.accuracy >= 0);
        CHECK(r.accuracy <= 1);
        CHECK(r.stage == small_task().full_stage());
        CHECK(r.steps_per_second > 0);
        CHECK(r.seconds_left() >= 0);
    }
    const auto whole =
        trainer{network, cross_entropy{}, adam{}}.fit(small_task(), no_curriculum{}, {.steps = 2});
    CHECK(whole.steps == 2);
    CHECK_FALSE(whole.stopped_by_callback);
}

TEST_CASE("history keeps every so many reports and the last") {
    history h{.every = 3};
    for (size_t step = 1; step <= 10; ++step) h(report(step, 10, 1));
    std::vector<size_t> kept;
    for (const auto& r : h.reports) kept.push_back(r.step);
    CHECK(kept == std::vector<size_t>{3, 6, 9, 10});
    CHECK_THROWS_WITH_AS(history{.every = 0}(report(1, 10, 1)), "history: every = 0, expected at least 1",
                         value_error);
}

TEST_CASE("early_stop ends a run whose loss has not fallen for its patience, and no other") {
    early_stop falls(2, 2);
    for (size_t step = 1; step <= 40; ++step) CHECK(falls(report(step, 40, 1 / static_cast<double>(step))));

    early_stop waits(2, 2);  // means of two: 1, 3, 0.5, then 0.5 for good
    const std::vector<double> losses{1, 1, 3, 3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    size_t ended = 0;
    for (size_t i = 0; i < losses.size() && ended == 0; ++i)
        if (!waits(report(i + 1, 100, losses[i]))) ended = i + 1;
    CHECK(ended == 10);
    CHECK(waits(report(1, 100, 4)));  // another run: what the one before came to is no matter
    for (size_t step = 2; step <= 4; ++step) CHECK(waits(report(step, 100, 4)));
    CHECK_THROWS_WITH_AS(early_stop(0, 3),
                         "early_stop: window = 0 and patience = 3, expected at least 1 each", value_error);
    CHECK_THROWS_AS(early_stop(3, 0), value_error);
}

TEST_CASE("progress_bar writes some twenty plain lines to a stream, and always the last") {
    std::ostringstream out;
    progress_bar bar(out, "delay: ");
    for (size_t step = 1; step <= 107; ++step) bar(report(step, 107, 0.5));
    std::istringstream lines(out.str());
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    REQUIRE(all.size() == 22);
    CHECK(all[0] == "delay: step 5/107  loss 0.5000  accuracy 0.250  10 steps/s  10 s left");
    CHECK(all[21] == "delay: step 107/107  loss 0.5000  accuracy 0.250  10 steps/s  0 s left");
    CHECK(out.str().find('\r') == std::string::npos);

    std::ostringstream three;
    progress_bar short_run(three);
    for (size_t step = 1; step <= 3; ++step) short_run(report(step, 3, not_a_number));
    CHECK(three.str().find("step 1/3  loss nan") == 0);
}

TEST_CASE("clip_norm cuts the gradient's norm and keeps its direction") {
    auto network = fresh();
    const auto gradient_with = [&](double clip) {
        std::vector<float> g(network.parameters().size());
        trainer{network, cross_entropy{}, reference::gradient_probe{network.parameters().data(), g.data()}}
            .fit(small_task(), no_curriculum{}, {.steps = 1, .batch = 4, .clip_norm = clip});
        return g;
    };
    const auto norm = [](const std::vector<float>& g) {
        double sum = 0;
        for (const double x : g) sum += x * x;
        return std::sqrt(sum);
    };
    const auto whole = gradient_with(0), cut = gradient_with(norm(whole) / 3), loose = gradient_with(1e6);
    CHECK(norm(cut) == doctest::Approx(norm(whole) / 3).epsilon(1e-5));
    for (size_t i = 0; i < whole.size(); ++i) CHECK(cut[i] == doctest::Approx(whole[i] / 3).epsilon(1e-5));
    CHECK(loose == whole);
}

TEST_CASE("averaging leaves the network with the moving average of its weights") {
    auto network = fresh();
    auto mean = weights_of(network);
    const fit_options run{.steps = 9, .batch = 4, .averaging = 0.75};
    trainer{network, cross_entropy{}, adam{.learning_rate = 0.1}}.fit(
        small_task(), no_curriculum{}, run, [&](const training_report&) {
            const auto now = weights_of(network);
            for (size_t i = 0; i < now.size(); ++i) mean[i] += 0.25 * (now[i] - mean[i]);
        });
    const auto got = weights_of(network);
    for (size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(mean[i]).epsilon(1e-5));
    trainer t{network, cross_entropy{}, adam{}};
    for (const double unusable : {1.0, -0.5, double{NAN}})
        CHECK_THROWS_AS(t.fit(small_task(), no_curriculum{}, {.steps = 9, .averaging = unusable}),
                        value_error);
    t.restore({3, t.state().slots});
    CHECK_THROWS_WITH_AS(t.fit(small_task(), no_curriculum{}, run),
                         "fit: averaging = 0.75, but the state that was restored has 0 averaged parameters",
                         shape_error);
}

TEST_CASE("schedules: a tenth from step 120,000 of 140,000, and half a cosine") {
    const step_decay decay;
    CHECK(decay.factor(run_position{120'000, 140'000}.progress()) == 1);
    CHECK(decay.factor(run_position{120'001, 140'000}.progress()) == 0.1);
    const cosine_decay cosine;
    CHECK(cosine.factor(0) == 1);
    CHECK(cosine.factor(0.5) == doctest::Approx(0.5));
    CHECK(cosine.factor(1) == doctest::Approx(0).scale(1));
}

TEST_CASE("a scheduled optimizer takes its steps with the size of the moment") {
    {  // the page "Schedule" shows this
        struct warm_up {
            [[nodiscard]] double factor(double progress) const { return std::min(1.0, 0.1 + 9 * progress); }
        };
        const engram::scheduled optimizer{engram::adam{.learning_rate = 1e-3}, warm_up{}};
        CHECK(optimizer.schedule.factor(0) == 0.1);
        CHECK(optimizer.schedule.factor(0.5) == 1);
    }
    const scheduled rule{sgd{.learning_rate = 0.5}, step_decay{.at = 0.5, .factor_after = 0.2}};
    std::vector<double> x{1}, g{1};
    for (size_t step = 1; step <= 4; ++step) rule.update(optimizer_chunk<double>{x, g, {}}, {step, 4});
    CHECK(x[0] == doctest::Approx(1 - 0.5 - 0.5 - 0.1 - 0.1));

    auto network = fresh();
    const auto result = trainer{network, cross_entropy{}, scheduled{adam{}, cosine_decay{}}}.fit(
        small_task(), no_curriculum{}, {.steps = 5, .batch = 4});
    CHECK(result.steps == 5);
}

TEST_CASE("a network learns: one remembered bit, from trials alone") {
    const flip_flop task({.bits = 1, .horizon = 12, .pulse_probability = 0.2});
    recurrent_network<gru<float>> network({.inputs = 2, .units = 8, .outputs = 1}, seed{1});
    history told;
    trainer{network, mean_squared_error{}, adam{.learning_rate = 1e-2}}.fit(
        task, no_curriculum{}, {.steps = 400, .batch = 32, .seed = seed{2}}, told);
    CHECK(told.reports.back().accuracy > 0.99);
    CHECK(told.reports.back().loss < 0.1 * told.reports.front().loss);
}
