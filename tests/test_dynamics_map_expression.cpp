#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <xtensor-blas/xlinalg.hpp>

#include <cmath>

#include "engram/dynamics/find_slow_points.hpp"
#include "engram/dynamics/map/check_derivatives.hpp"
#include "engram/dynamics/map/expression_map.hpp"

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
