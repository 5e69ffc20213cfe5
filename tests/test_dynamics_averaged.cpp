// Means of maps against maps that are known to be those means, and networks under several frames against the
// same network under each of them.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <engram/engram.hpp>

#include <cmath>
#include <numbers>

#include "reference/effort.hpp"

using namespace engram;

namespace {

/// x -> a x (1 - x) in each of two coordinates, coupled: the mean over several a is the map of the mean a.
auto coupled_logistic(double a) {
    return make_map<double>(
        [a](const auto& x) {
            std::vector<std::remove_cvref_t<decltype(x[0])>> y(2);
            y[0] = a * x[0] * (1.0 - x[0]) + 0.1 * x[1];
            y[1] = a * x[1] * (1.0 - x[1]) - 0.2 * x[0];
            return y;
        },
        2);
}

matrix<double> some_states(size_t n, size_t d, double scale = 0.5) {
    matrix<double> states = matrix<double>::from_shape({n, d});
    for (size_t i = 0; i < states.size(); ++i)
        states.data()[i] = scale * std::sin(static_cast<double>(7 * i + 1));
    return states;
}

template <class A, class B>
double largest_difference(const A& a, const B& b) {
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a.data()[i] - b.data()[i]));
    return largest;
}

/// Images, products with vectors from the left, and the Jacobian at the first state.
struct evaluation {
    matrix<double> images, products, jacobian;
};
template <class Map>
evaluation evaluate(const Map& map, const matrix<double>& states, const matrix<double>& u) {
    const size_t n = states.shape(0), d = states.shape(1);
    evaluation e{matrix<double>::from_shape({n, d}), matrix<double>::from_shape({n, d}),
                 matrix<double>::from_shape({d, d})};
    map.apply(states, e.images);
    map.vjp(states, u, e.products);
    map.jacobian(matrix_view<const double>(states).row_block(0, 1), e.jacobian);
    return e;
}

template <class Cell>
void check_network_under_frames(const char* name) {
    CAPTURE(name);
    const recurrent_network<Cell> network({4, 6, 3}, seed{3});
    const auto frames = some_states(5, 4, 2);
    const constant_inputs_map under_all(network, frames);
    std::vector<constant_input_map<typename Cell::template with_scalar<double>>> one_by_one;
    for (size_t k = 0; k < 5; ++k) {
        vector<double> frame = vector<double>::from_shape({4});
        std::copy_n(&frames(k, 0), 4, frame.data());
        one_by_one.emplace_back(network, frame);
    }
    const size_t d = network.state_size();
    const auto states = some_states(203, d), u = some_states(203, d, 1);
    const auto batched = evaluate(averaged_map{under_all}, states, u),
               listed = evaluate(averaged_map{one_by_one}, states, u);
    CHECK(largest_difference(batched.images, listed.images) < 1e-14);
    CHECK(largest_difference(batched.products, listed.products) < 1e-13);
    CHECK(largest_difference(batched.jacobian, listed.jacobian) < 1e-13);

    matrix<double> next = matrix<double>::from_shape({2, d}), expected = next;
    under_all.apply(matrix_view<const double>(states).row_block(0, 2), next, 4);  // under frames 4 and 0
    for (size_t i = 0; i < 2; ++i)
        one_by_one[i == 0 ? 4 : 0].apply(matrix_view<const double>(states).row_block(i, 1),
                                         matrix_view<double>(expected).row_block(i, 1));
    CHECK(largest_difference(next, expected) < 1e-15);
}

}  // namespace

TEST_SUITE_BEGIN("dynamics/map");

TEST_CASE("the mean of maps that differ in one factor is the map of the mean factor, derivatives included") {
    const std::vector maps{coupled_logistic(1.5), coupled_logistic(2), coupled_logistic(3.1)};
    const averaged_map mean{maps};
    CHECK(mean.dimension() == 2);
    CHECK(mean.maps().size() == 3);
    // More rows than are computed at a time, and a number that the maps do not divide.
    const auto states = some_states(400, 2), u = some_states(400, 2, 1);
    const auto found = evaluate(mean, states, u), expected = evaluate(coupled_logistic(2.2), states, u);
    CHECK(largest_difference(found.images, expected.images) < 1e-14);
    CHECK(largest_difference(found.products, expected.products) < 1e-14);
    CHECK(largest_difference(found.jacobian, expected.jacobian) < 1e-14);
    CHECK(check_derivatives(mean, vector<double>{0.3, 0.4}).error < 1e-8);
}

TEST_CASE("slow points of a mean of maps are those of the map it equals") {
    const averaged_map mean{std::vector{coupled_logistic(1.4), coupled_logistic(3.2)}};
    const auto found = find_slow_points(mean, matrix<double>{{0.5, 0.5}}),
               expected = find_slow_points(coupled_logistic(2.3), matrix<double>{{0.5, 0.5}});
    REQUIRE(found.size() == 1);
    REQUIRE(expected.size() == 1);
    CHECK(found[0].kind == point_kind::fixed);
    for (size_t j = 0; j < 2; ++j) CHECK(found[0].state[j] == doctest::Approx(expected[0].state[j]));
    CHECK(found[0].spectral_radius() == doctest::Approx(expected[0].spectral_radius()));
}

TEST_CASE("one map is its own mean, and rows of a strided block are taken") {
    const averaged_map mean{std::vector{coupled_logistic(2)}};
    auto wide = some_states(3, 5);
    matrix<double> next(std::array<size_t, 2>{3, 5}, 9.0), expected = matrix<double>::from_shape({3, 2});
    mean.apply(matrix_view<const double>(wide).column_block(1, 2),
               matrix_view<double>(next).column_block(2, 2));
    coupled_logistic(2).apply(matrix_view<const double>(wide).column_block(1, 2), expected);
    for (size_t i = 0; i < 3; ++i)
        for (size_t j = 0; j < 5; ++j)
            CHECK(next(i, j) ==
                  (j == 2 || j == 3 ? doctest::Approx(expected(i, j - 2)) : doctest::Approx(9)));
}

TEST_CASE("a network under several frames is the network under each, whatever the cell") {
    check_network_under_frames<elman<double>>("elman");
    check_network_under_frames<gru<float>>("gru");
    check_network_under_frames<gru<double, reset_after>>("gru, reset after");
    check_network_under_frames<lstm<double>>("lstm");
}

TEST_CASE("antithetic frames have the task's mean frame as their mean, to the bit the same for equal seeds") {
    const flip_flop task{{.bits = 3, .noise = 0.5}};
    const auto frames = antithetic_frames(task, {.frames = 10, .seed = seed{4}});
    REQUIRE(frames.shape(0) == 10);
    for (size_t j = 0; j < task.inputs(); ++j) {
        double sum = 0, size = 0;
        for (size_t k = 0; k < 10; ++k) sum += frames(k, j), size += std::abs(frames(k, j));
        CHECK(std::abs(sum) < 1e-12);
        CHECK((size > 0) == (j < 3));  // no noise on the trigger
    }
    CHECK(frames == antithetic_frames(task, {.frames = 10, .seed = seed{4}}));
    CHECK(frames != antithetic_frames(task, {.frames = 10, .seed = seed{5}}));
}

TEST_CASE("what is even in the noise pushes the averaged map, what is odd does not") {
    // h' = relu(x), and E relu(x) = s / sqrt(2 pi) for x ~ N(0, s^2), while relu of the mean input is 0.
    recurrent_network<elman<double, activations::relu>> network({2, 1, 2}, seed{1});
    std::ranges::fill(network.parameters(), 0.0);
    network.weights("input")(0, 0) = 1;
    const flip_flop task{{.bits = 1, .noise = 2}};
    const auto mean =
        noise_averaged(network, task, {.frames = reference::optimised ? size_t{20'000} : size_t{4'000}});
    matrix<double> state{{0.0}}, next{{0.0}};
    mean.apply(state, next);
    CHECK(next(0, 0) == doctest::Approx(2 / std::sqrt(2 * std::numbers::pi)).epsilon(0.03));
}

TEST_CASE("means of no maps, or of maps of different dimensions, are refused with the numbers") {
    const std::vector<decltype(coupled_logistic(1))> none;
    CHECK_THROWS_WITH_AS(averaged_map{none}, "averaged_map: no maps, expected at least one", value_error);
    const auto of_dimension = [](size_t d) { return make_map<double>([](const auto& x) { return x; }, d); };
    CHECK_THROWS_WITH_AS((averaged_map{std::vector{of_dimension(2), of_dimension(2), of_dimension(3)}}),
                         "averaged_map: map 2 is of dimension 3, map 0 of dimension 2", shape_error);

    const recurrent_network<gru<double>> network({4, 3, 3}, seed{1});
    CHECK_THROWS_WITH_AS((constant_inputs_map{network, matrix<double>::from_shape({0, 4})}),
                         "constant_inputs_map: no frames, expected at least one", value_error);
    CHECK_THROWS_WITH_AS((constant_inputs_map{network, some_states(2, 5)}),
                         "constant_inputs_map: frames of 5 inputs, the network has 4", shape_error);
    const flip_flop task{{.bits = 3}};
    CHECK_THROWS_WITH_AS(antithetic_frames(task, {.frames = 7}),
                         "antithetic_frames: frames = 7, expected an even number of at least 2", value_error);
    CHECK_THROWS_AS(noise_averaged(network, task, {.frames = 0}), value_error);
    CHECK_THROWS_AS(noise_averaged(network, flip_flop{{.bits = 5}}), shape_error);
}
