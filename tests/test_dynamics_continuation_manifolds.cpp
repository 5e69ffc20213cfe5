// Rings, lines and sheets of slow states, in maps where they are known.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/dynamics.hpp"
#include "reference/maps.hpp"
#include "reference/states.hpp"

using namespace engram;
using std::numbers::pi;

namespace {

using reference::scalar_of;

template <class Scalar>
Scalar clipped(const Scalar& x, double low, double high) {
    return x < Scalar(low) ? Scalar(low) : x > Scalar(high) ? Scalar(high) : x;
}

/// Every point of the unit circle in the first two coordinates is fixed; the others decay, each at a rate of
/// its own.
struct ring {
    double drift = 0;  // turned by so much a step
    template <class State>
    State operator()(const State& x) const {
        using std::sqrt;
        State y = x;
        const scalar_of<State> gain = 1.5 - 0.5 * sqrt(x[0] * x[0] + x[1] * x[1]);
        y[0] = gain * (std::cos(drift) * x[0] - std::sin(drift) * x[1]);
        y[1] = gain * (std::sin(drift) * x[0] + std::cos(drift) * x[1]);
        for (size_t i = 2; i < x.size(); ++i) y[i] = x[i] * (0.8 / static_cast<double>(i));
        return y;
    }
};
/// A ring of some radius about (centre, 0, 0). Left of `edge`, in units of the radius, it throws.
struct ring_at {
    double radius = 1, centre = 0, edge = -std::numeric_limits<double>::infinity();
    template <class State>
    State operator()(const State& x) const {
        using std::sqrt;
        const scalar_of<State> u = (x[0] - centre) / radius, v = x[1] / radius,
                               gain = 1.5 - 0.5 * sqrt(u * u + v * v);
        if (u < scalar_of<State>(edge)) throw std::domain_error("too far to the left");
        return {centre + radius * gain * u, radius * gain * v, 0.4 * x[2]};
    }
};
/// The line from -1 to 1 in the first coordinate; beyond its ends states are sent back at once.
struct line {
    template <class State>
    State operator()(const State& x) const {
        State y = x;
        y[0] = clipped(x[0], -1, 1);
        for (size_t i = 1; i < x.size(); ++i) y[i] = x[i] * (0.7 / static_cast<double>(i));
        return y;
    }
};
/// The rectangle [-1, 1] x [-0.5, 0.5] in the first two coordinates.
struct plane {
    template <class State>
    State operator()(const State& x) const {
        State y = x;
        y[0] = clipped(x[0], -1, 1);
        y[1] = clipped(x[1], -0.5, 0.5);
        for (size_t i = 2; i < x.size(); ++i) y[i] = x[i] * (0.8 / static_cast<double>(i));
        return y;
    }
};
/// The unit sphere in the first three coordinates.
struct sphere {
    template <class State>
    State operator()(const State& x) const {
        using std::sqrt;
        State y = x;
        const scalar_of<State> gain = 1.5 - 0.5 * sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
        for (size_t i = 0; i < 3; ++i) y[i] = gain * x[i];
        for (size_t i = 3; i < x.size(); ++i) y[i] = 0.5 * x[i];
        return y;
    }
};

constexpr size_t units = 64;
double angle(size_t i) { return 2 * pi * static_cast<double>(i) / units; }

/// 64 units on a circle, x -> (1 - a) x + a W tanh(x), W_ij = gain (2 / 64) cos(angle_i - angle_j): a ring of
/// fixed points x_i = A cos(angle_i - psi).
rate_network<matrix<double>> ring_network(double gain = 2) {
    matrix<double> w = matrix<double>::from_shape({units, units});
    for (size_t i = 0; i < units; ++i)
        for (size_t j = 0; j < units; ++j) w(i, j) = gain * 2 / units * std::cos(angle(i) - angle(j));
    return {w, vector<double>({units}, 0.0), {}, 0.5, rate_form::currents};
}
/// A, where A = gain (2 / 64) sum_i cos(angle_i) tanh(A cos(angle_i)).
double amplitude(double gain = 2) {
    double size = gain;
    for (int k = 0; k < 200; ++k) {
        double sum = 0;
        for (size_t i = 0; i < units; ++i) sum += std::cos(angle(i)) * std::tanh(size * std::cos(angle(i)));
        size = gain * 2 / units * sum;
    }
    return size;
}
matrix<double> ring_states(const std::vector<double>& phases) {
    matrix<double> x = matrix<double>::from_shape({phases.size(), units});
    const double size = amplitude();
    for (size_t k = 0; k < phases.size(); ++k)
        for (size_t i = 0; i < units; ++i) x(k, i) = size * std::cos(angle(i) - phases[k]);
    return x;
}

/// The ring network, whose first harmonic z is then turned by -pin sin(64 phase of z). This leaves the ring
/// where it is, with 64 stable points and 64 saddles on it, and a drift of -pin sin(64 psi) between them.
class pinned_ring {
  public:
    using scalar = double;

    explicit pinned_ring(double pin) : pin_(pin) {
        for (size_t i = 0; i < units; ++i) wave_[i] = {std::cos(angle(i)), std::sin(angle(i))};
    }
    [[nodiscard]] double phase(const double* x) const { return std::arg(harmonic(x)); }

    [[nodiscard]] size_t dimension() const { return units; }
    void apply(matrix_view<const double> x, matrix_view<double> next) const {
        free_.apply(x, next);
        for (size_t k = 0; k < x.rows(); ++k) {
            const auto z = harmonic(next.row(k));
            add(z * std::polar(1.0, turn(z)) - z, next.row(k), 1);
        }
    }
    void jacobian(matrix_view<const double> x, matrix_view<double> j) const {
        std::array<double, units> u{};
        free_.apply(x, {u.data(), 1, units});
        free_.jacobian(x, j);
        const auto z = harmonic(u.data()), turned = z * std::polar(1.0, turn(z));
        const double slope = -64 * pin_ * std::cos(64 * std::arg(z));
        for (size_t k = 0; k < units; ++k) {
            const auto v = harmonic(&j(0, k), units);  // dz; the phase moves by Im(dz / z)
            add(v * std::polar(1.0, turn(z)) + turned * std::complex(0.0, slope * (v / z).imag()) - v,
                &j(0, k), units);
        }
    }
    void vjp(matrix_view<const double> x, matrix_view<const double> u, matrix_view<double> out) const {
        matrix<double> j = matrix<double>::from_shape({units, units});
        for (size_t k = 0; k < x.rows(); ++k) {
            jacobian(x.row_block(k, 1), j);
            gemm<double>(u.row_block(k, 1), j, out.row_block(k, 1));
        }
    }

  private:
    [[nodiscard]] double turn(std::complex<double> z) const { return -pin_ * std::sin(64 * std::arg(z)); }
    [[nodiscard]] std::complex<double> harmonic(const double* x, size_t stride = 1) const {
        std::complex<double> z;
        for (size_t i = 0; i < units; ++i) z += wave_[i] * (x[i * stride] * 2 / units);
        return z;
    }
    void add(std::complex<double> z, double* x, size_t stride) const {
        for (size_t i = 0; i < units; ++i)
            x[i * stride] += z.real() * wave_[i].real() + z.imag() * wave_[i].imag();
    }

    double pin_;
    rate_network<matrix<double>> free_ = ring_network();
    std::array<std::complex<double>, units> wave_{};
};

/// Two attracting rings, of radius 1 and 2, and a repelling one between them.
struct two_rings {
    template <class State>
    State operator()(const State& x) const {
        using std::sin;
        using std::sqrt;
        const scalar_of<State> r = sqrt(x[0] * x[0] + x[1] * x[1]), gain = 1.0 - 0.1 * sin(2 * pi * r) / r;
        return {x[0] * gain, x[1] * gain, 0.5 * x[2]};
    }
};
/// The unit circle where z = 0, and the point (0, 0, 2).
struct ring_and_point {
    template <class State>
    State operator()(const State& x) const {
        using std::sqrt;
        const scalar_of<State> share = 0.5 * x[2],
                               gain = (1.5 - 0.5 * sqrt(x[0] * x[0] + x[1] * x[1] + 1e-12)) * (1.0 - share) +
                                      0.5 * share;
        return {x[0] * gain, x[1] * gain, x[2] - 0.4 * x[2] * (x[2] - 1.0) * (x[2] - 2.0)};
    }
};
/// Each unit is a switch: h' = tanh(gain h).
struct switches {
    double gain;
    template <class State>
    State operator()(const State& x) const {
        using std::tanh;
        State y = x;
        for (size_t i = 0; i < x.size(); ++i) y[i] = tanh(gain * x[i]);
        return y;
    }
};

/// A random orthogonal matrix (d x d).
matrix<double> rotation(size_t d, uint64_t key) {
    matrix<double> q = matrix<double>::from_shape({d, d});
    random_stream(seed{key}, purpose::user).normals(q);
    for (size_t i = 0; i < d; ++i) {
        for (int twice = 0; twice < 2; ++twice)
            for (size_t k = 0; k < i; ++k) {
                const double along = std::inner_product(&q(i, 0), &q(i, 0) + d, &q(k, 0), 0.0);
                for (size_t j = 0; j < d; ++j) q(i, j) -= along * q(k, j);
            }
        const double norm = std::sqrt(std::inner_product(&q(i, 0), &q(i, 0) + d, &q(i, 0), 0.0));
        for (size_t j = 0; j < d; ++j) q(i, j) /= norm;
    }
    return q;
}

/// A map of three dimensions along three random directions of d, at right angles to each other; all others
/// contract, each at a rate of its own: F(h) = K h + R^T f(R h), R being (3 x d).
template <class Inner>
class embedded {
  public:
    using scalar = double;

    embedded(Inner inner, size_t d)
        : inner_(std::move(inner)), rotation_(rotation(d, 7)), contraction_({d, d}, 0.0) {
        for (size_t k = 3; k < d; ++k)
            for (size_t i = 0; i < d; ++i)
                for (size_t j = 0; j < d; ++j)
                    contraction_(i, j) +=
                        0.75 * rotation_(k, i) / static_cast<double>(k - 2) * rotation_(k, j);
    }
    [[nodiscard]] size_t dimension() const { return contraction_.shape(0); }
    [[nodiscard]] matrix<double> outside(const matrix<double>& inside) const {
        matrix<double> h = matrix<double>::from_shape({inside.shape(0), dimension()});
        gemm<double>(inside, directions(), matrix_view<double>(h));
        return h;
    }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        matrix<double> z = matrix<double>::from_shape({h.rows(), 3}), image = z;
        gemm<double>(h, transposed(directions()), matrix_view<double>(z));
        inner_.apply(z, image);
        gemm<double>(h, contraction_, next);  // symmetric
        gemm<double>(image, directions(), next, {.beta = 1});
    }
    void jacobian(matrix_view<const double> h, matrix_view<double> j) const {
        matrix<double> z = matrix<double>::from_shape({1, 3}), inner = matrix<double>::from_shape({3, 3}),
                       half = matrix<double>::from_shape({3, dimension()});
        gemm<double>(h, transposed(directions()), matrix_view<double>(z));
        inner_.jacobian(z, inner);
        gemm<double>(inner, directions(), matrix_view<double>(half));
        copy<double>(matrix_view<const double>(contraction_), j);
        gemm<double>(transposed(directions()), half, j, {.beta = 1});
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        matrix<double> j = contraction_;
        for (size_t i = 0; i < h.rows(); ++i) {
            jacobian(h.row_block(i, 1), j);
            gemm<double>(u.row_block(i, 1), j, out.row_block(i, 1));
        }
    }

  private:
    [[nodiscard]] matrix_view<const double> directions() const {
        return matrix_view<const double>(rotation_).row_block(0, 3);
    }
    Inner inner_;
    matrix<double> rotation_, contraction_;
};

/// Slow points as a search would give them, at given states.
template <class Map>
slow_points<double> points_at(const Map& map, const matrix<double>& states) {
    slow_points<double> result;
    for (size_t i = 0; i < states.shape(0); ++i) {
        slow_point<double> point;
        point.state = vector<double>::from_shape({states.shape(1)});
        std::copy_n(&states(i, 0), states.shape(1), point.state.data());
        point.speed = reference::speed(map, point.state);
        result.points.push_back(std::move(point));
    }
    return result;
}

/// Random states of norm about 1 in d dimensions, then found slow points.
template <class Map>
slow_points<double> search(const Map& map, size_t seeds, double size = 0.7) {
    matrix<double> starts = matrix<double>::from_shape({seeds, map.dimension()});
    random_stream(seed{3}, purpose::user).normals(starts, 0.0, size);
    return find_slow_points(map, starts);
}

bool even(const slow_manifold<double>& m) {
    const size_t n = m.states.shape(0), d = m.states.shape(1);
    for (size_t i = 0; i + (m.closed ? 0 : 1) < n; ++i) {
        const double apart =
            reference::distance(std::span(&m.states(i, 0), d), std::span(&m.states((i + 1) % n, 0), d));
        if (std::abs(apart / m.spacing - 1) > 0.01) return false;
    }
    return true;
}

}  // namespace

TEST_SUITE_BEGIN("dynamics/continuation");

TEST_CASE("a ring of fixed points is one closed curve, and all its points are on it") {
    const auto map = make_map<double, 3>(ring{});
    const auto points = search(map, 64);
    REQUIRE(points.size() > 10);
    const auto found = slow_manifolds(map, points);
    INFO(found);
    REQUIRE(found.size() == 1);
    const auto& m = found[0];
    CHECK(m.dimension == 1);
    CHECK(m.closed);
    CHECK_FALSE(m.left_box);
    CHECK_FALSE(m.incomplete);
    CHECK(m.length == doctest::Approx(2 * pi).epsilon(1e-4));
    CHECK(m.largest_speed() < 1e-12);
    CHECK(m.attraction == doctest::Approx(0.5).epsilon(1e-6));
    CHECK(std::isinf(m.persistence));
    CHECK(even(m));
    for (size_t i = 0; i < m.states.shape(0); ++i) {
        CHECK(std::hypot(m.states(i, 0), m.states(i, 1)) == doctest::Approx(1).epsilon(1e-9));
        CHECK(std::abs(m.spectra[i][0] - 1.0) < 1e-9);
    }
    for (const size_t i : found.isolated) CHECK(std::hypot(points[i].state(0), points[i].state(1)) < 1e-3);
    CHECK(m.points.size() + found.isolated.size() == points.size());
}

TEST_CASE("a ring whose states all drift has no fixed point, and its drift is known") {
    const auto map = make_map<double, 3>(ring{1e-3});
    const auto found = slow_manifolds(map, points_at(map, {{1, 0, 0}}));
    INFO(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].closed);
    CHECK(found[0].length == doctest::Approx(2 * pi).epsilon(1e-4));
    for (size_t i = 0; i < found[0].states.shape(0); ++i)
        CHECK(std::abs(found[0].drift_along(i)) == doctest::Approx(1e-3).epsilon(1e-3));
    CHECK(found[0].persistence == doctest::Approx(0.05 * 2 * pi / 1e-3).epsilon(1e-3));
    const double n = static_cast<double>(found[0].states.shape(0)),
                 way = found[0].drift_along(0) > 0 ? 1 : -1,
                 moved = found[0].moved(3.5, 1000) - 3.5;  // one radian, of a circle of n states
    CHECK(std::remainder(moved - way * n / (2 * pi), n) == doctest::Approx(0).epsilon(0.01));
    CHECK(found[0].nearest(std::vector<double>{found[0].states(5, 0), found[0].states(5, 1), 0.2}) == 5);
}

TEST_CASE("a ring is found in whatever units, and wherever the origin is") {
    struct place {
        double radius, centre;
    };
    for (const auto [radius, centre] :
         {place{1e-3, 0}, place{1e-6, 0}, place{1e6, 0}, place{1, 1000}, place{1e-3, -1}}) {
        const auto map = make_map<double, 3>(ring_at{radius, centre});
        const auto found =
            slow_manifolds(map, points_at(map, {{centre + radius, 0, 0}, {centre, radius, 0}}));
        INFO(radius, " about ", centre, ": ", found);
        REQUIRE(found.size() == 1);
        CHECK(found[0].closed);
        CHECK(found[0].length / radius == doctest::Approx(2 * pi).epsilon(1e-4));
        CHECK(found[0].attraction == doctest::Approx(0.5).epsilon(1e-6));
        CHECK(found[0].points.size() == 2);
        CHECK(even(found[0]));
        for (size_t i = 0; i < found[0].states.shape(0); ++i)
            CHECK(std::hypot(found[0].states(i, 0) - centre, found[0].states(i, 1)) / radius ==
                  doctest::Approx(1).epsilon(1e-8));
    }
    // A point beside a ring is not on it, nor on another, though it is near in units of the origin's
    // distance.
    for (const double centre : {0.0, 1000.0}) {
        const auto map = make_map<double, 3>(ring_at{1, centre});
        const auto found = slow_manifolds(map, points_at(map, {{centre + 1, 0, 0}, {centre + 1.09, 0, 0}}));
        INFO(centre, ": ", found);
        REQUIRE(found.size() == 1);
        CHECK(found[0].points == std::vector<size_t>{0});
        CHECK(found.isolated == std::vector<size_t>{1});
    }
}

TEST_CASE("a search's scale is that of its manifolds, and a small sphere is a sheet") {
    const auto map = make_map<double, 3>(ring_at{1e-6});
    const auto points = search(map, 16, 1e-6);
    const auto found = slow_manifolds(map, points);
    INFO(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].closed);
    CHECK(found[0].scale[0] == points.scale[0]);
    CHECK(found[0].points.size() + found.isolated.size() == points.size());
    CHECK(found[0].points.size() > 4);

    const scaled_map small(make_map<double, 3>(sphere{}), state_scale<double>(1e3));
    const auto sheet = slow_manifolds(small, points_at(small, {{0, 0, 1e-3}}), {.spacing = 0.2});
    INFO(sheet);
    REQUIRE(sheet.size() == 1);
    CHECK(sheet[0].closed);
    CHECK(sheet[0].area * 1e6 == doctest::Approx(4 * pi).epsilon(1e-2));
}

TEST_CASE("a ring whose coordinates are in other units, one each, is the same curve") {
    const auto plain = make_map<double, 3>(ring{1e-3});
    const auto expected = slow_manifolds(plain, points_at(plain, {{1, 0, 0}}));
    REQUIRE(expected.size() == 1);
    for (const auto& sizes : {std::vector{1e-9, 1e-9, 1e-9}, {1e9, 1e9, 1e9}, {1e-6, 1e3, 1.0}}) {
        std::vector<double> inverse;
        for (const double unit : sizes) inverse.push_back(1 / unit);
        const scaled_map map(plain, state_scale<double>(inverse));
        const auto found = slow_manifolds(map, points_at(map, {{sizes[0], 0, 0}}), {.scale = sizes});
        INFO(found);
        REQUIRE(found.size() == 1);
        const auto& m = found[0];
        const double unit = std::ranges::max(sizes);
        CHECK(m.closed);
        CHECK(m.length / unit == doctest::Approx(expected[0].length).epsilon(1e-6));
        CHECK(m.persistence == doctest::Approx(expected[0].persistence).epsilon(1e-6));
        CHECK(m.moved(3.5, 1000) == doctest::Approx(expected[0].moved(3.5, 1000)).epsilon(1e-6));
        REQUIRE(m.states.shape(0) == expected[0].states.shape(0));
        for (size_t j = 0; j < 3; ++j)
            CHECK(m.states(5, j) / sizes[j] == doctest::Approx(expected[0].states(5, j)).epsilon(1e-6));
    }
}

TEST_CASE("where the map throws a manifold ends, and says at which state; what else was found is kept") {
    const auto map = make_map<double, 3>(ring_at{1, 0, -0.5});
    auto points = points_at(map, {{1, 0, 0}, {0, 1, 0}});
    const auto found = slow_manifolds(map, points);
    INFO(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].points.size() == 2);
    CHECK_FALSE(found[0].closed);
    CHECK(found[0].incomplete);
    CHECK(found[0].length == doctest::Approx(2 * pi * 2 / 3).epsilon(1e-3));
    CHECK(found[0].note.starts_with("the map threw at (-0.5"));
    CHECK(found[0].note.ends_with("too far to the left"));

    points.points[1].state(0) = -1;  // a point at which it throws
    const auto part = slow_manifolds(map, points);
    INFO(part);
    CHECK(part.size() == 1);
    CHECK(part.isolated == std::vector<size_t>{1});
    REQUIRE(part.notes.size() == 1);
    CHECK(part.notes[0] == "point 1: the map threw at (-1, 1, 0): too far to the left");

    const auto numbers = make_map<double, 2>([](const auto& x) {  // what is thrown may be anything
        if (x[0] > 1.0) throw 42;
        auto y = x;
        y[1] = 0.5 * x[1];
        return y;
    });
    const auto cut = slow_manifolds(numbers, points_at(numbers, {{0, 0}}), {.region = {.lower_bound = -1}});
    REQUIRE(cut.size() == 1);
    CHECK(cut[0].length == doctest::Approx(2).epsilon(1e-3));
    CHECK(cut[0].left_box);
    CHECK(cut[0].note.find("no std::exception") != std::string::npos);

    const auto flat = make_map<double, 2>([](const auto& x) {
        if (x[0] > 1.0) throw std::domain_error("too far to the right");
        return x;
    });
    const auto sheet = slow_manifolds(flat, points_at(flat, {{0, 0}}),
                                      {.region = {.lower_bound = -1, .upper_bound = 2}, .spacing = 0.3});
    REQUIRE(sheet.size() == 1);
    CHECK(sheet[0].incomplete);
    CHECK(sheet[0].area == doctest::Approx(6).epsilon(2e-2));
    CHECK(sheet[0].note.ends_with("too far to the right"));
}

TEST_CASE("what goes along a curve is refused on a sheet and on a set that is not traced") {
    const auto flat = make_map<double, 2>([](const auto& x) {
        auto y = x;
        y[0] = x[0] + 1e-4;
        return y;
    });
    const auto sheet = slow_manifolds(flat, points_at(flat, {{0, 0}}),
                                      {.region = {.lower_bound = -1, .upper_bound = 1}, .spacing = 0.3});
    INFO(sheet);
    REQUIRE(sheet.size() == 1);
    slow_manifold<double> untraced;
    untraced.dimension = 3;
    CHECK(std::isnan(untraced.attraction));
    CHECK(std::isnan(untraced.persistence));
    for (const slow_manifold<double>& m : {sheet[0], untraced}) {
        const matrix<double> states{{0, 0}};
        CHECK_THROWS_WITH_AS((void)m.drift_along(0), doctest::Contains("expected a traced curve"),
                             value_error);
        CHECK_THROWS_WITH_AS((void)m.moved(0, 1), doctest::Contains("expected a traced curve"), value_error);
        CHECK_THROWS_WITH_AS((void)m.after(states, 1), doctest::Contains("expected a traced curve"),
                             value_error);
    }
    CHECK_THROWS_WITH_AS((void)sheet[0].moved(0, 1),
                         "slow_manifold::moved: the set's dimension is 2, expected a traced curve",
                         value_error);
}

TEST_CASE("a line of fixed points is traced beyond the given points to both its ends") {
    const auto map = make_map<double, 3>(line{});
    const auto found = slow_manifolds(map, points_at(map, {{0.1, 0, 0}, {0.3, 0, 0}}));
    INFO(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].dimension == 1);
    CHECK_FALSE(found[0].closed);
    CHECK_FALSE(found[0].incomplete);
    CHECK(found[0].length == doctest::Approx(2).epsilon(1e-4));
    CHECK(found[0].points == std::vector<size_t>{0, 1});
    CHECK(found[0].attraction == doctest::Approx(0.7));
    CHECK(even(found[0]));
}

TEST_CASE("a sheet of fixed points is covered to its edges") {
    const auto map = make_map<double, 3>(plane{});
    const auto found = slow_manifolds(map, points_at(map, {{0.1, 0, 0}, {0.3, 0.2, 0}, {0.9, -0.4, 0}}));
    INFO(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].dimension == 2);
    CHECK_FALSE(found[0].closed);
    CHECK(found[0].area == doctest::Approx(2).epsilon(5e-3));
    CHECK(found[0].points.size() == 3);
    CHECK(found[0].attraction == doctest::Approx(0.4));
}

TEST_CASE("a sphere of fixed points is one closed sheet") {
    const auto map = make_map<double, 3>(sphere{});
    const auto found = slow_manifolds(map, points_at(map, {{0, 0, 1}, {0.6, 0.8, 0}}));
    INFO(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].dimension == 2);
    CHECK(found[0].closed);
    CHECK(found[0].area == doctest::Approx(4 * pi).epsilon(1e-2));
    CHECK(found[0].points.size() == 2);
}

TEST_CASE("the same ring, line and sheet, rotated in 100 dimensions") {
    const auto one = [](const auto& formula, const matrix<double>& z) {
        const embedded map(make_map<double, 3>(formula), 100);
        const auto found = slow_manifolds(map, points_at(map, map.outside(z)), {.spacing = 0.2});
        INFO(found);
        REQUIRE(found.size() == 1);
        CHECK(found[0].points.size() == z.shape(0));
        CHECK(found.isolated.empty());
        CHECK_FALSE(found[0].incomplete);
        CHECK(found[0].attraction == doctest::Approx(0.75).epsilon(1e-6));  // of what surrounds the three
        return found[0];
    };
    const auto a = one(ring{}, {{0.6, 0.8, 0}, {0, -1, 0}});
    CHECK(a.closed);
    CHECK(a.length == doctest::Approx(2 * pi).epsilon(1e-3));
    CHECK(even(a));
    const auto b = one(line{}, {{0.2, 0, 0}, {-0.6, 0, 0}});
    CHECK_FALSE(b.closed);
    CHECK(b.length == doctest::Approx(2).epsilon(1e-3));
    CHECK(even(b));
    const auto c = one(plane{}, {{0.2, 0.1, 0}, {-0.6, -0.3, 0}});
    CHECK(c.dimension == 2);
    CHECK_FALSE(c.closed);
    CHECK(c.area == doctest::Approx(2).epsilon(1e-2));
}

TEST_CASE(
    "a ring is found from one state that is symmetric, with coordinates that are zero but for rounding") {
    const auto net = ring_network();
    const auto points = find_slow_points(net, ring_states({angle(16)}));
    REQUIRE(points.size() == 1);
    CHECK(points[0].kind == point_kind::fixed);
    const auto found = slow_manifolds(net, points);
    REQUIRE(found.size() == 1);
    CHECK(found[0].closed);
}

TEST_CASE("a ring network of 64 units in closed form") {
    const auto net = ring_network();
    const auto found = slow_manifolds(net, points_at(net, ring_states({0.1, 2, 4})));
    INFO(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].closed);
    CHECK(found[0].length == doctest::Approx(2 * pi * amplitude() * std::sqrt(32)).epsilon(1e-4));
    CHECK(found[0].largest_speed() < 1e-12);
    CHECK(found[0].points.size() == 3);
    CHECK(std::isinf(found[0].persistence));
}

TEST_CASE("a ring network pinned into 64 stable points and 64 saddles is a slow ring, with the known drift") {
    const double pin = 1e-3, radius = amplitude() * std::sqrt(32);
    const pinned_ring net(pin);
    std::vector<double> phases;
    for (size_t k = 0; k < 128; ++k) phases.push_back(static_cast<double>(k) * pi / 64);
    const auto points = points_at(net, ring_states(phases));
    for (size_t k = 0; k < 4; ++k) {
        CHECK(points[k].speed < 1e-12);
        const double known = k % 2 == 0 ? 1 - 64 * pin : 1 + 64 * pin;
        CHECK(std::abs(spectrum(net, points[k].state)[0] - known) < 1e-6);
    }
    const auto found = slow_manifolds(net, points, {.spacing = 0.03});
    INFO(found);
    REQUIRE(found.size() == 1);
    const auto& m = found[0];
    CHECK(found.isolated.empty());
    CHECK(m.closed);
    CHECK(m.length == doctest::Approx(2 * pi * radius).epsilon(1e-4));
    CHECK(std::isinf(m.persistence));  // nothing moves by more than half a 64th
    size_t stable = 0, unstable = 0;
    const size_t n = m.states.shape(0);
    const double way = std::sin(net.phase(&m.states(1, 0)) - net.phase(&m.states(0, 0))) > 0 ? 1 : -1;
    for (size_t i = 0; i < n; ++i) {
        const double now = m.drift_along(i), next = m.drift_along((i + 1) % n);
        stable += now > 0 && next <= 0;
        unstable += now <= 0 && next > 0;
        const double known = -pin * std::sin(64 * net.phase(&m.states(i, 0))) * radius;
        CHECK(std::abs(now - way * known) < 1e-3 * pin * radius);
    }
    CHECK(stable == 64);
    CHECK(unstable == 64);
}

TEST_CASE("two rings in one map are two manifolds, a repelling one between them a third") {
    const auto map = make_map<double, 3>(two_rings{});
    const auto found =
        slow_manifolds(map, points_at(map, {{1, 0, 0}, {0, 2, 0}, {0, -1, 0}, {-2, 0, 0}, {1.5, 0, 0}}));
    INFO(found);
    REQUIRE(found.size() == 3);
    for (const auto& m : found) {
        CHECK(m.closed);
        const double radius = m.length / (2 * pi);
        if (m.points[0] == 4) {
            CHECK(radius == doctest::Approx(1.5).epsilon(1e-4));
            CHECK(m.attraction == doctest::Approx(1 + 0.2 * pi));
        } else {
            CHECK(radius == doctest::Approx(m.points[0] == 0 ? 1 : 2).epsilon(1e-4));
            CHECK(m.points.size() == 2);
            CHECK(m.attraction == doctest::Approx(0.5));
        }
    }
}

TEST_CASE("a ring and a point beside it, as a search finds them") {
    const auto map = make_map<double, 3>(ring_and_point{});
    const auto points = find_slow_points(map, grid<double>({-1.2, -1.1, -0.3}, {1.1, 1.3, 2.2}, 4));
    const auto found = slow_manifolds(map, points);
    INFO(found);
    REQUIRE(found.size() == 1);
    CHECK(found[0].length == doctest::Approx(2 * pi).epsilon(1e-4));
    size_t on_ring = 0, beside = 0;
    for (size_t i = 0; i < points.size(); ++i) {
        const auto& h = points[i].state;
        const bool on = std::abs(std::hypot(h(0), h(1)) - 1) < 1e-4 && std::abs(h(2)) < 1e-4;
        (on ? on_ring : beside) += 1;
        CHECK(std::ranges::binary_search(found[0].points, i) == on);
        CHECK(std::ranges::binary_search(found.isolated, i) == !on);
    }
    CHECK(on_ring > 4);
    CHECK(beside >= 1);
}

TEST_CASE("isolated points are no manifold: switches, weak ones too, and a Hopfield network") {
    for (const double gain : {1.5, 1.05, 1.01}) {
        const auto map = make_map<double, 3>(switches{gain});
        const auto points = find_slow_points(map, grid<double>({-1, -1, -1}, {1, 1, 1}, 5));
        const auto found = slow_manifolds(map, points);
        INFO(gain);
        INFO(found);
        CHECK(found.empty());
        CHECK(found.isolated.size() == points.size());
    }
    constexpr size_t neurons = 24;
    matrix<double> patterns = matrix<double>::from_shape({3, neurons}), w({neurons, neurons}, 0.0);
    random_stream(seed{5}, purpose::user).normals(patterns);
    for (double& x : patterns) x = x > 0 ? 1 : -1;
    gemm<double>(transposed(matrix_view<const double>(patterns)), patterns, matrix_view<double>(w),
                 {.alpha = 1.4 / neurons});
    const rate_network hopfield{w, vector<double>({neurons}, 0.0)};
    const auto points = search(hopfield, 40);
    REQUIRE(points.size() > 2);
    const auto found = slow_manifolds(hopfield, points);
    INFO(found);
    CHECK(found.empty());
}

TEST_CASE("a set of more than two dimensions is named, not traced") {
    const auto map = make_map<double, 4>([](const auto& x) {
        auto y = x;
        y[3] = 0.5 * x[3];
        return y;
    });
    const auto found = slow_manifolds(map, points_at(map, {{0, 0, 0, 0}, {1, 0, 2, 0}}));
    REQUIRE(found.size() == 1);
    CHECK(found[0].dimension == 3);
    CHECK(found[0].points.size() == 2);
    CHECK(found[0].states.size() == 0);
    std::ostringstream text;
    text << found[0];
    CHECK(text.str().find("dimension 3, not traced") != std::string::npos);
}

TEST_CASE("a manifold that leaves the box is cut off there, and says so") {
    const auto straight = make_map<double, 2>([](const auto& x) {
        auto y = x;
        y[1] = 0.5 * x[1];
        return y;
    });
    const auto line_in = slow_manifolds(straight, points_at(straight, {{0.2, 0}}),
                                        {.region = {.lower_bounds = {-2, -1}, .upper_bounds = {1, 1}}});
    INFO(line_in);
    REQUIRE(line_in.size() == 1);
    CHECK(line_in[0].left_box);
    CHECK(line_in[0].length == doctest::Approx(3).epsilon(1e-4));

    const auto round = make_map<double, 3>(ring{});
    const auto arc = slow_manifolds(round, points_at(round, {{-1, 0, 0}}), {.region = {.upper_bound = 0.5}});
    INFO(arc);
    REQUIRE(arc.size() == 1);
    CHECK(arc[0].left_box);
    CHECK_FALSE(arc[0].closed);
    CHECK(arc[0].length == doctest::Approx(pi / 2 + pi / 3).epsilon(1e-3));

    const auto flat = make_map<double, 2>([](const auto& x) { return x; });
    const auto sheet = slow_manifolds(flat, points_at(flat, {{0.2, 0}}),
                                      {.region = {.lower_bounds = {-2, -1}, .upper_bounds = {1, 1}}});
    INFO(sheet);
    REQUIRE(sheet.size() == 1);
    CHECK(sheet[0].left_box);
    CHECK(sheet[0].area == doctest::Approx(6).epsilon(5e-3));

    struct bounded : embedded<decltype(make_map<double, 3>(line{}))> {
        using embedded::embedded;
        [[nodiscard]] search_region<double> state_bounds() const {
            return {.lower_bound = -0.2, .upper_bound = 0.2};
        }
    };
    const bounded stated(make_map<double, 3>(line{}), 3);
    const auto whole = slow_manifolds(stated, points_at(stated, {{0, 0, 0}}), {.keep_to_box = false}),
               part = slow_manifolds(stated, points_at(stated, {{0, 0, 0}}), {.region = {.lower_bound = -9}});
    REQUIRE(whole.size() == 1);
    REQUIRE(part.size() == 1);
    CHECK_FALSE(whole[0].left_box);
    CHECK(whole[0].outside_box);
    CHECK(part[0].left_box);  // the box that the map states
    CHECK_FALSE(part[0].outside_box);
    CHECK(part[0].length < 1);

    const auto endless = slow_manifolds(straight, points_at(straight, {{0.2, 0}}), {.max_states = 64});
    REQUIRE(endless.size() == 1);
    CHECK(endless[0].incomplete);
    CHECK(endless[0].states.shape(0) <= 64);
}

TEST_CASE("a watcher or a time limit ends slow_manifolds with the manifolds it has") {
    const auto map = make_map<double, 3>(two_rings{});
    const auto points = points_at(map, {{1, 0, 0}, {0, 2, 0}, {0, -1, 0}, {-2, 0, 0}, {3, 3, 3}});
    const auto whole = slow_manifolds(map, points, {.watcher = [](const progress_report& r) {
                                          CHECK(r.unit == "points");
                                          CHECK(r.step <= r.steps);
                                          return true;
                                      }});
    CHECK(whole.interrupted.empty());
    REQUIRE(whole.size() == 2);
    const auto one =
        slow_manifolds(map, points, {.watcher = [](const progress_report& r) { return r.step == 0; }});
    CHECK(one.interrupted == "the watcher ended it");
    REQUIRE(one.size() == 1);
    CHECK(one[0].length == whole[0].length);
    const auto none = slow_manifolds(map, points, {.watcher = [](const progress_report&) { return false; }});
    CHECK(none.empty());
    CHECK(none.isolated == std::vector<size_t>{4});  // which is too fast
    std::ostringstream text;
    text << none;
    CHECK(text.str().find("not all points were looked at: the watcher ended it") != std::string::npos);
    size_t left = 20;  // states: within the first trace
    const auto within =
        slow_manifolds(map, points, {.watcher = [&](const progress_report&) { return --left > 0; }});
    CHECK(within.empty());
    CHECK(left == 0);
    const auto late = slow_manifolds(map, points, {.time_limit = 1e-9});
    CHECK(late.interrupted == "the time limit of 1e-09 s was reached");
    CHECK(late.empty());
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.time_limit = 0}),
                         "slow_manifolds: time_limit = 0, expected a number of seconds above 0", value_error);
}

TEST_CASE("slow_manifolds refuses what makes no sense, naming the value") {
    const auto map = make_map<double, 3>(ring{});
    const auto points = points_at(map, {{1, 0, 0}, {0, 1, 0}});
    CHECK(slow_manifolds(map, slow_points<double>{}).empty());
    CHECK_THROWS_WITH_AS(slow_manifolds(make_map<double, 2>(ring{}), points),
                         "slow_manifolds: a state of 3 numbers for a map of dimension 2", shape_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.region = {.lower_bounds = {0, 0}}}),
                         "slow_manifolds: 2 bounds for a map of dimension 3", shape_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.region = {.lower_bound = 1, .upper_bound = 0}}),
                         "slow_manifolds: lower bound 1 is not below upper bound 0 (coordinate 0)",
                         value_error);
    CHECK_THROWS_WITH_AS(
        slow_manifolds(map, points, {.region = {.upper_bound = 0.5}}),
        doctest::Contains("slow_manifolds: point 0 has 1 at coordinate 0, outside the bounds"), value_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.spacing = 0}),
                         "slow_manifolds: spacing = 0, expected a finite number above 0", value_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.speed_limit = -1}),
                         "slow_manifolds: speed_limit = -1, expected a finite number above 0", value_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.neutral = 1}),
                         "slow_manifolds: neutral = 1, expected a number between 0 and 1", value_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.amount = 2}),
                         "slow_manifolds: amount = 2, expected a number between 0 and 1", value_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.least_persistence = -3}),
                         "slow_manifolds: least_persistence = -3, but it must not be negative", value_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.scale = {1, 2}}),
                         "slow_manifolds: a scale of 2 numbers for a map of dimension 3", shape_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.scale = -1}),
                         "slow_manifolds: scale -1, expected a finite number above 0", value_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.max_states = 3}),
                         "slow_manifolds: max_states = 3, expected at least 64", value_error);
    CHECK_THROWS_WITH_AS(slow_manifolds(map, points, {.dense_limit = 2}),
                         doctest::Contains("the map's dimension is 3"), value_error);
    auto broken = points;
    broken.points[1].state(2) = std::nan("");
    CHECK_THROWS_WITH_AS(slow_manifolds(map, broken), "slow_manifolds: point 1 has nan at coordinate 2",
                         value_error);
}
