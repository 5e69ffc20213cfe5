#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "engram/dynamics.hpp"

using namespace engram;

namespace {

/// The positive solution of m = tanh(2 m).
double memory() {
    double m = 1;
    for (int i = 0; i < 200; ++i) m = std::tanh(2 * m);
    return m;
}

/// h -> tanh(W h) with the given weights.
auto network(const matrix<double>& weights) {
    auto bias = vector<double>::from_shape({weights.shape(0)});
    bias.fill(0);
    return rate_network{weights, bias};
}

matrix<double> zeros(size_t d) {
    auto m = matrix<double>::from_shape({d, d});
    m.fill(0);
    return m;
}

std::vector<double> filled(size_t d, double value) { return std::vector<double>(d, value); }

/// Patterns of 15 units, and a Hopfield network that stores them by Hebb's rule.
matrix<double> patterns() {
    auto p = matrix<double>::from_shape({2, 15});
    for (size_t i = 0; i < 15; ++i) {
        p(0, i) = i % 2 == 0 ? 1 : -1;
        p(1, i) = i < 8 ? 1 : -1;
    }
    return p;
}
auto hopfield() {
    const auto p = patterns();
    auto weights = zeros(15);
    for (size_t k = 0; k < 2; ++k)
        for (size_t i = 0; i < 15; ++i)
            for (size_t j = 0; j < 15; ++j)
                if (i != j) weights(i, j) += 2 * p(k, i) * p(k, j) / 15;
    return network(weights);
}

std::string message_of(const auto& call) {
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

TEST_SUITE_BEGIN("dynamics");

TEST_CASE(
    "all nine fixed points of two pairs of units that excite each other are found, and known to be all") {
    auto weights = zeros(4);
    weights(0, 1) = weights(1, 0) = weights(2, 3) = weights(3, 2) = 2;
    const auto all =
        find_all_slow_points(network(weights), uniform_seeds<double>(filled(4, -1), filled(4, 1)));
    CHECK(all.end == search_end::complete);
    CHECK(all.coverage.unseen_share_at_most <= 0.01);
    size_t fixed = 0;
    for (const auto& point : all.found) {
        if (point.kind != point_kind::fixed) continue;
        ++fixed;
        for (const size_t i : {0u, 2u}) {
            CHECK(point.state(i) == doctest::Approx(point.state(i + 1)));
            CHECK(std::min(std::abs(point.state(i)), std::abs(std::abs(point.state(i)) - memory())) < 1e-9);
        }
    }
    CHECK(fixed == 9);
}

TEST_CASE("all 27 fixed points of three bits are found, and seeds are numbered through all rounds") {
    auto weights = zeros(3);
    for (size_t i = 0; i < 3; ++i) weights(i, i) = 2;
    const auto map = network(weights);
    const uniform_seeds<double> maker(filled(3, -1), filled(3, 1), seed{5});
    const auto all = find_all_slow_points(map, maker, {.first_seeds = 20, .unseen_share = 0.003});
    CHECK(all.end == search_end::complete);
    CHECK(std::ranges::count_if(all.found, [](const auto& p) { return p.kind == point_kind::fixed; }) == 27);
    // As from all seeds at once.
    const auto once = find_slow_points(map, maker(0, all.seeds));
    REQUIRE(once.size() == all.found.size());
    for (size_t i = 0; i < once.size(); ++i) {
        CHECK(once[i].seeds == all.found[i].seeds);
        CHECK(once[i].best_seed == all.found[i].best_seed);
        CHECK(once[i].state == all.found[i].state);
    }
}

TEST_CASE("seeds that ran along the map are the same to the bit in whatever parts they are made") {
    const auto map = hopfield();
    const uniform_seeds<double> random(filled(15, -1), filled(15, 1));
    const auto forty = [&](size_t first, size_t count) {
        return random(first, std::min(count, 40 - std::min<size_t>(40, first)));
    };
    const forward_seeds make(map, forty, 3);
    const auto all = make(0, 100);
    REQUIRE(all.shape(0) == 40);
    for (const auto& [first, count] : {std::pair<size_t, size_t>{0, 1}, {3, 9}, {31, 2}, {37, 3}, {40, 0}}) {
        const auto part = make(first, count + (first == 37 ? 5 : 0));  // of which there are no more
        REQUIRE(part.shape(0) == count);
        CHECK(std::equal(part.begin(), part.end(), all.begin() + static_cast<std::ptrdiff_t>(15 * first)));
    }
}

TEST_CASE(
    "seeds that ran along the map first lead to the memories of a Hopfield network, random ones hardly") {
    const auto map = hopfield();
    const uniform_seeds<double> random(filled(15, -1), filled(15, 1));
    const auto all = find_all_slow_points(map, forward_seeds(map, random, 50));
    CHECK(all.end == search_end::complete);
    const auto p = patterns();
    for (size_t k = 0; k < 2; ++k)
        for (const double sign : {-1.0, 1.0}) {
            const auto stored = [&](const auto& point) {
                bool same = point.kind == point_kind::fixed && point.unstable_directions == 0;
                for (size_t i = 0; i < 15; ++i) same = same && sign * p(k, i) * point.state(i) > 0.5;
                return same;
            };
            CHECK(std::ranges::count_if(all.found, stored) == 1);
        }
    const auto without = find_slow_points(map, random(0, 100));
    const auto stable = [](const auto& points) {
        size_t seeds = 0;
        for (const auto& point : points)
            if (point.kind == point_kind::fixed && point.unstable_directions == 0)
                seeds += point.seeds.size();
        return seeds;
    };
    CHECK(stable(without) < 50);
    CHECK(stable(find_slow_points(map, run_forward(map, random(0, 100), 50))) > 90);
}

TEST_CASE("seeds from a maker of a user's own lead to the points around") {
    const auto map = make_map<double, 2>([](const auto& x) {  // fixed points at (+-1, 0) and the origin
        return std::array<std::remove_cvref_t<decltype(x[0])>, 2>{1.5 * x[0] - 0.5 * x[0] * x[0] * x[0],
                                                                  0.5 * x[1]};
    });
    // The page "Seed maker" shows this.
    const auto on_a_circle = [](std::size_t first, std::size_t count) {
        auto seeds = engram::matrix<double>::from_shape({count, 2});
        for (std::size_t i = 0; i < count; ++i) {
            const double angle = 2.4 * static_cast<double>(first + i);
            seeds(i, 0) = std::cos(angle), seeds(i, 1) = std::sin(angle);
        }
        return seeds;
    };
    const auto found = engram::find_slow_points(map, on_a_circle, 60);
    CHECK(found.size() == 3);
}

TEST_CASE("a search that may not go on says so, and how much is missing") {
    // Fixed points at all integers: sixty seeds cannot see the thousand of them.
    const auto map = make_map<double, 1>([](const auto& x) {
        using std::sin;
        return std::array<std::remove_cvref_t<decltype(x[0])>, 1>{x[0] + 0.2 * sin(6.283185307179586 * x[0])};
    });
    const auto all = find_all_slow_points(map, uniform_seeds<double>({-250}, {250}),
                                          {.first_seeds = 30, .most_seeds = 60});
    CHECK(all.end == search_end::seeds_spent);
    CHECK(all.seeds == 60);
    CHECK(all.coverage.unseen_share > 0.5);
    CHECK(all.coverage.unseen_points > 100);
    // A maker that has only so many.
    const auto few = [&](size_t first, size_t count) {
        return uniform_seeds<double>({-1}, {1})(first, first >= 10 ? 0 : std::min<size_t>(count, 10));
    };
    const auto some = find_all_slow_points(map, few);
    CHECK(some.end == search_end::seeds_spent);
    CHECK(some.seeds == 10);
    // One that fails later: what was found by then is kept.
    const auto failing = [](size_t first, size_t count) {
        if (first >= 30) throw std::runtime_error("the file has ended");
        return uniform_seeds<double>({-250}, {250})(first, count);
    };
    const auto kept = find_all_slow_points(map, failing, {.first_seeds = 30});
    CHECK(kept.end == search_end::seeds_spent);
    CHECK(kept.found.interrupted == "from seed 30 on: the file has ended");
    CHECK(kept.seeds == 30);
    CHECK(kept.coverage.seeds == 30);
    CHECK(!kept.found.empty());
}

TEST_CASE("rounds tell points apart as one search does, each coordinate in units of its own") {
    // Fixed points at x = -0.01, 0 and 0.01, where y is hundreds of times as large.
    const auto map = make_map<double, 2>([](const auto& h) {
        const auto &x = h[0], &y = h[1];
        return std::array<std::remove_cvref_t<decltype(x)>, 2>{x - x * (x * x - 1e-4), y / 2.0};
    });
    const uniform_seeds<double> maker({-1, -500}, {1, 500});
    const auto all = find_all_slow_points(map, maker, {.first_seeds = 20});
    CHECK(all.found.size() == 3);
    CHECK(find_slow_points(map, maker(0, all.seeds)).size() == 3);
}

TEST_CASE("a kink that each round comes to is listed once, with the seeds of all") {
    // S = (1 + |x|)^2 + (y - 5)^2 falls along the kink x = 0 to beyond the box.
    const auto map = make_map<double, 2>([](const auto& h) {
        const auto &x = h[0], &y = h[1];
        using scalar = std::remove_cvref_t<decltype(x)>;
        return std::array<scalar, 2>{x + 1.0 + (x > 0 ? x : -x), 2.0 * y - 5.0};
    });
    const auto same = [](size_t, size_t count) {
        auto seeds = matrix<double>::from_shape({count, 2});
        for (size_t i = 0; i < count; ++i) seeds(i, 0) = 0.3, seeds(i, 1) = -0.9;
        return seeds;
    };
    const search_options<double> options{.region = {.lower_bound = -1, .upper_bound = 1}};
    REQUIRE(find_slow_points(map, same(0, 2), options).kinks.size() == 1);
    const auto all =
        find_all_slow_points(map, same, {.first_seeds = 2, .most_seeds = 8, .unseen_share = 0.001}, options);
    CHECK(all.seeds == 8);
    REQUIRE(all.found.kinks.size() == 1);
    CHECK(all.found.kinks[0].seeds.size() == 8);
    CHECK(all.found.empty());
}

TEST_CASE("the time limit is that of all rounds") {
    const auto map = make_map<double, 1>([](const auto& x) {
        using std::sin;
        return std::array<std::remove_cvref_t<decltype(x[0])>, 1>{x[0] + 0.2 * sin(6.283185307179586 * x[0])};
    });
    const uniform_seeds<double> maker({-250}, {250});
    size_t calls = 0;
    const auto slowly = [&](size_t first, size_t count) {
        ++calls;
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return maker(first, count);
    };
    const auto all = find_all_slow_points(map, slowly, {.first_seeds = 1, .most_seeds = 64},
                                          {.check_derivatives = false, .time_limit = 0.5});
    CHECK(calls <= 2);
    CHECK(all.found.interrupted == "the time limit of 0.5 s was reached");
    CHECK(all.end == search_end::seeds_spent);
}

TEST_CASE("the estimates of what is not seen are those of Good and of Chao") {
    // Ten points from one seed, five from two, one from thirty.
    std::vector<size_t> seeds(10, 1);
    seeds.insert(seeds.end(), 5, 2);
    seeds.push_back(30);
    const auto c = coverage_of(seeds);
    CHECK(c.seeds == 50);
    CHECK(c.points == 16);
    CHECK(c.once == 10);
    CHECK(c.twice == 5);
    CHECK(c.unseen_share == doctest::Approx(0.2));
    CHECK(c.unseen_share_at_most == doctest::Approx(0.2 + 1.96 * std::sqrt(10 * 0.8 + 10) / 50));
    CHECK(c.unseen_points == doctest::Approx(10 * 9 / 12.0));
    CHECK(c.unseen_points_at_least < c.unseen_points);
    CHECK(c.unseen_points_at_most > c.unseen_points);
    const auto none = coverage_of(std::vector<size_t>{});
    CHECK(none.unseen_share == 1);
    const auto sure = coverage_of(std::vector<size_t>{150, 150});
    CHECK(sure.unseen_share == 0);
    CHECK(sure.unseen_share_at_most == doctest::Approx(0.01));
    CHECK(sure.unseen_points == 0);
    CHECK(sure.unseen_points_at_most == doctest::Approx(2 * 0.01 / 0.99));
}

TEST_CASE("of sixty points that attract as many seeds each, the interval holds the number that is not seen") {
    size_t held = 0, held_share = 0;
    constexpr size_t points = 60, drawn = 80, repeats = 300;
    for (size_t r = 0; r < repeats; ++r) {
        random_stream draws(seed{r}, purpose::user);
        std::vector<size_t> seeds(points, 0);
        for (size_t i = 0; i < drawn; ++i) ++seeds[draws.below(points)];
        const auto c = coverage_of(seeds);
        const auto unseen = static_cast<double>(points - c.points);
        held += unseen >= c.unseen_points_at_least && unseen <= c.unseen_points_at_most ? 1 : 0;
        held_share += unseen / points <= c.unseen_share_at_most ? 1 : 0;
    }
    CHECK(held >= repeats * 9 / 10);
    CHECK(held_share >= repeats * 9 / 10);
}

TEST_CASE("makers of seeds and efforts that make no sense are refused, with what is wrong") {
    const auto map = hopfield();
    const auto says = [](const std::string& message, const char* part) {
        CAPTURE(message);
        return message.find(part) != std::string::npos;
    };
    const uniform_seeds<double> maker(filled(15, -1), filled(15, 1));
    const auto nothing = [](size_t, size_t) { return matrix<double>::from_shape({0, 15}); };
    CHECK(says(message_of([&] { find_all_slow_points(map, nothing); }), "gave none for the first 100"));
    const auto many = [&](size_t first, size_t count) { return maker(first, count + 1); };
    CHECK(says(message_of([&] { find_all_slow_points(map, many); }), "gave 101 seeds, asked for 100"));
    CHECK(says(message_of([&] { find_all_slow_points(map, maker, {.first_seeds = 0}); }), "first_seeds = 0"));
    CHECK(says(message_of([&] { find_all_slow_points(map, maker, {.most_seeds = 10}); }), "most_seeds = 10"));
    CHECK(
        says(message_of([&] { find_all_slow_points(map, maker, {.unseen_share = 0}); }), "unseen_share = 0"));
    CHECK(says(message_of([&] { find_all_slow_points(map, maker, {.unseen_share = NAN}); }), "unseen_share"));
    CHECK(says(message_of([&] { uniform_seeds<double>({0, 1}, {1}); }), "corners of 2 and 1"));
    CHECK(says(message_of([&] { uniform_seeds<double>({0, 1}, {1, 1}); }), "from 1 to 1 at coordinate 1"));
    CHECK(says(message_of([&] {
                   run_forward(map, maker(0, 2), 0), run_forward(map, {{1, 2}}, 1);
               }),
               "a state of 2 numbers"));
}
