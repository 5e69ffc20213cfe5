#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/dynamics.hpp"
#include "reference/states.hpp"

using namespace engram;

namespace {

/// h' = tanh(W h) of three units, row by row, so that a row's bits are those of the row alone; counts, and
/// has faults to order.
struct counting {
    using scalar = double;
    size_t* calls;
    size_t* rows;
    double not_finite_above = 1e300, throws_above = 1e300;

    static double weight(size_t i, size_t j) {
        return i == j ? 1.8 : 0.7 * std::sin(static_cast<double>(i + 3 * j));
    }
    static double unit(const double* h, size_t i) {
        return std::tanh(weight(i, 0) * h[0] + weight(i, 1) * h[1] + weight(i, 2) * h[2]);
    }

    size_t dimension() const { return 3; }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        ++*calls;
        *rows += h.rows();
        for (size_t r = 0; r < h.rows(); ++r)
            for (size_t i = 0; i < 3; ++i) {
                if (h(r, 0) > throws_above) throw std::logic_error("the map's own");
                next(r, i) = h(r, 0) > not_finite_above ? NAN : unit(h.row(r), i);
            }
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        fill(out, 0.0);
        for (size_t r = 0; r < h.rows(); ++r)
            for (size_t i = 0; i < 3; ++i) {
                const double next = unit(h.row(r), i);
                for (size_t j = 0; j < 3; ++j) out(r, j) += u(r, i) * (1 - next * next) * weight(i, j);
            }
    }
};

/// The same as a network computes it, by a product of all states with the weights.
struct layer {
    using scalar = double;
    matrix<double> weights;

    size_t dimension() const { return weights.shape(0); }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        gemm<double>(h, matrix_view<const double>(weights), next);
        for (size_t r = 0; r < h.rows(); ++r)
            for (size_t i = 0; i < h.columns(); ++i) next(r, i) = std::tanh(next(r, i));
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        auto delta = matrix<double>::from_shape({h.rows(), h.columns()});
        apply(h, delta);
        for (size_t r = 0; r < h.rows(); ++r)
            for (size_t i = 0; i < h.columns(); ++i) delta(r, i) = u(r, i) * (1 - delta(r, i) * delta(r, i));
        gemm<double>(matrix_view<const double>(delta), transposed(matrix_view<const double>(weights)), out);
    }
};

matrix<double> random_states(size_t n, size_t d, double deviation) {
    auto m = matrix<double>::from_shape({n, d});
    random_stream(seed{4}, purpose::search).normals(m, 0.0, deviation);
    return m;
}

struct searched {
    matrix<double> states;
    std::vector<search_outcome> outcomes;
    size_t calls = 0, rows = 0;
};

/// The default solver's search from all these seeds at once.
searched together(const matrix<double>& seeds, double not_finite_above = 1e300,
                  const search_region<double>& region = {}) {
    searched result{seeds, std::vector<search_outcome>(seeds.shape(0))};
    const counting map{&result.calls, &result.rows, not_finite_above};
    descend(map, levenberg_marquardt{}, result.states, result.outcomes, region);
    return result;
}

void check_same_as_alone(const matrix<double>& seeds, double not_finite_above = 1e300,
                         const search_region<double>& region = {}) {
    const auto all = together(seeds, not_finite_above, region);
    size_t rows = 0, most_calls = 0;
    for (size_t i = 0; i < seeds.shape(0); ++i) {
        matrix<double> seed = matrix<double>::from_shape({1, 3});
        std::copy_n(&seeds(i, 0), 3, seed.data());
        const auto alone = together(seed, not_finite_above, region);
        CHECK(alone.outcomes[0].stop == all.outcomes[i].stop);
        CHECK(alone.outcomes[0].iterations == all.outcomes[i].iterations);
        for (size_t j = 0; j < 3; ++j) CHECK(alone.states(0, j) == all.states(i, j));
        rows += alone.rows;
        most_calls = std::max(most_calls, alone.calls);
    }
    CHECK(all.rows == rows);
    CHECK(all.calls <= 2 * most_calls);
    CHECK(all.calls >= most_calls);
}

}  // namespace

TEST_SUITE_BEGIN("dynamics/solver");

TEST_CASE("seeds in lockstep go the way that each goes alone, and share the calls of the map") {
    const auto seeds = random_states(levenberg_marquardt::block, 3, 1.0);
    check_same_as_alone(seeds);
    check_same_as_alone(seeds, 1e300, {.lower_bound = -3, .upper_bound = 3, .max_distance = 0.2});
}

TEST_CASE("a seed in lockstep that overflows or comes upon NaN does not touch those beside it") {
    auto seeds = random_states(6, 3, 0.4);
    seeds(1, 0) = 5;      // NaN from the start
    seeds(2, 2) = 1e200;  // S overflows
    const double first_coordinates[] = {seeds(0, 0), seeds(3, 0), seeds(4, 0), seeds(5, 0)};
    check_same_as_alone(seeds, std::ranges::max(first_coordinates) + 0.05);  // NaN on the way
    const auto all = together(seeds, 2);
    CHECK(all.outcomes[1].stop == stop_reason::not_finite);
    CHECK(all.outcomes[2].stop == stop_reason::not_finite);
    for (const size_t i : {0u, 3u, 4u, 5u}) CHECK(all.outcomes[i].stop != stop_reason::not_finite);
}

TEST_CASE("what a map throws in lockstep reaches the caller") {
    size_t calls = 0, rows = 0;
    auto seeds = random_states(20, 3, 0.4);
    seeds(9, 0) = 4;
    for (const size_t threads : {1u, 3u})
        CHECK_THROWS_WITH_AS(find_slow_points(counting{&calls, &rows, 1e300, 3}, seeds,
                                              {.check_derivatives = false, .threads = threads}),
                             "the map's own", std::logic_error);
}

TEST_CASE("a network's states in lockstep: the same bits on any number of threads, the same points alone") {
    layer network{random_states(20, 20, 1.7 / std::sqrt(20.0))};
    const auto seeds = random_states(41, 20, 0.3);
    CHECK(levenberg_marquardt{}.block_for(41, 20) == 6);
    const auto one = find_slow_points(network, seeds, {.merge_distance = 0});
    for (const size_t threads : {2u, 3u, 5u}) {
        const auto several = find_slow_points(network, seeds, {.merge_distance = 0, .threads = threads});
        REQUIRE(several.size() == one.size());
        for (size_t i = 0; i < one.size(); ++i) {
            CHECK(several[i].iterations == one[i].iterations);
            for (size_t j = 0; j < 20; ++j) CHECK(several[i].state(j) == one[i].state(j));
        }
    }
    const auto alone =
        find_slow_points(network, seeds, levenberg_marquardt{.lockstep_memory = 0}, {.merge_distance = 0});
    REQUIRE(alone.size() == one.size());
    size_t same = 0;
    for (size_t i = 0; i < one.size(); ++i) same += reference::distance(alone[i].state, one[i].state) < 1e-6;
    CHECK(same == one.size());
}

TEST_CASE("a map whose dimension is known when compiling is searched as one whose dimension is not") {
    const auto henon = [](const auto& x) {
        using scalar = std::remove_cvref_t<decltype(x[0])>;
        return std::array<scalar, 2>{1.0 - 1.4 * x[0] * x[0] + x[1], 0.3 * x[0]};
    };
    const auto seeds = uniform_seeds<double>({-2, -2}, {2, 2})(0, 300);
    for (const size_t threads : {1u, 3u}) {
        const auto known = find_slow_points(make_map<double, 2>(henon), seeds, {.threads = threads}),
                   not_known = find_slow_points(make_map<double>(henon, 2), seeds);
        REQUIRE(known.size() == 2);
        REQUIRE(not_known.size() == 2);
        for (size_t i = 0; i < 2; ++i) {
            CHECK(known[i].seeds == not_known[i].seeds);
            CHECK(known[i].unstable_directions == not_known[i].unstable_directions);
            for (size_t j = 0; j < 2; ++j)
                CHECK(known[i].state(j) == doctest::Approx(not_known[i].state(j)).epsilon(1e-12));
        }
    }
}

TEST_CASE("few seeds leave work for every thread, large states are searched alone") {
    const levenberg_marquardt usual;
    CHECK(usual.block_for(1, 50) == 1);
    CHECK(usual.block_for(10, 50) == 2);
    CHECK(usual.block_for(1000, 50) == levenberg_marquardt::block);
    CHECK(usual.block_for(1000, 100) == 3);
    CHECK(usual.block_for(1000, 2000) == 1);
    const levenberg_marquardt roomy{.lockstep_memory = size_t{1} << 30};
    CHECK(roomy.block_for(1000, 500) == levenberg_marquardt::block);
    CHECK(roomy.block_for(1000, 2000) == levenberg_marquardt::block);
}
