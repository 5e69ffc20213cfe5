// Searches whose slow point lies at the edge of the box.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/dynamics.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "reference/effort.hpp"
#include "reference/maps.hpp"

using namespace engram;

namespace {

using reference::fenced;

/// h -> h - (h - t) A with A = B B^T + 0.1: S is a convex quadratic whose free minimum, t, is outside the
/// box.
struct pulled_outside {
    using scalar = double;
    matrix<double> a, target;

    explicit pulled_outside(size_t d) : a({d, d}), target({size_t{1}, d}) {
        matrix<double> b({d, d});
        random_stream draws(seed{4}, purpose::user);
        draws.normals(b, 0.0, 0.3);
        draws.normals(target, 0.0, 1.5);
        gemm<double>(b, transposed(matrix_view<const double>(b)), matrix_view<double>(a));
        for (size_t i = 0; i < d; ++i) a(i, i) += 0.1;
    }
    [[nodiscard]] size_t dimension() const { return a.shape(0); }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        for (size_t i = 0; i < h.rows(); ++i)
            for (size_t j = 0; j < h.columns(); ++j) {
                next(i, j) = h(i, j);
                for (size_t k = 0; k < h.columns(); ++k) next(i, j) -= (h(i, k) - target(0, k)) * a(k, j);
            }
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        for (size_t i = 0; i < h.rows(); ++i)
            for (size_t k = 0; k < h.columns(); ++k) {
                out(i, k) = u(i, k);
                for (size_t j = 0; j < h.columns(); ++j) out(i, k) -= a(k, j) * u(i, j);
            }
    }
};

}  // namespace

TEST_SUITE_BEGIN("dynamics");

TEST_CASE(
    "every solver reaches the minimum of S in a box, from every seed, where many coordinates end at the "
    "edge") {
    const pulled_outside map(30);
    matrix<double> seeds({size_t{10}, map.dimension()});
    random_stream draws(seed{5}, purpose::user);
    for (double& x : seeds) x = 2 * draws.uniform() - 1;
    const auto speed_at = [&](const vector<double>& state) {
        matrix<double> h({size_t{1}, map.dimension()}), next(h);
        std::copy(state.begin(), state.end(), h.begin());
        map.apply(h, next);
        double sum = 0;
        for (size_t j = 0; j < map.dimension(); ++j) sum += (next(0, j) - h(0, j)) * (next(0, j) - h(0, j));
        return sum;
    };
    const auto check = [&](const auto& solver, double tolerance) {
        const auto found =
            find_slow_points(map, seeds, solver, {.region = {.lower_bound = -1, .upper_bound = 1}});
        REQUIRE(found.failures.empty());
        REQUIRE(found.size() == 1);  // a convex problem has one minimum
        CHECK(found[0].seeds.size() == 10);
        // The conditions of Karush, Kuhn and Tucker, checked on S itself.
        size_t at_the_edge = 0;
        const auto& state = found[0].state;
        for (size_t j = 0; j < map.dimension(); ++j) {
            CHECK(std::abs(state(j)) <= 1);
            const double e = 1e-6;
            auto up = state, down = state;
            up(j) += e, down(j) -= e;
            const double slope = (speed_at(up) - speed_at(down)) / (2 * e);
            const bool at_top = state(j) == 1, at_bottom = state(j) == -1;
            at_the_edge += at_top || at_bottom;
            if (!at_top) CHECK(slope > -tolerance);
            if (!at_bottom) CHECK(slope < tolerance);
        }
        CHECK(at_the_edge > 5);
    };
    check(levenberg_marquardt{}, 1e-6);
    check(newton_krylov{}, 1e-6);
    // S is 46 here: a descent that compares its values sees no slope below some 1e-6, the root of their
    // rounding.
    check(gradient_descent{}, 1e-5);
    if (reference::optimised) check(adam_descent{.iterations = 20'000}, 1e-4);
}

TEST_CASE("a map is evaluated nowhere outside the box, by no solver and no description of points") {
    const fenced map;
    matrix<double> seeds({size_t{12}, map.dimension()});
    random_stream draws(seed{7}, purpose::user);
    for (double& x : seeds) x = fenced::low + (fenced::high - fenced::low) * draws.uniform();
    for (size_t j = 0; j < map.dimension(); ++j) {  // some in corners
        seeds(0, j) = fenced::low;
        seeds(1, j) = fenced::high;
        seeds(2, j) = j % 2 == 0 ? fenced::low : fenced::high;
    }
    const auto check = [&](const auto& solver, size_t dense_limit, double accuracy) {
        const auto found =
            find_slow_points(map, seeds, solver,
                             {.region = {.lower_bound = fenced::low, .upper_bound = fenced::high},
                              .dense_limit = dense_limit});
        CHECK(found.failures.empty());
        REQUIRE(found.size() == 1);
        CHECK(found[0].state(0) == fenced::low);
        CHECK(found[0].state(1) == fenced::high);
        CHECK(found[0].gradient_norm < accuracy);
        if (dense_limit > 1) {
            CHECK(found[0].is_minimum);
            CHECK(found[0].smallest_curvature > 0);
        }
    };
    for (const size_t dense_limit : {size_t{2500}, size_t{1}}) {
        check(levenberg_marquardt{}, dense_limit, 1e-8);
        check(newton_krylov{}, dense_limit, 1e-8);
        check(gradient_descent{}, dense_limit, 1e-6);
        check(adam_descent{.iterations = 20'000}, dense_limit, 1e-2);
    }
    // The edge may also be where a ball about the seed touches it.
    CHECK(find_slow_points(
              map, seeds, newton_krylov{},
              {.region = {.lower_bound = fenced::low, .upper_bound = fenced::high, .max_distance = 0.2}})
              .failures.empty());
    // Without bounds nobody knows.
    CHECK_THROWS_AS(find_slow_points(map, seeds), std::domain_error);
}

TEST_CASE(
    "a search of a saturated network does not give up at the edge of the box while S can still be lowered") {
    recurrent_network<gru<double>> network{{3, 40, 2}, seed{2}};
    for (double& w : network.parameters()) w *= 4;
    const constant_input_map map{network, vector<double>({0.3, -0.2, 0.1})};
    matrix<double> seeds({size_t{20}, map.dimension()});
    random_stream draws(seed{6}, purpose::user);
    for (double& x : seeds) x = std::tanh(3 * draws.normal());
    const auto found =
        find_slow_points(map, seeds, levenberg_marquardt{},
                         {.region = {.lower_bound = -1, .upper_bound = 1}, .merge_distance = 0});
    REQUIRE(found.size() == 20);
    size_t ended = 0;
    for (const auto& point : found) {
        if (point.stop == stop_reason::iteration_limit) continue;
        ++ended;
        matrix<double> h({size_t{1}, map.dimension()}), next(h), g(h), pull(h);
        std::copy(point.state.begin(), point.state.end(), h.begin());
        const auto squared_speed = [&](const matrix<double>& at) {
            map.apply(at, next);
            double sum = 0;
            for (size_t j = 0; j < map.dimension(); ++j) {
                g(0, j) = next(0, j) - at(0, j);
                sum += g(0, j) * g(0, j);
            }
            return sum;
        };
        const double squared = squared_speed(h);
        map.vjp(h, matrix<double>(g), pull);
        const auto residual = g;
        squared_speed(h);
        double lowest = squared;
        for (double step = 1; step > 1e-9; step /= 2) {
            auto moved = h;
            for (size_t j = 0; j < map.dimension(); ++j)
                moved(0, j) = std::clamp(h(0, j) - step * (pull(0, j) - residual(0, j)), -1.0, 1.0);
            lowest = std::min(lowest, squared_speed(moved));
        }
        CHECK(lowest >= squared * (1 - 1e-6) - 1e-20);
    }
    CHECK(ended > 10);
}
