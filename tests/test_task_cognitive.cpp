#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "engram/nn/cell/leaky.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/study/choice_accuracy.hpp"
#include "engram/task/analog_memory.hpp"
#include "engram/task/context_integration.hpp"
#include "engram/task/delayed_match_to_sample.hpp"
#include "engram/task/parametric_working_memory.hpp"
#include "engram/task/perceptual_decision.hpp"

using namespace engram;

namespace {

/// The trials of one step of a task.
struct trials {
    size_t count, horizon;
    matrix<double> frames, values;
    std::vector<double> weights;

    template <class Task>
    trials(const Task& task, size_t n, size_t step = 0)
        : count(n),
          horizon(task.full_stage().horizon),
          frames(std::array<size_t, 2>{horizon * n, task.inputs()}, 7.0),
          values(std::array<size_t, 2>{horizon * n, task.outputs()}, 7.0),
          weights(horizon * n, 7.0) {
        std::vector<int> classes(horizon * n);
        std::vector<char> active(task.outputs());
        task.fill(trial_block<double>{0, n, horizon, frames, classes, weights, active, values},
                  task.full_stage(), seed{5}, step);
    }
    [[nodiscard]] double input(size_t trial, size_t t, size_t channel) const {
        return frames(t * count + trial, channel);
    }
    [[nodiscard]] double target(size_t trial, size_t t) const { return values(t * count + trial, 0); }
    [[nodiscard]] double weight(size_t trial, size_t t) const { return weights[t * count + trial]; }
    /// The first step in which a channel is 1, or the horizon.
    [[nodiscard]] size_t onset(size_t trial, size_t channel) const {
        size_t t = 0;
        while (t < horizon && input(trial, t, channel) != 1) ++t;
        return t;
    }
    /// The step after the last one that counts.
    [[nodiscard]] size_t end(size_t trial) const {
        size_t t = horizon;
        while (t > 0 && weight(trial, t - 1) == 0) --t;
        return t;
    }
};

}  // namespace

TEST_SUITE_BEGIN("task");

TEST_CASE("perceptual decision: the target is the sign of the evidence's mean, in the response alone") {
    const perceptual_decision task{{.coherences = {0.5}, .noise = 0.5}};
    const trials t(task, 400);
    double right = 0, positive = 0, shortest = 1e9, longest = 0;
    for (size_t i = 0; i < t.count; ++i) {
        const size_t cue = t.onset(i, 1), end = t.end(i);
        CHECK(end == cue + task.options().response);
        shortest = std::min(shortest, static_cast<double>(end)),
        longest = std::max(longest, static_cast<double>(end));
        double sum = 0;
        for (size_t s = 0; s < cue; ++s) {
            sum += t.input(i, s, 0);
            CHECK(t.target(i, s) == 0);
            CHECK(t.weight(i, s) == 1);
        }
        for (size_t s = cue; s < end; ++s) {
            CHECK(t.target(i, s) == t.target(i, cue));
            CHECK(t.input(i, s, 0) == 0);
        }
        for (size_t s = end; s < t.horizon; ++s) CHECK(t.weight(i, s) == 0);
        CHECK(std::abs(t.target(i, cue)) == 1);
        right += sum * t.target(i, cue) > 0 ? 1 : 0;
        positive += t.target(i, cue) > 0 ? 1 : 0;
    }
    CHECK(right / 400 >
          0.97);  // of an observer who adds up: mean 0.5 n, deviation at most 0.5 sqrt(n + 10), n >= 10
    CHECK(std::abs(positive / 400 - 0.5) < 0.1);
    CHECK(shortest < 20);  // trials of different length
    CHECK(longest > 30);
}

TEST_CASE("parametric working memory: the target is the sign of the difference of the two values") {
    const parametric_working_memory task{{.noise = 0}};
    const trials t(task, 300);
    for (size_t i = 0; i < t.count; ++i) {
        const size_t cue = t.onset(i, 1);
        const double f1 = t.input(i, 0, 0), f2 = t.input(i, cue - 1, 0);
        CHECK(std::abs(f1 - f2) >= 0.1);
        CHECK(std::abs(f1) <= 1);
        CHECK(t.target(i, cue) == (f1 > f2 ? 1 : -1));
        CHECK(t.input(i, 2, 0) == f1);
        for (size_t s = 3; s < cue - 3; ++s) CHECK(t.input(i, s, 0) == 0);  // the delay
        CHECK(cue - 6 >= 5);
        CHECK(cue - 6 <= 25);
        CHECK(t.end(i) == cue + 4);
    }
}

TEST_CASE("context integration: the target is the sign of the stream that the context names") {
    const context_integration task{{.noise = 0}};
    const trials t(task, 300);
    size_t conflicts = 0;
    for (size_t i = 0; i < t.count; ++i) {
        const size_t context = t.input(i, 0, 2) == 1 ? 0 : 1, cue = t.onset(i, 4);
        CHECK(t.input(i, 0, 2) + t.input(i, 0, 3) == 1);
        const double counts = t.input(i, 0, context), other = t.input(i, 0, 1 - context);
        CHECK(std::abs(counts) >= 0.02);
        CHECK(t.target(i, cue) == (counts > 0 ? 1 : -1));
        CHECK(t.weight(i, 0) == 0);
        conflicts += counts * other < 0 ? 1 : 0;
    }
    CHECK(conflicts > 100);
    CHECK(conflicts < 200);
}

TEST_CASE("delayed match to sample: the target says whether the two items are the same") {
    const delayed_match_to_sample task{{.items = 3, .noise = 0}};
    const trials t(task, 300);
    size_t matches = 0;
    for (size_t i = 0; i < t.count; ++i) {
        const size_t cue = t.onset(i, 3);
        size_t sample = 0, test = 0;
        for (size_t k = 0; k < 3; ++k) {
            if (t.input(i, 0, k) == 1) sample = k;
            if (t.input(i, cue - 1, k) == 1) test = k;
        }
        CHECK(t.target(i, cue) == (sample == test ? 1 : -1));
        matches += sample == test ? 1 : 0;
        for (size_t k = 0; k < 3; ++k) CHECK(t.input(i, 4, k) == 0);
    }
    CHECK(matches > 115);
    CHECK(matches < 185);
}

TEST_CASE("analog memory: what is asked for is what was shown, in the response alone") {
    for (const auto kind : {analog_value::number, analog_value::angle}) {
        const analog_memory task{{.value = kind, .noise = 0}};
        const size_t channels = kind == analog_value::angle ? 2 : 1;
        CHECK(task.outputs() == channels);
        CHECK(task.inputs() == channels + 1);
        const trials t(task, 300);
        double sum = 0;
        size_t shortest = t.horizon, longest = 0;
        for (size_t i = 0; i < t.count; ++i) {
            const size_t cue = t.onset(i, channels), end = t.end(i);
            shortest = std::min(shortest, cue - 3), longest = std::max(longest, cue - 3);
            CHECK(end == cue + 4);
            double square = 0;
            for (size_t c = 0; c < channels; ++c) {
                const double shown = t.input(i, 0, c);
                square += shown * shown;
                sum += shown;
                for (size_t s = 0; s < t.horizon; ++s) {
                    CHECK(t.input(i, s, c) == (s < 3 ? shown : 0));
                    CHECK(t.values(s * t.count + i, c) == (s >= cue && s < end ? shown : 0));
                }
            }
            for (size_t s = 0; s < cue; ++s) CHECK(t.weight(i, s) == 0);
            if (channels == 2) CHECK(square == doctest::Approx(1));
            if (channels == 1) CHECK(square <= 1);
        }
        CHECK(std::abs(sum / 300) < 0.15);
        CHECK(shortest == 5);
        CHECK(longest == 25);
    }
}

TEST_CASE("analog memory: a shorter stage has shorter delays, one that is too short is refused") {
    const analog_memory task{{.shortest_delay = 5, .longest_delay = 25}};
    const size_t horizon = 15, count = 50;
    matrix<float> frames({horizon * count, 2}, 7.0F), values({horizon * count, 1}, 7.0F);
    std::vector<float> weights(horizon * count, 7);
    std::vector<int> classes(horizon * count);
    std::vector<char> active(1);
    const trial_block<float> block{0, count, horizon, frames, classes, weights, active, values};
    task.fill(block, {horizon, 1}, seed{5}, 0);
    for (size_t i = 0; i < count; ++i) {
        double asked = 0;
        for (size_t t = 0; t < horizon; ++t) asked += static_cast<double>(weights[t * count + i]);
        CHECK(asked == 4);
    }
    CHECK_THROWS_WITH_AS(task.fill(block, {11, 1}, seed{5}, 0),
                         "analog_memory: a stage of 11 steps, expected at least 12, for the shortest delay",
                         value_error);
}

TEST_CASE_TEMPLATE("a task's trials depend on seed, step and number alone", Task, perceptual_decision,
                   parametric_working_memory, context_integration, delayed_match_to_sample, analog_memory) {
    static_assert(task<Task> && Task::real_targets);
    const Task work;
    const trials all(work, 9, 3), again(work, 9, 3), other(work, 9, 4);
    CHECK(all.frames == again.frames);
    CHECK(all.values == again.values);
    CHECK(all.frames != other.frames);
    const trials first(work, 4, 3);  // the first trials of a larger batch are those of a smaller one
    for (size_t i = 0; i < 4; ++i)
        for (size_t t = 0; t < all.horizon; ++t)
            for (size_t c = 0; c < work.inputs(); ++c) CHECK(all.input(i, t, c) == first.input(i, t, c));
}

TEST_CASE("an untrained network chooses by chance") {
    const perceptual_decision task;
    const recurrent_network<leaky<float>> network({task.inputs(), 20, task.outputs()}, seed{3});
    CHECK(std::abs(choice_accuracy(network, task) - 0.5) < 0.2);
    const recurrent_network<leaky<float>> other({3, 20, 1}, seed{3});
    CHECK_THROWS_WITH_AS(choice_accuracy(other, task),
                         "choice_accuracy: the task has 2 inputs and 1 outputs, the network 3 and 1",
                         shape_error);
    CHECK_THROWS_WITH_AS(choice_accuracy(network, task, {.trials = 0}),
                         "choice_accuracy: trials = 0, expected at least 1", value_error);
}

TEST_CASE("options that make no trial are refused by value") {
    CHECK_THROWS_AS(perceptual_decision({.shortest = 0}), value_error);
    CHECK_THROWS_WITH_AS(
        perceptual_decision({.shortest = 30}),
        "perceptual_decision: evidence of 30 to 20 steps, expected at least 1 and no more than the "
        "longest",
        value_error);
    CHECK_THROWS_AS(perceptual_decision({.coherences = {}}), value_error);
    CHECK_THROWS_AS(perceptual_decision({.noise = -1}), value_error);
    CHECK_THROWS_WITH_AS(analog_memory({.pulse = 0}),
                         "analog_memory: pulse = 0 and response = 4, expected at least 1 each", value_error);
    CHECK_THROWS_WITH_AS(analog_memory({.shortest_delay = 30}),
                         "analog_memory: delays of 30 to 25 steps, expected no more than the longest",
                         value_error);
    CHECK_THROWS_WITH_AS(analog_memory({.noise = -1}),
                         "analog_memory: noise = -1, expected a finite number of at least 0", value_error);
    CHECK_THROWS_AS(parametric_working_memory({.least_difference = 1}), value_error);
    CHECK_THROWS_AS(parametric_working_memory({.shortest_delay = 30}), value_error);
    CHECK_THROWS_AS(context_integration({.weakest = 0.5}), value_error);
    CHECK_THROWS_WITH_AS(delayed_match_to_sample({.items = 1}),
                         "delayed_match_to_sample: items = 1, expected at least 2", value_error);
}
