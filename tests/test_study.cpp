// The study's measurements against networks whose memory is known exactly, and its statistics against values
// that follow from their definitions.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <engram/engram.hpp>

#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <numbers>
#include <sstream>

#include "reference/effort.hpp"
#include "reference/scratch_folder.hpp"

using namespace engram;

namespace {

using linear_network = recurrent_network<elman<double, activations::identity>>;

/// Two classes told apart by their single pixel, 0 or 1: mean 1/2, deviation 1/2.
image_set two_images(size_t copies = 20) {
    matrix<double> pixels(std::array<size_t, 2>{2 * copies, 1}, 0.0);
    std::vector<size_t> labels(2 * copies);
    for (size_t i = 0; i < labels.size(); ++i) {
        labels[i] = i % 2;
        pixels(i, 0) = static_cast<double>(i % 2);
    }
    return {pixels, labels, {.name = "two", .classes = 2}};
}

/// h' = h + input (pixel - 1/2) + drift, one unit; answers the second class where h is above a threshold,
/// else the first, never null.
linear_network accumulator(double input, double drift, double threshold) {
    linear_network network({2, 1, 3}, seed{1});
    const std::span flat(network.parameters());
    const auto in = network.input_weights(flat), recurrent = network.recurrent_weights(flat),
               readout = network.readout_weights(flat), bias = network.readout_bias(flat);
    in(0, 0) = input, in(1, 0) = 0, in(2, 0) = drift - input / 2;
    recurrent(0, 0) = 1;
    readout(0, 0) = 0, readout(0, 1) = -1, readout(0, 2) = 1;
    bias(0, 0) = -1e9, bias(0, 1) = threshold, bias(0, 2) = -threshold;
    return network;
}

double normal_below(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

}  // namespace

TEST_SUITE_BEGIN("study");

TEST_CASE("recall_curve asks exactly so many steps after the image as the delay says") {
    const delayed_classification task{two_images()};
    // The state counts: 1 after the image, d at the end of the last noise step before a trigger of delay d,
    // and d + 1 with the trigger's own step. The answer turns from the first class to the second at delay 6.
    const auto counting = accumulator(0, 1, 6.5);
    const auto table = recall_curve(counting, task, {7, 5, 6, 5, 40});
    CHECK(table.delays == std::vector<size_t>{5, 6, 7, 40});
    for (size_t row = 0; row < 4; ++row) {
        const double first = table.delays[row] < 6 ? 1 : 0;
        CHECK(table.accuracy[row] == doctest::Approx(0.5));
        CHECK(table.per_class(row, 0) == doctest::Approx(first));
        CHECK(table.per_class(row, 1) == doctest::Approx(1 - first));
        CHECK(table.false_alarms(row, 0) == doctest::Approx(first));
        CHECK(table.corrected(row, 0) == doctest::Approx(0));  // all hits come from a default answer
        CHECK(table.corrected(row, 1) == doctest::Approx(0));
    }
    CHECK(table.row_of(40) == 3);
    CHECK_THROWS_WITH_AS((void)table.row_of(41), "recall_table: delay 41 was not measured", value_error);
}

TEST_CASE("recall_curve gives the recall that a random walk has") {
    const delayed_classification task{two_images()};
    REQUIRE(task.images().pixel_deviation() == doctest::Approx(0.5));
    // The image moves the state by 1/2 to one side, each of the d noise frames by N(0, 1/4) and, with private
    // noise of deviation 1/2, each of the d + 1 steps by N(0, 1/4) too:
    // the side is still right with probability Phi(1 / sqrt(d)), or Phi(1 / sqrt(2 d + 1)).
    const auto walk = accumulator(1, 0, 0);
    const size_t repetitions = reference::optimised ? 2000 : 200;
    std::vector<size_t> delays = {1, 4, 25};
    if (reference::optimised) delays.push_back(400);
    const double trials =
        static_cast<double>(repetitions) * static_cast<double>(task.images().held_out().size());
    for (const double unit_noise : {0.0, 0.5}) {
        CAPTURE(unit_noise);
        const auto table = recall_curve(
            walk, task, delays, {.repetitions = repetitions, .seed = seed{3}, .unit_noise = unit_noise});
        for (size_t row = 0; row < delays.size(); ++row) {
            const auto d = static_cast<double>(table.delays[row]);
            const double expected = normal_below(1 / std::sqrt(unit_noise > 0 ? 2 * d + 1 : d));
            CHECK(std::abs(table.accuracy[row] - expected) <
                  4 * std::sqrt(expected * (1 - expected) / trials));
            CHECK(table.false_alarms(row, 0) == doctest::Approx(1 - table.per_class(row, 1)));
        }
    }
}

TEST_CASE("recall_curve does not depend on threads, and refuses what makes no sense") {
    const delayed_classification task{two_images()};
    const auto walk = accumulator(1, 0, 0);
    const auto one = recall_curve(walk, task, {3, 9}, {.repetitions = 50, .shard = 16});
    const auto three = recall_curve(walk, task, {3, 9}, {.repetitions = 50, .threads = 3, .shard = 16});
    CHECK(one.accuracy == three.accuracy);
    CHECK(one.per_class == three.per_class);
    CHECK_THROWS_WITH_AS(recall_curve(walk, task, {}), "recall_curve: no delays", value_error);
    CHECK_THROWS_WITH_AS(recall_curve(walk, task, {5}, {.repetitions = 0}),
                         "recall_curve: repetitions and shard must be at least 1", value_error);
    CHECK_THROWS_WITH_AS(recall_curve(walk, task, {5}, {.unit_noise = -1}),
                         "recall_curve: unit_noise = -1, expected 0 or a finite number above it",
                         value_error);
    CHECK_THROWS_WITH_AS(recall_curve(walk, task, {5, 0}), "recall_curve: a delay of 0, expected at least 1",
                         value_error);
    const linear_network other({3, 1, 3}, seed{1});
    CHECK_THROWS_WITH_AS(recall_curve(other, task, {5}),
                         "recall_curve: the task has 2 inputs and 3 outputs, the network 3 and 3",
                         shape_error);
}

TEST_CASE("recall_curve and class_centroids tell how far they are, and give what they have when ended") {
    const delayed_classification task{two_images()};
    const auto walk = accumulator(1, 0, 0);
    const auto whole = recall_curve(walk, task, {3, 9});
    CHECK(whole.interrupted.empty());
    progress_report last{};
    const auto same = recall_curve(walk, task, {3, 9}, {.watcher = [&](const progress_report& r) {
                                       last = r;
                                       return true;
                                   }});
    CHECK(same.per_class == whole.per_class);
    CHECK(last.steps == task.images().held_out().size() * 10);
    CHECK(last.step == last.steps);
    // Ended after the question at delay 3 and before that at 9.
    const size_t trials = task.images().held_out().size();
    const auto part = recall_curve(
        walk, task, {3, 9}, {.watcher = [&](const progress_report& r) { return r.step < 6 * trials; }});
    CHECK(part.interrupted == "the watcher ended it");
    CHECK(part.delays == std::vector<size_t>{3});
    CHECK(part.per_class(0, 1) == whole.per_class(0, 1));
    std::ostringstream text;
    text << part;
    CHECK(text.str().find("not all was measured") != std::string::npos);
    CHECK_THROWS_WITH_AS(recall_curve(walk, task, {3}, {.time_limit = 0}),
                         "recall_curve: time_limit = 0, expected a number of seconds above 0", value_error);
    const auto one = class_centroids(
        walk, task, {.watcher = [](const progress_report&) -> bool { throw std::runtime_error("enough"); }});
    CHECK(one.interrupted == "the watcher threw: enough");
    CHECK(one.states(0, 0) == class_centroids(walk, task).states(0, 0));
    CHECK(std::isnan(one.states(1, 0)));
}

TEST_CASE("class_centroids differ by what the images left behind, the noise being the same") {
    const delayed_classification task{two_images()};
    const auto strong = accumulator(1, 0, 0);
    const auto found = class_centroids(strong, task, {.noise_scale = 0});
    CHECK(found.states(0, 0) == doctest::Approx(-0.5));  // the mean frame moves nothing
    CHECK(found.states(1, 0) == doctest::Approx(0.5));
    CHECK(found.trials == std::vector<size_t>{16, 16});
    const auto noisy = class_centroids(strong, task, {.seed = seed{5}});
    CHECK(noisy.states(1, 0) - noisy.states(0, 0) == doctest::Approx(1));
    CHECK(noisy.states(1, 0) != doctest::Approx(0.5));
}

TEST_CASE("class_centroids leave out trials with a wrong answer, unless there are no others") {
    // The second class's images differ: some leave the state on the wrong side.
    matrix<double> pixels(std::array<size_t, 2>{40, 1}, 0.0);
    std::vector<size_t> labels(40);
    for (size_t i = 0; i < 40; ++i) {
        labels[i] = i % 2;
        pixels(i, 0) = i % 2 == 0 ? 0.2 : (i % 4 == 1 ? 0.0 : 1.0);
    }
    const delayed_classification task{
        image_set{pixels, labels, {.name = "mixed", .classes = 2, .maximum = 10}}};
    const double mean = task.images().pixel_mean();
    const auto network = accumulator(1, 0, 0);
    const auto found = class_centroids(network, task, {.steps = 1, .noise_scale = 0});
    const double drift = mean - 0.5;  // of each mean frame
    CHECK(found.trials[1] == 8);
    CHECK(found.states(1, 0) == doctest::Approx(0.5 + drift));
    const auto never = accumulator(1, 0, 100);  // the second class is never answered
    const auto all = class_centroids(never, task, {.steps = 1, .noise_scale = 0});
    CHECK(all.trials[1] == 0);
    CHECK(all.states(1, 0) == doctest::Approx(drift));  // half the images leave -1/2, half 1/2
}

TEST_CASE("labels_at reads the label out at a state") {
    const delayed_classification task{two_images()};
    matrix<double> states(std::array<size_t, 2>{3, 1}, 0.0);
    states(0, 0) = -2, states(1, 0) = 0.7, states(2, 0) = 30;
    CHECK(labels_at(accumulator(1, 0, 0), task, states) == std::vector<size_t>{0, 1, 1});
    CHECK_THROWS_WITH_AS(labels_at(accumulator(1, 0, 0), task, matrix<double>::from_shape({2, 3})),
                         "labels_at: states of 3 coordinates, the network's have 1", shape_error);
}

TEST_CASE("any memory task is studied: a latch of two bits holds its four memories for ever") {
    const flip_flop task({.bits = 2, .horizon = 20, .noise = 0.1});
    // h' = h + frame, outputs = h: the pulse stays, and the noise adds up to a walk.
    linear_network latch({3, 2, 2}, seed{1});
    latch.parameters().fill(0.0);
    const std::span flat(latch.parameters());
    for (size_t bit = 0; bit < 2; ++bit)
        latch.input_weights(flat)(bit, bit) = latch.recurrent_weights(flat)(bit, bit) =
            latch.readout_weights(flat)(bit, bit) = 1;
    const auto recall = recall_curve(latch, task, {1, 4, 900}, {.repetitions = 50, .seed = seed{2}});
    CHECK(recall.per_class.shape(1) == 4);
    CHECK(recall.accuracy[0] == doctest::Approx(1));
    CHECK(recall.accuracy[1] == doctest::Approx(1));
    const double both = std::pow(normal_below(1 / 3.0), 2);  // the walk's deviation is 3 by then
    CHECK(std::abs(recall.accuracy[2] - both) < 4 * std::sqrt(both * (1 - both) / 200));
    CHECK(recall.false_alarms(1, 3) == 0);

    const auto still = class_centroids(latch, task, {.noise_scale = 0});
    CHECK(still.trials == std::vector<size_t>{1, 1, 1, 1});
    for (size_t label = 0; label < 4; ++label)
        for (size_t bit = 0; bit < 2; ++bit)
            CHECK(still.states(label, bit) == ((label >> bit & 1) == 1 ? 1 : -1));
    CHECK(labels_at(latch, task, still.states) == std::vector<size_t>{0, 1, 2, 3});
    CHECK(labels_at(latch, task, matrix<double>{{0.0, 1.0}}) == std::vector<size_t>{4});  // none
    const auto points = find_slow_points(mean_map(latch, task), still);
    REQUIRE(points.size() == 4);
    for (const auto& point : points) CHECK(point.speed == 0);
    const auto paths = mean_trajectories(latch, flip_flop({.bits = 2}), {.steps = 3});
    REQUIRE(paths.size() == 4);
    CHECK(paths[2](3, 0) == -1);
    CHECK(paths[2](3, 1) == 1);
}

TEST_CASE("a recall table leaves every manipulator of a stream as it was, also where the stream throws") {
    const delayed_classification task{two_images()};
    const auto table = recall_curve(accumulator(1, 0, 0), task, {3});
    std::ostringstream out, plain;
    plain << table;
    out << std::scientific << std::setprecision(11) << std::setfill('*') << std::left << std::showpos
        << table;
    CHECK(out.str() == plain.str());
    CHECK(out.precision() == 11);
    CHECK(out.fill() == '*');
    CHECK((out.flags() & (std::ios::scientific | std::ios::left | std::ios::showpos)) ==
          (std::ios::scientific | std::ios::left | std::ios::showpos));
    CHECK((out.flags() & std::ios::fixed) == 0);
    struct : std::streambuf {
    } full;  // takes nothing
    std::ostream refusing(&full);
    refusing.exceptions(std::ios::badbit | std::ios::failbit);
    refusing.precision(11);
    CHECK_THROWS_AS(refusing << table, std::ios::failure);
    CHECK(refusing.precision() == 11);
    CHECK(refusing.flags() == (std::ios::dec | std::ios::skipws));
}

TEST_CASE("run gives the states and outputs of any frames, batch and length, and goes on where it was") {
    const recurrent_network<lstm<double>> network({3, 4, 2}, seed{6});
    xt::xtensor<double, 3> frames = xt::xtensor<double, 3>::from_shape({9, 7, 3});
    random_stream(seed{3}, purpose::user).normals(frames);
    const auto whole = run(network, frames);
    REQUIRE(whole.states.shape() == std::array<size_t, 3>{9, 7, 8});
    REQUIRE(whole.outputs.shape() == std::array<size_t, 3>{9, 7, 2});

    unrolled<std::remove_const_t<decltype(network)>> trials(network,
                                                            {.horizon = 9, .batch = 7, .trains = false});
    copy(matrix_view<const double>(frames.data(), 63, 3), trials.inputs(0));
    trials.forward(network, 0);
    const auto states = trials.states_after(0), outputs = trials.outputs(0);
    for (size_t row = 0; row < 63; ++row) {
        for (size_t j = 0; j < 8; ++j)
            CHECK(whole.states(row / 7, row % 7, j) == doctest::Approx(states(row, j)).epsilon(1e-13));
        for (size_t j = 0; j < 2; ++j)
            CHECK(whole.outputs(row / 7, row % 7, j) == doctest::Approx(outputs(row, j)).epsilon(1e-13));
    }
    auto early = xt::xtensor<double, 3>::from_shape({4, 7, 3}), late = decltype(early)::from_shape({5, 7, 3});
    std::copy_n(frames.begin(), early.size(), early.begin());
    std::copy_n(frames.begin() + 4 * 7 * 3, late.size(), late.begin());
    const auto first = run(network, early, {.threads = 3, .shard = 2});
    const auto rest = run(network, late, {.initial = first.states_after(3)});
    CHECK(rest.states_after(4)(6, 7) == doctest::Approx(whole.states_after(8)(6, 7)).epsilon(1e-13));
    CHECK(run(network, xt::xtensor<double, 3>::from_shape({0, 7, 3})).states.size() == 0);
    CHECK(run(network, xt::xtensor<double, 3>::from_shape({2, 0, 3})).outputs.size() == 0);
    CHECK_THROWS_WITH_AS(run(network, xt::xtensor<double, 3>::from_shape({2, 1, 4})),
                         "run: frames of 4 inputs, the network has 3", shape_error);
    CHECK_THROWS_WITH_AS(run(network, frames, {.initial = matrix<double>::from_shape({7, 4})}),
                         "run: initial states (7 x 4), expected (7 x 8)", shape_error);
    CHECK_THROWS_AS(run(network, frames, {.shard = 0}), value_error);
    CHECK_THROWS_WITH_AS((void)first.states_after(4), "network_run: step 4 of 4", value_error);
}

TEST_CASE(
    "find_memory_points: each label's point from its centroid, in the box, with what is read out there") {
    const flip_flop task({.bits = 2});
    // h' = tanh(3 h + frame), read out as h: four fixed points near the corners of the box.
    recurrent_network<elman<double>> latch({3, 2, 2}, seed{1});
    latch.parameters().fill(0.0);
    const std::span flat(latch.parameters());
    for (size_t bit = 0; bit < 2; ++bit) {
        latch.input_weights(flat)(bit, bit) = latch.readout_weights(flat)(bit, bit) = 1;
        latch.recurrent_weights(flat)(bit, bit) = 3;
    }
    const auto centroids = class_centroids(latch, task);
    const auto points = find_memory_points(latch, task, centroids);
    REQUIRE(points.size() == 4);
    double h = 0.9;
    for (int i = 0; i < 100; ++i) h = std::tanh(3 * h);
    for (size_t label = 0; label < 4; ++label) {
        CHECK(points[label].label == label);
        CHECK(points[label].readout == label);
        CHECK(points[label].point.speed < 1e-12);
        for (size_t bit = 0; bit < 2; ++bit)
            CHECK(points[label].point.state(bit) == doctest::Approx((label >> bit & 1) == 1 ? h : -h));
    }
    const auto held = find_memory_points(latch, task, 0.5 * centroids.states, {.max_distance = 0.1});
    for (const auto& one : held) CHECK(one.point.distance_moved <= 0.1 + 1e-12);
    const recurrent_network<lstm<double>> memory({3, 2, 2}, seed{1});
    CHECK(memory_search(memory).keep_to_box);
    const auto box = constant_input_map(memory, vector<double>({3}, 0.0)).state_bounds();
    CHECK(box.upper(1) == 1);
    CHECK(box.lower(1) == -1);
    CHECK(std::isinf(box.upper(2)));
}

TEST_CASE("compare_speed_and_recall pairs each point with its label's recall, at the delay of half recall") {
    const auto network = [](std::vector<double> speeds, double shift) {
        recall_table recall{{10, 20, 40},
                            {0.9, 0.6 + shift, 0.1},
                            matrix<double>(std::array<size_t, 2>{3, 3}, 0.0),
                            matrix<double>(std::array<size_t, 2>{3, 3}, 0.0)};
        for (size_t c = 0; c < 3; ++c)
            recall.per_class(1, c) = 0.9 - 0.1 * std::log10(speeds[c] / 1e-6) - shift;
        recall.false_alarms(1, 0) = 0.5;
        return measured_memories{recall, {0, 1, 2}, speeds};
    };
    const std::vector<measured_memories> networks = {network({1e-6, 1e-4, 1e-3}, 0),
                                                     network({1e-5, 1e-2, 1e-3}, 0)};
    CHECK(row_of_half_recall(networks) == 1);
    const auto pairs = compare_speed_and_recall(networks, 1);
    CHECK(pairs.delay == 20);
    CHECK(pairs.log_speed[4] == doctest::Approx(-2));
    CHECK(pairs.network == std::vector<size_t>{0, 0, 0, 1, 1, 1});
    CHECK(pairs.label == std::vector<size_t>{0, 1, 2, 0, 1, 2});
    REQUIRE(pairs.plain);
    CHECK(pairs.plain->spearman.value == doctest::Approx(-1));  // recall falls with log speed
    CHECK(pairs.corrected[0] == doctest::Approx(0.4));
    CHECK(!compare_speed_and_recall(networks, 2).plain);  // all recalls are alike
    CHECK(!compare_speed_and_recall(std::vector{measured_memories{networks[0].recall, {0}, {0.0}}}, 1).plain);
    CHECK_THROWS_AS((void)row_of_half_recall({}), value_error);
    CHECK_THROWS_AS((void)compare_speed_and_recall(networks, 3), shape_error);
    CHECK_THROWS_AS(
        (void)compare_speed_and_recall(std::vector{measured_memories{networks[0].recall, {0, 1}, {0.0}}}, 1),
        shape_error);
}

TEST_CASE("class_centroids of nothing, and of a network for another task, are refused") {
    const delayed_classification task{two_images()};
    CHECK_THROWS_WITH_AS(class_centroids(accumulator(1, 0, 0), task, {.examples = 0}),
                         "class_centroids: examples = 0 and steps = 14, expected at least 1 each",
                         value_error);
    const linear_network other({3, 1, 3}, seed{1});
    CHECK_THROWS_WITH_AS(class_centroids(other, task),
                         "class_centroids: the task has 2 inputs and 3 outputs, the network 3 and 3",
                         shape_error);
}

TEST_CASE("mean_trajectories begin with the state after the image and go on step by step") {
    const delayed_classification task{two_images()};
    const auto counted = mean_trajectories(accumulator(0, 1, 0), task, {.steps = 7});
    REQUIRE(counted.size() == 2);
    REQUIRE(counted[0].shape(0) == 8);
    for (size_t t = 0; t < 8; ++t) CHECK(counted[1](t, 0) == doctest::Approx(static_cast<double>(t + 1)));
    const auto shown = mean_trajectories(accumulator(1, 0, 0), task, {.steps = 2, .threads = 2});
    CHECK(shown[0](0, 0) == doctest::Approx(-0.5));
    CHECK(shown[1](0, 0) == doctest::Approx(0.5));
    CHECK_THROWS_WITH_AS(mean_trajectories(accumulator(1, 0, 0), task, {.steps = 0}),
                         "mean_trajectories: examples = 20 and steps = 0, expected at least 1 each",
                         value_error);
    const linear_network other({3, 1, 3}, seed{1});
    CHECK_THROWS_WITH_AS(mean_trajectories(other, task),
                         "mean_trajectories: the task has 2 inputs and 3 outputs, the network 3 and 3",
                         shape_error);
    CHECK_THROWS_WITH_AS(image_accuracy(other, task.images()),
                         "image_accuracy: the task has 2 inputs and 3 outputs, the network 3 and 3",
                         shape_error);
}

TEST_CASE(
    "fine_tune trains each arm from the same weights on the same trials; a penalty of weight 0 is control") {
    const delayed_classification task{two_images(), {.horizon = 6, .minimal_delay = 2}};
    const recurrent_network<elman<double>> network({2, 4, 3}, seed{3});
    const auto states = class_centroids(network, task).states;
    std::vector<std::pair<std::string, vector<double>>> tuned;
    const auto run = [&](double weight) {
        tuned.clear();
        const auto own = std::tuple{tuning_arm{"own", 2.0 * cross_entropy{} + 0.1 * weight_decay{}}};
        const auto arms =
            std::tuple_cat(speed_arms(cross_entropy{}, task.noise(),
                                      {.centroids = states, .slow_points = 0.5 * states, .weight = weight}),
                           own);
        fine_tune(network, task, arms, adam{.learning_rate = 1e-2}, {.steps = 5, .batch = 8},
                  [&](const std::string& name, const auto& after) {
                      tuned.emplace_back(name, after.parameters());
                  });
    };
    run(0);
    REQUIRE(tuned.size() == 4);
    CHECK(tuned[0].first == "control");
    CHECK(tuned[1].first == "centroids");
    CHECK(tuned[2].first == "slow_points");
    CHECK(tuned[3].first == "own");
    CHECK(tuned[0].second == tuned[1].second);
    CHECK(tuned[0].second == tuned[2].second);
    CHECK(tuned[0].second != tuned[3].second);
    CHECK(tuned[0].second != network.parameters());
    const auto control = tuned[0].second;
    run(0.5);
    CHECK(tuned[0].second == control);
    CHECK(tuned[1].second != control);
    CHECK(tuned[1].second != tuned[2].second);
}

TEST_CASE("correlate gives the values and p-values that follow from the definitions") {
    SUBCASE("four pairs: the t distribution with 2 degrees of freedom makes p = 1 - |r|") {
        const auto c = correlate({1, 2, 3, 4}, {1, 3, 2, 4});
        CHECK(c.pearson.value == doctest::Approx(0.8));
        CHECK(c.spearman.value == doctest::Approx(0.8));
        CHECK(c.pearson.p_value == doctest::Approx(0.2));
        CHECK(c.n == 4);
    }
    SUBCASE("three pairs: one degree of freedom, the Cauchy distribution") {
        const auto c = correlate({0, 1, 2}, {0, 2, 1});
        const double r = 0.5, t = r / std::sqrt(1 - r * r);
        CHECK(c.pearson.value == doctest::Approx(r));
        CHECK(c.pearson.p_value == doctest::Approx(1 - 2 / std::numbers::pi * std::atan(t)));
    }
    // Of n pairs whose correlation is r.
    const auto p_value = [](double r, size_t n) {
        std::vector<double> x(n), y(n);
        for (size_t i = 0; i < n; ++i) x[i] = static_cast<double>(2 * i) - static_cast<double>(n - 1);
        double xx = 0, zz = 0;
        std::vector<double> z(n);  // as x, but for a mean and a slope of zero
        for (size_t i = 0; i < n; ++i) z[i] = x[i] * x[i], xx += x[i] * x[i];
        for (double& value : z) value -= xx / static_cast<double>(n), zz += value * value;
        for (size_t i = 0; i < n; ++i)
            y[i] = r * x[i] / std::sqrt(xx) + std::sqrt(1 - r * r) * z[i] / std::sqrt(zz);
        const auto found = correlate(x, y, {.resamples = 0}).pearson;
        CHECK(found.value == doctest::Approx(r).epsilon(1e-9));
        return found.p_value;
    };
    SUBCASE("other degrees of freedom: the t distribution's finite sums") {
        for (const double r : {1e-3, 0.2, 0.5, 0.9, 0.999}) {
            const double s = r, c = std::sqrt(1 - r * r);  // sine and cosine of atan(t / sqrt(freedom))
            CHECK(p_value(r, 5) ==
                  doctest::Approx(1 - 2 / std::numbers::pi * (std::asin(s) + s * c)).epsilon(1e-9));
            CHECK(p_value(-r, 6) == doctest::Approx(1 - s * (1 + c * c / 2)).epsilon(1e-9));
            CHECK(p_value(r, 8) ==
                  doctest::Approx(1 - s * (1 + c * c / 2 + 3 * c * c * c * c / 8)).epsilon(1e-9));
        }
        CHECK(p_value(0, 10) == 1);
        // many pairs: the normal distribution
        CHECK(p_value(0.003, 1'000'002) == doctest::Approx(std::erfc(3 / std::numbers::sqrt2)).epsilon(1e-4));
    }
    SUBCASE("ranks do not see a monotone change of scale; ties share their rank") {
        const auto c = correlate({1, 2, 3, 4, 5}, {-1, -10, -100, -1000, -10000});
        CHECK(c.spearman.value == doctest::Approx(-1));
        CHECK(c.spearman.p_value == 0);
        CHECK(c.pearson.value > -0.95);
        // ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5
        CHECK(correlate({1, 2, 2, 3}, {1, 2, 3, 4}).spearman.value == doctest::Approx(std::sqrt(0.9)));
    }
    SUBCASE("a constant measurement has no correlation") {
        CHECK(std::isnan(correlate({1, 1, 1}, {1, 2, 3}).pearson.value));
    }
}

TEST_CASE("correlate's bootstrap interval is as wide as Fisher's for normal pairs") {
    constexpr size_t n = 400;
    constexpr double rho = 0.6;
    random_stream draws(seed{11}, purpose::user);
    std::vector<double> x(n), y(n);
    for (size_t i = 0; i < n; ++i) {
        x[i] = draws.normal();
        y[i] = rho * x[i] + std::sqrt(1 - rho * rho) * draws.normal();
    }
    const auto c = correlate(x, y).pearson;
    const double z = std::atanh(c.value), half = 1.96 / std::sqrt(n - 3.0);
    CHECK(std::abs(c.low - std::tanh(z - half)) < 0.025);
    CHECK(std::abs(c.high - std::tanh(z + half)) < 0.025);
    CHECK(correlate(x, y).pearson.low == c.low);  // the same seed, the same draws
}

TEST_CASE("recall tables of the same labels can be put below each other") {
    recall_table near{{5, 9}, {0.5, 0.25}, matrix<double>({2, 3}, 0.1), matrix<double>({2, 3}, 0.2)};
    const recall_table far{{70}, {0.125}, matrix<double>({1, 3}, 0.3), matrix<double>({1, 3}, 0.4)};
    near.append(far);
    CHECK(near.delays == std::vector<size_t>{5, 9, 70});
    CHECK(near.accuracy == std::vector<double>{0.5, 0.25, 0.125});
    CHECK(near.per_class(1, 2) == 0.1);
    CHECK(near.per_class(2, 0) == 0.3);
    CHECK(near.corrected(2, 2) == doctest::Approx(-0.1));
    CHECK_THROWS_WITH_AS(near.append({{70}, {0.1}, matrix<double>({1, 2}, 0.0), matrix<double>({1, 2}, 0.0)}),
                         "recall_table: a table of 2 labels, expected 3", shape_error);
}

TEST_CASE("correlate refuses lists that do not pair, too few pairs, and numbers that are none") {
    CHECK_THROWS_WITH_AS(correlate({1, 2, 3}, {1, 2}), "correlate: 3 values against 2", shape_error);
    CHECK_THROWS_WITH_AS(correlate({1, 2}, {1, 2}), "correlate: 2 pairs, expected at least 3", value_error);
    CHECK_THROWS_WITH_AS(correlate({1, 2, std::nan("")}, {1, 2, 3}), "correlate: a value is not finite",
                         value_error);
}

TEST_CASE("principal components of a cross are its arms, longest first") {
    // Points at +-3 along (3, 4, 0) / 5 and +-1 along (-4, 3, 0) / 5, about the centre (1, 2, 3).
    matrix<double> points(std::array<size_t, 2>{4, 3}, 0.0);
    const double along[4] = {3, -3, 0, 0}, across[4] = {0, 0, 1, -1};
    for (size_t i = 0; i < 4; ++i) {
        points(i, 0) = 1 + along[i] * 0.6 - across[i] * 0.8;
        points(i, 1) = 2 + along[i] * 0.8 + across[i] * 0.6;
        points(i, 2) = 3;
    }
    const auto found = find_principal_components(points, 2);
    CHECK(found.mean[0] == doctest::Approx(1));
    CHECK(found.axes(0, 0) == doctest::Approx(0.6));
    CHECK(found.axes(0, 1) == doctest::Approx(0.8));
    CHECK(found.axes(1, 0) == doctest::Approx(0.8));  // the largest entry is made positive
    CHECK(found.axes(1, 1) == doctest::Approx(-0.6));
    CHECK(found.share[0] == doctest::Approx(0.9));
    CHECK(found.share[1] == doctest::Approx(0.1));
    const auto place = found.project(std::span(&points(2, 0), 3));
    CHECK(place[0] == doctest::Approx(0));
    CHECK(place[1] == doctest::Approx(-1));
    CHECK_THROWS_WITH_AS(find_principal_components(points, 4),
                         "find_principal_components: count = 4, expected 1 to 3", value_error);
    CHECK_THROWS_WITH_AS(find_principal_components(matrix_view<const double>(points).row_block(0, 1), 1),
                         "find_principal_components: 1 samples, expected at least 2", value_error);
}

namespace {

/// x = 1 + y with y' = y + (a y - y^3) / 4: one fixed point while a < 0, then two at y = -sqrt(a) and
/// sqrt(a).
auto parting(double a) {
    return make_map<double, 1>([a](const auto& x) {
        const auto y = x[0] - 1.0;
        return std::array{x[0] + (a * y - y * y * y) / 4.0};
    });
}

}  // namespace

TEST_CASE("two points that part during training are told by their history, from both sides of it") {
    const std::vector<double> step = {100, 200, 300, 400, 500}, a = {-0.2, -0.1, 0.04, 0.16, 0.36};
    std::vector<decltype(parting(0))> maps;
    point_history history;
    slow_points<double> last;
    const auto readouts_at = [](const matrix<double>& states) {
        std::vector<int> readouts;
        for (const double x : states) readouts.push_back(x > 1.1 ? 0 : x < 0.9 ? 1 : -1);
        return readouts;
    };
    for (size_t i = 0; i < step.size(); ++i) {
        maps.push_back(parting(a[i]));
        last = find_slow_points(maps.back(), {{2.0}, {0.0}}, {.merge_distance = 0});
        add_moment(history, step[i], last, readouts_at(last.states()));
    }
    REQUIRE(history.searched.size() == 5);
    CHECK(history.searched[1][0].apart < 1e-3);
    CHECK(history.searched[4][0].apart == doctest::Approx(1.2 / 1.6).epsilon(1e-6));
    CHECK(history.searched[4][0].nearest == 1);

    std::vector<matrix<double>> states;
    history.followed = point_paths(track(last, maps, {.backwards = true}), {0, 1}, step, states);
    label_paths(history.followed, step, states,
                [&](size_t, const matrix<double>& there) { return readouts_at(there); });
    REQUIRE(history.followed.size() == 2);
    const bool first_is_whole = history.followed[0].from < 0;
    const auto &whole = history.followed[first_is_whole ? 0 : 1],
               &part = history.followed[first_is_whole ? 1 : 0];
    CHECK(whole.step == step);
    CHECK(part.step == std::vector<double>{300, 400, 500});
    CHECK(part.from == static_cast<int>(whole.label));
    CHECK(part.label == 1 - whole.label);
    CHECK(part.smoothly);
    CHECK(whole.readout.front() == -1);
    CHECK(whole.readout.back() == static_cast<int>(whole.label));
    CHECK(part.readout == std::vector<int>(3, static_cast<int>(part.label)));

    const auto separations = point_separations(history);
    REQUIRE(separations.size() == 2);
    for (size_t label = 0; label < 2; ++label) {
        CHECK(separations[label].separate == 300.0);
        CHECK(separations[label].own == 300.0);
        CHECK(separations[label].from == static_cast<int>(1 - label));
    }
    const auto before = facts_of(history, {0, 200, 1}), after = facts_of(history, {200, 500, 2});
    CHECK(before.separate == 0);
    CHECK(before.paths == 1);
    CHECK(before.hidden_apart.value_or(1) < 1e-3);
    CHECK(after.separate == 2);
    CHECK(after.own == 2);
    CHECK(after.paths == 2);
    CHECK(after.apart == doctest::Approx((0.8 / 1.4 + 1.2 / 1.6) / 2).epsilon(1e-6));
    CHECK_FALSE(after.hidden_apart);
}

TEST_CASE("a point that is separate for one moment alone does not part there; failures leave a moment out") {
    point_history history;
    for (const double apart : {0.01, 0.5, 0.02, 0.03, 0.5, 0.6}) {
        history.step.push_back(static_cast<double>(history.step.size() + 1));
        history.searched.push_back({{1e-3, 0, 1, apart}, {1e-3, 0, 0, apart}});
    }
    CHECK(point_separations(history)[1].separate == 5.0);
    CHECK_FALSE(point_separations(history)[1].own);
    slow_points<double> found;
    found.failures.push_back({});
    add_moment(history, 7, found, {});
    CHECK(history.step.size() == 6);
    CHECK_THROWS_WITH_AS(add_moment(history, 7, found, {1}), "add_moment: 1 read-outs for 0 points",
                         shape_error);
    slow_points<double> one;  // the moments before have a point for each of two labels
    one.points.resize(1);
    CHECK_THROWS_WITH_AS(add_moment(history, 7, one, {0}), "add_moment: 1 points, the moments before have 2",
                         shape_error);
    one.kinks.resize(1);  // where the other seed led to
    add_moment(history, 7, one, {0});
    CHECK(history.step.size() == 6);
    CHECK_THROWS_WITH_AS((void)facts_of(point_history{}, {0, 1, 1}), "facts_of: a history without moments",
                         value_error);
}

// What the page "Pieces of a first program" shows, line by line; a check compares them.
TEST_CASE("the pieces of a first program do what the page says") {
    namespace eg = engram;
    const reference::scratch_folder folder;
    const reference::working_folder there(folder.path);
    SUBCASE("arrays") {
        const std::vector<double> numbers(24, 0.5);
        eg::named_arrays given;
        given.add("states", std::vector<double>(6, 0.25), {2, 3});
        given.add("labels", std::vector<std::size_t>{3, 4});
        eg::write_npz("data.npz", given);

        const eg::named_arrays arrays = eg::read_npz("data.npz");
        const eg::matrix<double> states = arrays.at("states").to_matrix<double>();
        const std::vector<std::size_t> labels = arrays.at("labels").values<std::size_t>();

        eg::named_arrays out;
        out.add("states", states);
        out.add("cube", numbers, {2, 3, 4});
        eg::write_npz("out.npz", out);

        CHECK(labels == std::vector<std::size_t>{3, 4});
        CHECK(eg::read_npz("out.npz").at("states").to_matrix<double>() == states);
        CHECK(eg::read_npz("out.npz").at("cube").shape == std::vector<std::size_t>{2, 3, 4});
    }
    SUBCASE("a network") {
        const eg::network_sizes sizes{.inputs = 3, .units = 20, .outputs = 2};
        const eg::recurrent_network<eg::gru<float>> gated{sizes, eg::seed{1}};
        eg::recurrent_network<eg::leaky<double>> network{
            sizes, eg::seed{1}, {}, eg::leaky<double>{.rate = {0.1}}};

        network.weights("recurrent") *= 0.9;
        const eg::matrix<double> readout = network.weights("readout");
        CHECK(readout.shape(0) == 20);
        CHECK(gated.state_size() == 20);
    }
    SUBCASE("training") {
        const eg::delayed_classification task{eg::optdigits(), {.horizon = 20, .minimal_delay = 4}};
        eg::recurrent_network<eg::gru<float>> network{
            {.inputs = task.inputs(), .units = 30, .outputs = task.outputs()}, eg::seed{1}};

        const eg::scheduled optimizer{eg::adam{.learning_rate = 1e-3}, eg::cosine_decay{}};
        eg::trainer trainer{network, eg::cross_entropy{} + 1e-4 * eg::weight_decay{}, optimizer};
        const eg::fit_options options{.steps = 5, .batch = 64, .seed = eg::seed{2}, .threads = 2};
        const eg::fit_result result = trainer.fit(task, eg::delay_curriculum{}, options, eg::progress_bar{});

        const eg::recall_table table =
            eg::recall_curve(network, task, {4, 10, 20}, {.examples = 50, .seed = eg::seed{3}});
        std::cout << result.loss << '\n' << table;
        CHECK(result.steps == 5);
        CHECK(table.delays.size() == 3);

        eg::checkpointer keep{trainer, options, {.path = "run.ckpt"}};
        keep.resume();
        trainer.fit(task, eg::delay_curriculum{}, options, keep);
        CHECK(std::filesystem::exists("run.ckpt"));

        const auto memories =
            eg::find_slow_points(eg::constant_input_map{network, task.mean_input()},
                                 eg::class_centroids(network, task, {.examples = 20}), {.threads = 2});
        CHECK(memories.size() > 0);
    }
    SUBCASE("a map, and a sweep") {
        const eg::recurrent_network<eg::leaky<double>> network{
            {3, 20, 2}, eg::seed{1}, {}, eg::leaky<double>{.rate = {0.1}}};
        const eg::matrix<double> seeds(std::array<std::size_t, 2>{4, 20}, 0.1);

        const eg::constant_input_map map{network, eg::vector<double>{0.0, 0.0, 1.0}};
        const auto points = eg::find_slow_points(map, seeds, {.threads = 2});
        const eg::matrix<double> outputs = map.read_out(points.states());
        CHECK(outputs.shape(1) == 2);

        const auto at = [&](double c) {
            return eg::constant_input_map{network, eg::vector<double>{c, 0.0, 0.0}};
        };
        const auto branches = eg::track(points, at, 0.0, 1.0);
        CHECK(branches.branches.size() >= points.size());
    }
}
