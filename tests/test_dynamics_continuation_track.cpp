#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>
#include <sstream>
#include <vector>

#include "engram/dynamics.hpp"
#include "engram/dynamics/continuation/track.hpp"
#include "reference/maps.hpp"

using namespace engram;

namespace {

using reference::scalar_of;

/// x' = x + s + x^2: two fixed points where s < 0, a ghost where s > 0.
struct fold {
    double s;
    template <class State>
    auto operator()(const State& x) const {
        return std::array<scalar_of<State>, 1>{x[0] + s + x[0] * x[0]};
    }
};

/// x' = x + s x - x^3, y' = y / 2: one fixed point where s < 0, three where s > 0.
struct pitchfork {
    double s;
    template <class State>
    auto operator()(const State& x) const {
        return std::array<scalar_of<State>, 2>{x[0] + s * x[0] - x[0] * x[0] * x[0], 0.5 * x[1]};
    }
};

/// z' = (1 + s) e^(i t) z - |z|^2 z: an invariant circle grows out of the fixed point as s passes 0.
struct neimark_sacker {
    double s;
    template <class State>
    auto operator()(const State& z) const {
        const double c = (1 + s) * std::cos(0.7), d = (1 + s) * std::sin(0.7);
        const auto square = z[0] * z[0] + z[1] * z[1];
        return std::array<scalar_of<State>, 2>{c * z[0] - d * z[1] - square * z[0],
                                               d * z[0] + c * z[1] - square * z[1]};
    }
};

/// x' = x + (x^3 - a x + 2) / 10: a fixed point near -1.3, and a ghost at sqrt(a / 3) while a > 0.
struct cubic {
    double a;
    template <class State>
    auto operator()(const State& x) const {
        return std::array<scalar_of<State>, 1>{x[0] + 0.1 * (x[0] * x[0] * x[0] - a * x[0] + 2.0)};
    }
};

struct lorenz {
    double rho;
    template <class State>
    auto operator()(const State& x) const {
        return std::array<scalar_of<State>, 3>{10.0 * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1],
                                               x[0] * x[1] - 8.0 / 3.0 * x[2]};
    }
};

template <class T>
std::vector<track_event<T>> events_of(const track_result<T>& t, track_event_kind kind) {
    std::vector<track_event<T>> result;
    std::ranges::copy_if(t.events, std::back_inserter(result), [&](const auto& e) { return e.kind == kind; });
    return result;
}

bool at(const track_event<double>& e, double where, double tolerance) {
    return std::min(e.after, e.before) <= where + tolerance &&
           std::max(e.after, e.before) >= where - tolerance && std::abs(e.before - e.after) <= 2 * tolerance;
}

}  // namespace

TEST_SUITE_BEGIN("dynamics/continuation");

TEST_CASE("a fold: two fixed points merge at the parameter and go on as a ghost") {
    const auto family = [](double s) { return make_map<double, 1>(fold{s}); };
    const auto points = find_slow_points(family(-0.5), matrix<double>{{-0.6}, {0.6}});
    REQUIRE(points.size() == 2);
    const auto t = track(points, family, -0.5, 0.5);
    INFO(t);
    const auto merged = events_of(t, track_event_kind::merged);
    REQUIRE(merged.size() == 1);
    CHECK(at(merged[0], 0, 2e-5));
    const auto slow = events_of(t, track_event_kind::became_slow);
    REQUIRE(slow.size() == 1);
    CHECK(at(slow[0], 0, 2e-5));
    REQUIRE(t.branches.size() == 2);
    CHECK(t.branches[1].ended);
    CHECK(!t.branches[0].ended);
    for (size_t i = 0; i < t.branches[0].points.size(); ++i) {
        const double s = t.branches[0].where[i];
        const auto& p = t.branches[0].points[i];
        if (s > 1e-3) CHECK(p.speed == doctest::Approx(s));
        if (s < -1e-3) CHECK(std::abs(p.state(0)) == doctest::Approx(std::sqrt(-s)));
    }
    CHECK(t.branches[0].where.back() == 0.5);
}

TEST_CASE("the same fold the other way: a ghost becomes fixed, and a second point is born beside it") {
    const auto family = [](double s) { return make_map<double, 1>(fold{s}); };
    const auto t = track(find_slow_points(family(0.5), matrix<double>{{0.1}}), family, 0.5, -0.5);
    INFO(t);
    const auto fixed = events_of(t, track_event_kind::became_fixed),
               born = events_of(t, track_event_kind::born);
    REQUIRE(fixed.size() == 1);
    CHECK(at(fixed[0], 0, 2e-5));
    REQUIRE(born.size() == 1);
    CHECK(at(born[0], 0, 2e-5));
    CHECK(born[0].other == 0);
    REQUIRE(t.branches.size() == 2);
    CHECK(std::abs(t.branches[0].points.back().state(0) + t.branches[1].points.back().state(0)) < 1e-9);
}

TEST_CASE("a pitchfork: the middle loses its stability where two points are born") {
    const auto family = [](double s) { return make_map<double, 2>(pitchfork{s}); };
    const auto t = track(find_slow_points(family(-0.4), matrix<double>{{0.1, 0.1}}), family, -0.4, 0.5);
    INFO(t);
    const auto stability = events_of(t, track_event_kind::changed_stability),
               born = events_of(t, track_event_kind::born);
    REQUIRE(stability.size() == 1);
    CHECK(at(stability[0], 0, 2e-5));
    CHECK(stability[0].unstable_directions == 1);
    REQUIRE(born.size() == 2);
    for (const auto& e : born) CHECK(at(e, 0, 2e-5));
    REQUIRE(t.branches.size() == 3);
    for (size_t b = 1; b < 3; ++b) {
        CHECK(std::abs(t.branches[b].points.back().state(0)) == doctest::Approx(std::sqrt(0.5)));
        CHECK(t.branches[b].points.back().unstable_directions == 0);
    }
}

TEST_CASE("Neimark and Sacker: two directions lose stability at once, nothing else happens") {
    const auto family = [](double s) { return make_map<double, 2>(neimark_sacker{s}); };
    const auto t = track(find_slow_points(family(-0.3), matrix<double>{{0.1, 0.1}}), family, -0.3, 0.2);
    INFO(t);
    REQUIRE(t.events.size() == 1);
    CHECK(t.events[0].kind == track_event_kind::changed_stability);
    CHECK(t.events[0].unstable_directions == 2);
    CHECK(at(t.events[0], 0, 1e-5));
}

TEST_CASE("Lorenz: convection sets in at rho = 1 and loses its stability at rho = 470 / 19") {
    const auto family = [](double rho) { return flow<double, 3>(lorenz{rho}, 0.01, 5); };
    const auto t = track(find_slow_points(family(0.5), matrix<double>{{0.1, 0.1, 0.1}}), family, 0.5, 2.0);
    INFO(t);
    const auto born = events_of(t, track_event_kind::born);
    REQUIRE(born.size() == 2);
    for (const auto& e : born) CHECK(at(e, 1, 5e-3));
    const auto u = track(find_slow_points(family(20), matrix<double>{{7, 7, 19}}), family, 20, 28,
                         {.probe_distance = 0});
    const auto stability = events_of(u, track_event_kind::changed_stability);
    REQUIRE(stability.size() == 1);
    CHECK(at(stability[0], 470.0 / 19.0, 1e-2));
    CHECK(stability[0].unstable_directions == 2);
}

TEST_CASE("a ghost that dissolves: its branch jumps, or vanishes where another branch is already there") {
    const auto family = [](double a) { return make_map<double, 1>(cubic{a}); };
    const auto alone =
        track(find_slow_points(family(1), matrix<double>{{0.6}}), family, 1, -1, {.probe_distance = 0});
    INFO(alone);
    const auto jumped = events_of(alone, track_event_kind::jumped);
    REQUIRE(jumped.size() == 1);
    CHECK(at(jumped[0], 0, 5e-2));
    CHECK(alone.branches[0].points.back().kind == point_kind::fixed);
    // Whichever branch comes first, it is the one that jumps which ends.
    for (const size_t ghost : {0u, 1u}) {
        const matrix<double> seeds = {{ghost == 0 ? 0.6 : -1.5}, {ghost == 0 ? -1.5 : 0.6}};
        const auto both = track(find_slow_points(family(1), seeds), family, 1, -1, {.probe_distance = 0});
        INFO(both);
        const auto vanished = events_of(both, track_event_kind::vanished);
        REQUIRE(vanished.size() == 1);
        CHECK(vanished[0].branch == ghost);
        CHECK(vanished[0].other == 1 - ghost);
        CHECK(both.branches[ghost].ended);
        CHECK(!both.branches[1 - ghost].ended);
        CHECK(events_of(both, track_event_kind::jumped).empty());
        CHECK(events_of(both, track_event_kind::merged).empty());
    }
}

TEST_CASE("events are told by spectra and curvatures even where the search was to leave them out") {
    const auto family = [](double s) { return make_map<double, 2>(pitchfork{s}); };
    const search_options<double> plain{.spectrum = false, .curvature = false};
    const auto t = track(find_slow_points(family(-0.4), matrix<double>{{0.1, 0.1}}, plain), family, -0.4, 0.5,
                         {.probe_distance = 0.05});
    INFO(t);
    CHECK(events_of(t, track_event_kind::changed_stability).size() == 1);
    CHECK(events_of(t, track_event_kind::born).size() == 2);
}

TEST_CASE("probes that are stopped on a slope are no points") {
    const auto family = [](double s) { return make_map<double, 2>(pitchfork{s}); };
    const auto t = track(find_slow_points(family(-0.4), matrix<double>{{0.1, 0.1}}), family, -0.4, -0.3,
                         {.probe_distance = 0.2, .region = {.max_distance = 0.01}});
    INFO(t);
    CHECK(t.branches.size() == 1);
    CHECK(t.events.empty());
}

TEST_CASE("a sequence of maps is followed forwards and backwards") {
    std::vector<automatic_map<double, 2, pitchfork>> maps;
    for (int i = 0; i <= 20; ++i) maps.push_back(make_map<double, 2>(pitchfork{-0.1525 + 0.015 * i}));
    const auto forwards = track(find_slow_points(maps.front(), matrix<double>{{0.1, 0.1}}), maps);
    INFO(forwards);
    const auto born = events_of(forwards, track_event_kind::born);
    REQUIRE(born.size() == 2);
    for (const auto& e : born) {
        CHECK(e.after == 10);  // s = -0.0025
        CHECK(e.before == 11);
    }
    // Backwards the outer points merge with the middle one, at the same place.
    const auto last = find_slow_points(maps.back(), grid<double>({-0.5, 0}, {0.5, 0.1}, 9));
    REQUIRE(last.size() == 3);
    const auto backwards = track(last, maps, {.backwards = true});
    INFO(backwards);
    const auto merged = events_of(backwards, track_event_kind::merged);
    REQUIRE(merged.size() == 2);
    for (const auto& e : merged) {
        CHECK(e.after == 11);
        CHECK(e.before == 10);
    }
    CHECK(backwards.branches[0].where.front() == 20);
    std::ostringstream table, csv;
    table << backwards;
    CHECK(table.str().find("merged into branch") != std::string::npos);
    backwards.write_csv(csv);
    CHECK(csv.str().starts_with("branch,where,speed,fixed,spectral_radius,unstable_directions,h0,h1\n0,20,"));
    std::ostringstream all_digits;
    all_digits.precision(17);
    all_digits << backwards.branches[0].points[0].state(0) << ',';
    CHECK(csv.str().find(all_digits.str()) != std::string::npos);
}

TEST_CASE("a blend of two maps lies between them, and so do its derivatives") {
    const auto first = make_map<double, 2>(pitchfork{-0.5}), last = make_map<double, 2>(pitchfork{1});
    const auto map = blend(first, last, 0.2);  // the family is linear in s, so this is its member s = -0.2
    const auto member = make_map<double, 2>(pitchfork{-0.2});
    const matrix<double> h = {{0.3, -0.4}, {1.5, 2}}, u = {{1, -2}, {0.5, 3}};
    auto a = h, b = h;
    const auto compare = [&](const matrix<double>& x, const matrix<double>& y) {
        for (size_t i = 0; i < x.size(); ++i) CHECK(x.data()[i] == doctest::Approx(y.data()[i]));
    };
    map.apply(h, a), member.apply(h, b), compare(a, b);
    map.vjp(h, u, a), member.vjp(h, u, b), compare(a, b);
    map.jvp(h, u, a), member.jvp(h, u, b), compare(a, b);
    CHECK(check_derivatives(map, vector<double>{0.3, -0.4}).agrees());
    for (const bool second : {false, true}) {
        blend(first, last, second ? 1 : 0).apply(h, a);
        (second ? last : first).apply(h, b);
        CHECK(a == b);
    }
    CHECK_THROWS_WITH_AS(blend(first, last, 1.5), "blend: a share of 1.5, expected 0 to 1", value_error);
    const auto identity = [](const auto& x) { return x; };
    CHECK_THROWS_WITH_AS(blend(make_map<double>(identity, 2), make_map<double>(identity, 3), 0.5),
                         "blend: maps of dimensions 2 and 3", shape_error);
}

TEST_CASE("along a few maps far apart points jump, but not where steps are taken between the maps") {
    // Fixed points at 2 and -2, then at 1/2 and -1/2, then none: they merge where s = 0, a third of the way.
    std::vector<automatic_map<double, 1, fold>> maps;
    for (const double s : {-4.0, -0.25, 0.5}) maps.push_back(make_map<double, 1>(fold{s}));
    const auto points = find_slow_points(maps[0], matrix<double>{{-2.1}, {2.1}});
    REQUIRE(points.size() == 2);
    track_options<double> options{.probe_distance = 0};
    CHECK(events_of(track(points, maps, options), track_event_kind::jumped).size() >= 2);

    options.shortest_between = 1e-3;
    const auto t = track(points, maps, options);
    INFO(t);
    CHECK(events_of(t, track_event_kind::jumped).empty());
    const auto merged = events_of(t, track_event_kind::merged);
    REQUIRE(merged.size() == 1);
    CHECK(merged[0].after <= 1 + 1.0 / 3);
    CHECK(merged[0].before >= 1 + 1.0 / 3);
    CHECK(merged[0].before < 2);
    for (size_t b = 0; b < 2; ++b) {
        const auto& way = t.branches[b];
        const double sign = points[b].state(0) > 0 ? 1 : -1;
        for (size_t i = 0; i < way.where.size() && way.where[i] <= 1; ++i)  // s rises evenly from -4 to -1/4
            CHECK(way.points[i].state(0) == doctest::Approx(sign * std::sqrt(4 - 3.75 * way.where[i])));
    }
    // The other way round the ghost splits, and one branch goes on.
    const auto ghost = find_slow_points(maps[2], matrix<double>{{0.1}});
    options.backwards = true;
    const auto back = track(ghost, maps, options);
    INFO(back);
    CHECK(events_of(back, track_event_kind::jumped).empty());
    CHECK(std::abs(back.branches[0].points.back().state(0)) == doctest::Approx(2));
    options.stability = false;
    const auto plain = track(ghost, maps, options);
    CHECK(events_of(plain, track_event_kind::changed_stability).empty());
    CHECK(plain.branches[0].points.back().spectrum.empty());
    CHECK(plain.branches[0].points.back().state == back.branches[0].points.back().state);
    options.shortest_between = 0;
    CHECK_THROWS_WITH_AS(track(ghost, maps, options),
                         "track: steps between maps down to 0 of the way, expected 1e-12 to 1", value_error);
}

TEST_CASE("what has nowhere else to go jumps even between pictures, and just where it has to") {
    // The ghost dissolves where a = 0, half of the way; a blend of two members is a member.
    const std::vector<automatic_map<double, 1, cubic>> maps = {make_map<double, 1>(cubic{1}),
                                                               make_map<double, 1>(cubic{-1})};
    const auto t = track(find_slow_points(maps[0], matrix<double>{{0.6}}), maps,
                         {.probe_distance = 0, .shortest_between = 1e-3});
    INFO(t);
    const auto jumped = events_of(t, track_event_kind::jumped);
    REQUIRE(jumped.size() == 1);
    CHECK(at(jumped[0], 0.5, 0.03));
}

TEST_CASE("maps may be made as they are asked for") {
    const auto load = [](int i) { return make_map<double, 1>(fold{-0.04 - 0.01 * i}); };
    const auto maps = std::views::iota(0, 4) | std::views::transform(load);
    const auto t = track(find_slow_points(load(0), matrix<double>{{-0.2}}), maps);
    REQUIRE(t.branches.size() == 1);
    const auto& points = t.branches[0].points;
    REQUIRE(points.size() == 4);
    for (size_t i = 0; i < 4; ++i)
        CHECK(std::abs(points[i].state(0) + std::sqrt(0.04 + 0.01 * static_cast<double>(i))) < 1e-8);
}

TEST_CASE("events have the names of bifurcations: fold, pitchfork, period doubling, Neimark-Sacker") {
    const auto names = [](const track_result<double>& t) {
        std::vector<std::string_view> result;
        for (const auto& e : t.events) result.push_back(e.bifurcation ? to_string(*e.bifurcation) : "");
        return result;
    };
    const auto folds = [](double s) { return make_map<double, 1>(fold{s}); };
    const auto both = find_slow_points(folds(-0.5), matrix<double>{{-0.6}, {0.6}});
    CHECK(names(track(both, folds, -0.5, 0.5)) == std::vector<std::string_view>{"fold", "fold"});
    const auto forks = [](double s) { return make_map<double, 2>(pitchfork{s}); };
    const auto middle = find_slow_points(forks(-0.4), matrix<double>{{0.1, 0.1}});
    CHECK(names(track(middle, forks, -0.4, 0.5)) ==
          std::vector<std::string_view>{"pitchfork", "pitchfork", "pitchfork"});
    const auto turns = [](double s) { return make_map<double, 2>(neimark_sacker{s}); };
    const auto centre = find_slow_points(turns(-0.3), matrix<double>{{0.1, 0.1}});
    const auto turned = track(centre, turns, -0.3, 0.2);
    CHECK(names(turned) == std::vector<std::string_view>{"Neimark-Sacker"});
    CHECK(std::abs(std::arg(*turned.events[0].multiplier)) == doctest::Approx(0.7));
    const auto doubles = [](double s) {
        return make_map<double, 1>(
            [s](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{s * x[0] * (1.0 - x[0])}; });
    };
    const auto logistic = find_slow_points(doubles(2.5), matrix<double>{{0.5}});
    CHECK(names(track(logistic, doubles, 2.5, 3.3, {.probe_distance = 0})) ==
          std::vector<std::string_view>{"period doubling"});
}

TEST_CASE("track takes any solver") {
    const auto family = [](double s) { return make_map<double, 2>(pitchfork{s}); };
    const auto points = find_slow_points(family(-0.4), matrix<double>{{0.1, 0.1}});
    const auto t = track(points, family, -0.4, 0.3, newton_krylov{}, {.probe_distance = 0});
    CHECK(t.complete);
    CHECK(std::abs(t.branches[0].points.back().state(0)) < 1e-6);
    const std::vector maps{family(-0.4), family(-0.3)};
    CHECK(track(points, maps, gradient_descent{}, {.probe_distance = 0}).branches[0].points.size() == 2);
}

TEST_CASE("work is bounded: the steps that may be tried, and it is said where they are used up") {
    const auto family = [](double s) { return make_map<double, 2>(pitchfork{s}); };
    const auto points = find_slow_points(family(-0.4), matrix<double>{{0.1, 0.1}});
    const auto t = track(points, family, -0.4, 0.5, {.max_steps = 5});
    CHECK(!t.complete);
    CHECK(t.branches[0].where.size() <= 6);
    CHECK(t.branches[0].where.back() < 0);
    std::ostringstream table;
    table << t;
    CHECK(table.str().find("max_steps reached before the last map") != std::string::npos);
    CHECK_THROWS_WITH_AS(track(points, family, -0.4, 0.5, {.max_steps = 0}),
                         "track: max_steps = 0, but at least one is needed", value_error);
}

TEST_CASE("a point that wanders without order is followed with steps that grow, to the end") {
    // The fixed point is somewhere else at every parameter: no step is short enough to predict it.
    const auto family = [](double s) {
        const double place = std::sin(1e9 * s);
        return make_map<double, 1>([place](const auto& x) {
            return std::array<scalar_of<decltype(x)>, 1>{0.5 * x[0] + 0.05 * place};
        });
    };
    const auto t =
        track(find_slow_points(family(0), matrix<double>{{0.1}}), family, 0, 1, {.probe_distance = 0});
    INFO(t);
    CHECK(t.complete);
    CHECK(t.branches[0].where.back() == 1);
    CHECK(t.branches[0].points.size() < 1000);
}

TEST_CASE("points outside the bounds of the search are refused by their number") {
    const auto family = [](double s) { return make_map<double, 2>(pitchfork{s}); };
    const auto points = find_slow_points(family(0.5), matrix<double>{{0.7, 0.1}});
    CHECK_THROWS_WITH_AS(track(points, family, 0.5, 1, {.region = {.upper_bounds = {0.1, 10}}}),
                         doctest::Contains("track: point 0 has 0.707107 at coordinate 0, outside the bounds"),
                         value_error);
}

TEST_CASE("tracking without points, maps or a way is refused") {
    const std::vector<automatic_map<double, 2, pitchfork>> none;
    const auto family = [](double s) { return make_map<double, 2>(pitchfork{s}); };
    const auto points = find_slow_points(family(-0.1), matrix<double>{{0.1, 0.1}});
    CHECK_THROWS_WITH_AS(track(points, none), "track: no maps", value_error);
    CHECK_THROWS_WITH_AS(track(points, family, 1, 1), "track: from 1 to 1 is no way to go", value_error);
    CHECK_THROWS_WITH_AS(track(slow_points<double>{}, family, 0, 1), "track: no points to follow",
                         value_error);
    CHECK_THROWS_WITH_AS(track(points, family, 0, 1, {.shortest_step = 0}),
                         "track: steps from 0 to 0.02 of the way, but they must be at least 1e-12 and rising",
                         value_error);
    CHECK_THROWS_WITH_AS(
        track(points, family, 0, 1, {.probe_distance = 0, .seeds = matrix<double>{{1, 2, 3}}}),
        "track: seeds are rows of 3 numbers, but the maps' dimension is 2", shape_error);
    const auto narrow = [](double s) { return make_map<double, 1>(fold{s}); };
    CHECK_THROWS_WITH_AS(track(points, narrow, 0.5, 1),
                         "track: point 0 has 2 coordinates, but the first map's dimension is 1", shape_error);
    const auto growing = [](double s) {
        return make_map<double>(
            [](auto x) {
                for (auto& coordinate : x) coordinate = 0.5 * coordinate;
                return x;
            },
            s > 0 ? 3 : 2);
    };
    const auto grown =
        track(find_slow_points(growing(0), matrix<double>{{0.1, 0.1}}), growing, 0, 1, {.probe_distance = 0});
    CHECK(grown.branches.size() == 1);
    CHECK(!grown.complete);
    REQUIRE(grown.notes.size() == 1);
    CHECK(grown.notes[0].find("has dimension 3, the one before 2") != std::string::npos);
}

TEST_CASE("where a family or a sequence throws, branches end with that event, its parameter and its words") {
    const auto family = [](double p) {
        if (p > 0.5) throw std::domain_error("hole");
        return make_map<double>(
            [p](auto x) {
                x[0] = 0.5 * x[0] + p;
                return x;
            },
            1);
    };
    const auto start = find_slow_points(family(0), matrix<double>{{0.1}});
    const auto found = track(start, family, 0, 1);
    INFO(found);
    CHECK(!found.complete);
    REQUIRE(found.branches.size() == 1);
    CHECK(found.branches[0].ended);
    CHECK(found.branches[0].where.back() == doctest::Approx(0.5).epsilon(1e-4));
    REQUIRE(found.events.size() == 1);
    CHECK(found.events[0].kind == track_event_kind::failed);
    CHECK(found.events[0].before == doctest::Approx(0.5).epsilon(1e-4));
    REQUIRE(found.notes.size() == 1);
    CHECK(found.notes[0].starts_with("the map at 0.5"));
    CHECK(found.notes[0].ends_with(" throws: hole"));

    struct breaking {  // throws where it is evaluated
        using scalar = double;
        double shift = 0;
        bool broken = false;
        [[nodiscard]] size_t dimension() const { return 1; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            if (broken) throw 42;
            for (size_t i = 0; i < h.rows(); ++i) next(i, 0) = h(i, 0) / 2 + shift;
        }
        void vjp(matrix_view<const double>, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t i = 0; i < u.rows(); ++i) out(i, 0) = u(i, 0) / 2;
        }
    };
    const std::vector<breaking> maps = {{0.1}, {0.2}, {0.3, true}};
    const auto tracked = track(find_slow_points(maps[0], matrix<double>{{0.0}}), maps);
    CHECK(tracked.branches[0].points.size() == 2);
    REQUIRE(tracked.notes.size() == 1);
    CHECK(tracked.notes[0] == "the map at 2 throws: no std::exception");
}

TEST_CASE("a transcritical point is named in its three events: merged, changed stability, born") {
    const auto family = [](double s) {
        return make_map<double>(
            [s](auto x) {
                x[0] = x[0] + s * x[0] - x[0] * x[0];
                return x;
            },
            1);
    };
    const auto found =
        track(find_slow_points(family(-0.5), matrix<double>{{0.0}, {-0.5}}), family, -0.5, 0.45);
    INFO(found);
    REQUIRE(found.events.size() == 3);
    for (const auto& event : found.events) CHECK(event.bifurcation == bifurcation_kind::transcritical);
}

TEST_CASE("a map whose vjp contradicts its apply is named with its place, unless the user insists") {
    struct half {  // x' = x / 2 + shift
        using scalar = double;
        double shift = 0, factor = 1;
        [[nodiscard]] size_t dimension() const { return 1; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t i = 0; i < h.rows(); ++i) next(i, 0) = h(i, 0) / 2 + shift;
        }
        void vjp(matrix_view<const double>, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t i = 0; i < u.rows(); ++i) out(i, 0) = factor * u(i, 0) / 2;
        }
    };
    std::vector<half> maps = {{0.1}, {0.2}, {0.3}};
    const auto points = find_slow_points(maps[0], matrix<double>{{0.0}});
    CHECK(track(points, maps).branches.size() == 1);
    maps[2].factor = 100;
    CHECK_THROWS_WITH_AS(track(points, maps), doctest::Contains("track: at 2 the map's vjp gives"),
                         value_error);
    CHECK_NOTHROW(track(points, maps, {.check_derivatives = false}));
    maps[0].factor = -1;
    CHECK_THROWS_WITH_AS(track(points, maps), doctest::Contains("track: at 0 the map's vjp gives"),
                         value_error);
    const auto family = [](double s) { return half{s, s > 0.5 ? 50.0 : 1.0}; };
    CHECK_THROWS_WITH_AS(track(points, family, 0.1, 1.0), doctest::Contains("the map's vjp gives"),
                         value_error);
}

TEST_CASE("where a map is not finite a branch has failed, and did not vanish") {
    const auto family = [](double s) {
        return make_map<double, 1>([s](const auto& x) {
            return std::array<scalar_of<decltype(x)>, 1>{0.5 * x[0] + (s > 0.5 ? std::nan("") : 0.1)};
        });
    };
    const auto first = find_slow_points(family(0), matrix<double>{{0.0}});
    const auto tracks = track(first, family, 0, 1);
    REQUIRE(tracks.events.size() == 1);
    CHECK(tracks.events[0].kind == track_event_kind::failed);
    CHECK(tracks.events[0].before == doctest::Approx(0.5).epsilon(1e-4));
}

TEST_CASE("options that make no sense are named before any map is asked for") {
    const std::vector maps(2, make_map<double, 1>([](const auto& x) {
                               return std::array<scalar_of<decltype(x)>, 1>{0.5 * x[0]};
                           }));
    const auto points = find_slow_points(maps[0], matrix<double>{{0.1}});
    CHECK_THROWS_WITH_AS(track(points, maps, {.jump_distance = -1}),
                         "track: jump_distance = -1, but it must be positive", value_error);
    CHECK_THROWS_WITH_AS(track(points, maps, {.merge_distance = -1}),
                         "track: merge_distance = -1, but it must not be negative", value_error);
    CHECK_THROWS_WITH_AS(track(points, maps, {.region = {.upper_bounds = {1, 2}}}),
                         "track: 2 bounds for a map of dimension 1", shape_error);
    CHECK_THROWS_WITH_AS(track(points, maps, {.region = {.lower_bound = 1, .upper_bound = -1}}),
                         "track: lower bound 1 is not below upper bound -1 (coordinate 0)", value_error);
    CHECK_THROWS_WITH_AS(track(points, maps, {.dense_limit = 0}),
                         "track: the map's dimension is 1; points are followed with (d x d) matrices, up to "
                         "dense_limit = 0",
                         value_error);
}

TEST_CASE("in whatever units, track finds the same branches and events") {
    // A fold at 0 beside a coordinate that rests at 1, in units of either; and a pitchfork at 0.
    const auto fold_in = [](double u, double v) {
        return [u, v](double p) {
            return make_map<double, 2>([u, v, p](const auto& h) {
                const auto x = h[0] / u, y = h[1] / v;
                auto next = h;
                next[0] = u * (x + 0.1 * (p + x * x));
                next[1] = v * (0.5 * y + 0.5);
                return next;
            });
        };
    };
    const auto tracked_in = [&](double u, double v) {
        const auto family = fold_in(u, v);
        const auto points = find_slow_points(family(-1), grid<double>({-2 * u, 0.5 * v}, {2 * u, 2 * v}, 4));
        return track(points, family, -1, 0.5, {.shortest_step = 1e-4});
    };
    const auto plain = tracked_in(1, 1);
    REQUIRE(plain.branches.size() == 2);
    REQUIRE(plain.events.size() >= 2);
    for (const auto& [u, v] : {std::pair{1e-6, 1e-6}, {1e3, 1e3}, {1e-9, 1e9}, {1e9, 1e-9}, {1e-9, 1.0}}) {
        CAPTURE(u);
        CAPTURE(v);
        const auto tracked = tracked_in(u, v);
        REQUIRE(tracked.branches.size() == plain.branches.size());
        REQUIRE(tracked.events.size() == plain.events.size());
        for (size_t k = 0; k < plain.events.size(); ++k) {
            CHECK(tracked.events[k].kind == plain.events[k].kind);
            CHECK(tracked.events[k].after == doctest::Approx(plain.events[k].after).epsilon(1e-3));
        }
        const auto &last = tracked.branches[0].points.back(), &other = plain.branches[0].points.back();
        CHECK(std::abs(last.state(0) / u - other.state(0)) < 1e-6);
        CHECK(std::abs(last.state(1) / v - other.state(1)) < 1e-6);
    }
    const auto pitchfork = [](double p) {
        return make_map<double, 1>([p](const auto& h) {
            auto next = h;
            next[0] = h[0] * (1.0 + p) - 1e12 * h[0] * h[0] * h[0];
            return next;
        });
    };
    matrix<double> zero = matrix<double>::from_shape({1, 1});
    zero(0, 0) = 0;
    const auto points = find_slow_points(pitchfork(-0.5), zero, {.scale = 1e-6});
    const auto tracked = track(points, pitchfork, -0.5, 0.5, {.scale = 1e-6});
    CHECK(std::ranges::count_if(tracked.events, [](const auto& e) {
              return e.kind == track_event_kind::born && e.bifurcation == bifurcation_kind::pitchfork;
          }) == 2);
    CHECK_THROWS_WITH_AS(track(points, pitchfork, -0.5, 0.5, {.scale = -1.0}),
                         "track: scale -1, expected a finite number above 0", value_error);
}

TEST_CASE("track tells how far it is, and ends where the watcher or a time limit says so") {
    const auto family = [](double p) {
        return make_map<double, 1>([p](const auto& h) {
            auto next = h;
            next[0] = 0.5 * h[0] + p;
            return next;
        });
    };
    matrix<double> seed = matrix<double>::from_shape({1, 1});
    seed(0, 0) = 1;
    const auto points = find_slow_points(family(0.5), seed);
    size_t last = 0, steps = 0;
    const auto all = track(points, family, 0.5, 1.0, {.watcher = [&](const progress_report& r) {
                               CHECK(r.step >= last);
                               last = r.step, steps = r.steps;
                               return true;
                           }});
    CHECK(all.complete);
    CHECK(last == steps);
    const auto ended =
        track(points, family, 0.5, 1.0, {.watcher = [](const progress_report& r) { return r.step < 300; }});
    CHECK(!ended.complete);
    CHECK(ended.interrupted == "the watcher ended it");
    REQUIRE(ended.branches.size() == 1);
    CHECK(ended.branches[0].where.size() > 2);
    CHECK(ended.branches[0].where.size() < all.branches[0].where.size());
    const auto threw =
        track(points, family, 0.5, 1.0,
              {.watcher = [](const progress_report&) -> bool { throw std::runtime_error("enough"); }});
    CHECK(threw.interrupted == "the watcher threw: enough");
    const auto late = track(points, family, 0.5, 1.0, {.time_limit = 1e-9});
    CHECK(!late.complete);
    CHECK(late.interrupted.find("time limit") != std::string::npos);
    const std::vector maps{family(0.5), family(0.6), family(0.7), family(0.8)};
    const auto two = track(points, maps, {.watcher = [](const progress_report& r) {
                               CHECK(r.steps == 3);
                               return r.step < 2;
                           }});
    CHECK(two.branches[0].where.size() == 3);
    CHECK(!two.complete);
}
