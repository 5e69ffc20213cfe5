#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "engram/dynamics.hpp"
#include "reference/maps.hpp"

namespace {
std::atomic<std::size_t> allocations = 0;
}  // namespace

// clang's thread sanitizer brings operators of its own that cannot be replaced; it runs only cases about
// threads.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ENGRAM_TEST_KEEPS_NEW
#endif
#endif
#ifndef ENGRAM_TEST_KEEPS_NEW
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* p = std::malloc(size > 0 ? size : 1)) return p;
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    ++allocations;
    const auto line = static_cast<std::size_t>(alignment);
    if (void* p = std::aligned_alloc(line, (size + line) / line * line)) return p;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

using namespace engram;

namespace {

using reference::scalar_of;

constexpr auto halving = [](const auto& x) {
    return std::array<scalar_of<decltype(x)>, 2>{0.5 * x[0] + 0.1, 0.5 * x[1] * x[1]};
};

/// h' = h / 2 + 0.1 in each coordinate, with faults to order.
struct faulty {
    using scalar = double;
    size_t d = 2;
    double vjp_factor = 1;
    double not_finite_above = 1e300;  // where apply gives NaN
    double vjp_nan_above = 1e300;     // where vjp gives NaN
    double throws_above = 1e300;

    size_t dimension() const { return d; }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        for (size_t i = 0; i < h.rows(); ++i)
            for (size_t j = 0; j < d; ++j) {
                if (h(i, j) > throws_above) throw std::logic_error("the map's own");
                next(i, j) = h(i, j) > not_finite_above ? NAN : 0.5 * h(i, j) + 0.1;
            }
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        for (size_t i = 0; i < h.rows(); ++i)
            for (size_t j = 0; j < d; ++j)
                out(i, j) = h(i, j) > vjp_nan_above ? NAN : vjp_factor * 0.5 * u(i, j);
    }
};

}  // namespace

TEST_SUITE_BEGIN("dynamics");

TEST_CASE("a seed that is outside its bounds by rounding starts on the bound, one farther out is refused") {
    const auto map = make_map<double, 2>(halving);
    const double rounding = 1.2e-7;  // of a float at 1
    const matrix<double> seeds = {{-1 - rounding, 0.5}, {0.5, 1 + rounding}};
    const search_options<double> box{.region = {.lower_bound = -1, .upper_bound = 1}};
    const auto found = find_slow_points(map, seeds, levenberg_marquardt{.iterations = 0}, box);
    REQUIRE(found.size() == 2);
    CHECK(found.failures.empty());
    CHECK(found[0].state(0) == -1);
    CHECK(found[1].state(1) == 1);
    CHECK_THROWS_WITH_AS(find_slow_points(map, {{-1.00001, 0.5}}, box),
                         "find_slow_points: seed 0 has -1.00001 at coordinate 0, outside the bounds -1 and 1",
                         value_error);
}

TEST_CASE("seeds and options that make no sense are named") {
    const auto map = make_map<double, 2>(halving);
    const matrix<double> seeds = {{0.1, 0.2}, {0.3, 0.4}};
    const auto message = [&](const matrix<double>& s,
                             const search_options<double>& options = {}) -> std::string {
        try {
            find_slow_points(map, s, options);
        } catch (const error& e) {
            return e.what();
        }
        return "";
    };
    CHECK(message(seeds) == "");
    CHECK(message(matrix<double>::from_shape({0, 2})) ==
          "find_slow_points: no seeds; at least one row is needed");
    CHECK(message(matrix<double>{{1, 2, 3}}) ==
          "find_slow_points: seeds are rows of 3 numbers, but the map's dimension is 2");
    CHECK(message(matrix<double>{{0, 0}, {0, NAN}}) == "find_slow_points: seed 1 has nan at coordinate 1");
    CHECK(message(matrix<double>{{0, 0}, {0, 0}, {INFINITY, 0}}) ==
          "find_slow_points: seed 2 has inf at coordinate 0");
    CHECK(message(seeds, {.region = {.lower_bound = 2, .upper_bound = 1}})
              .find("lower bound 2 is not below upper bound 1") != std::string::npos);
    CHECK(message(seeds, {.region = {.upper_bound = 0.35}}) ==
          "find_slow_points: seed 1 has 0.4 at coordinate 1, outside the bounds -inf and 0.35");
    CHECK(message(seeds, {.region = {.lower_bounds = {0, 0, 0}}}) ==
          "find_slow_points: 3 bounds for a map of dimension 2");
    CHECK(message(seeds, {.region = {.lower_bound = NAN}}).find("lower bound nan") != std::string::npos);
    CHECK(message(seeds, {.speed_tolerance = -1}) ==
          "find_slow_points: speed_tolerance = -1, but it must not be negative");
    CHECK(message(seeds, {.region = {.max_distance = 0}}).find("max_distance = 0") != std::string::npos);
    CHECK(message(seeds, {.merge_distance = -1}).find("merge_distance = -1") != std::string::npos);
    CHECK(message(seeds, {.threads = 0}).find("threads = 0") != std::string::npos);
    CHECK(message(seeds, {.outlier_distance = -1}) ==
          "find_slow_points: outlier_distance = -1, but it must not be negative");
    CHECK(message(seeds, {.outlier_distance = NAN}).find("outlier_distance = nan") != std::string::npos);
    CHECK_THROWS_WITH_AS(find_slow_points(faulty{.d = 0}, matrix<double>::from_shape({1, 0})),
                         "find_slow_points: the map's dimension is 0", value_error);
    CHECK_THROWS_WITH_AS(check_derivatives(faulty{.d = 0}, vector<double>::from_shape({0})),
                         "check_derivatives: the map's dimension is 0", value_error);
}

TEST_CASE("a vjp that is wrong by orders of magnitude is refused") {
    const matrix<double> seeds = {{0.3, 0.4}};
    for (const double factor : {100.0, 0.01, -1.0, 0.0})
        CHECK_THROWS_AS(find_slow_points(faulty{.vjp_factor = factor}, seeds), value_error);
    CHECK_THROWS_WITH(find_slow_points(faulty{.vjp_factor = 100}, seeds),
                      doctest::Contains("at seed 0 the map's vjp gives"));
    // The user may insist; nothing crashes, and S does not rise.
    const faulty map{.vjp_factor = 100};
    const auto found = find_slow_points(map, seeds, {.check_derivatives = false});
    REQUIRE(found.size() == 1);
    auto next = seeds;
    map.apply(seeds, next);
    CHECK(found[0].speed <= std::hypot(next(0, 0) - 0.3, next(0, 1) - 0.4));
}

TEST_CASE("a jvp or a Jacobian that is wrong is refused, and one that is not finite spoils no other point") {
    struct linear {
        using scalar = double;
        double jvp_scale = 1, jacobian_scale = 1;
        size_t dimension() const { return 1; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t i = 0; i < h.rows(); ++i) next(i, 0) = h(i, 0) / 2;
        }
        void vjp(matrix_view<const double>, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t i = 0; i < u.rows(); ++i) out(i, 0) = u(i, 0) / 2;
        }
        void jvp(matrix_view<const double>, matrix_view<const double> v, matrix_view<double> out) const {
            for (size_t i = 0; i < v.rows(); ++i) out(i, 0) = jvp_scale * v(i, 0) / 2;
        }
        void jacobian(matrix_view<const double>, matrix_view<double> j) const {
            j(0, 0) = jacobian_scale / 2;
        }
    };
    const matrix<double> seeds = {{0.5}};
    CHECK(find_slow_points(linear{}, seeds).size() == 1);
    CHECK_THROWS_WITH_AS(
        find_slow_points(linear{10, 1}, seeds),
        doctest::Contains(
            "at seed 0 the map's jvp gives 2.5 for a product that differences of apply show to be 0.25"),
        value_error);
    CHECK_THROWS_WITH_AS(find_slow_points(linear{1, 10}, seeds),
                         doctest::Contains("the map's jacobian gives 2.5"), value_error);
    const auto found =
        find_slow_points(linear{1, NAN}, seeds, gradient_descent{}, {.check_derivatives = false});
    REQUIRE(found.size() == 1);
    CHECK(found[0].spectrum.empty());
    CHECK(!found[0].is_minimum);
}

TEST_CASE("a kink at the first seed is no contradiction") {
    // relu(W h), at the origin
    const auto map = make_map<double, 2>([](const auto& h) {
        using std::max;
        using scalar = std::remove_cvref_t<decltype(h[0])>;
        return std::array<scalar, 2>{max(scalar(0.0), 0.5 * h[0] - 0.3 * h[1]),
                                     max(scalar(0.0), 0.2 * h[0] + 0.4 * h[1])};
    });
    CHECK(find_slow_points(map, matrix<double>{{0, 0}}).size() == 1);
}

TEST_CASE("a seed that is not finite does not end the descent of those beside it") {
    const auto map = make_map<double, 1>([](const auto& x) {
        using scalar = std::remove_cvref_t<decltype(x[0])>;
        return std::array<scalar, 1>{x[0] > 1.0 ? scalar(NAN) : 0.5 * x[0]};
    });
    const auto found = find_slow_points(map, matrix<double>{{0.5}, {5}, {0}},
                                        adam_descent{.iterations = 2000}, {.scale = 1, .merge_distance = 0});
    REQUIRE(found.failures.size() == 1);
    CHECK(found.failures[0].seed == 1);
    REQUIRE(found.size() == 2);
    CHECK(found[0].speed < 0.01);
}

TEST_CASE("a seed where the map is not finite is a failure that names the value, the others go on") {
    const matrix<double> seeds = {{0.3, 0.4}, {0.1, 5.0}, {0.0, 0.0}};
    const auto check = [&](const auto& solver) {
        const auto found = find_slow_points(faulty{.not_finite_above = 1}, seeds, solver);
        REQUIRE(found.failures.size() == 1);
        CHECK(found.failures[0].seed == 1);
        CHECK(found.failures[0].reason == "the map gives nan at coordinate 1 of the seed");
        REQUIRE(found.size() == 1);
        CHECK(found[0].seeds == std::vector<size_t>{0, 2});
        CHECK(found.reached_by(1) == found.none);
    };
    check(levenberg_marquardt{});
    check(newton_krylov{});
    check(gradient_descent{});
    check(adam_descent{.iterations = 20'000});
}

TEST_CASE("a first seed without derivatives or values does not stop the check of the map") {
    const matrix<double> seeds = {{5.0, 5.0}, {0.3, 0.4}};
    CHECK(find_slow_points(faulty{.not_finite_above = 1}, seeds).size() == 1);
    CHECK_THROWS_AS(find_slow_points(faulty{.vjp_factor = 100, .not_finite_above = 1}, seeds), value_error);
}

TEST_CASE("a vjp that is not finite ends a search, flagged") {
    const matrix<double> seeds = {{0.3, 5.0}, {0.3, 0.4}};
    const auto found = find_slow_points(faulty{.vjp_nan_above = 1}, seeds, {.check_derivatives = false});
    REQUIRE(found.failures.size() == 1);
    CHECK(found.failures[0].seed == 0);
    CHECK(found.failures[0].reason.find("vjp is not finite") != std::string::npos);
    CHECK(found.size() == 1);
}

TEST_CASE("what a map throws reaches the caller, from every solver and thread") {
    const auto seeds = grid<double>({0, 0}, {3, 3}, 6);
    const auto check = [&](const auto& solver) {
        for (const size_t threads : {size_t{1}, size_t{3}})
            CHECK_THROWS_WITH_AS(
                find_slow_points(faulty{.throws_above = 2}, seeds, solver, {.threads = threads}),
                "the map's own", std::logic_error);
    };
    check(levenberg_marquardt{});
    check(newton_krylov{});
    check(gradient_descent{});
    check(adam_descent{.iterations = 10});
}

namespace {

/// A solver that moves every state by as much along the last coordinate.
struct leaving {
    static constexpr size_t block = 1;
    double by = 0;
    template <differentiable_map Map, class T = typename Map::scalar>
    void operator()(const Map&, matrix_view<T> states, std::span<search_outcome>,
                    const search_region<T>&) const {
        for (size_t i = 0; i < states.rows(); ++i) states(i, states.columns() - 1) += by;
    }
};

}  // namespace

TEST_CASE("a solver that leaves the region fails for that seed, with coordinate, value and bound") {
    const matrix<double> seeds = {{0.1, 0.1}, {0.1, -0.5}};  // h / 2 + 0.1 is slower at larger h
    const auto beyond =
        find_slow_points(faulty{}, seeds, leaving{0.1},
                         {.region = {.upper_bound = 0.12}, .scale = 1, .check_derivatives = false});
    REQUIRE(beyond.failures.size() == 1);
    CHECK(beyond.failures[0].seed == 0);
    CHECK(beyond.failures[0].reason ==
          "the solver left the search region: coordinate 1 is 0.2, beyond its bound 0.12");
    std::ostringstream text;
    text << beyond;
    CHECK(text.str().find("seed 0: the solver left the search region: coordinate 1 is 0.2") !=
          std::string::npos);
    const auto away =
        find_slow_points(faulty{}, seeds, leaving{0.125}, {.region = {.max_distance = 0.0625}, .scale = 1});
    REQUIRE(away.failures.size() == 2);
    CHECK(away.failures[1].seed == 1);
    CHECK(away.failures[1].reason ==
          "the solver left the search region: 0.125 from the seed, beyond max_distance = 0.0625");
}

TEST_CASE("a map that nothing can slow down ends the search at once") {
    const auto shift =
        make_map<double, 1>([](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] + 1.0}; });
    const matrix<double> seeds = {{0.0}, {1e300}, {-1e-300}};
    const auto found = find_slow_points(shift, seeds, {.scale = 1, .merge_distance = 0});
    CHECK(found.size() + found.failures.size() == 3);
    CHECK(found[0].kind == point_kind::slow);
    CHECK(found[0].stop == stop_reason::gradient_vanished);
    // A map that is slower the farther away never ends, but for its limits.
    const auto away = make_map<double, 1>([](const auto& x) {
        using std::exp;
        return std::array<scalar_of<decltype(x)>, 1>{x[0] + exp(-x[0])};
    });
    const matrix<double> origin = {{0.0}};
    CHECK(find_slow_points(away, origin, {.region = {.max_distance = 2}})[0].stop ==
          stop_reason::distance_limit);
    const auto limited = find_slow_points(away, origin, levenberg_marquardt{.iterations = 5});
    CHECK(limited[0].stop == stop_reason::iteration_limit);
    CHECK(limited[0].iterations == 5);
}

TEST_CASE("no search goes on for ever: numbers that overflow, steps without length") {
    struct steep {  // J^T J overflows where S does not
        using scalar = float;
        size_t dimension() const { return 2; }
        void apply(matrix_view<const float> h, matrix_view<float> next) const {
            for (size_t i = 0; i < h.rows(); ++i) next(i, 0) = 1e25f * h(i, 0), next(i, 1) = 3e25f * h(i, 1);
        }
        void vjp(matrix_view<const float>, matrix_view<const float> u, matrix_view<float> out) const {
            for (size_t i = 0; i < u.rows(); ++i) out(i, 0) = 1e25f * u(i, 0), out(i, 1) = 3e25f * u(i, 1);
        }
    };
    const matrix<float> tiny = {{1e-20f, 2e-20f}};
    for (const auto& found :
         {find_slow_points(steep{}, tiny, levenberg_marquardt{}, {.check_derivatives = false}),
          find_slow_points(steep{}, tiny, newton_krylov{}, {.check_derivatives = false})})
        CHECK(found.size() + found.failures.size() == 1);

    const auto map = make_map<double, 2>(halving);
    const matrix<double> seeds = {{0.3, 0.4}};
    for (const auto& [step, shown] : {std::pair(0.0, "0"), std::pair(-1.0, "-1"), std::pair(NAN * 1.0, "nan"),
                                      std::pair(INFINITY * 1.0, "inf")}) {
        const std::string message = std::string("max_step = ") + shown + ", expected a finite number above 0";
        CHECK_THROWS_WITH_AS(find_slow_points(map, seeds, levenberg_marquardt{.max_step = step}),
                             ("levenberg_marquardt: " + message).c_str(), value_error);
        CHECK_THROWS_WITH_AS(find_slow_points(map, seeds, newton_krylov{.max_step = step}),
                             ("newton_krylov: " + message).c_str(), value_error);
    }
    const auto no_target = [&](const std::string& name, auto solver) {
        solver.speed_target = -1;
        CHECK_THROWS_WITH_AS(find_slow_points(map, seeds, solver),
                             (name + ": speed_target = -1, expected a number of at least 0").c_str(),
                             value_error);
    };
    no_target("levenberg_marquardt", levenberg_marquardt{});
    no_target("newton_krylov", newton_krylov{});
    no_target("gradient_descent", gradient_descent{});
    no_target("adam_descent", adam_descent{});
    CHECK_THROWS_WITH_AS(find_slow_points(map, seeds, levenberg_marquardt{.gradient_tolerance = NAN}),
                         "levenberg_marquardt: gradient_tolerance = nan, expected a number of at least 0",
                         value_error);
    CHECK_THROWS_WITH_AS(find_slow_points(map, seeds, adam_descent{.learning_rate = NAN}),
                         "adam_descent: learning_rate = nan, expected a finite number above 0", value_error);
    CHECK_THROWS_WITH_AS(find_slow_points(map, seeds, adam_descent{.beta2 = 1}),
                         "adam_descent: beta = 1, expected a number from 0 to below 1", value_error);
    CHECK_THROWS_AS(find_slow_points(map, seeds, {.dense_limit = 1}), value_error);
    const auto maker = [&](size_t, size_t) { return matrix<double>(seeds); };
    CHECK_THROWS_AS(find_slow_points(map, maker, seeds.shape(0), {.dense_limit = 1}), value_error);
}

TEST_CASE("no iteration of a solver allocates") {
    // Rosenbrock's valley as a map: many iterations whatever the solver.
    struct valley {
        using scalar = double;
        size_t dimension() const { return 2; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t i = 0; i < h.rows(); ++i) {
                next(i, 0) = 1;
                next(i, 1) = h(i, 1) + 10 * (h(i, 1) - h(i, 0) * h(i, 0));
            }
        }
        void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t i = 0; i < h.rows(); ++i) {
                out(i, 0) = -20 * h(i, 0) * u(i, 1);
                out(i, 1) = 11 * u(i, 1);
            }
        }
    };
    const size_t seen = allocations;
    { const std::vector<double> scratch(3); }  // or what solvers take would not be seen
    CHECK(allocations == seen + 1);
    const auto count = [](auto solver, size_t iterations, size_t seeds = 1,
                          const search_region<double>& region = {}) {
        solver.iterations = iterations;
        auto state = matrix<double>::from_shape({seeds, 2});
        for (size_t i = 0; i < seeds; ++i) {
            state(i, 0) = -1.2;
            state(i, 1) = 1 + static_cast<double>(i) / 10;
        }
        std::vector<search_outcome> outcome(seeds);
        const size_t before = allocations;
        descend(valley{}, solver, state, outcome, region);
        CHECK(outcome[0].iterations == iterations);
        return allocations - before;
    };
    CHECK(count(levenberg_marquardt{}, 2) == count(levenberg_marquardt{}, 12));
    CHECK(count(levenberg_marquardt{}, 2, 5) == count(levenberg_marquardt{}, 12, 5));
    CHECK(count(newton_krylov{}, 2) == count(newton_krylov{}, 12));
    CHECK(count(gradient_descent{}, 2) == count(gradient_descent{}, 200));
    CHECK(count(adam_descent{}, 2) == count(adam_descent{}, 200));
    // Along the edge of a box, which the valley's floor crosses, and far within one.
    for (const auto& box : {search_region<double>{.lower_bound = -2, .upper_bound = 1.5},
                            search_region<double>{.lower_bounds = {-1.3, 0.5}, .upper_bounds = {2, 2}},
                            search_region<double>{.lower_bound = -9, .max_distance = 9}}) {
        CHECK(count(levenberg_marquardt{}, 2, 1, box) == count(levenberg_marquardt{}, 6, 1, box));
        CHECK(count(levenberg_marquardt{}, 2, 5, box) == count(levenberg_marquardt{}, 6, 5, box));
        CHECK(count(newton_krylov{}, 2, 1, box) == count(newton_krylov{}, 6, 1, box));
        CHECK(count(gradient_descent{}, 2, 1, box) == count(gradient_descent{}, 60, 1, box));
        CHECK(count(adam_descent{}, 2, 1, box) == count(adam_descent{}, 200, 1, box));
    }
}
