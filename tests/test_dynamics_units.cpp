// Searches in any units, and in the box that a map states.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <sstream>
#include <vector>

#include "engram/dynamics.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "reference/maps.hpp"

using namespace engram;

namespace {

using reference::scalar_of;

using reference::henon;
/// Two genes that switch each other off, by Euler's steps.
constexpr auto toggle = [](const auto& x) {
    const auto rate = [](const auto& other) { return 2.5 / (1.0 + other * other * other); };
    return std::array<scalar_of<decltype(x)>, 2>{x[0] + 0.1 * (rate(x[1]) - x[0]),
                                                 x[1] + 0.1 * (rate(x[0]) - x[1])};
};

/// A formula in other units.
template <class F>
auto in_units_of(F f, std::array<double, 2> units) {
    return make_map<double, 2>([=](const auto& x) {
        auto y = x;
        for (size_t i = 0; i < 2; ++i) y[i] = x[i] / units[i];
        auto next = f(y);
        for (size_t i = 0; i < 2; ++i) next[i] = next[i] * units[i];
        return next;
    });
}

/// What a search says is the same but for the units.
template <class F>
void check_units(F f, const matrix<double>& seeds, std::array<double, 2> units) {
    CAPTURE(units[0]);
    CAPTURE(units[1]);
    const auto plain = find_slow_points(in_units_of(f, {1, 1}), seeds);
    auto scaled = seeds;
    for (size_t i = 0; i < seeds.shape(0); ++i)
        for (size_t j = 0; j < 2; ++j) scaled(i, j) *= units[j];
    const auto found = find_slow_points(in_units_of(f, units), scaled);
    REQUIRE(found.size() == plain.size());
    for (size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].kind == plain[i].kind);
        CHECK(found[i].seeds == plain[i].seeds);
        for (size_t j = 0; j < 2; ++j)
            CHECK(std::abs(found[i].state(j) / units[j] - plain[i].state(j)) <=
                  1e-9 * std::hypot(plain[i].state(0), plain[i].state(1)));
    }
}

}  // namespace

TEST_SUITE_BEGIN("dynamics");

TEST_CASE("in whatever units, the same fixed points, kinds and groups") {
    const auto square = grid<double>({-2, -2}, {2, 2}, 9), wide = grid<double>({-5, -2}, {5, 2}, 9),
               positive = grid<double>({0.1, 0.1}, {3, 3}, 6);
    for (const std::array<double, 2> units : {std::array{1e-6, 1e-6},
                                              {1e3, 1e3},
                                              {1e3, 1e11},
                                              {1e-9, 1e9},
                                              {1e9, 1e-9},
                                              {1e-15, 1e-15},
                                              {65.0, 1e-7},
                                              {1e-3, 1e3},
                                              {1.0, 1e9},
                                              {10.0, 1.0},
                                              {0.1, 3.0},
                                              {8e7, 1e5}}) {
        check_units(henon, square, units);
        check_units(henon, wide, units);
        check_units(toggle, positive, units);
    }
}

TEST_CASE("a power of two as the unit changes no bit") {
    const auto seeds = grid<double>({-2, -2}, {2, 2}, 5);
    const auto plain = find_slow_points(in_units_of(henon, {1, 1}), seeds);
    const double unit = 1.0 / 1024;
    matrix<double> scaled = seeds;
    for (double& x : scaled) x *= unit;
    const auto found = find_slow_points(in_units_of(henon, {unit, unit}), scaled);
    REQUIRE(found.size() == plain.size());
    for (size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].speed == plain[i].speed * unit);
        CHECK(found[i].iterations == plain[i].iterations);
        for (size_t j = 0; j < 2; ++j) CHECK(found[i].state(j) == plain[i].state(j) * unit);
    }
}

TEST_CASE("slow points scale with the unit, and so do their speeds") {
    const auto ghost_in = [](double unit) {
        return make_map<double, 1>([unit](const auto& x) {
            const auto y = x[0] / unit;
            return std::array<scalar_of<decltype(x)>, 1>{unit * (y + 1e-4 + y * y)};
        });
    };
    for (const double unit : {1e-9, 1e-3, 1.0, 1e6}) {
        const auto found = find_slow_points(ghost_in(unit), grid<double>({-0.9 * unit}, {0.9 * unit}, 10));
        REQUIRE(found.size() == 1);
        CHECK(found[0].kind == point_kind::slow);
        CHECK(found[0].speed == doctest::Approx(1e-4 * unit));
    }
}

TEST_CASE("a fixed point is reached however far it is") {
    const auto map = make_map<double, 1>(
        [](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] / 2.0 + 1e9}; });
    for (const state_scale<double>& scale : {state_scale<double>{}, state_scale<double>(1.0)}) {
        const auto found = find_slow_points(map, matrix<double>{{0}}, {.scale = scale});
        REQUIRE(found.size() == 1);
        CHECK(found[0].kind == point_kind::fixed);
        CHECK(found[0].state(0) == doctest::Approx(2e9).epsilon(1e-12));
    }
    // From seeds that are zero but for rounding, near which no step changes S by more than rounding does.
    for (const double start : {-1e-7, 1e-17, 1e-60}) {
        const auto found = find_slow_points(map, matrix<double>{{start}});
        REQUIRE(found.size() == 1);
        CHECK(found[0].kind == point_kind::fixed);
        CHECK(found[0].state(0) == doctest::Approx(2e9).epsilon(1e-12));
        CHECK(find_slow_points(map, matrix<double>{{start}}, newton_krylov{})[0].kind == point_kind::fixed);
        const auto network = make_map<double, 1>([](const auto& x) {
            using std::tanh;
            return std::array<scalar_of<decltype(x)>, 1>{tanh(2.0 * x[0] + 0.5)};
        });
        CHECK(find_slow_points(network, matrix<double>{{start}})[0].kind == point_kind::fixed);
    }
}

TEST_CASE("a scale that makes no sense is refused with its value") {
    const auto map = in_units_of(henon, {1, 1});
    const matrix<double> seeds = {{0.3, 0.2}};
    const auto search = [&](state_scale<double> scale) { find_slow_points(map, seeds, {.scale = scale}); };
    CHECK_THROWS_WITH_AS(search(0.0), "find_slow_points: scale 0, expected a finite number above 0",
                         value_error);
    CHECK_THROWS_WITH_AS(search(-2.0), "find_slow_points: scale -2, expected a finite number above 0",
                         value_error);
    CHECK_THROWS_AS(search(NAN), value_error);
    CHECK_THROWS_WITH_AS(search({1.0, 2.0, 3.0}),
                         "find_slow_points: a scale of 3 numbers for a map of dimension 2", shape_error);
    CHECK_THROWS_WITH_AS(search({1.0, INFINITY}),
                         "find_slow_points: scale inf (coordinate 1), expected a finite number above 0",
                         value_error);
}

namespace {

/// A GRU of one unit whose step, were it taken far outside [-1, 1], would be slow at 5.998:
/// h' = z h + (1 - z) tanh(3 h - 2) with z = 1 / (1 + exp(-4 h)).
constant_input_map<gru<double>> straying_gru() {
    recurrent_network<gru<double>> network{{1, 1, 1}, seed{1}};
    for (double& w : network.parameters()) w = 0;
    const std::span all(network.parameters());
    const auto input = network.input_weights(all);  // the last row is the bias; columns z, r, n
    const auto recurrent = network.recurrent_weights(all);
    input(0, 2) = 1, input(input.rows() - 1, 1) = 50;
    recurrent(0, 0) = -4, recurrent(0, 2) = 3;
    return constant_input_map(network, vector<double>{-2});
}

/// Its box is stated by the formula; the ghost of a fold is outside.
struct boxed {
    search_region<double> state_bounds() const { return {.lower_bound = -1, .upper_bound = 1}; }
    template <class State>
    auto operator()(const State& x) const {
        return std::array<scalar_of<State>, 1>{x[0] + 0.01 + (x[0] - 5.998) * (x[0] - 5.998)};
    }
};

}  // namespace

TEST_CASE("a search keeps to the box that a map states, and a point outside is flagged where it need not") {
    const auto map = make_map<double, 1>(boxed{});
    static_assert(bounded_map<decltype(map)>);
    const matrix<double> seeds = {{0.9}};
    const auto inside = find_slow_points(map, seeds);
    REQUIRE(inside.size() == 1);
    CHECK(inside[0].state(0) == 1);
    CHECK(inside[0].at_edge);
    CHECK(!inside[0].outside_box);
    const auto outside = find_slow_points(map, seeds, {.keep_to_box = false});
    REQUIRE(outside.size() == 1);
    CHECK(outside[0].state(0) == doctest::Approx(5.998));
    CHECK(outside[0].outside_box);
    std::ostringstream text;
    text << outside[0];
    CHECK(text.str().find("outside the box of the map's states") != std::string::npos);
    // Seeds outside the box start on its edge; bounds that leave nothing of it are refused.
    CHECK(find_slow_points(map, matrix<double>{{3.0}})[0].state(0) == 1);
    CHECK_THROWS_WITH_AS(
        find_slow_points(map, matrix<double>{{2.5}}, {.region = {.lower_bound = 2, .upper_bound = 3}}),
        "find_slow_points: the bounds 2 and 3 (coordinate 0) leave nothing of the map's own box, "
        "-1 to 1; keep_to_box = false lets a search leave that",
        value_error);
}

TEST_CASE("a GRU's search stays in [-1, 1], where its states are") {
    const auto found = find_slow_points(straying_gru(), matrix<double>{{0.9}});
    REQUIRE(found.size() == 1);
    CHECK(std::abs(found[0].state(0)) <= 1);
    CHECK(!found[0].outside_box);
    const auto free = find_slow_points(straying_gru(), matrix<double>{{0.9}}, {.keep_to_box = false});
    REQUIRE(free.size() == 1);
    CHECK(free[0].outside_box == (std::abs(free[0].state(0)) > 1));
}

TEST_CASE("cells state the box of their states, and maps made of maps pass it on") {
    const auto map = straying_gru();
    static_assert(bounded_map<std::remove_cvref_t<decltype(map)>>);
    CHECK(map.state_bounds().lower(0) == -1);
    CHECK(map.state_bounds().upper(0) == 1);
    recurrent_network<lstm<double>> memory{{2, 3, 1}, seed{1}};
    const constant_input_map cells(memory, vector<double>{0.1, 0});
    const auto box = cells.state_bounds();
    for (size_t i = 0; i < 6; ++i) CHECK(std::isfinite(box.upper(i)) == (i < 3));
    CHECK(iterate<2>(map).state_bounds().upper(0) == 1);
    CHECK(blend(map, map, 0.5).state_bounds().lower(0) == -1);
    CHECK(masked(cells, {true, false, false, false, false, true}, vector<double>({6}, 0.0))
              .state_bounds()
              .upper(1) == 1);
    CHECK(averaged_map(std::vector{map, map}).state_bounds().upper(0) == 1);
}

namespace {

/// A map whose vjp is 1 % off in the first coordinate.
template <class Map>
struct one_percent_off {
    using scalar = double;

    Map right;

    [[nodiscard]] size_t dimension() const { return right.dimension(); }
    void apply(matrix_view<const double> h, matrix_view<double> out) const { right.apply(h, out); }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        right.vjp(h, u, out);
        for (size_t i = 0; i < out.rows(); ++i) out(i, 0) *= 1.01;
    }
};

}  // namespace

TEST_CASE("proofs and checks of derivatives do not depend on units") {
    for (const std::array<double, 2> units :
         {std::array{1.0, 1.0}, {1e-6, 1e-6}, {1e-9, 1e9}, {1e9, 1e-9}, {1e3, 1e3}}) {
        CAPTURE(units[0]);
        CAPTURE(units[1]);
        const auto map = in_units_of(henon, units);
        auto seeds = grid<double>({-2, -2}, {2, 2}, 5);
        for (size_t i = 0; i < seeds.shape(0); ++i)
            for (size_t j = 0; j < 2; ++j) seeds(i, j) *= units[j];
        for (const auto& point : find_slow_points(map, seeds)) CHECK(certify(map, point.state).proved);
        CHECK(check_derivatives(map, vector<double>{0.7 * units[0], -0.4 * units[1]}).agrees());
        // A derivative that is 1 % off is seen in any units.
        const one_percent_off<decltype(map)> wrong{map};
        CHECK(!check_derivatives(wrong, vector<double>{0.7 * units[0], -0.4 * units[1]}).agrees());
    }
}
