#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <sstream>
#include <vector>

#include "engram/dynamics.hpp"
#include "reference/maps.hpp"

using namespace engram;

namespace {

using std::abs, std::acos, std::acosh, std::asin, std::asinh, std::atan, std::atan2, std::atanh, std::cbrt;
using std::cos, std::cosh, std::erf, std::erfc, std::exp, std::exp2, std::expm1, std::fabs, std::hypot;
using std::log, std::log10, std::log1p, std::log2, std::max, std::min, std::pow, std::sin, std::sinh,
    std::sqrt, std::tan;
using std::tanh;

using reference::scalar_of;

using reference::henon;

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

TEST_SUITE_BEGIN("dynamics/point");

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
    check_enclosure([](auto x) { return tan(x); }, -1.4, 1.4);
    check_enclosure([](auto x) { return erf(x); }, -4, 4);
    check_enclosure([](auto x) { return erfc(x); }, -4, 8);
    check_enclosure([](auto x) { return asin(x); }, -0.9, 0.9);
    check_enclosure([](auto x) { return sinh(x); }, -4, 4);
    check_enclosure([](auto x) { return asinh(x); }, -30, 30);
    check_enclosure([](auto x) { return acosh(x); }, 1.01, 30);
    check_enclosure([](auto x) { return atanh(x); }, -0.95, 0.95);
    check_enclosure([](auto x) { return cbrt(x); }, -9, 9);
    check_enclosure([](auto x) { return exp2(x); }, -9, 9);
    check_enclosure([](auto x) { return expm1(x); }, -3, 3);
    check_enclosure([](auto x) { return log1p(x); }, -0.9, 3);
    check_enclosure([](auto x) { return log2(x); }, 0.1, 9);
    check_enclosure([](auto x) { return log10(x); }, 0.1, 9);
    check_enclosure([](auto x) { return abs(x); }, -3, 3);
    check_enclosure([](auto x) { return fabs(x - 1); }, -3, 3);
    check_enclosure([](auto x) { return pow(x, -1) + pow(x, -4); }, 0.2, 3);
    check_enclosure([](auto x) { return pow(x, -3); }, -3, -0.2);
    check_enclosure([](auto x) { return pow(x, -0.7); }, 0.2, 3);
    check_enclosure([](auto x) { return pow(x, x); }, 0.2, 3);
    check_enclosure([](auto x) { return hypot(x, 2 - x); }, -3, 3);
    check_enclosure([](auto x) { return atan2(x, 4 + x); }, -3, 3);
    check_enclosure([](auto x) { return max(x, decltype(x)(0.5)) + min(x, decltype(x)(-0.5)); }, -2, 2);
    CHECK(acosh(interval(1)).lower <= 0);
    for (const auto& outside : {interval(0.9, 2), interval(-2, 0)}) {
        CHECK_THROWS_AS((void)acosh(outside), interval_undecided);
        CHECK_THROWS_AS((void)atanh(outside), interval_undecided);
        CHECK_THROWS_AS((void)asin(outside), interval_undecided);
    }
    CHECK_THROWS_AS((void)log2(interval(0, 1)), interval_undecided);
    CHECK_THROWS_AS((void)log10(interval(-1, 1)), interval_undecided);
    CHECK_THROWS_AS((void)pow(interval(-1, 1), -2), interval_undecided);
    CHECK(sin(interval(1, 2)).upper == 1);
    CHECK(cos(interval(3, 10)).lower == -1);
    CHECK(cos(interval(3, 10)).upper == 1);
    CHECK_THROWS_AS((void)(interval(0, 1) < interval(0.5)), interval_undecided);
    CHECK_THROWS_AS(interval(1) / interval(-1, 1), interval_undecided);
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

TEST_CASE("where dF/dh - 1 is singular a failed proof says so, and nothing of the speed") {
    const auto line = make_map<double, 2>([](const auto& x) {
        const auto across = 0.6 * x[0] + 0.8 * x[1];
        return std::array<scalar_of<decltype(x)>, 2>{x[0] - 0.3 * across, x[1] - 0.4 * across};
    });
    const vector<double> state{0.8, -0.6};
    for (const auto& proof : {certify(line, state), certify(line, state, {.lipschitz = 1})}) {
        CHECK(!proof.proved);
        CHECK(proof.reason.find("singular") != std::string::npos);
        CHECK(proof.reason.find("continuum") != std::string::npos);
    }
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

namespace {

/// The cycle of period 2 of Henon's map with the given parameters, as they are rounded: x1 + x2 = (1 - b) /
/// a, x1 x2 = ((1 - b) / a)^2 - 1 / a, and y is b times the other x.
std::array<std::array<long double, 2>, 2> henon_two_cycle() {
    const long double a = 1.4, b = 0.3, sum = (1 - b) / a;
    const long double root = std::sqrt(sum * sum - 4 * (sum * sum - 1 / a));
    const long double x1 = (sum + root) / 2, x2 = (sum - root) / 2;
    return {{{x1, b * x2}, {x2, b * x1}}};
}

/// A proof at a state near `exact`, whose ball is small and holds it.
template <class Map, size_t N>
void check_proved(const Map& map, const std::array<long double, N>& exact) {
    vector<double> state = vector<double>::from_shape({N});
    for (size_t i = 0; i < N; ++i) state(i) = static_cast<double>(exact[i]) + 1e-15;
    const auto certificate = certify(map, state);
    CHECK(certificate.proved);
    CHECK(certificate.radius < 1e-11);
    for (size_t i = 0; i < N; ++i) CHECK(std::abs(exact[i] - state(i)) <= certificate.radius);
}

}  // namespace

TEST_CASE("cycles are proved: Henon's of period 2, the logistic map's of period 4") {
    const auto twice = iterate<2>(make_map<double, 2>(henon));
    for (const auto& exact : henon_two_cycle()) check_proved(twice, exact);
    // The fixed points are fixed points of the second iterate too; what lies between is none.
    const long double x = (-0.7L + std::sqrt(0.49L + 5.6L)) / 2.8L;
    check_proved(twice, std::array<long double, 2>{x, 0.3L * x});
    CHECK(!certify(twice, vector<double>{0.2, 0.1}).proved);

    // sin^2 of an angle goes to sin^2 of its double: pi / 17 comes back, but for the sign, after four.
    const auto logistic = make_map<double>(
        [](const auto& h) {
            auto next = h;
            next[0] = 4.0 * h[0] * (1.0 - h[0]);
            return next;
        },
        1);
    const auto sine_squared = [](long double angle) { return std::sin(angle) * std::sin(angle); };
    for (const int k : {1, 2, 3, 4, 5, 6, 7, 8})
        check_proved(iterate<4>(logistic), std::array{sine_squared(std::acos(-1.0L) * k / 17)});
    check_proved(iterate<2>(iterate<2>(logistic)), std::array{sine_squared(std::acos(-1.0L) / 17)});
    // 2 pi / 5 has period 2, pi / 7 period 3: the one is a fixed point of the fourth iterate, the other none.
    check_proved(iterate<4>(logistic), std::array{sine_squared(2 * std::acos(-1.0L) / 5)});
    CHECK(!certify(iterate<4>(logistic), vector<double>{std::pow(std::sin(std::acos(-1.0) / 7), 2)}).proved);
}

TEST_CASE("a fixed point of the free coordinates is proved where the others are held") {
    const auto map = masked(make_map<double, 2>(henon), {false, true}, vector<double>{7.0, 0.25});
    const long double a = 1.4;  // x = 1 - a x^2 + 1 / 4
    for (const int sign : {-1, 1})
        check_proved(map, std::array{(-1 + sign * std::sqrt(1 + 5 * a)) / (2 * a)});
    // Twice the masked map; the cycle of x -> c - a x^2 has the sum 1 / a and the product 1 / a^2 - c / a.
    const long double root = std::sqrt(1 / (a * a) - 4 * (1 / (a * a) - 1.25L / a));
    for (const int sign : {-1, 1}) check_proved(iterate<2>(map), std::array{(1 / a + sign * root) / 2});
}

TEST_CASE("fixed points and cycles are proved in other coordinates, and within a subspace") {
    const long double a = 1.4, b = 0.3;
    const long double x = ((b - 1) + std::sqrt((1 - b) * (1 - b) + 4 * a)) / (2 * a);
    for (const double angle : {0.0, 0.7, 2.0}) {
        const double c = 2 * std::cos(angle), s = 2 * std::sin(angle), shear = 0.1;
        const matrix<double> basis = {{c, -s + shear}, {s, c}};
        const vector<double> origin = {0.3, -0.1};
        const auto map = affine(make_map<double, 2>(henon), basis, origin);
        const auto moved = [&](std::array<long double, 2> h) {  // by Cramer's rule
            const long double c1 = basis(0, 0), c2 = basis(0, 1), d1 = basis(1, 0), d2 = basis(1, 1);
            const long double u = h[0] - origin(0), v = h[1] - origin(1), determinant = c1 * d2 - c2 * d1;
            return std::array{(u * d2 - c2 * v) / determinant, (c1 * v - u * d1) / determinant};
        };
        check_proved(map, moved({x, b * x}));
        for (const auto& exact : henon_two_cycle()) {
            check_proved(iterate<2>(map), moved(exact));
            check_proved(affine(iterate<2>(make_map<double, 2>(henon)), basis, origin), moved(exact));
        }
        CHECK(!certify(map, vector<double>{0.2, 0.4}).proved);
        // The ball is that of the state itself, in other units: a millionth away it is a millionth wide.
        auto off = vector<double>{static_cast<double>(moved({x, b * x})[0]) + 1e-6,
                                  static_cast<double>(moved({x, b * x})[1])};
        const auto wide = certify(map, off);
        CHECK(wide.proved);
        CHECK(wide.radius > 0.9e-6);
        CHECK(wide.radius < 1e-4);
    }
    // On the line (x, y) = z (1, c): z (1 + c^2) = 1 - a z^2 + c z + b c z.
    const long double c = 0.5, linear = 1 + c * c - c - b * c;
    const auto line =
        affine(make_map<double, 2>(henon), matrix<double>{{1.0}, {0.5}}, vector<double>{0.0, 0.0});
    for (const int sign : {-1, 1})
        check_proved(line, std::array{(-linear + sign * std::sqrt(linear * linear + 4 * a)) / (2 * a)});
}

TEST_CASE("far from the origin, where evaluation rounds coarsely, no ball misses its fixed point") {
    for (int i = 0; i < 2000; ++i) {
        const double c = 3.3e6 + 777.7 * i;
        const auto formula = [c](const auto& x) {
            using std::sin;
            return std::array<scalar_of<decltype(x)>, 1>{0.5 * x[0] + c + 1e-3 * sin(x[0])};
        };
        long double root = 2 * c;
        for (int k = 0; k < 200; ++k) root = 0.5L * root + c + 1e-3L * std::sin(root);
        const auto map = make_map<double, 1>(formula);
        const auto proof = certify(map, vector<double>{static_cast<double>(root)}, {.lipschitz = 1e-3});
        if (proof.proved) CHECK(std::abs(root - static_cast<double>(root)) <= proof.radius);
        const auto beside =
            certify(map, vector<double>{static_cast<double>(root) + 3e-9}, {.lipschitz = 1e-3});
        if (beside.proved) CHECK(std::abs(root - (static_cast<double>(root) + 3e-9)) <= beside.radius);
    }
    const auto map = make_map<double, 2>(henon);
    CHECK_THROWS_WITH_AS(certify(map, vector<double>{0, 0}, {.lipschitz = 1, .evaluation_error = -1}),
                         "certify: evaluation_error = -1, but it must not be negative", value_error);
}

TEST_CASE("powers of a number with the state as exponent can be proved") {
    const auto map = make_map<double, 1>([](const auto& x) {
        using std::pow;
        return std::array<scalar_of<decltype(x)>, 1>{0.1 * pow(2.0, x[0])};
    });
    double root = 0;
    for (int k = 0; k < 200; ++k) root = 0.1 * std::pow(2.0, root);
    CHECK(certify(map, vector<double>{root}).proved);
}
