// Basins against maps whose separatrix is known, and of a network whose memories are two wells.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <engram/engram.hpp>

#include <cmath>
#include <numbers>

using namespace engram;

namespace {

/// The gradient descent x -> x + 0.1 (x - x^3) in a double well: memories at -1 and 1, the separatrix at 0.
/// In further directions every state shrinks.
auto double_well(size_t d) {
    return make_map<double>(
        [d](const auto& x) {
            std::vector<std::remove_cvref_t<decltype(x[0])>> y(d);
            y[0] = x[0] + 0.1 * (x[0] - x[0] * x[0] * x[0]);
            for (size_t j = 1; j < d; ++j) y[j] = 0.5 * x[j];
            return y;
        },
        d);
}

std::vector<size_t> sign_of_first(matrix_view<const double> states) {
    std::vector<size_t> labels;
    for (size_t i = 0; i < states.rows(); ++i) labels.push_back(states(i, 0) > 0 ? 1 : 0);
    return labels;
}

/// r -> r^2, theta -> theta in the plane: the circle of radius 1 is the separatrix of the memory at 0.
struct squared_radius {
    using scalar = double;
    static size_t dimension() { return 2; }
    static void apply(matrix_view<const double> h, matrix_view<double> next) {
        for (size_t i = 0; i < h.rows(); ++i) {
            const double r = std::min(std::hypot(h(i, 0), h(i, 1)), 1e3);
            for (size_t j = 0; j < 2; ++j) next(i, j) = std::clamp(h(i, j) * r, -1e3, 1e3);
        }
    }
};

/// x -> x, or to the other side at every step that is odd: holds nothing.
struct restless {
    using scalar = double;
    static size_t dimension() { return 1; }
    static void apply(matrix_view<const double> h, matrix_view<double> next) {
        for (size_t i = 0; i < h.rows(); ++i) next(i, 0) = -h(i, 0);
    }
};

}  // namespace

TEST_SUITE_BEGIN("study");

TEST_CASE("the basin of a double well in one dimension ends at its separatrix") {
    const std::vector<double> memory{1};
    // Kicks to either side: those to the right always return, those to the left from less than 1.
    const auto found = basin_radius(double_well(1), sign_of_first, memory, {.largest = 0.99 * 3});
    CHECK(found.radius == doctest::Approx(1).epsilon(0.01));
    CHECK_FALSE(found.at_least);
    CHECK(found.returned == 1);
    // As fine as numbers are, and no finer: bisection ends.
    CHECK(basin_radius(double_well(1), sign_of_first, memory, {.largest = 0.99 * 3, .precision = 1e-300})
              .radius == doctest::Approx(found.radius).epsilon(0.02));
    const auto in_units = basin_radius(double_well(1), sign_of_first, memory, {.unit = 2});
    CHECK(in_units.radius == doctest::Approx(0.5).epsilon(0.02));
    // With half of the kicks allowed to be lost there is no end, as far as x -> x + 0.1 (x - x^3) is bounded.
    CHECK(basin_radius(double_well(1), sign_of_first, memory, {.returning = 0.3, .largest = 1.5}).at_least);
}

TEST_CASE("in several dimensions the fraction of kicks that cross a plane is that of a sphere's cap") {
    // A kick of length r in the plane crosses x = 0 if r cos(angle) < -1: a share arccos(1 / r) / pi of all.
    const auto found = basin_radius(double_well(2), sign_of_first, std::vector<double>{1, 0},
                                    {.kicks = 2000, .returning = 0.9});
    CHECK(found.radius == doctest::Approx(1 / std::cos(0.1 * std::numbers::pi)).epsilon(0.02));
}

TEST_CASE("the basin of a point within a circle ends at the circle") {
    const auto inside = [](matrix_view<const double> states) {
        std::vector<size_t> labels;
        for (size_t i = 0; i < states.rows(); ++i)
            labels.push_back(std::hypot(states(i, 0), states(i, 1)) < 0.5 ? 0 : 1);
        return labels;
    };
    const std::vector<double> origin{0, 0};
    CHECK(basin_radius(squared_radius{}, inside, origin).radius == doctest::Approx(1).epsilon(0.01));
    const auto all = basin_radius(squared_radius{}, inside, origin, {.largest = 0.7});
    CHECK(all.radius == doctest::Approx(0.7));
    CHECK(all.at_least);
}

TEST_CASE("a state that does not hold unkicked has a basin of radius 0") {
    const auto found = basin_radius(restless{}, sign_of_first, std::vector<double>{0.3}, {.steps = 5});
    CHECK(found.radius == 0);
    CHECK(found.returned == 0);
}

TEST_CASE("noise makes the basins of a network's memories smaller, and threads change nothing") {
    // One bit: h' = tanh(2 h + input), whose memories are at +-0.9575 and its separatrix at 0.
    const flip_flop task{{.bits = 1, .noise = 0.6}};
    recurrent_network<elman<double>> network({2, 1, 1}, seed{1});
    const std::span flat(network.parameters());
    std::ranges::fill(flat, 0.0);
    network.input_weights(flat)(0, 0) = 1;
    network.recurrent_weights(flat)(0, 0) = 2;
    network.readout_weights(flat)(0, 0) = 1;
    const matrix<double> memories{{-0.9575}, {0.9575}};
    const memory_basin_options options{.each = {.steps = 4}, .frames = 512};
    const auto found = memory_basins(network, task, memories, options);
    REQUIRE(found.size() == 2);
    for (const auto& b : found) {
        CHECK(b.unit == doctest::Approx(2 * 0.9575));
        CHECK(b.noiseless.radius == doctest::Approx(0.5).epsilon(0.02));
        CHECK(b.noisy.radius < b.noiseless.radius - 0.02);
        CHECK(b.noisy.radius > 0.1);
    }
    auto threaded = options;
    threaded.threads = 2;
    const auto again = memory_basins(network, task, memories, threaded);
    for (size_t i = 0; i < 2; ++i) CHECK(again[i].noisy.radius == found[i].noisy.radius);
}

TEST_CASE("basins of states that do not fit, or with options out of range, are refused with the numbers") {
    const auto map = double_well(2);
    const std::vector<double> state{1, 0};
    CHECK_THROWS_AS(basin_radius(map, sign_of_first, std::vector<double>{1, 0}, {.precision = INFINITY}),
                    value_error);
    CHECK_THROWS_WITH_AS(basin_radius(map, sign_of_first, std::vector<double>{1}),
                         "basin_radius: a state of 1 numbers for a map of dimension 2", shape_error);
    CHECK_THROWS_WITH_AS(basin_radius(map, sign_of_first, std::vector<double>{1, NAN}),
                         "basin_radius: the state has a number that is not finite", value_error);
    CHECK_THROWS_AS(basin_radius(map, sign_of_first, state, {.kicks = 0}), value_error);
    CHECK_THROWS_WITH_AS(basin_radius(map, sign_of_first, state, {.returning = 1.5}),
                         "basin_radius: returning = 1.5, expected a number in (0, 1]", value_error);
    CHECK_THROWS_AS(basin_radius(map, sign_of_first, state, {.unit = 0}), value_error);
    CHECK_THROWS_AS(basin_radius(map, sign_of_first, state, {.largest = HUGE_VAL}), value_error);

    const flip_flop task{{.bits = 1}};
    const recurrent_network<gru<float>> network({2, 3, 1}, seed{1});
    CHECK_THROWS_AS(memory_basins(network, task, matrix<double>{{0, 0, 0}}), value_error);
    CHECK_THROWS_AS(memory_basins(network, task, matrix<double>{{0, 0}, {1, 1}}), shape_error);
    CHECK_THROWS_WITH_AS(memory_basins(network, task, matrix<double>{{0, 0, 1}, {0, 0, 1}}),
                         "memory_basins: state 0 is the same as another one", value_error);
}
