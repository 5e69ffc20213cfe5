#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <xtensor-blas/xlinalg.hpp>

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xview.hpp>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "engram/dynamics.hpp"

using namespace engram;

namespace {

struct tanh_rule {
    using scalar = double;
    matrix<double> weights;

    [[nodiscard]] size_t dimension() const { return weights.shape(0); }
    auto apply(const auto& h) const { return xt::tanh(xt::linalg::dot(h, weights)); }
    auto vjp(const auto& h, const auto& u) const {
        return xt::linalg::dot(u * (1 - xt::square(apply(h))), xt::transpose(weights));
    }
};

/// Without a vjp.
struct no_rule {
    using scalar = double;
    [[nodiscard]] static size_t dimension() { return 1; }
    static auto apply(const auto& h) { return xt::tanh(h); }
};

const matrix<double> coupling({{1.2, 0.3, -0.4}, {-0.2, 1.4, 0.5}, {0.1, -0.6, 0.9}});

}  // namespace

static_assert(differentiable_map<expression_map<tanh_rule>>);
static_assert(!expression_rule<no_rule>);

TEST_SUITE_BEGIN("dynamics/map");

TEST_CASE("a map of expressions is the formula, on views with gaps between their rows too") {
    const expression_map map{tanh_rule{coupling}};
    matrix<double> wide({{0.1, 0.2, 0.3, 9}, {-0.5, 0.4, 0.0, 9}}), next({{0, 0, 0, 7}, {0, 0, 0, 7}});
    const auto h = matrix_view<double>(wide).column_block(0, 3);
    map.apply(h, matrix_view<double>(next).column_block(0, 3));
    for (size_t i = 0; i < 2; ++i) {
        for (size_t j = 0; j < 3; ++j) {
            double sum = 0;
            for (size_t k = 0; k < 3; ++k) sum += h(i, k) * coupling(k, j);
            CHECK(next(i, j) == doctest::Approx(std::tanh(sum)).epsilon(1e-15));
        }
        CHECK(next(i, 3) == 7);
    }
    CHECK(check_derivatives(map, vector<double>{0.1, 0.2, 0.3}).agrees());
}

TEST_CASE("fixed points of a map of expressions are fixed") {
    const expression_map map{tanh_rule{coupling}};
    const matrix<double> seeds({{1, 1, 1}, {-1, -1, -1}, {0.1, -0.1, 0}});
    const auto points = find_slow_points(map, seeds);
    REQUIRE(points.size() >= 2);
    for (const auto& point : points)
        for (size_t j = 0; j < 3 && point.kind == point_kind::fixed; ++j) {
            double sum = 0;
            for (size_t k = 0; k < 3; ++k) sum += point.state(k) * coupling(k, j);
            CHECK(std::tanh(sum) == doctest::Approx(point.state(j)).epsilon(1e-10));
        }
}

TEST_CASE("seeds in any form of two axes lead to the same points as a matrix of them") {
    const expression_map map{tanh_rule{coupling}};
    const matrix<double> seeds({{1, 1, 1}, {-1, -1, -1}, {0.1, -0.1, 0}});
    const auto expected = find_slow_points(map, seeds);
    const auto same = [&](const slow_points<double>& found) {
        return found.states() == expected.states() && found.speeds() == expected.speeds();
    };
    matrix<double> more = xt::zeros<double>({5, 4});
    xt::view(more, xt::range(1, 4), xt::range(0, 3)) = seeds;
    CHECK(same(find_slow_points(map, xt::view(more, xt::range(1, 4), xt::range(0, 3)))));
    CHECK(same(find_slow_points(map, xt::xarray<double>(seeds))));
    CHECK(same(find_slow_points(map, 0.5 * seeds + 0.5 * seeds)));
    CHECK(same(find_slow_points(map, matrix_view<const double>(seeds))));
    CHECK(same(find_slow_points(map, xt::transpose(matrix<double>(xt::transpose(seeds))))));
    CHECK(same(find_slow_points(map, xt::xarray<double>(seeds), levenberg_marquardt{}, {.threads = 1})));
    CHECK(run_forward(map, xt::view(more, xt::range(1, 4), xt::range(0, 3)), 3) ==
          run_forward(map, seeds, 3));
    CHECK(find_slow_points(map, xt::xtensor<int, 2>({{1, 1, 1}})).size() == 1);
}

TEST_CASE("a state in any form of one axis is the same state") {
    const expression_map map{tanh_rule{coupling}};
    const matrix<double> m({{0.1, 0.2, 0.3}, {0.4, -0.5, 0.6}});
    const vector<double> state({0.4, -0.5, 0.6});
    const std::vector<double> list(state.begin(), state.end());
    const vector<std::complex<double>> expected = spectrum(map, state);
    CHECK(spectrum(map, xt::row(m, 1)) == expected);
    CHECK(spectrum(map, xt::xarray<double>(state)) == expected);
    CHECK(spectrum(map, 2 * state - state) == expected);
    CHECK(spectrum(map, list) == expected);
    CHECK(spectrum(map, matrix_view<const double>(m).row_block(1, 1)) == expected);
    CHECK(spectrum(map, std::span<const double>(list)) == expected);
    CHECK(spectrum(map, std::array{0.4, -0.5, 0.6}) == expected);
    CHECK(eigenvectors(map, xt::row(m, 1))[0].direction == eigenvectors(map, state)[0].direction);
    CHECK(check_derivatives(map, xt::row(m, 1)).error == check_derivatives(map, state).error);
    const auto formula = make_map<double, 1>([](const auto& x) { return std::array{0.5 * x[0] + 1.0}; });
    const matrix<double> near_two({{2.001}});
    CHECK(certify(formula, xt::row(near_two, 0)).proved);
    CHECK(certify(formula, std::vector{2.001}, map_bounds{.lipschitz = 0}).proved);
}

TEST_CASE("maps are made of arrays in any form") {
    const matrix<double> wide({{1.2, 0.3, 9}, {-0.2, 1.4, 9}}), h({{0.1, -0.3}});
    const auto weights = xt::view(wide, xt::all(), xt::range(0, 2));
    const auto image = [&](const auto& map) {
        matrix<double> next = xt::zeros_like(h);
        map.apply(h, next);
        return next;
    };
    const rate_network expected{matrix<double>(weights), vector<double>{0.1, 0.2}};
    CHECK(image(rate_network{weights, std::vector{0.1, 0.2}}) == image(expected));
    CHECK(image(rate_network{xt::xarray<double>(weights), 0.1 * vector<double>{1, 2}, activations::tanh{}}) ==
          image(expected));
    CHECK(image(affine(expected, xt::eye<double>(2), xt::row(0 * h, 0))) == image(expected));
    CHECK(masked(expected, {true, false}, xt::row(h, 0)).held_state()[0] == 0.1);
}

TEST_CASE("an array with another number of axes is refused, with its shape and the place") {
    const expression_map map{tanh_rule{coupling}};
    const vector<double> state({0.4, -0.5, 0.6});
    CHECK_THROWS_WITH_AS(
        (void)find_slow_points(map, state),
        "find_slow_points: seeds: found an array of 1 axis (3), expected two axes: states as "
        "rows (n x d)",
        shape_error);
    CHECK_THROWS_WITH_AS((void)find_slow_points(map, xt::xarray<double>(xt::zeros<double>({2, 3, 4}))),
                         "find_slow_points: seeds: found an array of 3 axes (2 x 3 x 4), expected two axes: "
                         "states as rows (n x d)",
                         shape_error);
    CHECK_THROWS_WITH_AS((void)find_slow_points(map, std::vector{0.1, 0.2, 0.3}),
                         "find_slow_points: seeds: found a list of 3 numbers, expected two axes: states as "
                         "rows (n x d)",
                         shape_error);
    CHECK_THROWS_WITH_AS((void)spectrum(map, coupling),
                         "spectrum: found an array of 2 axes (3 x 3), expected one axis: a state (d)",
                         shape_error);
    CHECK_THROWS_WITH_AS((void)spectrum(map, matrix_view<const double>(coupling)),
                         "spectrum: found 3 rows, expected one: a state (d)", shape_error);
    CHECK_THROWS_WITH_AS((void)certify(make_map<double, 1>([](const auto& x) { return std::array{x[0]}; }),
                                       xt::xarray<double>(coupling)),
                         doctest::Contains("expected one axis"), shape_error);
}

TEST_CASE("spectra of several points are an array, filled up where points have none") {
    slow_points<double> found;
    found.points.resize(2);
    found.points[0].spectrum = {{0.5, 0.1}, {0.5, -0.1}};
    found.points[1].speed = 3;
    const matrix<std::complex<double>> spectra = found.spectra();
    CHECK(spectra.shape(0) == 2);
    CHECK(spectra(0, 1) == std::complex<double>(0.5, -0.1));
    CHECK(std::isnan(spectra(1, 0).real()));
    CHECK(found.speeds() == vector<double>{0, 3});
    CHECK(slow_points<double>{}.spectra().size() == 0);
}
