#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cmath>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/dynamics.hpp"
#if __has_include(<Eigen/Core>)
#include "engram/dynamics/leading_spectrum.hpp"
#define ENGRAM_TEST_LEADING_SPECTRUM
#endif

using namespace engram;

namespace {

/// A sparse tanh network, h' = tanh(W h + b) with `fan_in` random weights a unit, and a fixed point that b is
/// chosen for.
struct sparse_network {
    using scalar = double;
    size_t d, fan_in;
    std::vector<size_t> from;
    std::vector<double> weights, bias, planted;

    sparse_network(size_t units, size_t inputs, double gain)
        : d(units), fan_in(inputs), from(d * inputs), weights(d * inputs), bias(d), planted(d) {
        random_stream stream(seed{1}, purpose::user);
        stream.normals(weights.data(), weights.size(), 0.0, gain / std::sqrt(static_cast<double>(inputs)));
        for (auto& j : from) j = stream.below(d);
        stream.normals(planted.data(), d, 0.0, 0.5);
        for (double& h : planted) h = std::tanh(h);
        for (size_t i = 0; i < d; ++i) bias[i] = std::atanh(planted[i]) - std::atanh(unit(planted.data(), i));
    }
    double unit(const double* h, size_t i) const {
        double sum = bias[i];
        for (size_t k = i * fan_in; k < (i + 1) * fan_in; ++k) sum += weights[k] * h[from[k]];
        return std::tanh(sum);
    }

    size_t dimension() const { return d; }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        for (size_t r = 0; r < h.rows(); ++r)
            for (size_t i = 0; i < d; ++i) next(r, i) = unit(h.row(r), i);
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        fill(out, 0.0);
        for (size_t r = 0; r < h.rows(); ++r)
            for (size_t i = 0; i < d; ++i) {
                const double next = unit(h.row(r), i), delta = u(r, i) * (1 - next * next);
                for (size_t k = i * fan_in; k < (i + 1) * fan_in; ++k) out(r, from[k]) += delta * weights[k];
            }
    }
};

matrix<double> near(const std::vector<double>& state, double deviation) {
    auto m = matrix<double>::from_shape({1, state.size()});
    random_stream(seed{2}, purpose::search).normals(m.data(), m.size(), 0.0, deviation);
    for (size_t j = 0; j < state.size(); ++j) m(0, j) += state[j];
    return m;
}

}  // namespace

TEST_CASE("a planted fixed point in 20,000 dimensions is found to 1e-10 in under 1 GB") {
    const sparse_network map(20'000, 30, 0.7);
    const auto found = find_slow_points(map, near(map.planted, 0.05), newton_krylov{});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == point_kind::fixed);
    CHECK(detail::distance(found[0].state.data(), map.planted.data(), map.d) < 1e-10);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    CHECK(usage.ru_maxrss < 1'000'000);  // kB
}

TEST_CASE("newton_krylov and the default find the same points, repelling ones too") {
    const sparse_network map(60, 10, 1.6);
    const auto seeds = near(map.planted, 0.03);
    const auto free = find_slow_points(map, seeds, newton_krylov{}), dense = find_slow_points(map, seeds);
    REQUIRE(dense.size() == 1);
    CHECK(dense[0].unstable_directions > 0);
    CHECK(detail::distance(free[0].state.data(), dense[0].state.data(), map.d) < 1e-9);
    // The kind is the same when no matrix may be formed.
    const auto without = find_slow_points(map, seeds, newton_krylov{}, {.dense_limit = 10});
    CHECK(without[0].kind == dense[0].kind);
    CHECK(without[0].spectrum.empty());
}

TEST_CASE("a ghost is recognised without a matrix") {
    const double e = 1e-4;
    const auto map = make_map<double>(
        [e](auto x) {
            for (size_t i = 1; i < x.size(); ++i) x[i] *= 0.5;
            x[0] = x[0] + e + x[0] * x[0];
            return x;
        },
        50);
    auto seeds = matrix<double>::from_shape({1, 50});
    seeds.fill(0.1);
    const auto found =
        find_slow_points(map, seeds, newton_krylov{}, {.speed_tolerance = 1, .dense_limit = 10});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == point_kind::slow);
    CHECK(found[0].speed == doctest::Approx(e));
}

#ifdef ENGRAM_TEST_LEADING_SPECTRUM
TEST_CASE("the leading spectrum is the head of the whole one") {
    const sparse_network map(120, 10, 1.2);
    vector<double> state = vector<double>::from_shape({120});
    std::copy(map.planted.begin(), map.planted.end(), state.begin());
    const auto whole = spectrum(map, state), head = leading_spectrum(map, state, 6);
    REQUIRE(head.size() == 6);
    for (size_t k = 0; k < 5; ++k) CHECK(std::abs(std::abs(head[k]) - std::abs(whole[k])) < 1e-6);
    CHECK_THROWS_WITH_AS(leading_spectrum(map, state, 0),
                         "leading_spectrum: count = 0, but it must be between 1 and 118", value_error);
    CHECK_THROWS_WITH_AS(leading_spectrum(map, state, 119),
                         "leading_spectrum: count = 119, but it must be between 1 and 118", value_error);
    CHECK_THROWS_WITH_AS(leading_spectrum(map, vector<double>{1.0}, 3),
                         "leading_spectrum: a state of 1 numbers for a map of dimension 120", shape_error);
}
#endif
