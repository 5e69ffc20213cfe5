// Long searches: progress, time limits, ends.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "engram/core/progress_bar.hpp"
#include "engram/dynamics.hpp"
#include "reference/maps.hpp"

using namespace engram;

namespace {

using reference::henon;

}  // namespace

TEST_SUITE_BEGIN("dynamics");

TEST_CASE("a report says in words how much is done and, once something is, how long the rest takes") {
    CHECK(progress_report{2, 10, 3.0, "points"}.line() == "2/10 points  3 s  12 s left");
    CHECK(progress_report{0, 10, 3.0, "points"}.line() == "0/10 points  3 s");
}

TEST_CASE("a watcher is told of every seed, on any number of threads") {
    const auto map = make_map<double, 2>(henon);
    const auto seeds = grid<double>({-2, -2}, {2, 2}, 9);
    for (const size_t threads : {1u, 3u}) {
        size_t last = 0, calls = 0;
        const auto found =
            find_slow_points(map, seeds, {.threads = threads, .watcher = [&](const progress_report& r) {
                                              CHECK(r.step > last);
                                              CHECK(r.steps == 81);
                                              CHECK(r.unit == "seeds");
                                              last = r.step, ++calls;
                                              return true;
                                          }});
        CHECK(last == 81);
        CHECK(calls > 5);
        CHECK(found.size() == 2);
        CHECK(found.interrupted.empty());
    }
}

TEST_CASE("a watcher ends a search, or throws: what was found is returned and the rest is named") {
    const auto map = make_map<double, 2>(henon);
    const auto seeds = grid<double>({-2, -2}, {2, 2}, 9);
    const auto ended =
        find_slow_points(map, seeds, {.watcher = [](const progress_report& r) { return r.step < 20; }});
    CHECK(ended.interrupted == "the watcher ended it");
    CHECK(!ended.empty());
    CHECK(ended.failures.size() > 30);
    CHECK(ended.failures.back().reason == "not searched: the watcher ended it");
    const auto thrown = find_slow_points(
        map, seeds, {.watcher = [](const progress_report&) -> bool { throw std::runtime_error("full"); }});
    CHECK(thrown.interrupted == "the watcher threw: full");
    CHECK(!thrown.empty());
    std::ostringstream text;
    text << thrown;
    CHECK(text.str().find("not all was searched: the watcher threw: full") != std::string::npos);
    const auto odd =
        find_slow_points(map, seeds, {.watcher = [](const progress_report&) -> bool { throw 42; }});
    CHECK(odd.interrupted == "the watcher threw: no std::exception");
    CHECK(!odd.empty());
}

TEST_CASE("a time limit ends the search from a single seed") {
    // Every call takes a millisecond, and the way is endless: S falls for ever.
    const auto map = make_map<double, 1>([](const auto& x) {
        using std::exp;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return std::array<std::remove_cvref_t<decltype(x[0])>, 1>{x[0] + exp(-x[0] / 1000.0)};
    });
    const auto found = find_slow_points(map, matrix<double>{{1}}, gradient_descent{.iterations = 100'000'000},
                                        {.check_derivatives = false, .time_limit = 0.05});
    REQUIRE(found.size() == 1);
    CHECK(found[0].stop == stop_reason::interrupted);
    CHECK(found.interrupted == "the time limit of 0.05 s was reached");
    CHECK_THROWS_WITH_AS(find_slow_points(map, matrix<double>{{1}}, {.time_limit = 0}),
                         "find_slow_points: time_limit = 0, expected a number of seconds above 0",
                         value_error);
}

TEST_CASE("a progress_bar is a watcher") {
    std::ostringstream out;
    find_slow_points(make_map<double, 2>(henon), grid<double>({-2, -2}, {2, 2}, 9),
                     {.watcher = progress_bar(out, "search: ")});
    CHECK(out.str().find("search: ") == 0);
    CHECK(out.str().find("81/81 seeds") != std::string::npos);
}
