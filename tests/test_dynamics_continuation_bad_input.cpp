#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "engram/dynamics.hpp"
#include "reference/maps.hpp"

using namespace engram;

namespace {

using reference::scalar_of;

slow_points<double> at_states(const matrix<double>& states) {
    slow_points<double> points;
    for (size_t i = 0; i < states.shape(0); ++i) {
        slow_point<double> p;
        p.state = vector<double>::from_shape({states.shape(1)});
        std::copy_n(&states(i, 0), states.shape(1), p.state.begin());
        points.points.push_back(p);
    }
    return points;
}

/// x' = x + s + x^2 where s < 0: a doubling at -1, then a fold at 0; `spoil` says what happens beyond a
/// parameter.
enum class spoil { nothing, throws, grows, not_finite };
struct spoilt {
    spoil how;
    double beyond;

    auto operator()(double s) const {
        const bool bad = s > beyond;
        if (bad && how == spoil::throws) throw std::runtime_error("no such map");
        return make_map<double>(
            [=, *this](const auto& x) {
                auto y = x;
                y[0] = x[0] + s + x[0] * x[0];
                if (bad && how == spoil::not_finite) y[0] = y[0] * std::nan("");
                return y;
            },
            bad && how == spoil::grows ? 2 : 1);
    }
};

/// Fixed at 2 p, outside the box that it states where p is above 1/2.
struct boxed {
    double p;
    template <class Point>
    auto operator()(const Point& x) const {
        return std::array<scalar_of<Point>, 1>{0.5 * x[0] + p};
    }
    search_region<double> state_bounds() const { return {.lower_bound = -1, .upper_bound = 1}; }
};
/// Fixed where (x - q)^2 = q^2 - p, whose folds are x = q, p = q^2, in a box up to 1.
struct boxed_fold {
    double p, q;
    template <class Point>
    auto operator()(const Point& x) const {
        return std::array<scalar_of<Point>, 1>{x[0] + 0.1 * (p - 2.0 * q * x[0] + x[0] * x[0])};
    }
    search_region<double> state_bounds() const { return {.lower_bound = -1, .upper_bound = 1}; }
};
/// A cycle (x, -x) with x^2 = s, in a box on one side of which it is nearer to the edge.
struct boxed_cycle {
    double s;
    template <class Point>
    auto operator()(const Point& x) const {
        return std::array<scalar_of<Point>, 1>{-(1 + s) * x[0] + x[0] * x[0] * x[0]};
    }
    search_region<double> state_bounds() const { return {.lower_bound = -0.3, .upper_bound = 1}; }
};
/// Fixed at 0 and 1 - 1 / s, on the edge of its box where s = 1; or, at +-s^(1/2), where s = 0.
struct boxed_logistic {
    double s;
    template <class Point>
    auto operator()(const Point& x) const {
        return std::array<scalar_of<Point>, 1>{s * x[0] * (1.0 - x[0])};
    }
    search_region<double> state_bounds() const { return {.lower_bound = 0, .upper_bound = 1}; }
};
struct boxed_parabola {
    double s;
    template <class Point>
    auto operator()(const Point& x) const {
        return std::array<scalar_of<Point>, 1>{x[0] + s - x[0] * x[0]};
    }
    search_region<double> state_bounds() const { return {.lower_bound = 0, .upper_bound = 1}; }
};
/// Two states of tanh units, which are 1 to the last bit for large p.
struct saturating {
    double p;
    template <class Point>
    auto operator()(const Point& x) const {
        using std::tanh;
        return std::array<scalar_of<Point>, 2>{tanh(p + 2.0 * x[0]), tanh(20.0 * p + x[1])};
    }
    search_region<double> state_bounds() const { return {.lower_bound = -1, .upper_bound = 1}; }
};

}  // namespace

TEST_SUITE_BEGIN("dynamics/continuation");

TEST_CASE("what a family does beyond a parameter ends the branch there, named; what was found before stays") {
    const auto start = at_states({{-std::sqrt(1.5)}});
    for (const auto how : {spoil::throws, spoil::grows, spoil::not_finite}) {
        const auto diagram = bifurcation_diagram(start, spoilt{how, -0.5}, -1.5, 0.5);
        INFO(diagram);
        REQUIRE(diagram.branches.size() == 1);
        CHECK(diagram.branches[0].last_end == branch_end::map_failed);
        CHECK(diagram.branches[0].parameters.back() == doctest::Approx(-0.5).epsilon(1e-4));
        const auto& note = diagram.branches[0].last_note;
        CHECK(note.find("-0.") != std::string::npos);
        CHECK(note.find(how == spoil::throws  ? "the family throws at"
                        : how == spoil::grows ? "has dimension 2, expected 1"
                                              : "is not finite") != std::string::npos);
        if (how == spoil::throws) CHECK(note.find("no such map") != std::string::npos);
        REQUIRE(diagram.bifurcations.size() == 1);
        CHECK(std::abs(diagram.bifurcations[0].parameter + 1) < 1e-8);
        CHECK(diagram.bifurcations[0].kind == bifurcation_kind::period_doubling);
    }
}

TEST_CASE("a family that fails from the beginning on is refused with its words") {
    CHECK_THROWS_WITH_AS(bifurcation_diagram(at_states({{-0.5}}), spoilt{spoil::throws, -10}, -1, 1),
                         doctest::Contains("the family throws at -1: no such map"), value_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(at_states({{-0.5}}), spoilt{spoil::grows, -10}, -1, 1),
                         doctest::Contains("the map at -1 has dimension 2, expected 1"), value_error);
}

TEST_CASE("a family that fails at the last value only, or throws what is no exception, is told of as such") {
    const auto contracting = [](double p) {
        return make_map<double, 1>(
            [p](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{0.5 * x[0] + p}; });
    };
    const auto at_last = [&](double p) {
        if (p >= 1) throw std::domain_error("p must be below 1");
        return contracting(p);
    };
    const auto last = bifurcation_diagram(at_states({{0.0}}), at_last, 0, 1).branches[0];
    CHECK(last.last_end == branch_end::map_failed);
    CHECK(last.last_note == "the family throws at 1: p must be below 1");
    CHECK(last.parameters.back() == doctest::Approx(1));
    const auto number = [&](double p) {
        if (p > 0.5) throw 42;
        return contracting(p);
    };
    const auto half = bifurcation_diagram(at_states({{0.0}}), number, 0, 1).branches[0];
    CHECK(half.last_end == branch_end::map_failed);
    CHECK(half.last_note.ends_with(": no std::exception"));
    CHECK(half.parameters.back() == doctest::Approx(0.5).epsilon(1e-4));
}

TEST_CASE("a read-out that throws leaves gaps among the outputs, and the branch is there") {
    struct silent {
        using scalar = double;
        double p;
        size_t dimension() const { return 1; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t i = 0; i < h.rows(); ++i) next(i, 0) = 0.5 * h(i, 0) + p;
        }
        void vjp(matrix_view<const double> h, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t i = 0; i < h.rows(); ++i) out(i, 0) = 0.5 * u(i, 0);
        }
        matrix<double> read_out(matrix_view<const double> h) const {
            if (p > 0.5) throw std::runtime_error("nothing to say");
            return matrix<double>{{2 * h(0, 0)}};
        }
    };
    const auto diagram = bifurcation_diagram(
        at_states({{0.0}}), [](double p) { return silent{p}; }, 0, 1);
    REQUIRE(diagram.branches.size() == 1);
    const auto& branch = diagram.branches[0];
    CHECK(branch.parameters.back() == 1);
    CHECK(branch.outputs(3, 0) == doctest::Approx(4 * branch.parameters[3]));
    CHECK(std::isnan(branch.outputs(branch.size() - 1, 0)));
    REQUIRE(diagram.notes.size() == 1);
    CHECK(diagram.notes[0].starts_with("branch 0: no read-out of all points: the family throws at 0.5"));
    CHECK(diagram.notes[0].ends_with("nothing to say"));
}

TEST_CASE("an interval that is none, no points, and limits of nothing are refused") {
    const spoilt family{spoil::nothing, 0};
    const auto start = at_states({{-1.0}});
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, 1, 1),
                         "bifurcation_diagram: from 1 to 1 is no interval", value_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, 0, std::nan("")),
                         "bifurcation_diagram: from 0 to nan is no interval", value_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram({}, family, 0, 1),
                         "bifurcation_diagram: no points to begin with", value_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, -1, 1, {.max_points = 0}),
                         "bifurcation_diagram: max_points = 0, expected at least 2", value_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, -1, 1, {.max_branches = 0}),
                         "bifurcation_diagram: max_branches = 0, but at least one is needed", value_error);
    CHECK_THROWS_WITH_AS(
        bifurcation_diagram(start, family, -1, 1, {.steps = {.first = 1}}),
        "bifurcation_diagram: steps from 1e-07 by way of 1 to 0.02, but they must be positive and rising",
        value_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, -1, 1, {.steps = {.growth = 1}}),
                         "bifurcation_diagram: growth = 1, but it must be above 1", value_error);
    for (const double scale : {0.0, -1.0, std::nan("")})
        CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, -1, 1, {.scale = {scale}}),
                             doctest::Contains("bifurcation_diagram: scale "), value_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, -1, 1, {.scale = {1, 2}}),
                         "bifurcation_diagram: a scale of 2 numbers for a map of dimension 1", shape_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(at_states({{std::nan("")}}), family, -1, 1),
                         "bifurcation_diagram: point 0 has a coordinate nan", value_error);
    auto mixed = at_states({{-1.0}});
    mixed.points.push_back(at_states({{1.0, 2.0}})[0]);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(mixed, family, -1, 1),
                         "bifurcation_diagram: point 1 has 2 coordinates, point 0 has 1", shape_error);
}

TEST_CASE(
    "points that are no fixed points of the family are told of with their speed, and the others followed") {
    const spoilt family{spoil::nothing, 0};
    CHECK_THROWS_WITH_AS(
        bifurcation_diagram(at_states({{3.0}}), family, -1, 1),
        doctest::Contains("point 0 is on no branch: it is no fixed point of the family: its speed, in "
                          "units of the scale, is 8 at -1"),
        value_error);
    const auto diagram = bifurcation_diagram(at_states({{3.0}, {-1.0}}), family, -1, 1);
    INFO(diagram);
    CHECK(diagram.branches.size() == 1);
    REQUIRE(diagram.notes.size() == 1);
    CHECK(diagram.notes[0].starts_with("point 0 is on no branch"));
    // A ghost, which is slow and not fixed, is none either.
    const auto ghost = find_slow_points(family(0.1), matrix<double>{{0.2}});
    REQUIRE(ghost[0].kind == point_kind::slow);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(ghost, family, 0.1, 1),
                         doctest::Contains("point 0 is on no branch"), value_error);
}

TEST_CASE("a branch that leaves the box ends at its edge, and a point outside leads to none") {
    const spoilt family{spoil::nothing, 0};
    const auto start = at_states({{-1.0}});
    const auto diagram = bifurcation_diagram(start, family, -1, 1, {.region = {.upper_bound = -0.25}});
    INFO(diagram);
    REQUIRE(diagram.branches.size() == 1);
    CHECK(diagram.branches[0].last_end == branch_end::left_region);
    CHECK(diagram.branches[0].states(diagram.branches[0].size() - 1, 0) ==
          doctest::Approx(-0.25).epsilon(1e-4));
    CHECK(diagram.branches[0].last_note.find("coordinate 0 is -0.2") == 0);
    CHECK(diagram.branches[0].last_note.find("outside the bounds -inf and -0.25") != std::string::npos);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, -1, 1, {.region = {.lower_bound = 0}}),
                         doctest::Contains("coordinate 0 is -1 at -1, outside the bounds 0 and inf"),
                         value_error);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, -1, 1, {.region = {.lower_bounds = {0, 1}}}),
                         "bifurcation_diagram: 2 bounds for a map of dimension 1", shape_error);
    CHECK_THROWS_WITH_AS(
        bifurcation_diagram(start, family, -1, 1, {.region = {.lower_bound = 1, .upper_bound = -1}}),
        "bifurcation_diagram: lower bound 1 is not below upper bound -1 (coordinate 0)", value_error);
}

TEST_CASE("a branch ends at the edge of the box that the map states, unless told otherwise, then flagged") {
    const auto family = [](double p) { return make_map<double, 1>(boxed{p}); };
    const auto start = at_states({{0.0}});
    const auto kept = bifurcation_diagram(start, family, 0, 1);
    INFO(kept);
    REQUIRE(kept.branches.size() == 1);
    CHECK(kept.branches[0].last_end == branch_end::left_region);
    CHECK(kept.branches[0].last_note.ends_with("outside the bounds -1 and 1 of the map's own box"));
    CHECK(kept.branches[0].parameters.back() == doctest::Approx(0.5).epsilon(1e-6));
    CHECK(*std::ranges::max_element(kept.branches[0].states) <= 1);
    CHECK(std::ranges::count(kept.branches[0].outside_box, 1) == 0);

    const auto left = bifurcation_diagram(start, family, 0, 1, {.keep_to_box = false}).branches[0];
    CHECK(left.last_end == branch_end::parameter_limit);
    for (size_t i = 0; i < left.size(); ++i) CHECK(left.outside_box[i] == (left.states(i, 0) > 1));
    CHECK(left.outside_box.back() == 1);
    CHECK_THROWS_WITH_AS(bifurcation_diagram(at_states({{2.0}}), family, 1, 0.9),
                         doctest::Contains("coordinate 0 is 2 at 1, outside the bounds -1 and 1"),
                         value_error);
}

TEST_CASE(
    "states that saturate at the edge of the map's box, as far as rounding tells, stay on their branch") {
    const auto family = [](double p) { return make_map<double, 2>(saturating{p}); };
    const auto points = find_slow_points(family(-20), matrix<double>{{-1.0, -1.0}});
    const auto diagram = bifurcation_diagram(points, family, -20, 20);
    INFO(diagram);
    REQUIRE(diagram.branches.size() == 1);
    CHECK(diagram.branches[0].last_end == branch_end::parameter_limit);
    CHECK(diagram.of_kind(bifurcation_kind::fold).size() == 2);
    for (const double x : diagram.branches[0].states) CHECK(std::abs(x) <= 1);
}

TEST_CASE("all states of a cycle are kept to the box, or flagged") {
    const auto family = [](double s) { return make_map<double, 1>(boxed_cycle{s}); };
    const auto start = at_states({{0.0}});
    const auto kept = bifurcation_diagram(start, family, -0.2, 0.5, {.switch_branches = true});
    INFO(kept);
    REQUIRE(kept.branches.size() == 2);
    const auto& cycle = kept.branches[1];
    CHECK(cycle.last_end == branch_end::left_region);
    CHECK(cycle.parameters.back() == doctest::Approx(0.09).epsilon(1e-6));
    CHECK(cycle.last_note.starts_with("coordinate 0 is -0.30000"));
    const auto flagged =
        bifurcation_diagram(start, family, -0.2, 0.5, {.keep_to_box = false, .switch_branches = true});
    REQUIRE(flagged.branches.size() == 2);
    const auto& all = flagged.branches[1];
    CHECK(all.parameters.back() == 0.5);
    for (size_t i = 0; i < all.size(); ++i)
        if (std::abs(all.parameters[i] - 0.09) > 1e-6)
            CHECK(all.outside_box[i] == (all.parameters[i] > 0.09));
}

TEST_CASE("a bifurcation on the edge of the map's box is found, where a branch ends or begins") {
    const auto logistic = [](double s) { return make_map<double, 1>(boxed_logistic{s}); };
    for (const double to : {0.5, 1.0}) {
        const auto down = bifurcation_diagram(at_states({{0.6}}), logistic, 2.5, to);
        INFO(down);
        REQUIRE(down.bifurcations.size() == 1);
        CHECK(down.bifurcations[0].kind == bifurcation_kind::transcritical);
        CHECK(down.bifurcations[0].parameter == doctest::Approx(1).epsilon(1e-10));
    }
    const auto up = bifurcation_diagram(at_states({{0.0}}), logistic, 1, 2.5);
    CHECK(up.branches.size() == 2);
    CHECK(up.notes.empty());

    const auto parabola = [](double s) { return make_map<double, 1>(boxed_parabola{s}); };
    for (const double to : {-1.0, 0.0}) {
        const auto fold = bifurcation_diagram(at_states({{std::sqrt(0.5)}}), parabola, 0.5, to);
        INFO(fold);
        REQUIRE(fold.bifurcations.size() == 1);
        CHECK(fold.bifurcations[0].kind == bifurcation_kind::fold);
        CHECK(std::abs(fold.bifurcations[0].parameter) < 1e-10);
        for (const double x : fold.branches[0].states) CHECK(x >= 0);
    }
    const auto from = bifurcation_diagram(at_states({{0.0}}), parabola, 0, 0.5);
    INFO(from);
    CHECK(from.branches.size() == 1);
    CHECK(from.notes.empty());
}

TEST_CASE("work is bounded, and it is said where a bound is reached") {
    const auto family = [](double a) {
        return make_map<double, 1>(
            [a](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{a * x[0] * (1.0 - x[0])}; });
    };
    const auto few = bifurcation_diagram(at_states({{0.0}}), family, 0.5, 3.56, {.max_points = 10});
    CHECK(few.branches[0].size() <= 12);
    CHECK(few.branches[0].last_end == branch_end::point_limit);
    CHECK(few.branches[0].last_note.starts_with("max_points = 10 reached at "));
    const auto some = bifurcation_diagram(at_states({{0.0}}), family, 0.5, 3.56,
                                          {.max_branches = 2, .switch_branches = true});
    CHECK(some.branches.size() == 2);
    REQUIRE(some.notes.size() == 1);
    CHECK(some.notes[0] == "max_branches = 2 reached before all bifurcations were branched off from");
    const auto one = bifurcation_diagram(at_states({{0.0}, {0.6}}), family, 2.5, 2.9, {.max_branches = 1});
    CHECK(one.branches.size() == 1);
    REQUIRE(one.notes.size() == 1);
    CHECK(one.notes[0] == "point 1 is not followed: max_branches = 1");
    const auto of_two = bifurcation_diagram(at_states({{0.0}}), family, 1, 2, {.max_branches = 1});
    CHECK(of_two.branches.size() == 1);
    REQUIRE(of_two.notes.size() == 1);
    CHECK(of_two.notes[0] ==
          "max_branches = 1 reached before all branches at 1 (transcritical) were followed");
    const auto plain = bifurcation_diagram(at_states({{0.6}}), family, 2.5, 3.56,
                                           {.switch_branches = true, .max_period = 2});
    REQUIRE(plain.notes.size() == 1);
    CHECK(plain.notes[0].starts_with("max_period = 2: the cycle of period 4 that branches off at 3.44949"));
}

TEST_CASE("a watcher or a time limit ends a diagram, and what was found stays") {
    const spoilt family{spoil::nothing, 0};
    const auto start = at_states({{-1.0}});
    size_t told = 0;
    const auto watched = bifurcation_diagram(
        start, family, -1, 1, {.watcher = [&](const progress_report&) { return ++told < 10; }});
    REQUIRE(watched.branches.size() == 1);
    CHECK(watched.branches[0].size() == 10);
    CHECK(watched.branches[0].last_end == branch_end::interrupted);
    CHECK(watched.interrupted == "the watcher ended it");
    const auto limited = bifurcation_diagram(start, family, -1, 1, {.time_limit = 1e-9});
    CHECK(limited.interrupted.starts_with("the time limit of"));
    CHECK_THROWS_WITH_AS(bifurcation_diagram(start, family, -1, 1, {.time_limit = 0}),
                         doctest::Contains("bifurcation_diagram: time_limit = 0"), value_error);
}

TEST_CASE("a map whose vjp contradicts its apply is named with its parameter, unless the user insists") {
    struct wrong {
        using scalar = double;
        double p;
        size_t dimension() const { return 1; }
        void apply(matrix_view<const double> h, matrix_view<double> next) const {
            for (size_t i = 0; i < h.rows(); ++i) next(i, 0) = 0.5 * h(i, 0) + p;
        }
        void vjp(matrix_view<const double>, matrix_view<const double> u, matrix_view<double> out) const {
            for (size_t i = 0; i < u.rows(); ++i) out(i, 0) = -3 * u(i, 0);
        }
    };
    const auto family = [](double p) { return wrong{p}; };
    CHECK_THROWS_WITH_AS(bifurcation_diagram(at_states({{0.0}}), family, 0, 1),
                         doctest::Contains("bifurcation_diagram: at 0 the map's vjp gives"), value_error);
    CHECK_NOTHROW(bifurcation_diagram(at_states({{0.0}}), family, 0, 1, {.check_derivatives = false}));
}

TEST_CASE("a continuum of fixed points, which is no branch, ends without bifurcations") {
    const auto family = [](double s) {  // every point of the circle of radius 1 is fixed, whatever s
        return make_map<double, 2>([s](const auto& x) {
            using std::sqrt;
            const auto gain = 1.0 + (0.3 + s) * (1.0 - sqrt(x[0] * x[0] + x[1] * x[1]));
            return std::array<scalar_of<decltype(x)>, 2>{x[0] * gain, x[1] * gain};
        });
    };
    const auto diagram = bifurcation_diagram(at_states({{0.6, 0.8}}), family, 0, 0.5);
    INFO(diagram);
    CHECK(diagram.bifurcations.empty());
}

TEST_CASE("folds in two parameters: what is no fold, no interval or outside it is refused") {
    const auto family = [](double s, double e) {
        return make_map<double, 1>([=](const auto& x) {
            return std::array<scalar_of<decltype(x)>, 1>{x[0] + 0.1 * (e + s * x[0] - x[0] * x[0] * x[0])};
        });
    };
    bifurcation<double> fold;
    fold.parameter = 3;
    fold.state = {1.0};  // x = (s / 3)^(1/2), e = -2 (s / 3)^(3/2)
    CHECK(fold_curve(fold, family, {-4, 4}, -2, {-4, 4}).cusps.size() == 1);
    CHECK_THROWS_WITH_AS(fold_curve(fold, family, {4, 4}, -2, {-4, 4}),
                         "fold_curve: from 4 to 4 is no interval", value_error);
    CHECK_THROWS_WITH_AS(fold_curve(fold, family, {-4, 2}, -2, {-4, 4}),
                         "fold_curve: the fold is at 3, outside -4 .. 2", value_error);
    CHECK_THROWS_WITH_AS(fold_curve(fold, family, {-4, 4}, 1, {-4, 4}),
                         doctest::Contains("fold_curve: there is no fold"), value_error);
    const auto throws = [&](double s, double) {
        if (s > 2) throw 42;
        return family(s, 0);
    };
    CHECK_THROWS_WITH_AS(fold_curve(fold, throws, {-4, 4}, -2, {-4, 4}),
                         "fold_curve: the family throws at 3, -2: no std::exception", value_error);
    const auto map_throws = [](double, double) {
        return make_map<double, 1>([](const auto& x) -> std::array<scalar_of<decltype(x)>, 1> {
            throw std::runtime_error("no such state");
        });
    };
    CHECK_THROWS_WITH_AS(fold_curve(fold, map_throws, {-4, 4}, -2, {-4, 4}),
                         doctest::Contains("near 3, -2: the family throws at 3, -2: no such state"),
                         value_error);
    fold.state = {1.0, 2.0};
    CHECK_THROWS_WITH_AS(fold_curve(fold, family, {-4, 4}, -2, {-4, 4}),
                         "fold_curve: a fold of dimension 2 for a map of dimension 1", shape_error);
}

TEST_CASE("a curve of folds is ended by a watcher or a time limit, and at the edge of the map's box") {
    const auto family = [](double p, double q) { return make_map<double, 1>(boxed_fold{p, q}); };
    bifurcation<double> fold;  // x = q, p = q^2
    fold.parameter = 0.25;
    fold.state = {0.5};
    size_t told = 0;
    const auto watched = fold_curve(fold, family, {-2, 2}, 0.5, {-2, 2},
                                    {.watcher = [&](const progress_report&) { return ++told < 10; }});
    CHECK(watched.size() == 10);
    CHECK(watched.last_end == branch_end::interrupted);
    CHECK(watched.interrupted == "the watcher ended it");
    const auto limited = fold_curve(fold, family, {-2, 2}, 0.5, {-2, 2}, {.time_limit = 1e-9});
    CHECK(limited.interrupted.starts_with("the time limit of"));
    CHECK_THROWS_WITH_AS(fold_curve(fold, family, {-2, 2}, 0.5, {-2, 2}, {.time_limit = 0}),
                         doctest::Contains("fold_curve: time_limit = 0"), value_error);

    const auto kept = fold_curve(fold, family, {-2, 2}, 0.5, {-2, 2});
    INFO(kept);
    CHECK(kept.interrupted.empty());
    const auto [least, most] = std::ranges::minmax(kept.states);
    CHECK(least == doctest::Approx(-1).epsilon(1e-6));
    CHECK(most == doctest::Approx(1).epsilon(1e-6));
    CHECK(kept.first_end == branch_end::left_region);
    CHECK(kept.last_end == branch_end::left_region);
    const auto left = fold_curve(fold, family, {-2, 2}, 0.5, {-2, 2}, {.keep_to_box = false});
    CHECK(left.last_end == branch_end::parameter_limit);
    for (size_t i = 0; i < left.size(); ++i) CHECK(left.outside_box[i] == (std::abs(left.states(i, 0)) > 1));
    CHECK(left.outside_box.back() == 1);
}

TEST_CASE("a diagram as a table, as CSV, as segments and as a plot: all digits") {
    const auto family = [](double s) {
        return make_map<double, 1>([s](const auto& x) {
            return std::array<scalar_of<decltype(x)>, 1>{x[0] + s * x[0] - x[0] * x[0] * x[0]};
        });
    };
    const auto diagram =
        bifurcation_diagram(at_states({{0.0}}), family, -0.5, 0.5, {.switch_branches = true});
    std::ostringstream table, csv;
    table << diagram;
    CHECK(table.str().find("branch 0: 53 fixed points from -0.5 (limit of the parameter) to 0.5") == 0);
    CHECK(table.str().find("supercritical pitchfork at ") != std::string::npos);
    diagram.write_csv(csv);
    CHECK(csv.str().starts_with(
        "branch,period,parameter,unstable_directions,spectral_radius,h0\n0,1,-0.5,0,0.5,0\n"));
    std::istringstream lines(csv.str());
    std::string line;
    for (size_t i = 0; i < 6; ++i) std::getline(lines, line);
    CHECK(std::stod(line.substr(4)) == diagram.branches[0].parameters[4]);
    const auto segments = diagram.segments();
    REQUIRE(segments.size() == 3);  // stable, then unstable; the pair is stable all along
    CHECK((segments[0].stable && !segments[1].stable && segments[2].stable));
    CHECK(segments[0].last == segments[1].first);
    CHECK(diagram.branches[0].parameters[segments[0].last] == doctest::Approx(0));
    std::ostringstream found, script;
    write_csv(found, diagram.bifurcations);
    CHECK(found.str().starts_with("kind,criticality,period,parameter,"));
    CHECK(found.str().find("\npitchfork,supercritical,1,") != std::string::npos);
    write_gnuplot(script, diagram, family, {.parameter = "s"});
    CHECK(script.str().starts_with("$diagram << END\n-0.5 0\n"));
    CHECK(script.str().find(" \"pitchfork\"\nEND\nset xlabel 's'") != std::string::npos);
    CHECK_THROWS_WITH_AS(write_gnuplot(script, diagram, family, {.coordinate = 1}),
                         "write_gnuplot: coordinate 1 of states of dimension 1", value_error);
}

TEST_CASE("what is written leaves a stream's format as it was, also where the stream throws") {
    const auto family = [](double s) {
        return make_map<double, 1>([s](const auto& x) {
            return std::array<scalar_of<decltype(x)>, 1>{x[0] + s * x[0] - x[0] * x[0] * x[0]};
        });
    };
    const auto points = at_states({{0.0}});
    const auto diagram = bifurcation_diagram(points, family, -0.5, 0.5);
    const auto tracked = track(points, family, -0.5, 0.5);
    struct : std::streambuf {
    } full;  // takes nothing
    std::ostringstream text;
    std::ostream refusing(&full);
    refusing.exceptions(std::ios::badbit | std::ios::failbit);
    for (std::ostream* const out : {static_cast<std::ostream*>(&text), &refusing}) {
        const auto keeps_format = [&](const auto& write) {
            out->flags(std::ios::hex | std::ios::scientific | std::ios::showpos);
            out->precision(3);
            bool thrown = false;
            try {
                write(*out);
            } catch (const std::ios::failure&) {
                thrown = true;
                out->clear();
            }
            CHECK(thrown == (out == &refusing));
            CHECK(out->flags() == (std::ios::hex | std::ios::scientific | std::ios::showpos));
            CHECK(out->precision() == 3);
            CHECK(out->fill() == ' ');
        };
        keeps_format([&](auto& to) { to << diagram; });
        keeps_format([&](auto& to) { to << tracked; });
        keeps_format([&](auto& to) { to << points; });
        keeps_format([&](auto& to) { diagram.write_csv(to); });
        keeps_format([&](auto& to) { tracked.write_csv(to); });
        keeps_format([&](auto& to) { write_csv(to, diagram.bifurcations); });
        keeps_format([&](auto& to) { write_gnuplot(to, diagram, family); });
    }
}
