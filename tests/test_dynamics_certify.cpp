#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <sstream>
#include <vector>

#include "engram/dynamics.hpp"

using namespace engram;

namespace {

using std::exp, std::log, std::sqrt, std::tanh, std::sin, std::cos, std::atan, std::acos, std::cosh, std::pow;

template <class State>
using scalar_of = std::remove_cvref_t<decltype(std::declval<State>()[0])>;

constexpr auto henon = [](const auto& x) {
    return std::array<scalar_of<decltype(x)>, 2>{1.0 - 1.4 * x[0] * x[0] + x[1], 0.3 * x[0]};
};

/// Intervals that must hold f(x) for every x in an interval, and those that a long double evaluation gives.
template <class Function>
void check_enclosure(Function f, double low, double high) {
    for (int i = 0; i < 200; ++i) {
        const double a = low + (high - low) * i / 200, b = a + (high - low) * (i % 7) / 60;
        const interval result = f(interval(a, std::min(b, high)));
        for (int k = 0; k <= 10; ++k) {
            const long double x = a + (static_cast<long double>(std::min(b, high)) - a) * k / 10;
            CHECK(f(x) >= result.lower);
            CHECK(f(x) <= result.upper);
        }
        const interval point = f(interval(a));
        CHECK(point.upper - point.lower <= 1e-13 * (1 + point.magnitude()));
    }
}

}  // namespace

TEST_CASE("interval functions enclose every value, tightly at a point") {
    check_enclosure([](auto x) { return exp(x); }, -3, 3);
    check_enclosure([](auto x) { return log(x); }, 0.1, 9);
    check_enclosure([](auto x) { return sqrt(x); }, 0.1, 9);
    check_enclosure([](auto x) { return tanh(x); }, -3, 3);
    check_enclosure([](auto x) { return sin(x); }, -12, 12);
    check_enclosure([](auto x) { return cos(x); }, -12, 12);
    check_enclosure([](auto x) { return atan(x); }, -5, 5);
    check_enclosure([](auto x) { return acos(x); }, -0.9, 0.9);
    check_enclosure([](auto x) { return cosh(x); }, -2, 2);
    check_enclosure([](auto x) { return x * x - x / (2 + x * x); }, -2, 2);
    check_enclosure([](auto x) { return pow(x, 3) + pow(1 + x * x, 0.3); }, -2, 2);
    CHECK(sin(interval(1, 2)).upper == 1);
    CHECK(cos(interval(3, 10)).lower == -1);
    CHECK(cos(interval(3, 10)).upper == 1);
    CHECK_THROWS_AS((void)(interval(0, 1) < interval(0.5)), detail::undecided);
    CHECK_THROWS_AS(interval(1) / interval(-1, 1), detail::undecided);
}

TEST_CASE("hyperbolic fixed points are proved, and lie in their balls") {
    const auto map = make_map<double, 2>(henon);
    const auto found = find_slow_points(map, grid<double>({-2, -2}, {2, 2}, 5));
    REQUIRE(found.size() == 2);
    for (const auto& p : found) {
        const auto certificate = certify(map, p.state);
        CHECK(certificate.proved);
        CHECK(certificate.radius < 1e-13);
        const long double root = (-0.7L + std::copysign(std::sqrt(0.49L + 5.6L), p.state(0))) / 2.8L;
        CHECK(std::abs(static_cast<double>(root - p.state(0))) <= certificate.radius);
        // With a Lipschitz bound of dF/dh, which is 2.8, the other test agrees.
        const auto given = certify(map, p.state, {.lipschitz = 2.8});
        CHECK(given.proved);
        CHECK(std::abs(static_cast<double>(root - p.state(0))) <= given.radius);
    }
    // From a state a little off, the ball is as large as it must be.
    auto off = found[0].state;
    off(0) += 1e-3;
    const auto wide = certify(map, off);
    CHECK(wide.proved);
    CHECK(wide.radius > 0.9e-3);
    CHECK(!certify(map, off, {.lipschitz = 1e9}).proved);
    CHECK(!certify(map, found[0].state, {}).proved);
    std::ostringstream text;
    text << certify(map, found[0].state, {});
    CHECK(text.str() == "no proof of a fixed point: no Lipschitz bound of the Jacobian was given");
}

TEST_CASE("what is no simple fixed point is never proved") {
    for (const double e : {1e-2, 1e-6, 1e-12, 0.0}) {
        const auto map = make_map<double, 1>(
            [e](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] + e + x[0] * x[0]}; });
        for (const double x : {0.0, 1e-9, 1e-6, 1e-3, 0.1}) {
            CHECK(!certify(map, vector<double>{x}).proved);
            CHECK(!certify(map, vector<double>{x}, {.lipschitz = 2}).proved);
        }
    }
    // A state that is simply no fixed point.
    CHECK(!certify(make_map<double, 2>(henon), vector<double>{0.0, 0.0}).proved);
}

TEST_CASE("a formula that branches at the state cannot be judged, one that branches elsewhere can") {
    const auto map = make_map<double, 1>([](const auto& x) {
        using std::abs;
        return std::array<scalar_of<decltype(x)>, 1>{0.5 * abs(x[0] - 1.0)};
    });
    CHECK(certify(map, vector<double>{1.0 / 3.0}).proved);
    const auto kink = make_map<double, 1>([](const auto& x) {
        using std::abs;
        return std::array<scalar_of<decltype(x)>, 1>{0.5 * abs(x[0])};
    });
    const auto certificate = certify(kink, vector<double>{0.0});
    CHECK(!certificate.proved);
    CHECK(certificate.reason.find("branches") != std::string::npos);
    CHECK_THROWS_WITH_AS(certify(map, vector<double>{0.0, 0.0}),
                         "certify: a state of 2 numbers for a map of dimension 1", shape_error);
}

TEST_CASE("a network of 30 tanh units is proved to rest where the search says") {
    constexpr size_t d = 30;
    const auto map = make_map<double>(
        [](const auto& h) {
            using std::tanh;
            auto next = h;
            for (size_t i = 0; i < d; ++i) {
                next[i] = 0.1 * std::cos(static_cast<double>(i));
                for (size_t j = 0; j < d; ++j)
                    next[i] += 0.1 * std::sin(static_cast<double>(i * i + 3 * j * j + i * j)) * h[j];
                next[i] = tanh(next[i]);
            }
            return next;
        },
        d);
    auto seed = matrix<double>::from_shape({1, d});
    seed.fill(0.05);
    const auto found = find_slow_points(map, seed);
    REQUIRE(found[0].kind == point_kind::fixed);
    CHECK(certify(map, found[0].state).proved);
}
