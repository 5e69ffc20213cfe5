#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>
#include <vector>

#include <xtensor-blas/xlinalg.hpp>

#include "engram/core/random.hpp"
#include "engram/dynamics.hpp"
#include "reference/effort.hpp"
#include "reference/maps.hpp"
#include "reference/states.hpp"

using namespace engram;

namespace {

using reference::scalar_of;

using reference::henon;
constexpr auto logistic = [](const auto& x) {
    return std::array<scalar_of<decltype(x)>, 1>{4.0 * x[0] * (1.0 - x[0])};
};
constexpr auto lozi = [](const auto& x) {
    using std::abs;
    return std::array<scalar_of<decltype(x)>, 2>{1.0 - 1.7 * abs(x[0]) + x[1], 0.5 * x[0]};
};

/// A network of two tanh units.
struct tanh_pair {
    double w11, w12, w21, w22, b1, b2;
    template <class State>
    auto operator()(const State& h) const {
        using std::tanh;
        return std::array<scalar_of<State>, 2>{tanh(w11 * h[0] + w12 * h[1] + b1),
                                               tanh(w21 * h[0] + w22 * h[1] + b2)};
    }
    /// All its fixed points: on h1' = h1 the second coordinate is a function of the first, which leaves one
    /// equation in one unknown; its roots are bracketed on a fine grid and bisected.
    std::vector<std::array<double, 2>> fixed_points() const {
        const auto second = [&](double x) { return (std::atanh(x) - w11 * x - b1) / w12; };
        const auto defect = [&](double x) { return std::tanh(w21 * x + w22 * second(x) + b2) - second(x); };
        std::vector<std::array<double, 2>> result;
        const int cells = 2'000'000;
        for (int i = 1; i < cells - 1; ++i) {
            double low = -1 + 2.0 * i / cells, high = -1 + 2.0 * (i + 1) / cells;
            if ((defect(low) < 0) == (defect(high) < 0)) continue;
            for (int k = 0; k < 60; ++k) {
                const double middle = (low + high) / 2;
                ((defect(middle) < 0) == (defect(low) < 0) ? low : high) = middle;
            }
            result.push_back({low, second(low)});
        }
        return result;
    }
};

/// x' = x + e + x^2 in the first of d coordinates, contractions to 0 in the others, then the axes turned by
/// two reflections.
struct ghost {
    double e;
    std::vector<double> mirror1, mirror2;

    template <class State>
    static void reflect(const std::vector<double>& v, State& x) {
        scalar_of<State> along = 0.0;
        double square = 0;
        for (size_t i = 0; i < v.size(); ++i) {
            along += v[i] * x[i];
            square += v[i] * v[i];
        }
        for (size_t i = 0; i < v.size(); ++i) x[i] -= (2 * v[i] / square) * along;
    }
    template <class State>
    State operator()(State x) const {
        using std::tanh;
        reflect(mirror1, x);
        reflect(mirror2, x);
        x[0] = x[0] + e + x[0] * x[0];
        for (size_t i = 1; i < x.size(); ++i)
            x[i] = tanh((0.3 + 0.6 * static_cast<double>(i) / static_cast<double>(x.size())) * x[i]);
        reflect(mirror2, x);
        reflect(mirror1, x);
        return x;
    }
};

matrix<double> random_seeds(size_t n, size_t d, double deviation) {
    auto m = matrix<double>::from_shape({n, d});
    random_stream(seed{5}, purpose::search).normals(m, 0.0, deviation);
    return m;
}

template <class T>
bool has_point(const slow_points<T>& found, std::initializer_list<double> state, double tolerance) {
    return std::ranges::any_of(found, [&](const auto& p) {
        double square = 0;
        for (size_t i = 0; i < state.size(); ++i) square += std::pow(p.state(i) - state.begin()[i], 2);
        return std::sqrt(square) < tolerance;
    });
}

/// The search after one iteration, after two, and so on: where a state moved, S fell.
template <class Solver>
void check_descent(Solver solver) {
    const auto map = make_map<double, 2>(tanh_pair{2.0, -0.7, 0.9, 1.8, 0.1, -0.05});
    const auto seeds = grid<double>({-0.95, -0.95}, {0.95, 0.95}, 6);
    const search_options<double> options{.region = {.lower_bound = -0.96, .upper_bound = 0.96},
                                         .merge_distance = 0};
    matrix<double> states = seeds;
    std::vector<double> speeds;
    for (size_t i = 0; i < seeds.shape(0); ++i) {
        const auto [x, y] = tanh_pair{2.0, -0.7, 0.9, 1.8, 0.1, -0.05}(&seeds(i, 0));
        speeds.push_back(std::hypot(x - seeds(i, 0), y - seeds(i, 1)));
    }
    size_t moves = 0;
    for (solver.iterations = 1; solver.iterations <= 40; ++solver.iterations) {
        const auto found = find_slow_points(map, seeds, solver, options);
        REQUIRE(found.size() == seeds.shape(0));
        for (size_t i = 0; i < found.size(); ++i) {
            const auto& now = found[i];
            const bool moved = now.state(0) != states(i, 0) || now.state(1) != states(i, 1);
            if (moved) CHECK(now.speed < speeds[i] * (1 + 1e-15));
            if (!moved) CHECK(now.speed == doctest::Approx(speeds[i]));
            moves += moved;
            std::copy(now.state.begin(), now.state.end(), &states(i, 0));
            speeds[i] = now.speed;
        }
    }
    CHECK(moves > 5 * seeds.shape(0));
}

/// S on the way of one solver never rises above the seed's, and the region holds.
template <class Solver>
void check_promises(const Solver& solver) {
    const tanh_pair net{2.0, -0.7, 0.9, 1.8, 0.1, -0.05};
    const auto map = make_map<double, 2>(net);
    const auto seeds = grid<double>({-0.95, -0.95}, {0.95, 0.95}, 6);
    const auto found = find_slow_points(
        map, seeds, solver,
        {.region = {.lower_bound = -0.96, .upper_bound = 0.96, .max_distance = 0.5}, .merge_distance = 0});
    CHECK(found.failures.empty());
    REQUIRE(found.size() == seeds.shape(0));
    for (size_t i = 0; i < found.size(); ++i) {
        const auto& p = found[i];
        REQUIRE(found.reached_by(i) == i);
        const matrix<double> h = {{seeds(i, 0), seeds(i, 1)}};
        auto next = h;
        map.apply(h, next);
        CHECK(p.speed <= std::hypot(next(0, 0) - h(0, 0), next(0, 1) - h(0, 1)) * (1 + 1e-15));
        CHECK(p.distance_moved <= 0.5 * 1.001);
        CHECK(std::max(std::abs(p.state(0)), std::abs(p.state(1))) <= 0.96);
        if (p.stop == stop_reason::gradient_vanished) CHECK(p.gradient_norm <= 2.001e-9 * p.speed);
    }
}

/// A user's own descent: it follows the map.
struct follow_the_map {
    template <class T>
    forecast<T> propose(const search_state<T>& at, T, std::span<T> step) const {
        std::ranges::copy(at.residual, step.begin());
        return {at.half_squared_speed};
    }
};

/// One with momentum, which needs memory of its own.
struct heavy_ball {
    std::vector<double> velocity;
    void begin(size_t d) { velocity.assign(d, 0.0); }
    forecast<double> propose(const search_state<double>& at, double, std::span<double> step) {
        for (size_t i = 0; i < step.size(); ++i)
            step[i] = velocity[i] = 0.8 * velocity[i] - 0.1 * at.gradient[i];
        return {at.half_squared_speed};
    }
};

/// One that stays where it is: results are the seeds.
struct staying {
    static constexpr size_t block = 4;
    template <differentiable_map Map, class T = typename Map::scalar>
    void operator()(const Map&, matrix_view<T>, std::span<search_outcome>, const search_region<T>&) const {}
};

/// One that breaks its promise.
struct uphill : staying {
    template <differentiable_map Map, class T = typename Map::scalar>
    void operator()(const Map&, matrix_view<T> states, std::span<search_outcome>,
                    const search_region<T>&) const {
        for (size_t i = 0; i < states.rows(); ++i) states(i, 0) += 100;
    }
};

/// A map whose states move along the first axis by a whole number below 20, which depends on their first two
/// coordinates; where the first is 4, there is no image.
struct terraces {
    using scalar = double;
    size_t d;
    static double speed(const double* h) {
        if (h[0] == 4) return std::numeric_limits<double>::quiet_NaN();
        return std::floor(20 * std::abs(std::sin(1000 * h[0] + 700 * h[1])));
    }
    [[nodiscard]] size_t dimension() const { return d; }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        copy<double>(h, next);
        for (size_t i = 0; i < h.rows(); ++i) next(i, 0) += speed(h.row(i));
    }
    void vjp(matrix_view<const double>, matrix_view<const double> u, matrix_view<double> out) const {
        copy<double>(u, out);
    }
};

/// A spiral into 0, with functions that take anything.
struct spiral {
    using scalar = double;
    size_t dimension() const { return 2; }
    void apply(auto h, auto next) const {
        for (size_t i = 0; i < h.rows(); ++i)
            next(i, 0) = 0.5 * h(i, 0) - 0.2 * h(i, 1), next(i, 1) = 0.2 * h(i, 0) + 0.5 * h(i, 1);
    }
    void vjp(auto h, auto u, auto out) const {
        for (size_t i = 0; i < h.rows(); ++i)
            out(i, 0) = 0.5 * u(i, 0) + 0.2 * u(i, 1), out(i, 1) = -0.2 * u(i, 0) + 0.5 * u(i, 1);
    }
    void jvp(auto, const auto& v, const auto& out) const {
        for (size_t i = 0; i < v.rows(); ++i)
            out(i, 0) = 0.5 * v(i, 0) - 0.2 * v(i, 1), out(i, 1) = 0.2 * v(i, 0) + 0.5 * v(i, 1);
    }
};
/// The same with its Jacobian.
struct whole_spiral : spiral {
    void jacobian(auto, auto j) const { j(0, 0) = j(1, 1) = 0.5, j(0, 1) = -0.2, j(1, 0) = 0.2; }
};

}  // namespace

TEST_SUITE_BEGIN("dynamics");

TEST_CASE("Henon's map: both fixed points, their spectra, and the numbers of cycles up to period 4") {
    const auto map = make_map<double, 2>(henon);
    const auto seeds = grid<double>({-2, -2}, {2, 2}, 9);
    const auto found = find_slow_points(map, seeds);
    // 1.4 x^2 + 0.7 x - 1 = 0, y = 0.3 x
    REQUIRE(found.size() == 2);
    for (const double sign : {-1.0, 1.0}) {
        const double x = (-0.7 + sign * std::sqrt(0.49 + 5.6)) / 2.8;
        CHECK(has_point(found, {x, 0.3 * x}, 1e-13));
    }
    for (const auto& p : found) {
        CHECK(p.kind == point_kind::fixed);
        CHECK(p.is_minimum);
        CHECK(p.unstable_directions == 1);
        // The eigenvalues solve z^2 + 2.8 x z - 0.3 = 0.
        for (const auto z : p.spectrum) CHECK(std::abs(z * z + 2.8 * p.state(0) * z - 0.3) < 1e-12);
        CHECK(std::abs(p.spectrum[0]) >= std::abs(p.spectrum[1]));
    }
    CHECK(found[0].seeds.size() + found[1].seeds.size() == seeds.shape(0));

    // At these parameters Henon's map has one 2-cycle, no 3-cycle and one 4-cycle.
    CHECK(find_slow_points(iterate<2>(map), seeds).size() == 4);
    const auto dense = grid<double>({-1.5, -0.5}, {1.5, 0.5}, 25);
    const auto roots = [](const auto& points) {
        return std::ranges::count_if(points, [](const auto& p) { return p.kind == point_kind::fixed; });
    };
    CHECK(roots(find_slow_points(iterate<3>(map), dense)) == 2);
    CHECK(roots(find_slow_points(iterate<4>(map), dense)) == 8);
}

TEST_CASE("no two points are closer than the merge distance, whatever the order of the seeds") {
    // Slower the nearer to 0, and each seed near the next: from the slowest on, those within a tenth of a
    // point are that point, and the first beyond is the next. Above 10 the map is not a number.
    const auto map = make_map<double, 1>([](const auto& x) {
        using std::sqrt;
        return std::array<scalar_of<decltype(x)>, 1>{2.0 * x[0] + 0.0 * sqrt(10.0 - x[0])};
    });
    const auto check = [&](const matrix<double>& seeds, size_t points, const std::vector<size_t>& first,
                           const std::vector<size_t>& failed = {}) {
        const auto found =
            find_slow_points(map, seeds, staying{}, {.scale = 1, .merge_distance = 0.1, .curvature = false});
        REQUIRE(found.size() == points);
        CHECK(found[0].seeds == first);
        size_t all = 0;
        for (const auto& p : found) {
            all += p.seeds.size();
            CHECK(p.best_seed ==
                  *std::ranges::min_element(p.seeds, {}, [&](size_t i) { return seeds(i, 0); }));
            for (const auto& q : found)
                if (&p != &q) CHECK(std::abs(p.state(0) - q.state(0)) >= 0.1);
        }
        REQUIRE(found.failures.size() == failed.size());
        for (size_t i = 0; i < failed.size(); ++i) CHECK(found.failures[i].seed == failed[i]);
        CHECK(all + failed.size() == seeds.shape(0));
    };
    check({{0.52}, {0.44}, {0.58}}, 2, {0, 1});
    check({{0.51}, {0.44}, {0.58}, {0.20}, {0.28}}, 3, {0, 1});
    check({{0.51}, {0.44}, {0.30}, {0.37}, {0.58}}, 3, {0, 1});
    check({{20}, {0.51}, {0.44}, {30}, {0.58}, {0.20}, {0.28}}, 3, {1, 2}, {0, 3});
}

TEST_CASE("a map may be written with templates: its functions are called with views alone") {
    const matrix<double> seeds = {{1, 2}, {-1, 0.5}};
    const auto check = [&](const auto& map) {
        for (const auto& found : {find_slow_points(map, seeds), find_slow_points(map, seeds, newton_krylov{}),
                                  find_slow_points(map, seeds, adam_descent{})}) {
            REQUIRE(found.size() == 1);
            CHECK(std::hypot(found[0].state(0), found[0].state(1)) < 1e-4);
        }
    };
    check(spiral{});
    check(whole_spiral{});
}

TEST_CASE("the logistic map at 4: all 2^k points of period k, where the tangent map puts them") {
    const auto map = make_map<double, 1>(logistic);
    const auto seeds = grid<double>({0.0}, {1.0}, 257);
    const auto check = [&](const auto& found, int k) {
        size_t fixed = 0;
        for (const auto& p : found) fixed += p.kind == point_kind::fixed;
        CHECK(fixed == size_t{1} << k);
        // x = sin^2(t) turns the map into t -> 2 t.
        for (const int n : {(1 << k) - 1, (1 << k) + 1})
            for (int j = 0; 2 * j <= n; ++j)
                CHECK(has_point(found, {std::pow(std::sin(std::numbers::pi * j / n), 2)}, 1e-10));
    };
    check(find_slow_points(map, seeds), 1);
    check(find_slow_points(iterate<2>(map), seeds), 2);
    check(find_slow_points(iterate<3>(map), seeds), 3);
    check(find_slow_points(iterate<4>(map), seeds), 4);
}

TEST_CASE("a piecewise-linear map: its cycles are those that linear algebra gives for each itinerary") {
    const auto seeds = grid<double>({-1.6, -0.8}, {1.6, 0.8}, 41);
    const auto check = [&]<size_t K>(std::integral_constant<size_t, K>) {
        // x_{i+1} = 1 - 1.7 s_i x_i + 0.5 x_{i-1} with signs s: for each, a linear system by Gauss's
        // elimination.
        std::vector<std::array<double, 2>> exact;
        for (unsigned signs = 0; signs < 1u << K; ++signs) {
            double a[K][K + 1] = {};
            for (size_t i = 0; i < K; ++i) {
                a[i][(i + 1) % K] += 1;
                a[i][i] += 1.7 * ((signs >> i & 1) != 0 ? 1 : -1);
                a[i][(i + K - 1) % K] -= 0.5;
                a[i][K] = 1;
            }
            for (size_t c = 0; c < K; ++c) {
                size_t pivot = c;
                for (size_t r = c; r < K; ++r)
                    if (std::abs(a[r][c]) > std::abs(a[pivot][c])) pivot = r;
                std::swap(a[c], a[pivot]);
                for (size_t r = 0; r < K; ++r)
                    for (size_t j = K + 1; r != c && j-- > c;) a[r][j] -= a[r][c] / a[c][c] * a[c][j];
            }
            double x[K];
            bool consistent = true;
            for (size_t i = 0; i < K; ++i) {
                x[i] = a[i][K] / a[i][i];
                consistent = consistent && (x[i] > 0) == ((signs >> i & 1) != 0);
            }
            if (consistent) exact.push_back({x[0], 0.5 * x[K - 1]});
        }
        size_t fixed = 0;
        const auto found = find_slow_points(iterate<K>(make_map<double, 2>(lozi)), seeds);
        for (const auto& p : found) fixed += p.kind == point_kind::fixed;
        CHECK(fixed == exact.size());
        for (const auto& [x, y] : exact) CHECK(has_point(found, {x, y}, 1e-10));
    };
    check(std::integral_constant<size_t, 1>{});
    check(std::integral_constant<size_t, 2>{});
    check(std::integral_constant<size_t, 3>{});
    check(std::integral_constant<size_t, 4>{});
}

TEST_CASE("tanh networks: every fixed point that a one-dimensional scan finds, and no other") {
    for (const tanh_pair net :
         {tanh_pair{2.0, -0.7, 0.9, 1.8, 0.1, -0.05}, tanh_pair{3.0, 0.2, 0.3, 2.5, 0, 0},
          tanh_pair{0.8, 1.9, 1.2, -0.4, 0.2, 0.1}, tanh_pair{-2.0, 1.5, 1.5, -2.0, 0.0, 0.3}}) {
        const auto exact = net.fixed_points();
        const auto found = find_slow_points(make_map<double, 2>(net), grid<double>({-1, -1}, {1, 1}, 15),
                                            {.region = {.lower_bound = -1, .upper_bound = 1}});
        size_t fixed = 0;
        for (const auto& p : found) fixed += p.kind == point_kind::fixed;
        CHECK(fixed == exact.size());
        for (const auto& [x, y] : exact) CHECK(has_point(found, {x, y}, 1e-8));
    }
}

TEST_CASE("a ghost is a slow point of its exact speed, and never fixed") {
    for (const double e : {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6}) {
        const auto map = make_map<double, 1>(
            [e](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] + e + x[0] * x[0]}; });
        const auto found = find_slow_points(map, grid<double>({-0.9}, {0.9}, 10));
        REQUIRE(found.size() == 1);
        CHECK(found[0].kind == point_kind::slow);
        CHECK(std::abs(found[0].speed / e - 1) < 1e-9);
        CHECK(found[0].is_minimum);
        CHECK(found[0].smallest_curvature == doctest::Approx(4 * e));  // S'' = 4 e at 0
        // Not even where the tolerance would allow it.
        CHECK(find_slow_points(map, grid<double>({-0.9}, {0.9}, 10), {.speed_tolerance = 1.0})[0].kind ==
              point_kind::slow);
    }
}

TEST_CASE("a ghost among contracting directions, turned, in 200 dimensions") {
    const size_t d = reference::optimised ? 200 : 50;
    std::vector<double> v(d), w(d);
    random_stream stream(seed{3}, purpose::user);
    stream.normals(v);
    stream.normals(w);
    for (const double e : {1e-2, 1e-4, 1e-6}) {
        const auto found = find_slow_points(make_map<double>(ghost{e, v, w}, d), random_seeds(4, d, 0.1));
        REQUIRE(found.size() == 1);
        CHECK(found[0].kind == point_kind::slow);
        CHECK(found[0].is_minimum);
        CHECK(std::abs(found[0].speed / e - 1) < 1e-8);
        CHECK(found[0].gradient_norm < 1e-8 * e);
    }
}

TEST_CASE("near a fold, on the side that has fixed points, both are found") {
    for (const double e : {-1e-6, -1e-4}) {
        const auto map = make_map<double, 1>(
            [e](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] + e + x[0] * x[0]}; });
        const auto found = find_slow_points(map, grid<double>({-0.5}, {0.5}, 10), {.merge_distance = 1e-6});
        REQUIRE(found.size() == 2);
        for (const auto& p : found) {
            CHECK(p.kind == point_kind::fixed);
            CHECK(std::abs(p.state(0)) == doctest::Approx(std::sqrt(-e)));
        }
    }
}

TEST_CASE("every solver lowers S and stays in the region") {
    check_promises(levenberg_marquardt{});
    check_promises(newton_krylov{});
    check_promises(gradient_descent{.iterations = 2000});
    check_promises(adam_descent{.iterations = 2000});
}

TEST_CASE("S falls at every accepted step, of every solver but Adam") {
    check_descent(levenberg_marquardt{});
    check_descent(newton_krylov{});
    check_descent(gradient_descent{});
}

TEST_CASE("a speed target ends a search at the first iteration that reaches it") {
    const auto map = make_map<double, 2>(tanh_pair{2.0, -0.7, 0.9, 1.8, 0.1, -0.05});
    const matrix<double> seeds = {{0.9, 0.3}};
    const auto check = [&](auto solver) {
        const auto start = find_slow_points(map, seeds, solver, {.scale = 1});
        REQUIRE(start.size() == 1);
        const double target = 1.05 * start[0].speed;
        solver.speed_target = target;
        const auto found = find_slow_points(map, seeds, solver, {.scale = 1});
        REQUIRE(found.size() == 1);
        CHECK(found[0].stop == stop_reason::target_reached);
        CHECK(found[0].speed <= target);
        CHECK(found[0].iterations < start[0].iterations);
        solver.iterations = found[0].iterations - 1;
        const auto before = find_slow_points(map, seeds, solver, {.scale = 1});
        REQUIRE(before.size() == 1);
        CHECK(before[0].stop == stop_reason::iteration_limit);
        CHECK(before[0].speed > target);
    };
    check(levenberg_marquardt{});
    check(newton_krylov{});
    check(gradient_descent{});
    check(adam_descent{.iterations = 20'000, .decay = 1.0});
}

TEST_CASE("all solvers reach the same points") {
    const tanh_pair net{2.0, -0.7, 0.9, 1.8, 0.1, -0.05};
    const auto map = make_map<double, 2>(net);
    const matrix<double> seeds = {{0.9, 0.8}, {-0.9, -0.7}, {0.3, -0.95}, {0.05, 0.05}};
    const auto expected = find_slow_points(map, seeds, {.merge_distance = 0});
    const auto compare = [&](const auto& solver) {
        const auto found = find_slow_points(map, seeds, solver, {.merge_distance = 0});
        for (size_t i = 0; i < seeds.shape(0); ++i)
            CHECK(reference::distance(found[i].state, expected[i].state) < 1e-5);
    };
    compare(newton_krylov{});
    compare(gradient_descent{});
    compare(adam_descent{.iterations = 50'000});
}

TEST_CASE("the Lorenz system: its three equilibria and their eigenvalues") {
    const auto lorenz = [](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 3>{10.0 * (x[1] - x[0]), x[0] * (28.0 - x[2]) - x[1],
                                                     x[0] * x[1] - 8.0 / 3.0 * x[2]};
    };
    const auto map = flow<double, 3>(lorenz, 0.01, 5);
    const auto found = find_slow_points(map, grid<double>({-15, -15, 0}, {15, 15, 40}, 4));
    const double x = std::sqrt(8.0 / 3.0 * 27.0);
    CHECK(has_point(found, {0, 0, 0}, 1e-9));
    CHECK(has_point(found, {x, x, 27}, 1e-9));
    CHECK(has_point(found, {-x, -x, 27}, 1e-9));
    for (const auto& p : found) {
        if (p.kind != point_kind::fixed) continue;
        if (std::abs(p.state(0)) > 1)
            CHECK(p.unstable_directions == 2);
        else {
            // Of the linear field at 0: (-11 + sqrt(1201)) / 2 is the largest eigenvalue.
            CHECK(p.spectral_radius() ==
                  doctest::Approx(std::exp(0.05 * (-11 + std::sqrt(1201.0)) / 2)).epsilon(1e-5));
            CHECK(p.unstable_directions == 1);
        }
    }
}

TEST_CASE("a slope where a search is stopped is not called a minimum") {
    const auto map = make_map<double, 1>(
        [](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] / 2.0 + 0.1}; });
    for (const bool by_distance : {false, true}) {
        const auto found = find_slow_points(map, matrix<double>{{10}},
                                            levenberg_marquardt{.iterations = by_distance ? 500u : 1u},
                                            {.region = {.max_distance = by_distance ? 1.0 : 100.0}});
        REQUIRE(found.size() == 1);
        CHECK(found[0].smallest_curvature > 0);
        CHECK(!found[0].is_minimum);
    }
    CHECK(find_slow_points(map, matrix<double>{{10}})[0].is_minimum);
}

TEST_CASE("a ghost is not called fixed before a search has come to it, whatever else Newton's step gains") {
    const auto map = make_map<double, 2>([](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 2>{x[0] + 1e-6 + x[0] * x[0], 0.5 * x[1]};
    });
    for (const size_t dense_limit : {2500u, 1u}) {
        const auto found =
            find_slow_points(map, matrix<double>{{1e-3, 2e-4}}, gradient_descent{.iterations = 0},
                             {.speed_tolerance = 1e-3, .dense_limit = dense_limit});
        REQUIRE(found.size() == 1);
        CHECK(found[0].kind == point_kind::slow);
    }
}

TEST_CASE("rectifier networks: every fixed point, and no search ends on a ridge along which S still falls") {
    // Without ways along kinks, 30 seeds a network led to some 150 places on ridges besides the fixed points.
    size_t lowest = 0;
    // In the last three S falls from where several kinks meet, along some of them.
    for (const std::uint64_t net : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 17u, 59u, 104u}) {
        const size_t d = 2 + net % 3;
        std::vector<double> weights(d * d), bias(d);
        random_stream(seed{net + 1}, purpose::user).normals(weights, 0.0, 1.5);
        random_stream(seed{net + 50}, purpose::user).normals(bias, 0.0, 0.5);
        const auto map = make_map<double>(
            [&](const auto& x) {
                auto y = x;
                for (size_t i = 0; i < d; ++i) {
                    y[i] = bias[i];
                    for (size_t j = 0; j < d; ++j) y[i] += weights[i * d + j] * x[j];
                    if (!(y[i] > 0)) y[i] = 0;
                }
                return y;
            },
            d);
        matrix<double> seeds = matrix<double>::from_shape({30, d});
        random_stream(seed{net + 99}, purpose::user).normals(seeds, 0.0, 2.0);
        const auto found = find_slow_points(map, seeds);
        CHECK(found.kinks.empty());
        CHECK(found.failures.empty());
        // The fixed point of every pattern of active units, if that is its pattern.
        for (unsigned active = 0; active < 1u << d; ++active) {
            matrix<double> a({d, d}, 0.0);
            vector<double> b({d}, 0.0);
            for (size_t i = 0; i < d; ++i) {
                a(i, i) = 1;
                for (size_t j = 0; j < d && (active >> i & 1); ++j) a(i, j) -= weights[i * d + j];
                if (active >> i & 1) b[i] = bias[i];
            }
            const vector<double> x = xt::linalg::solve(a, b);
            if (reference::speed(map, x) > 1e-9) continue;
            CHECK(std::ranges::any_of(found, [&](const auto& p) {
                return p.kind == point_kind::fixed && reference::distance(p.state, x) < 1e-6;
            }));
        }
        // What is called a minimum of S is one among random neighbours.
        random_stream draws(seed{net + 7}, purpose::user);
        for (const auto& point : found) {
            if (point.kind == point_kind::fixed || !point.is_minimum) continue;
            ++lowest;
            CHECK(point.at_kink);
            for (int k = 0; k < 200; ++k) {
                std::vector<double> beside(point.state.begin(), point.state.end());
                for (double& x : beside) x += draws.normal() * (k % 2 ? 1e-3 : 1e-5);
                CHECK(reference::speed(map, beside) > point.speed * (1 - 5e-10));
            }
        }
        for (const auto& point : found)
            CHECK((point.kind == point_kind::fixed || point.is_minimum ||
                   point.stop == stop_reason::iteration_limit));
    }
    CHECK(lowest > 0);
}

TEST_CASE("reached_by looks seeds up, and is right where points were taken out since") {
    auto found = find_slow_points(make_map<double, 2>(henon), grid<double>({-2, -2}, {2, 2}, 5));
    REQUIRE(found.size() == 2);
    REQUIRE(found.led_to.size() == 25);
    for (size_t seed = 0; seed < 26; ++seed) {
        size_t expected = slow_points<double>::none;
        for (size_t i = 0; i < found.size(); ++i)
            if (std::ranges::count(found[i].seeds, seed) > 0) expected = i;
        CHECK(found.reached_by(seed) == expected);
    }
    const auto rest = found[1];
    found.points.erase(found.points.begin());
    CHECK(found.reached_by(rest.seeds[0]) == 0);
}

TEST_CASE("on a line of fixed points no distance to a root is told, but that there may be a continuum") {
    // A line attractor: h1 stays, h2 decays; turned, so that rounding hides the zero.
    const auto line = make_map<double, 2>([](const auto& x) {
        const auto across = 0.6 * x[0] + 0.8 * x[1];
        return std::array<scalar_of<decltype(x)>, 2>{x[0] - 0.3 * across, x[1] - 0.4 * across};
    });
    const auto found = find_slow_points(line, grid<double>({-1, -1}, {1, 1}, 4));
    REQUIRE(!found.empty());
    for (const auto& point : found) {
        CHECK(point.kind == point_kind::fixed);
        CHECK(point.singular);
        CHECK(std::isinf(point.root_distance));
        std::ostringstream text;
        text << point;
        CHECK(text.str().find("dF/dh - 1 is singular: may belong to a continuum") != std::string::npos);
    }
    const auto simple = find_slow_points(make_map<double, 2>(henon), grid<double>({-2, -2}, {2, 2}, 4));
    REQUIRE(simple.size() == 2);
    for (const auto& point : simple) {
        CHECK(!point.singular);
        CHECK(point.root_distance < 1e-12);
    }
}

TEST_CASE("a defective eigenvalue 1 is not unstable, however far rounding splits it") {
    // Three integrators in a chain, turned: eigenvalues 1 but for the cube root of epsilon.
    const auto chain = make_map<double, 3>([](const auto& x) {
        const double a = 0.48, b = 0.6, c = 0.64;  // rows (a, b, c), (-0.8, 0, 0.6), their cross product
        const double r[3][3] = {{a, b, c}, {-0.8, 0, 0.6}, {0.36, -0.8, 0.48}};
        std::array<scalar_of<decltype(x)>, 3> y{}, next = x;
        for (size_t i = 0; i < 3; ++i)
            for (size_t j = 0; j < 3; ++j) y[i] += r[i][j] * x[j];
        for (size_t j = 0; j < 3; ++j) next[j] += r[0][j] * y[1] + r[1][j] * y[2];
        return next;
    });
    const auto seed = matrix<double>::from_shape({1, 3});
    auto start = seed;
    start.fill(0.0);
    const auto found = find_slow_points(chain, start);
    REQUIRE(found.size() == 1);
    CHECK(std::abs(found[0].spectrum[0]) > 1 + 1e-7);  // as computed
    CHECK(found[0].unstable_directions == 0);
    // What is outside by more than rounding is unstable, also beside 1: a node and a spiral.
    const auto just = make_map<double, 3>([](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 3>{1.000001 * x[0], 0.8 * x[1] - 0.600001 * x[2],
                                                     0.600001 * x[1] + 0.8 * x[2]};
    });
    CHECK(find_slow_points(just, start)[0].unstable_directions == 3);
    // So is what is slowly unstable beside a line of fixed points, which has an eigenvalue 1 of its own.
    const auto line = make_map<double, 3>([](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 3>{1.0003 * x[0], x[1], 0.5 * x[2]};
    });
    CHECK(find_slow_points(line, start)[0].unstable_directions == 1);
}

TEST_CASE("fixed points of a flow's steps that are no equilibria of its field are told apart") {
    // The logistic equation: 0 and 1 are its equilibria; a Runge-Kutta step of 2.75 has others.
    const auto field = [](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 1>{x[0] * (1.0 - x[0])};
    };
    size_t equilibria = 0, others = 0;
    const auto map = flow<double, 1>(field, 2.75, 1);
    for (const auto& point : find_slow_points(map, grid<double>({-0.2}, {1.6}, 40))) {
        if (point.kind != point_kind::fixed) continue;
        const bool right = std::min(std::abs(point.state(0)), std::abs(point.state(0) - 1)) < 1e-6;
        CHECK(point.not_equilibrium == !right);
        ++(right ? equilibria : others);
        const auto proof = certify(map, point.state);
        CHECK(proof.proved);
        CHECK((proof.reason.find("no equilibrium") != std::string::npos) == !right);
        CHECK((proof.reason.find("an equilibrium of the field") != std::string::npos) == right);
        std::ostringstream text;
        text << point;
        CHECK((text.str().find("no equilibrium of the field") != std::string::npos) == !right);
    }
    CHECK(equilibria == 2);
    CHECK(others >= 2);
}

TEST_CASE("time constants: those of decay by e a step, of its double, and of none") {
    const double e = std::exp(1.0);
    const auto map = make_map<double, 3>([e](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 3>{x[0], x[1] / e, x[2] / (e * e)};
    });
    const auto times = find_slow_points(map, matrix<double>{{0, 0, 0}})[0].time_constants();
    CHECK(times[0] == std::numeric_limits<double>::infinity());
    CHECK(times[1] == doctest::Approx(1));
    CHECK(times[2] == doctest::Approx(0.5));
}

TEST_CASE("a maximum of S where a search ends is not called a minimum") {
    // S = x^2 (1 - x^2)^2 has a maximum at 1 / sqrt 3, where its gradient vanishes too.
    const auto map = make_map<double, 1>([](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 1>{x[0] + x[0] * (1.0 - x[0] * x[0])};
    });
    const matrix<double> seed = {{1 / std::sqrt(3.0)}};
    const auto found = find_slow_points(map, seed);
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == point_kind::slow);
    CHECK(!found[0].is_minimum);
    CHECK(found[0].smallest_curvature < 0);
    std::ostringstream text;
    text << found;
    CHECK(text.str().find("not shown to be a minimum") != std::string::npos);
    std::ostringstream unasked;
    unasked << find_slow_points(map, seed, {.curvature = false});
    CHECK(unasked.str().find("minimum") == std::string::npos);
}

TEST_CASE("a minimum on the edge of the box is one within the box") {
    // x' = x + 1 + x falls in speed towards -1/2, but the box ends at 0.
    const auto map = make_map<double, 1>(
        [](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] + 1.0 + x[0]}; });
    const matrix<double> seed = {{0.7}};
    const auto found = find_slow_points(map, seed, {.region = {.lower_bound = 0, .upper_bound = 1}});
    REQUIRE(found.size() == 1);
    CHECK(found[0].state(0) == 0);
    CHECK(found[0].speed == 1);
    CHECK(found[0].is_minimum);
    CHECK(found[0].gradient_norm == 0);
    CHECK(found[0].stop == stop_reason::gradient_vanished);
}

TEST_CASE("results do not depend on the number of threads, to the bit") {
    const auto map = make_map<double, 2>(henon);
    const auto seeds = grid<double>({-2, -2}, {2, 2}, 9);
    const auto compare = [&](const auto& solver) {
        const auto one = find_slow_points(map, seeds, solver, {.merge_distance = 0, .threads = 1});
        for (const size_t threads : {size_t{2}, size_t{3}, size_t{5}}) {
            const auto many = find_slow_points(map, seeds, solver, {.merge_distance = 0, .threads = threads});
            REQUIRE(many.size() == one.size());
            for (size_t i = 0; i < one.size(); ++i) {
                for (size_t j = 0; j < 2; ++j)
                    CHECK(std::bit_cast<std::uint64_t>(many[i].state(j)) ==
                          std::bit_cast<std::uint64_t>(one[i].state(j)));
                CHECK(many[i].iterations == one[i].iterations);
            }
        }
    };
    compare(levenberg_marquardt{});
    compare(adam_descent{.iterations = 500});
}

TEST_CASE("far results are flagged as outliers, and kept") {
    // Fixed points at 0 and at 50; the seeds lie about 0 but for one.
    const auto map = make_map<double, 1>([](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 1>{x[0] - 0.01 * x[0] * (50.0 - x[0])};
    });
    const matrix<double> seeds = {{-0.2}, {-0.1}, {0.0}, {0.1}, {0.2}, {0.15}, {-0.15}, {26.0}};
    const auto found = find_slow_points(map, seeds, {.outlier_distance = 5});
    REQUIRE(found.size() == 2);
    CHECK(!found[found.reached_by(0)].outlier);
    CHECK(found[found.reached_by(7)].outlier);
    CHECK(found[found.reached_by(7)].state(0) == doctest::Approx(50));
}

TEST_CASE("merging lists the seeds of each point, and can be switched off") {
    const auto map = make_map<double, 2>(henon);
    const auto seeds = grid<double>({-2, -2}, {2, 2}, 5);
    const auto merged = find_slow_points(map, seeds),
               each = find_slow_points(map, seeds, {.merge_distance = 0});
    REQUIRE(merged.size() == 2);
    REQUIRE(each.size() == 25);
    for (size_t i = 0; i < 25; ++i) {
        const auto& p = merged[merged.reached_by(i)];
        CHECK(reference::distance(p.state, each[i].state) < 1e-4);
        CHECK(each[i].seeds == std::vector<size_t>{i});
    }
    CHECK(merged.states().shape(0) == 2);
    CHECK(merged.reached_by(99) == merged.none);
}

TEST_CASE("a user's solver works, and one that breaks its promise is found out") {
    const auto map = make_map<double, 2>(tanh_pair{0.5, 0.1, 0.2, 0.4, 0.1, 0.2});
    const auto found =
        find_slow_points(map, grid<double>({-1, -1}, {1, 1}, 3), compose(follow_the_map{}, full_step{}));
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == point_kind::fixed);
    const auto failed = find_slow_points(map, grid<double>({-1, -1}, {1, 1}, 3), uphill{});
    CHECK(failed.empty());
    REQUIRE(failed.failures.size() == 9);
    CHECK(failed.failures[3].seed == 3);
    CHECK(failed.failures[3].reason.find("above the seed's") != std::string::npos);
}

TEST_CASE("a user's descent gets clipping, the ball and outcomes from the driver") {
    const auto map = make_map<double, 2>(tanh_pair{2.0, -0.7, 0.9, 1.8, 0.1, -0.05});
    check_promises(compose(follow_the_map{}, full_step{}));
    check_promises(compose(heavy_ball{}, trust_region{}));
    check_promises(compose(steepest_descent{}, trust_region{}));
    const matrix<double> seeds = {{0.3, 0.4}};
    const auto stop = [&](auto solver, const search_region<double>& region) {
        return find_slow_points(map, seeds, solver, {.region = region, .scale = 1}).points.at(0).stop;
    };
    CHECK(stop(compose(follow_the_map{}, full_step{}, {.iterations = 2}), {}) ==
          stop_reason::iteration_limit);
    CHECK(stop(compose(follow_the_map{}, full_step{}), {.max_distance = 0.05}) ==
          stop_reason::distance_limit);
    CHECK(stop(compose(heavy_ball{}, trust_region{}, {.speed_target = 0.1}), {}) ==
          stop_reason::target_reached);
    // In lockstep or alone, on one thread or more: a copy of the descent for every seed.
    const auto many = grid<double>({-0.95, -0.95}, {0.95, 0.95}, 5);
    const auto solver = compose(heavy_ball{}, trust_region{});
    const auto one = find_slow_points(map, many, solver, {.scale = 1, .merge_distance = 0});
    const auto two = find_slow_points(map, many, solver, {.scale = 1, .merge_distance = 0, .threads = 2});
    for (size_t i = 0; i < many.shape(0); ++i) {
        auto state = matrix<double>{{many(i, 0), many(i, 1)}};
        std::vector<search_outcome> outcome(1);
        descend(map, solver, state, outcome);
        CHECK(outcome[0].iterations == one[i].iterations);
        for (size_t j = 0; j < 2; ++j) {
            CHECK(state(0, j) == one[i].state(j));
            CHECK(two[i].state(j) == one[i].state(j));
        }
    }
}

TEST_CASE("floats work as well") {
    const auto found =
        find_slow_points(make_map<float, 2>([](const auto& x) {
                             using s = scalar_of<decltype(x)>;
                             return std::array<s, 2>{1.0f - 1.4f * x[0] * x[0] + x[1], 0.3f * x[0]};
                         }),
                         grid<float>({-2, -2}, {2, 2}, 9));
    REQUIRE(found.size() == 2);
    CHECK(found[0].kind == point_kind::fixed);
    CHECK(found[1].kind == point_kind::fixed);
}

TEST_CASE("a ghost beside a direction that enlarges rounding is slow, not fixed") {
    const auto map = make_map<double, 2>([](const auto& x) {
        using scalar = std::remove_cvref_t<decltype(x[0])>;
        return std::array<scalar, 2>{x[0] + 1e-9 + x[0] * x[0], 1e7 * x[1]};
    });
    const auto found = find_slow_points(map, matrix<double>{{1e-3, 0.0}});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == point_kind::slow);
    CHECK(found[0].speed == doctest::Approx(1e-9));
}

TEST_CASE("which seeds are merged does not depend on their order, and no two points are near") {
    // States so dense that many are near several others, in two dimensions and in twenty.
    for (const size_t d : {2u, 20u})
        for (const double merge_distance : {0.05, 0.3, 2.0}) {
            CAPTURE(d);
            CAPTURE(merge_distance);
            constexpr size_t n = 400;
            random_stream draws(seed{d}, purpose::user);
            auto states = matrix<double>::from_shape({n, d}), shuffled = states;
            for (double& x : states) x = std::ldexp(std::floor(std::ldexp(3 * draws.uniform(), 20)), -20);
            const auto speed = [&](size_t i) { return terraces::speed(&states(i, 0)); };
            states(7, 0) = 4;  // its image is not finite
            std::vector<size_t> order(n);
            for (size_t i = 0; i < n; ++i) order[i] = (i * 77 + 13) % n;
            for (size_t i = 0; i < n; ++i) std::copy_n(&states(order[i], 0), d, &shuffled(i, 0));
            const search_options<double> options{
                .scale = 1, .merge_distance = merge_distance, .check_derivatives = false};
            const auto found = find_slow_points(terraces{d}, states, staying{}, options),
                       others = find_slow_points(terraces{d}, shuffled, staying{}, options);
            REQUIRE(found.size() == others.size());
            REQUIRE(found.failures.size() == 1);
            CHECK(found.failures[0].seed == 7);
            size_t first_of_next = 0;
            for (size_t i = 0; i < n; ++i) {
                const size_t point = found.reached_by(order[i]), other = others.reached_by(i);
                REQUIRE((point == found.none) == (order[i] == 7));
                REQUIRE((other == others.none) == (order[i] == 7));
                if (order[i] == 7) continue;
                const size_t best = found[point].best_seed;
                REQUIRE(best == order[others[other].best_seed]);
                CHECK(found[point].speed == speed(best));
                CHECK(speed(best) <= speed(order[i]));
                CHECK(other <= first_of_next);  // in the order of their first seed
                first_of_next = std::max(first_of_next, other + 1);
            }
            CHECK((found.size() < n - 1 || (d == 20 && merge_distance < 1)));  // some are merged
            const std::vector<double> origin(d, 0.0);
            for (size_t a = 0; a < found.size(); ++a)
                for (size_t b = 0; b < a; ++b) {
                    const auto &x = found[a].state, &y = found[b].state;
                    CHECK(reference::distance(x, y) >=
                          merge_distance * std::max({1.0, reference::distance(x, origin),
                                                     reference::distance(y, origin)}));
                }
        }
}
