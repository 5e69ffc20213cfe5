#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <sstream>
#include <vector>

#include "engram/dynamics.hpp"
#include "reference/maps.hpp"

using namespace engram;

namespace {

/// A formula that touches most of <cmath>.
constexpr auto everything = [](const auto& x) {
    using scalar = std::remove_cvref_t<decltype(x[0])>;
    using std::abs, std::atan, std::atan2, std::cbrt, std::cos, std::cosh, std::erf, std::exp, std::expm1;
    using std::hypot, std::log, std::log1p, std::max, std::min, std::pow, std::sin, std::sinh, std::sqrt;
    using std::tan, std::tanh, std::asin, std::acos;
    std::vector<scalar> y(12);
    y[0] = sin(x[0]) * cos(x[1]) + tan(x[2] / 3);
    y[1] = exp(-x[1]) / (1.5 + x[0] * x[0]);
    y[2] = tanh(x[2]) - erf(x[3]);
    y[3] = log(2.0 + x[3]) * sqrt(3 + x[4]);
    y[4] = pow(2 + x[4], 1.7) + pow(2 + x[5], x[4]);
    y[5] = atan2(x[5], 2 + x[6]) + atan(x[7]);
    y[6] = sinh(x[6]) - cosh(x[8]);
    y[7] = hypot(1 + x[7], 2 + x[9]);
    y[8] = expm1(x[8]) + log1p(x[9] * x[9]);
    y[9] = max(x[9], x[10]) + min(x[0], x[11]) + abs(x[3]);
    y[10] = asin(x[10] / 3) + acos(x[11] / 3);
    y[11] = cbrt(4 + x[11]) - (+x[0]) + (x[1] < x[2] ? x[3] : -x[4]);
    y[11] += x[0];
    y[11] -= 2;
    y[11] *= x[1];
    y[11] /= 3;
    return y;
};

vector<double> some_state(size_t d) {
    auto x = vector<double>::from_shape({d});
    for (size_t i = 0; i < d; ++i) x(i) = std::sin(static_cast<double>(3 * i + 1));
    return x;
}

using reference::henon;

/// dx/dt = a turn of the plane by one radian a unit of time.
constexpr auto turning = [](const auto& x) {
    using scalar = std::remove_cvref_t<decltype(x[0])>;
    return std::array<scalar, 2>{-x[1], x[0]};
};

/// Henon's map with a vjp that has one entry wrong.
struct wrong_henon {
    using scalar = double;
    double factor = 1;
    size_t dimension() const { return 2; }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        make_map<double, 2>(henon).apply(h, next);
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        for (size_t i = 0; i < h.rows(); ++i) {
            out(i, 0) = -2.8 * h(i, 0) * u(i, 0) + factor * 0.3 * u(i, 1);
            out(i, 1) = u(i, 0);
        }
    }
};

}  // namespace

TEST_SUITE_BEGIN("dynamics/map");

TEST_CASE("automatic derivatives of every function agree with differences") {
    const auto report = check_derivatives(make_map<double>(everything, 12), some_state(12));
    INFO(report.function << " " << report.output << " " << report.input);
    CHECK(report.error < 1e-8);
    CHECK(report.agrees());
}

TEST_CASE("logarithms, powers of two and inverse hyperbolic functions have known values and derivatives") {
    const auto map = make_map<double, 7>([](const auto& x) {
        using std::acosh, std::asinh, std::atanh, std::erfc, std::exp2, std::log10, std::log2;
        using scalar = std::remove_cvref_t<decltype(x[0])>;
        return std::array<scalar, 7>{exp2(x[0]),  log2(x[1]),  log10(x[2]), asinh(x[3]),
                                     acosh(x[4]), atanh(x[5]), erfc(x[6])};
    });
    const double ln2 = std::numbers::ln2, ln10 = std::numbers::ln10;
    const matrix<double> h = {{3, 8, 100, 0.75, 1.25, 0.6, 0}};
    const double values[] = {8, 3, 2, ln2, ln2, ln2, 1};
    const double slopes[] = {8 * ln2,
                             1 / (8 * ln2),
                             1 / (100 * ln10),
                             1 / 1.25,
                             1 / 0.75,
                             1 / 0.64,
                             -2 * std::numbers::inv_sqrtpi};
    auto next = h;
    auto j = matrix<double>::from_shape({7, 7});
    map.apply(h, next);
    map.jacobian(h, j);
    for (size_t i = 0; i < 7; ++i) {
        CHECK(next(0, i) == doctest::Approx(values[i]).epsilon(1e-14));
        for (size_t k = 0; k < 7; ++k)
            CHECK(j(i, k) == doctest::Approx(i == k ? slopes[i] : 0).epsilon(1e-14));
    }
    CHECK(check_derivatives(map, vector<double>{-1.3, 0.4, 2.5, -2, 3, -0.7, 0.8}).error < 1e-8);
}

TEST_CASE("powers have the derivatives of their formulas, also where a logarithm would have none") {
    const auto at = [](double x, double y) {
        const auto map = make_map<double, 2>([](const auto& h) {
            using std::pow;
            using scalar = std::remove_cvref_t<decltype(h[0])>;
            scalar sum = 0.0;
            for (size_t k = 0; k < 4; ++k) sum += pow(h[0], k);  // 1 + x + x^2 + x^3
            return std::array<scalar, 2>{sum, pow(h[0], h[1])};
        });
        matrix<double> result = {{0, 0}, {0, 0}};
        map.jacobian(matrix<double>{{x, y}}, result);
        return result;
    };
    for (const double x : {-2.0, -0.5, 0.0, 0.5, 3.0})
        CHECK(at(x, 2)(0, 0) == doctest::Approx(1 + 2 * x + 3 * x * x));
    const auto third = at(3, 2.5);
    CHECK(third(1, 0) == doctest::Approx(2.5 * std::pow(3, 1.5)));
    CHECK(third(1, 1) == doctest::Approx(std::log(3.0) * std::pow(3, 2.5)));
    CHECK(at(-2, 2)(1, 0) == doctest::Approx(-4));
    CHECK(at(0, 2)(1, 0) == 0);
}

TEST_CASE("a map of fixed size has the derivatives of its formula") {
    const auto map = make_map<double, 2>(henon);
    const double x = 0.7, y = -0.2;
    const matrix<double> h = {{x, y}};
    auto j = matrix<double>::from_shape({2, 2});
    map.jacobian(h, j);
    CHECK(j(0, 0) == doctest::Approx(-2.8 * x));
    CHECK(j(0, 1) == 1);
    CHECK(j(1, 0) == 0.3);
    CHECK(j(1, 1) == 0);
}

TEST_CASE("automatic derivatives are right in any dimension, whatever each value depends on") {
    // A value of one coordinate, one of all, one of its neighbours, and a constant.
    const auto mixture = [](const auto& x) {
        const size_t d = x.size();
        std::remove_cvref_t<decltype(x)> y(d);
        std::remove_cvref_t<decltype(x[0])> sum = 0;
        for (size_t i = 0; i < d; ++i) sum += x[i] * x[i];
        for (size_t i = 0; i < d; ++i) {
            if (i % 4 == 0) y[i] = 2 * x[d - 1 - i] - 1;
            if (i % 4 == 1) y[i] = sqrt(1 + sum) / (2 + sum);
            if (i % 4 == 2) y[i] = x[i - 1] * x[(i + 1) % d] - x[i] / (1 + x[i - 2] * x[i - 2]);
            if (i % 4 == 3) y[i] = 0.5;
        }
        return y;
    };
    for (const size_t d : {1u, 7u, 9u, 64u, 65u, 130u, 600u}) {
        CAPTURE(d);
        const auto map = make_map<double>(mixture, d);
        const auto x = some_state(d);
        auto h = matrix<double>::from_shape({2, d}), u = h, products = h;
        auto found = matrix<double>::from_shape({d, d});
        for (size_t i = 0; i < d; ++i) {
            h(0, i) = 0, h(1, i) = x(i);
            u(0, i) = u(1, i) = std::cos(static_cast<double>(i));
        }
        map.jacobian(matrix_view<const double>(h).row_block(1, 1), found);
        map.vjp(h, u, products);
        double sum = 0;
        for (size_t i = 0; i < d; ++i) sum += x(i) * x(i);
        const double root = std::sqrt(1 + sum),
                     slope = 1 / root / (2 + sum) - 2 * root / ((2 + sum) * (2 + sum));
        auto expected = matrix<double>::from_shape({d, d});
        expected.fill(0);
        for (size_t i = 0; i < d; ++i) {
            if (i % 4 == 0) expected(i, d - 1 - i) = 2;
            for (size_t j = 0; i % 4 == 1 && j < d; ++j) expected(i, j) = slope * x(j);
            if (i % 4 == 2) {
                const double rest = 1 + x(i - 2) * x(i - 2);
                expected(i, i - 1) += x((i + 1) % d);
                expected(i, (i + 1) % d) += x(i - 1);
                expected(i, i) -= 1 / rest;
                expected(i, i - 2) += 2 * x(i) * x(i - 2) / (rest * rest);
            }
        }
        double off = 0, products_off = 0;
        for (size_t j = 0; j < d; ++j) {
            double product = 0;
            for (size_t i = 0; i < d; ++i) {
                off = std::max(off, std::abs(found(i, j) - expected(i, j)));
                product += u(1, i) * expected(i, j);
            }
            products_off = std::max(products_off, std::abs(products(1, j) - product));
        }
        CHECK(off < 1e-13);
        CHECK(products_off < 1e-12);
    }
}

TEST_CASE("iterate, affine, masked and flow maps have the derivatives of what they compute") {
    const auto map = make_map<double>(everything, 12);
    CHECK(check_derivatives(iterate<3>(make_map<double, 2>(henon)), some_state(2)).error < 1e-8);
    CHECK(check_derivatives(iterate<1>(map), some_state(12)).error < 1e-8);
    matrix<double> basis = matrix<double>::from_shape({12, 5});
    for (size_t i = 0; i < 12; ++i)
        for (size_t j = 0; j < 5; ++j) basis(i, j) = std::cos(static_cast<double>(i * j + i)) / 4;
    CHECK(check_derivatives(affine(map, basis, some_state(12)), some_state(5)).error < 1e-8);
    std::vector<bool> held(12, false);
    held[3] = held[7] = true;
    CHECK(check_derivatives(masked(map, held, some_state(12)), some_state(10)).error < 1e-8);
    CHECK(check_derivatives(flow<double, 2>(turning, 0.1, 20), some_state(2)).error < 1e-8);
    CHECK(check_derivatives(flow<double>(turning, 2, 0.1, 20), some_state(2)).error < 1e-8);
}

TEST_CASE("iterate applies a map k times, to batches too") {
    const auto map = make_map<double, 2>(henon);
    const matrix<double> start = grid<double>({-1, -1}, {1, 1}, 3);
    matrix<double> by_hand = start, next = start, at_once = start;
    for (int k = 0; k < 4; ++k) {
        map.apply(by_hand, next);
        by_hand = next;
    }
    const auto four = iterate<4>(map);
    four.apply(matrix_view<const double>(start).row_block(0, 1),
               matrix_view<double>(at_once).row_block(0, 1));
    four.apply(start, at_once);
    CHECK(at_once == by_hand);
}

TEST_CASE("a flow follows its field to fourth order") {
    const matrix<double> start = {{1.0, 0.0}};
    auto end = matrix<double>::from_shape({1, 2});
    double errors[2];
    for (size_t k = 0; k < 2; ++k) {
        const size_t steps = size_t{10} << k;
        flow<double, 2>(turning, 1.0 / static_cast<double>(steps), steps).apply(start, end);
        errors[k] = std::hypot(end(0, 0) - std::cos(1.0), end(0, 1) - std::sin(1.0));
    }
    CHECK(errors[1] < 1e-6);
    CHECK(errors[0] / errors[1] > 15);
    CHECK_THROWS_WITH_AS(
        (flow<double, 2>(turning, 0.1, 0)),
        "flow: dt = 0.1 and steps = 0, but dt must be finite and not 0, and steps at least 1", value_error);
    CHECK_THROWS_WITH_AS(
        (flow<double, 2>(turning, NAN, 3)),
        "flow: dt = nan and steps = 3, but dt must be finite and not 0, and steps at least 1", value_error);
}

TEST_CASE("turning the axes keeps fixed points and their spectrum") {
    const auto map = make_map<double, 2>(henon);
    const double c = std::cos(0.7), s = std::sin(0.7);
    const matrix<double> turn = {{c, -s}, {s, c}};
    const vector<double> origin = {0.3, -0.4};
    const auto turned = affine(map, turn, origin);
    const auto seeds = grid<double>({-1.5, -1.5}, {1.5, 1.5}, 5);
    const auto plain = find_slow_points(map, seeds), found = find_slow_points(turned, seeds);
    REQUIRE(found.size() == plain.size());
    for (const auto& point : found) {
        const double x = c * point.state(0) - s * point.state(1) + 0.3,
                     y = s * point.state(0) + c * point.state(1) - 0.4;
        const auto same = std::find_if(plain.begin(), plain.end(), [&](const auto& p) {
            return std::hypot(p.state(0) - x, p.state(1) - y) < 1e-10;
        });
        REQUIRE(same != plain.end());
        for (size_t k = 0; k < 2; ++k) CHECK(std::abs(point.spectrum[k] - same->spectrum[k]) < 1e-10);
    }
}

namespace {

/// A square matrix without structure.
std::vector<double> some_weights(size_t d) {
    std::vector<double> weights(d * d);
    for (size_t k = 0; k < d * d; ++k) weights[k] = std::sin(1.7 * static_cast<double>(k * k));
    return weights;
}

/// h' = W h + h^2 / 10, whose derivative is W + h / 5.
auto bent(const std::vector<double>& weights, size_t d) {
    return make_map<double>(
        [&weights, d](const auto& x) {
            auto y = x;
            for (size_t i = 0; i < d; ++i) {
                y[i] = 0.1 * x[i] * x[i];
                for (size_t j = 0; j < d; ++j) y[i] += weights[d * i + j] * x[j];
            }
            return y;
        },
        d);
}

/// The largest number in (W + diagonal) v - value v.
double error_of(const eigenvector<double>& pair, const std::vector<double>& weights, double diagonal) {
    const auto& [value, v] = pair;
    double largest = 0;
    for (size_t i = 0; i < v.size(); ++i) {
        std::complex<double> image = diagonal * v[i];
        for (size_t j = 0; j < v.size(); ++j) image += weights[v.size() * i + j] * v[j];
        largest = std::max(largest, std::abs(image - value * v[i]));
    }
    return largest;
}

}  // namespace

TEST_CASE("an eigenvector is stretched by its eigenvalue, and the order is that of the spectrum") {
    const size_t d = 7;
    const auto weights = some_weights(d);
    const auto map = bent(weights, d);
    const auto state = vector<double>(std::array<size_t, 1>{d}, 0.3);
    const auto found = eigenvectors(map, state);
    const auto values = spectrum(map, state);
    REQUIRE(found.size() == d);
    size_t complex_values = 0;
    for (size_t k = 0; k < d; ++k) {
        CHECK(std::abs(found[k].value - values[k]) < 1e-12);
        complex_values += found[k].value.imag() != 0;
        double norm = 0;
        for (const auto& x : found[k].direction) norm += std::norm(x);
        CHECK(error_of(found[k], weights, 0.06) < 1e-12);
        CHECK(norm == doctest::Approx(1));
    }
    CHECK(complex_values > 0);
    CHECK(complex_values < d);
    CHECK_THROWS_WITH_AS((void)eigenvectors(map, vector<double>{1.0, 2.0}),
                         "eigenvectors: a state of 2 numbers for a map of dimension 7", shape_error);
    const auto broken = make_map<double, 1>([](const auto& x) { return std::array{sqrt(x[0])}; });
    CHECK_THROWS_WITH_AS((void)eigenvectors(broken, vector<double>{-1.0}),
                         doctest::Contains("eigenvectors: the map's derivative at the state is "),
                         divergence_error);
    CHECK_THROWS_WITH_AS((void)spectrum(map, vector<double>{1.0, 2.0}),
                         "spectrum: a state of 2 numbers for a map of dimension 7", shape_error);
    CHECK_THROWS_WITH_AS((void)spectrum(broken, vector<double>{-1.0}),
                         doctest::Contains("spectrum: the map's derivative at the state is "),
                         divergence_error);
}

TEST_CASE("eigenvectors of many equal moduli belong to their values, whatever their order in the spectrum") {
    constexpr size_t d = 200, half = d / 2;  // halves change places: with a value comes its negative
    auto weights = some_weights(d);
    for (size_t i = 0; i < d; ++i)
        for (size_t j = 0; j < d; ++j) weights[d * i + j] *= (i < half) != (j < half) ? 1 / 7.0 : 0;
    const auto map = bent(weights, d);
    const auto state = vector<double>(std::array<size_t, 1>{d}, 0.0);
    const auto found = eigenvectors(map, state);
    const auto values = spectrum(map, state);
    for (size_t k = 0; k < d; ++k) {
        double nearest = 1;
        for (const auto& value : values) nearest = std::min(nearest, std::abs(found[k].value - value));
        CHECK(error_of(found[k], weights, 0) < 1e-9);
        CHECK(nearest < 1e-9);
        CHECK((k == 0 || std::abs(found[k].value) <= std::abs(found[k - 1].value)));
    }
}

TEST_CASE("whole states are projected to coordinates, the nearest ones, and led back by embed") {
    const auto map = make_map<double>(everything, 12);
    auto basis = matrix<double>::from_shape({12, 3});
    for (size_t i = 0; i < 12; ++i)
        for (size_t j = 0; j < 3; ++j) basis(i, j) = std::cos(static_cast<double>(i * j + i));
    const auto plane = affine(map, basis, some_state(12));
    auto states = matrix<double>::from_shape({4, 12}), back = states;
    for (size_t i = 0; i < 4; ++i)
        for (size_t j = 0; j < 12; ++j) states(i, j) = std::sin(static_cast<double>(i * i + 5 * j));
    auto z = matrix<double>::from_shape({4, 3}), again = z;
    plane.project(states, z);
    plane.embed(z, back);
    plane.project(back, again);
    for (size_t i = 0; i < 4; ++i)
        for (size_t k = 0; k < 3; ++k) {
            double along = 0;  // what is left of the state is at a right angle to the plane
            for (size_t j = 0; j < 12; ++j) along += (states(i, j) - back(i, j)) * basis(j, k);
            CHECK(std::abs(along) < 1e-13);
            CHECK(std::abs(again(i, k) - z(i, k)) < 1e-13);
        }

    std::vector<bool> held(12, true);
    held[2] = held[9] = false;
    const auto some = masked(map, held, some_state(12));
    auto free = matrix<double>::from_shape({4, 2});
    some.project(states, free);
    some.embed(free, back);
    for (size_t i = 0; i < 4; ++i) {
        CHECK(free(i, 0) == states(i, 2));
        CHECK(free(i, 1) == states(i, 9));
        for (size_t j = 0; j < 12; ++j)
            CHECK(back(i, j) == (j == 2 || j == 9 ? states(i, j) : some_state(12)(j)));
    }

    const auto wide = matrix<double>::from_shape({4, 13});
    CHECK_THROWS_WITH_AS(
        plane.project(wide, z),
        "affine: states (4 x 13) and coordinates (4 x 3), expected as many rows, (n x 12) and "
        "(n x 3)",
        shape_error);
    CHECK_THROWS_AS(plane.embed(free, back), shape_error);
    CHECK_THROWS_WITH_AS(
        some.project(wide, free),
        "masked: states (4 x 13) and coordinates (4 x 2), expected as many rows, (n x 12) and "
        "(n x 2)",
        shape_error);
    CHECK_THROWS_AS(some.embed(z, back), shape_error);
}

TEST_CASE("axes that do not fit the map, or do not span a space, are refused") {
    const auto map = make_map<double, 2>(henon);
    CHECK_THROWS_WITH_AS(affine(map, matrix<double>{{1, 0}, {0, 1}}, vector<double>{0.0}),
                         "affine: a basis (2 x 2) and an origin of 1 for a map of dimension 2", shape_error);
    CHECK_THROWS_WITH_AS(affine(map, matrix<double>{{1, 2}, {1, 2}}, vector<double>{0.0, 0.0}),
                         "affine: the columns of the basis are not independent", value_error);
    CHECK_THROWS_WITH_AS(affine(map, matrix<double>{{1, 1}, {1, 1 + 1e-9}}, vector<double>{0.0, 0.0}),
                         "affine: the columns of the basis are not independent", value_error);
    CHECK_THROWS_WITH_AS(check_derivatives(map, vector<double>{1.0, 2.0, 3.0}),
                         "check_derivatives: a state of 3 numbers for a map of dimension 2", shape_error);
}

TEST_CASE("holding a coordinate leaves the map of the others") {
    // With y held at 0.1, Henon's x' = 1.1 - 1.4 x^2 has fixed points at the roots of 1.4 x^2 + x = 1.1.
    const vector<double> state = {0.0, 0.1};
    const auto map = masked(make_map<double, 2>(henon), {false, true}, state);
    const auto found = find_slow_points(map, grid<double>({-2}, {2}, 8));
    REQUIRE(found.size() == 2);
    for (const auto& point : found) {
        CHECK(point.kind == point_kind::fixed);
        CHECK(std::abs(1.4 * point.state(0) * point.state(0) + point.state(0) - 1.1) < 1e-12);
    }
    CHECK_THROWS_WITH_AS(masked(make_map<double, 2>(henon), {true, true}, state),
                         "masked: all 2 coordinates are held", value_error);
    CHECK_THROWS_WITH_AS(masked(make_map<double, 2>(henon), {true}, state),
                         "masked: a mask of 1 and a state of 2 for a map of dimension 2", shape_error);
}

TEST_CASE(
    "exact derivatives are not called wrong far from the origin, or beside coordinates of another scale") {
    const auto map = make_map<double, 2>([](const auto& h) {
        using std::sin;
        using scalar = std::remove_cvref_t<decltype(h[0])>;
        return std::array<scalar, 2>{sin(h[0]), h[1] + sin(3.0 * h[0])};
    });
    for (const double scale : {0.0, 30.0, 1000.0})
        CHECK(check_derivatives(map, {0.3 + scale / 10, scale}).agrees());
    CHECK(check_derivatives(map, {30.0, 1000.0}).agrees());
}

TEST_CASE("check_derivatives says where a vjp is wrong") {
    CHECK(check_derivatives(wrong_henon{}, some_state(2)).agrees());
    const auto report = check_derivatives(wrong_henon{1.01}, some_state(2));
    CHECK(!report.agrees());
    CHECK(report.function == "vjp");
    CHECK(report.output == 1);
    CHECK(report.input == 0);
    CHECK(report.given == doctest::Approx(0.303));
    CHECK(report.difference == doctest::Approx(0.3));
    std::ostringstream text;
    text << report;
    CHECK(text.str().find("dF_1/dh_0") != std::string::npos);
}

namespace {

/// h_i' = sin(h_i) + h_(i+1)^2 / 2 in 150 coordinates, more than a block of rows; one entry of the vjp, the
/// jvp or the Jacobian is wrong.
struct ring {
    using scalar = double;
    double in_vjp = 0, in_jvp = 0, in_jacobian = 0;
    static constexpr size_t d = 150, output = 141, input = 7;
    static double partial(const double* h, size_t i, size_t j) {
        return (i == j ? std::cos(h[i]) : 0.0) + (j == (i + 1) % d ? h[j] : 0.0);
    }
    size_t dimension() const { return d; }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        for (size_t r = 0; r < h.rows(); ++r)
            for (size_t i = 0; i < d; ++i)
                next(r, i) = std::sin(h(r, i)) + std::pow(h(r, (i + 1) % d), 2) / 2;
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        for (size_t r = 0; r < h.rows(); ++r) {
            for (size_t j = 0; j < d; ++j) {
                const size_t before = (j + d - 1) % d;
                out(r, j) = u(r, j) * partial(h.row(r), j, j) + u(r, before) * partial(h.row(r), before, j);
            }
            out(r, input) += u(r, output) * in_vjp;
        }
    }
    void jvp(matrix_view<const double> h, matrix_view<const double> v, matrix_view<double> out) const {
        for (size_t r = 0; r < h.rows(); ++r) {
            for (size_t i = 0; i < d; ++i)
                out(r, i) =
                    v(r, i) * partial(h.row(r), i, i) + v(r, (i + 1) % d) * partial(h.row(r), i, (i + 1) % d);
            out(r, output) += v(r, input) * in_jvp;
        }
    }
    void jacobian(matrix_view<const double> h, matrix_view<double> result) const {
        for (size_t i = 0; i < d; ++i)
            for (size_t j = 0; j < d; ++j) result(i, j) = partial(h.row(0), i, j);
        result(output, input) += in_jacobian;
    }
};

}  // namespace

TEST_CASE("check_derivatives gives the same answer in blocks of any number of directions") {
    const auto state = some_state(ring::d);
    const auto check = [&](const ring& map, const std::string& function, double error,
                           const std::vector<size_t>& directions) {
        const auto whole = check_derivatives(map, state);
        CHECK(whole.function == function);
        CHECK(whole.output == ring::output);
        CHECK(whole.input == ring::input);
        CHECK(whole.given == error);
        for (const size_t at_a_time : directions) {
            const auto part = check_derivatives(map, state, at_a_time * 3 * ring::d * sizeof(double));
            CHECK(part.function == whole.function);
            CHECK(part.error == whole.error);
            CHECK(part.output == whole.output);
            CHECK(part.input == whole.input);
            CHECK(part.given == whole.given);
            CHECK(part.difference == whole.difference);
        }
    };
    CHECK(check_derivatives(ring{}, state).agrees());
    CHECK(check_derivatives(ring{}, state, 1).agrees());
    check(ring{1e-3, 0, 0}, "vjp", 1e-3, {1, 17, 70, 149});
    check(ring{0, -1e-3, 0}, "jvp", -1e-3, {1, 17, 70, 149});
    check(ring{1e-4, 1e-4, 1e-3}, "jacobian", 1e-3, {50, 70, 149});
    CHECK(check_derivatives(ring{NAN, 0, 0}, state, 1).error == INFINITY);
    CHECK(check_derivatives(ring{0, 0, 1}, state, 1).agrees());  // a Jacobian that does not fit
}

TEST_CASE("a grid covers its box, ends included, the last coordinate fastest") {
    const auto g = grid<double>({0, 10}, {2, 14}, 3);
    const matrix<double> expected = {{0, 10}, {0, 12}, {0, 14}, {1, 10}, {1, 12},
                                     {1, 14}, {2, 10}, {2, 12}, {2, 14}};
    CHECK(g == expected);
    CHECK(grid<double>({0}, {2}, 1)(0, 0) == 1);
    CHECK_THROWS_WITH_AS(grid<double>({0, 0}, {1}, 3),
                         "grid: corners of 2 and 1 coordinates, but both need the same number, at least one",
                         shape_error);
    CHECK_THROWS_WITH_AS(grid<double>({0}, {1}, 0),
                         "grid: n = 0, but a grid needs at least one point an axis", value_error);
    CHECK_THROWS_WITH_AS(grid<double>(std::vector<double>(40, 0.0), std::vector<double>(40, 1.0), 10),
                         "grid: 10 points on each of 40 axes are too many", value_error);
}

TEST_CASE("a callable that returns the wrong number of values is named") {
    const auto map = make_map<double>([](const auto& x) { return std::vector(x.begin(), x.begin() + 2); }, 3);
    CHECK_THROWS_WITH_AS(find_slow_points(map, grid<double>({0, 0, 0}, {1, 1, 1}, 2)),
                         "make_map: the callable returned 2 values for a state of 3", shape_error);
    CHECK_THROWS_WITH_AS(make_map<double>(everything, 0),
                         "make_map: n = 0, but a map needs at least one dimension", value_error);
}

// What a map lacks is made of what it has by detail::linearisation, which each solver uses as it needs: here
// it is by itself, with the derivative to compare with.
TEST_CASE("differences beside an edge are those of the derivative there") {
    using reference::fenced;  // by its vjp alone
    const fenced map;
    const search_region<double> box{.lower_bound = fenced::low, .upper_bound = fenced::high};
    for (const double x : {fenced::low, 0.0500001, 0.5, 0.999999, fenced::high}) {
        matrix<double> h({1, map.d}, x), row({1, map.d});
        h(0, 3) = fenced::low;
        const std::vector<double> v = {1, -2, 3, -1, 0, 2};
        std::vector<double> product(map.d);
        detail::linearisation<fenced>(map, box).jvp(h.data(), v.data(), product.data());
        for (size_t i = 0; i < map.d; ++i) {
            matrix<double> u({1, map.d}, 0.0);
            u(0, i) = 1;
            map.vjp(h, u, row);
            const double exact = std::inner_product(row.begin(), row.end(), v.begin(), 0.0);
            CHECK(product[i] == doctest::Approx(exact).epsilon(1e-5));
        }
    }
}

TEST_CASE("in two dimensions a product by differences leaves later Jacobians right") {
    struct bare {  // neither jvp nor jacobian
        using scalar = double;
        [[nodiscard]] size_t dimension() const { return 2; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t i = 0; i < h.rows(); ++i)
                next(i, 0) = 2 * h(i, 0) + h(i, 1), next(i, 1) = 3 * h(i, 1);
        }
        void vjp(matrix_view<const double>, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t i = 0; i < u.rows(); ++i) out(i, 0) = 2 * u(i, 0), out(i, 1) = u(i, 0) + 3 * u(i, 1);
        }
    };
    const bare map;
    detail::linearisation<bare> linear(map);
    const double h[] = {0.3, -0.2}, v[] = {1, 1};
    double product[2];
    auto jacobian = matrix<double>::from_shape({2, 2});
    linear.jacobian(h, jacobian);
    linear.jvp(h, v, product);
    linear.jacobian(h, jacobian);
    CHECK(jacobian == matrix<double>{{2, 1}, {0, 3}});
    CHECK(product[0] == doctest::Approx(3));
    CHECK(product[1] == doctest::Approx(3));
}

TEST_CASE("a grid too large to count is refused") {
    CHECK_THROWS_AS(grid<double>({0, 0}, {1, 1}, size_t{1} << 32), value_error);
}
