#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/dynamics.hpp"
#if __has_include(<Eigen/Core>)
#include "engram/dynamics/point/leading_spectrum.hpp"
#define ENGRAM_TEST_LEADING_SPECTRUM
#endif
#include "reference/states.hpp"

using namespace engram;
using std::sqrt;

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
        stream.normals(weights, 0.0, gain / std::sqrt(static_cast<double>(inputs)));
        for (auto& j : from) j = stream.below(d);
        stream.normals(planted, 0.0, 0.5);
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
    random_stream(seed{2}, purpose::search).normals(m, 0.0, deviation);
    for (size_t j = 0; j < state.size(); ++j) m(0, j) += state[j];
    return m;
}

}  // namespace

TEST_SUITE_BEGIN("dynamics/point");

TEST_CASE("a planted fixed point in 20,000 dimensions is found to 1e-10 in under 1 GB") {
    const sparse_network map(20'000, 30, 0.7);
    const auto found = find_slow_points(map, near(map.planted, 0.05), newton_krylov{});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == point_kind::fixed);
    CHECK(reference::distance(found[0].state, map.planted) < 1e-10);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    CHECK(usage.ru_maxrss < 1'000'000);  // kB
}

TEST_CASE("derivatives in 2,000 dimensions are checked in little memory, every entry") {
    struct weave {  // h_i' = sin(h_i) + h_(i+1)^2 / 2, with one entry of the vjp wrong
        using scalar = double;
        size_t d = 2000;
        double wrong = 0;
        size_t dimension() const { return d; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t r = 0; r < h.rows(); ++r)
                for (size_t i = 0; i < d; ++i) {
                    const double x = h(r, i), y = h(r, (i + 1) % d);
                    next(r, i) = x - x * x * x / 6 + y * y / 2;
                }
        }
        void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t r = 0; r < h.rows(); ++r) {
                for (size_t i = 0; i < d; ++i)
                    out(r, i) = u(r, i) * (1 - h(r, i) * h(r, i) / 2) + u(r, (i + d - 1) % d) * h(r, i);
                out(r, 1999) += wrong * u(r, 1500);
            }
        }
    };
    const auto peak = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;  // kB
    };
    const weave map;
    auto state = vector<double>::from_shape({map.d});
    for (size_t i = 0; i < map.d; ++i) state(i) = std::sin(static_cast<double>(i));
    const auto before = peak();
    CHECK(check_derivatives(map, state, size_t{1} << 24).agrees());
    CHECK(peak() - before < 28'000);  // a matrix of all derivatives would be 32,000
    const auto report = check_derivatives(weave{2000, 0.01}, state, size_t{1} << 24);
    CHECK(report.output == 1500);
    CHECK(report.input == 1999);
    CHECK(report.given == 0.01);
}

namespace {

/// A map that counts the states it is asked about, and the products.
template <class Map>
struct counted {
    using scalar = double;
    Map map;
    size_t* calls;

    size_t dimension() const { return map.dimension(); }
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        *calls += h.rows();
        map.apply(h, next);
    }
    void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
        *calls += h.rows();
        map.vjp(h, u, out);
    }
    void jvp(matrix_view<const double> h, matrix_view<const double> v, matrix_view<double> out) const {
        *calls += h.rows();
        map.jvp(h, v, out);
    }
};

/// h' = tanh(W h + b) with twenty weights a unit, of the given gain.
auto sparse_rate_network(size_t d, double gain) {
    constexpr size_t fan_in = 20;
    random_stream stream(seed{d}, purpose::user);
    std::vector<size_t> starts{0}, columns;
    std::vector<double> weights;
    for (size_t i = 0; i < d; ++i) {
        for (size_t k = 0; k < fan_in; ++k) {
            columns.push_back(stream.below(d));
            weights.push_back(gain / std::sqrt(static_cast<double>(fan_in)) * stream.normal());
        }
        starts.push_back(columns.size());
    }
    auto bias = vector<double>::from_shape({d});
    stream.normals(bias, 0.0, 0.1);
    return rate_network{sparse_matrix<double>(d, starts, columns, weights), bias};
}

}  // namespace

TEST_CASE("newton_krylov takes a few hundred products to a fixed point near criticality") {
    // Steps along the map itself would need ln(1e9 * 7) / -ln(0.95) = 440 of them at least, a gradient
    // descent thousands.
    const auto network = sparse_rate_network(500, 0.95);
    for (const size_t key : {1u, 2u, 3u}) {
        size_t calls = 0;
        const counted<std::remove_cvref_t<decltype(network)>> map{network, &calls};
        auto state = matrix<double>::from_shape({1, 500});
        random_stream(seed{key}, purpose::search).normals(state, 0.0, 0.3);
        std::vector<search_outcome> outcomes(1);
        descend(map, newton_krylov{.speed_target = 1e-9}, state, outcomes);
        CHECK(outcomes[0].stop == stop_reason::target_reached);
        CHECK(calls < 350);
    }
}

TEST_CASE("newton_krylov and the default find the same points, repelling ones too") {
    const sparse_network map(60, 10, 1.6);
    const auto seeds = near(map.planted, 0.03);
    const auto free = find_slow_points(map, seeds, newton_krylov{}), dense = find_slow_points(map, seeds);
    REQUIRE(dense.size() == 1);
    CHECK(dense[0].unstable_directions > 0);
    CHECK(reference::distance(free[0].state, dense[0].state) < 1e-9);
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

namespace {

/// Searched without matrices and completed by describe_leading, and the same states described by matrices.
template <class Map>
void check_described_as_by_matrices(const Map& map, const matrix<double>& seeds,
                                    search_options<double> search = {}) {
    search.merge_distance = 0;
    const newton_krylov solver{.iterations = 100};
    const auto dense = find_slow_points(map, seeds, solver, search);
    auto options = search;
    options.dense_limit = 1;
    //! [leading]
    auto found = find_slow_points(map, seeds, solver, options);
    describe_leading(map, found, {.count = 8, .search = options});
    //! [leading]
    REQUIRE(found.size() == dense.size());
    for (size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        REQUIRE(found[i].spectrum.size() == 8);
        for (size_t k = 0; k < 8; ++k)
            CHECK(std::abs(found[i].spectrum[k]) ==
                  doctest::Approx(std::abs(dense[i].spectrum[k])).epsilon(1e-6));
        CHECK(found[i].kind == dense[i].kind);
        CHECK(found[i].unstable_directions == std::min<size_t>(8, dense[i].unstable_directions));
        CHECK(std::abs(found[i].smallest_curvature - dense[i].smallest_curvature) < 1e-6);
        CHECK(found[i].is_minimum == dense[i].is_minimum);
    }
}

/// x' = x + e + x^2 in the first coordinate, the others contract, each at its own rate.
auto ghost_among(double e, size_t d) {
    return make_map<double>(
        [e](auto x) {
            for (size_t i = 1; i < x.size(); ++i) x[i] *= 0.9 - 0.8 * static_cast<double>(i) / 200;
            x[0] = x[0] + e + x[0] * x[0];
            return x;
        },
        d);
}

matrix<double> filled(size_t d, double value) {
    auto m = matrix<double>::from_shape({1, d});
    m.fill(value);
    return m;
}

}  // namespace

TEST_CASE("points are described without matrices as they are with them") {
    for (const double gain : {0.8, 1.6}) {  // fixed points, attracting and repelling
        const sparse_network map(150, 10, gain);
        check_described_as_by_matrices(map, near(map.planted, 0.03));
    }
    for (const size_t d : {50u, 200u}) {
        check_described_as_by_matrices(ghost_among(1e-3, d), filled(d, 0.1));
        // At the edge of the box, where the gradient pushes against it in the first coordinate; and where it
        // does in all but three.
        search_options<double> box;
        box.region.lower_bounds.assign(d, -1);
        box.region.lower_bounds[0] = 0.2;
        check_described_as_by_matrices(ghost_among(1e-3, d), filled(d, 0.3), box);
        std::fill(box.region.lower_bounds.begin() + 3, box.region.lower_bounds.end(), 0.2);
        check_described_as_by_matrices(ghost_among(1e-3, d), filled(d, 0.3), box);
    }
    // S = (x^2 - 1/4)^2 + ... has a maximum along x at 0, where g = -1/4: a search that starts there stays.
    const auto map = make_map<double>(
        [](auto x) {
            for (size_t i = 1; i < x.size(); ++i) x[i] *= 0.9 - 0.8 * static_cast<double>(i) / 200;
            x[0] = x[0] + x[0] * x[0] - 0.25;
            return x;
        },
        100);
    check_described_as_by_matrices(map, filled(100, 0.0));
    auto found = find_slow_points(map, filled(100, 0.0), newton_krylov{}, {.dense_limit = 1});
    describe_leading(map, found);
    CHECK(found[0].smallest_curvature == doctest::Approx(-1));  // S'' = 4 (x^2 - 1/4) + 8 x^2
    CHECK(!found[0].is_minimum);
}

TEST_CASE("points at the edge of a box are described without leaving it") {
    struct fenced {  // x' = a + b sqrt(x) in every coordinate, from 0.05 to 1 alone
        using scalar = double;
        static double inside(double x) {
            if (!(x >= 0.05 && x <= 1)) throw std::domain_error("evaluated outside the box");
            return x;
        }
        static double offset(size_t i) { return i % 3 == 0 ? -0.4 : i % 3 == 1 ? 0.9 : 0.3; }
        static double gain(size_t i) { return i % 3 == 2 ? 0.4 : 0.4 - 0.002 * static_cast<double>(i); }
        size_t dimension() const { return 90; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t r = 0; r < h.rows(); ++r)
                for (size_t i = 0; i < 90; ++i) next(r, i) = offset(i) + gain(i) * sqrt(inside(h(r, i)));
        }
        void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t r = 0; r < h.rows(); ++r)
                for (size_t i = 0; i < 90; ++i) out(r, i) = gain(i) / 2 / sqrt(inside(h(r, i))) * u(r, i);
        }
    };
    auto seeds = matrix<double>::from_shape({2, 90});
    seeds.fill(0.05);
    std::fill_n(&seeds(1, 0), 90, 1.0);
    search_options<double> options{.region = {.lower_bound = 0.05, .upper_bound = 1}, .dense_limit = 1};
    auto found = find_slow_points(fenced{}, seeds, newton_krylov{}, options);
    REQUIRE(found.size() == 1);
    describe_leading(fenced{}, found, {.count = 3, .search = options});
    REQUIRE(found[0].spectrum.size() == 3);
    for (size_t k = 0; k < 3; ++k)  // of coordinates 0, 3 and 6, at x = 0.05
        CHECK(std::abs(found[0].spectrum[k] - fenced::gain(3 * k) / 2 / sqrt(0.05)) < 1e-6);
    // Where a = 0.3, the only coordinates that are free, the root of x is (2 + sqrt(34)) / 10.
    const double slope = 1 - 2 / (2 + sqrt(34.0));
    CHECK(found[0].smallest_curvature == doctest::Approx(2 * slope * slope).epsilon(1e-4));
    CHECK(found[0].is_minimum);
}

TEST_CASE("the description is the same on any number of threads, and does without what is not to be had") {
    const sparse_network map(100, 10, 1.2);
    auto seeds = matrix<double>::from_shape({5, 100});
    random_stream(seed{3}, purpose::search).normals(seeds, 0.0, 0.3);
    const auto found = find_slow_points(map, seeds, newton_krylov{}, {.merge_distance = 0, .dense_limit = 1});
    auto one = found, three = found, hasty = found;
    describe_leading(map, one);
    describe_leading(map, three, {.search = {.threads = 3}});
    describe_leading(map, hasty, {.iterations = 1});
    for (size_t i = 0; i < found.size(); ++i) {
        CHECK(one[i].spectrum == three[i].spectrum);
        CHECK(one[i].smallest_curvature == three[i].smallest_curvature);
        CHECK(std::isnan(hasty[i].smallest_curvature));
        CHECK(hasty[i].spectrum.empty());
        CHECK(hasty[i].is_minimum == (hasty[i].kind == point_kind::fixed));
    }
    // A map of few dimensions, all of whose eigenvalues are fewer than were asked for.
    const auto small = ghost_among(1e-3, 3);
    auto few = find_slow_points(small, filled(3, 0.1), newton_krylov{}, {.dense_limit = 1});
    describe_leading(small, few);
    CHECK(few[0].spectrum.size() == 3);
    CHECK(few[0].is_minimum);
    // A derivative that is not finite at one of the points leaves the others as they are.
    const auto broken = make_map<double>(
        [](auto h) {
            for (size_t i = 0; i < h.size(); ++i) h[i] = i % 2 == 0 ? 0.5 * h[i] : sqrt(h[i] * h[i]);
            return h;
        },
        90);
    slow_points<double> two;
    two.points.resize(2);
    two.points[0].state = vector<double>::from_shape({90});
    two.points[0].state.fill(0.0);
    two.points[1].state = vector<double>::from_shape({90});
    two.points[1].state.fill(1.0);
    describe_leading(broken, two, {.count = 1});
    CHECK(two[0].spectrum.empty());
    CHECK(std::isnan(two[0].smallest_curvature));
    CHECK(two[1].spectrum.size() == 1);
    CHECK(!std::isnan(two[1].smallest_curvature));
    CHECK_THROWS_WITH_AS(leading_spectrum(broken, two[0].state, 3, 20),
                         "leading_spectrum: the Arnoldi iteration did not converge in 20 restarts",
                         divergence_error);
    CHECK_THROWS_WITH_AS(describe_leading(small, few, {.search = {.region = {.lower_bounds = {-1.0}}}}),
                         "describe_leading: 1 bounds for a map of dimension 3", shape_error);
    CHECK_THROWS_WITH_AS(describe_leading(map, few),
                         "describe_leading: a state of 3 numbers for a map of dimension 100", shape_error);
    CHECK_THROWS_WITH_AS(describe_leading(small, few, {.count = 0}),
                         "describe_leading: count = 0 and threads = 1, but both must be at least 1",
                         value_error);
}

TEST_CASE("a fixed point in 20,000 dimensions with a known spectrum is described, and is a minimum of S") {
    // h' = p + Q f(Q (h - p)), Q a reflection, f(y) = D y + y^2 / 10 with D diagonal: 1.5, -1.2, 0.9, then
    // from 0.6 down.
    struct known {
        using scalar = double;
        size_t d = 20'000;
        static double rate(size_t i) {
            const double first[] = {1.5, -1.2, 0.9};
            return i < 3 ? first[i] : 0.6 - 1e-4 * static_cast<double>(i % 10'000);
        }
        static double planted(size_t i) { return 0.5 * std::sin(static_cast<double>(i)); }
        size_t dimension() const { return d; }
        /// Along (1, 1, ..., 1).
        void reflect(double* x) const {
            double mean = 0;
            for (size_t i = 0; i < d; ++i) mean += x[i] / static_cast<double>(d);
            for (size_t i = 0; i < d; ++i) x[i] -= 2 * mean;
        }
        std::vector<double> turned(const double* h) const {
            std::vector<double> y(h, h + d);
            for (size_t i = 0; i < d; ++i) y[i] -= planted(i);
            reflect(y.data());
            return y;
        }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t r = 0; r < h.rows(); ++r) {
                const auto y = turned(h.row(r));
                for (size_t i = 0; i < d; ++i) next(r, i) = rate(i) * y[i] + 0.1 * y[i] * y[i];
                reflect(next.row(r));
                for (size_t i = 0; i < d; ++i) next(r, i) += planted(i);
            }
        }
        void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t r = 0; r < h.rows(); ++r) {
                const auto y = turned(h.row(r));
                std::copy_n(u.row(r), d, out.row(r));
                reflect(out.row(r));
                for (size_t i = 0; i < d; ++i) out(r, i) *= rate(i) + 0.2 * y[i];
                reflect(out.row(r));
            }
        }
    };
    const known map;
    std::vector<double> planted(map.d);
    for (size_t i = 0; i < map.d; ++i) planted[i] = known::planted(i);
    auto found = find_slow_points(map, near(planted, 0.001), newton_krylov{});
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == point_kind::fixed);
    CHECK(found[0].spectrum.empty());
    describe_leading(map, found, {.count = 2});
    REQUIRE(found[0].spectrum.size() == 2);
    CHECK(found[0].spectrum[0].real() == doctest::Approx(1.5).epsilon(1e-6));
    CHECK(found[0].spectrum[1].real() == doctest::Approx(-1.2).epsilon(1e-6));
    CHECK(found[0].unstable_directions == 2);
    CHECK(found[0].is_minimum);
    // Half of S's Hessian is Q (D - 1)^2 Q: smallest where D is nearest to 1, at its third entry.
    CHECK(found[0].smallest_curvature == doctest::Approx(2 * 0.1 * 0.1).epsilon(1e-4));
}
#endif
