#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "engram/dynamics.hpp"
#include "reference/maps.hpp"

using namespace engram;

namespace {

using reference::scalar_of;

/// Fixed points given by their states alone.
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

auto henon(double a, double unit_x = 1, double unit_y = 1) {
    return make_map<double, 2>([=](const auto& h) {
        const auto x = h[0] / unit_x, y = h[1] / unit_y;
        return std::array<scalar_of<decltype(h)>, 2>{unit_x * (1.0 - a * x * x + y), unit_y * 0.3 * x};
    });
}
auto logistic(double a) {
    return make_map<double, 1>(
        [a](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{a * x[0] * (1.0 - x[0])}; });
}
/// x' = x + s x + c x^3.
auto pitchfork(double s, double c) {
    return make_map<double, 2>([=](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 2>{x[0] + s * x[0] + c * x[0] * x[0] * x[0], 0.5 * x[1]};
    });
}
/// x' = x + (e + s x - x^3) / 10, whose folds are where 4 s^3 = 27 e^2.
auto imperfect(double s, double e) {
    return make_map<double, 2>([=](const auto& x) {
        return std::array<scalar_of<decltype(x)>, 2>{x[0] + 0.1 * (e + s * x[0] - x[0] * x[0] * x[0]),
                                                     0.5 * x[1]};
    });
}
/// z' = (1 + s) e^(i angle) z + c |z|^2 z.
auto turning(double s, double angle, double c) {
    return make_map<double, 2>([=](const auto& z) {
        const double re = (1 + s) * std::cos(angle), im = (1 + s) * std::sin(angle);
        const auto square = c * (z[0] * z[0] + z[1] * z[1]);
        return std::array<scalar_of<decltype(z)>, 2>{re * z[0] - im * z[1] + square * z[0],
                                                     im * z[0] + re * z[1] + square * z[1]};
    });
}

/// The one bifurcation of a kind, which is where it should be.
template <class T>
bifurcation<T> only(const branch_diagram<T>& diagram, bifurcation_kind kind, double parameter) {
    const auto found = diagram.of_kind(kind);
    INFO(diagram);
    REQUIRE(found.size() == 1);
    CHECK(std::abs(found[0].parameter - parameter) < 1e-8);
    CHECK(found[0].converged);
    return found[0];
}

}  // namespace

TEST_SUITE("bifurcations of known maps") {
    TEST_CASE("Henon: a fold, a period doubling, and nothing else, from points inside the interval") {
        const auto family = [](double a) { return henon(a); };
        const auto start = find_slow_points(henon(0.2), grid<double>({-5.0, -2.0}, {5.0, 2.0}, 9));
        const auto diagram = bifurcation_diagram(start, family, -1.0, 1.0);
        INFO(diagram);
        CHECK(diagram.bifurcations.size() == 2);
        const auto fold = only(diagram, bifurcation_kind::fold, -0.49 / 4);
        CHECK(fold.state(0) == doctest::Approx(20.0 / 7.0));
        CHECK(fold.criticality == criticality::not_told);
        const auto doubling = only(diagram, bifurcation_kind::period_doubling, 3 * 0.49 / 4);
        CHECK(doubling.criticality == criticality::supercritical);
        CHECK(doubling.multiplier.real() == doctest::Approx(-1));
        // Every point of every branch solves x^2 a + 0.7 x = 1; those on one side of the fold and of the
        // doubling are stable.
        for (const auto& branch : diagram.branches)
            for (size_t i = 0; i < branch.size(); ++i) {
                const double a = branch.parameters[i], x = branch.states(i, 0);
                CHECK(std::abs(a * x * x + 0.7 * x - 1) < 1e-9 * std::max(1.0, x * x));
            }
        for (const auto& branch : diagram.branches)
            for (size_t i = 0; i < branch.size(); ++i) {
                const double a = branch.parameters[i], x = branch.states(i, 0);
                if (std::min(std::abs(a - fold.parameter), std::abs(a - doubling.parameter)) > 1e-6)
                    CHECK(branch.stable(i) == (a < doubling.parameter && x > 0 && x < fold.state(0)));
            }
    }

    TEST_CASE("Henon in other units, one for each coordinate: the same bifurcations") {
        for (const auto& [x, y] : {std::pair(1e-6, 1e-6), std::pair(1e3, 1e-9), std::pair(1e-9, 1e9)}) {
            const double unit_x = x, unit_y = y;
            const auto family = [=](double a) { return henon(a, unit_x, unit_y); };
            bifurcation_options<double> options;
            if (std::max(x / y, y / x) > 1e9)
                options.scale = {x, y};  // beside the other it might as well be zero
            const auto start = at_states({{1.0894541729 * x, 0.3 * 1.0894541729 * y}});
            const auto diagram = bifurcation_diagram(start, family, 0.2, -1, options);
            const auto fold = only(diagram, bifurcation_kind::fold, -0.49 / 4);
            CHECK(fold.state(0) == doctest::Approx(20.0 / 7.0 * x).epsilon(1e-6));
        }
    }

    TEST_CASE("the logistic map: transcritical at 1, doublings at 3, 1 + sqrt 6 and 3.5440903596") {
        const auto diagram = bifurcation_diagram(at_states({{0.0}}), logistic, 0.5, 3.56,
                                                 {.switch_branches = true, .max_period = 4});
        INFO(diagram);
        only(diagram, bifurcation_kind::transcritical, 1);
        const auto doublings = diagram.of_kind(bifurcation_kind::period_doubling);
        REQUIRE(doublings.size() == 3);
        const double expected[] = {3, 1 + std::sqrt(6.0), 3.5440903596};
        for (size_t i = 0; i < 3; ++i) {
            CHECK(std::abs(doublings[i].parameter - expected[i]) < (i < 2 ? 1e-8 : 1e-9));
            CHECK(doublings[i].period == size_t{1} << i);
            CHECK(doublings[i].criticality == criticality::supercritical);
        }
        CHECK(diagram.branches.size() == 4);  // 0, 1 - 1/a, and the cycles of period 2 and 4
        for (const auto& branch : diagram.branches)
            for (size_t i = 0; branch.period == 2 && i < branch.size();
                 ++i) {  // x^2 - (1 + 1/a) x + (a + 1)/a^2 = 0
                const double a = branch.parameters[i], x = branch.states(i, 0);
                CHECK(std::abs(x * x - (1 + 1 / a) * x + (a + 1) / (a * a)) < 1e-9);
            }
    }

    TEST_CASE("cycles through iterate: the 2-cycle of the logistic map doubles at 1 + sqrt 6") {
        const auto family = [](double a) { return iterate<2>(logistic(a)); };
        const double a = 3.2, x = ((1 + 1 / a) + std::sqrt((1 - 3 / a) * (1 + 1 / a))) / 2;
        const auto diagram = bifurcation_diagram(at_states({{x}}), family, 3.2, 3.5);
        only(diagram, bifurcation_kind::period_doubling, 1 + std::sqrt(6.0));
        CHECK(diagram.bifurcations.size() == 1);
    }

    TEST_CASE("the delayed logistic map: Neimark-Sacker at a = 2 with angle pi / 3, supercritical") {
        const auto family = [](double a) {
            return make_map<double, 2>([a](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 2>{a * x[0] * (1.0 - x[1]), x[0]};
            });
        };
        const auto diagram = bifurcation_diagram(at_states({{1.0 / 3, 1.0 / 3}}), family, 1.5, 2.2);
        CHECK(diagram.bifurcations.size() == 1);
        const auto found = only(diagram, bifurcation_kind::neimark_sacker, 2);
        CHECK(std::abs(std::arg(found.multiplier)) == doctest::Approx(std::numbers::pi / 3));
        CHECK(found.criticality == criticality::supercritical);
        CHECK(found.resonance == 0);
    }

    TEST_CASE(
        "normal forms of Neimark and Sacker: the coefficient itself, on either side, and strong resonance") {
        for (const double c : {-1.0, 0.5}) {
            const auto family = [c](double s) { return turning(s, 0.7, c); };
            const auto diagram = bifurcation_diagram(at_states({{0, 0}}), family, -0.3, 0.2);
            const auto found = only(diagram, bifurcation_kind::neimark_sacker, 0);
            CHECK(found.criticality == (c < 0 ? criticality::supercritical : criticality::subcritical));
            // z' = e^(i t) (z + c e^(-i t) |z|^2 z), and |z|^2 is twice that along a q of length 1.
            CHECK(std::abs(found.coefficient) ==
                  doctest::Approx(2 * std::abs(c * std::cos(0.7))).epsilon(1e-5));
        }
        const auto quarter = [](double s) { return turning(s, std::numbers::pi / 2, -1); };
        const auto diagram = bifurcation_diagram(at_states({{0, 0}}), quarter, -0.3, 0.2);
        CHECK(only(diagram, bifurcation_kind::neimark_sacker, 0).resonance == 4);
    }

    TEST_CASE("a pitchfork, from the trivial branch: super- and subcritical, and the branch of the pair") {
        for (const double c : {-1.0, 2.0}) {
            const auto family = [c](double s) { return pitchfork(s, c); };
            const auto diagram =
                bifurcation_diagram(at_states({{0, 0}}), family, -0.9, 0.9, {.switch_branches = true});
            INFO(diagram);
            const auto found = only(diagram, bifurcation_kind::pitchfork, 0);
            CHECK(found.criticality == (c < 0 ? criticality::supercritical : criticality::subcritical));
            CHECK(found.coefficient == doctest::Approx(c).epsilon(1e-5));
            REQUIRE(diagram.branches.size() == 2);
            const auto& pair = diagram.branches[1];
            for (size_t i = 0; i < pair.size(); ++i)
                CHECK(std::abs(pair.parameters[i] + c * pair.states(i, 0) * pair.states(i, 0)) < 1e-9);
            for (size_t i = 0; i < pair.size(); ++i)
                if (std::abs(pair.states(i, 0)) > 1e-3)
                    CHECK(pair.stable(i) == (c < 0));  // the multiplier is 1 - 2 s
            CHECK(pair.parameters.front() == doctest::Approx(-0.9 * std::copysign(1, c)));
            CHECK(pair.parameters.back() == pair.parameters.front());
            CHECK(pair.states(0, 0) * pair.states(pair.size() - 1, 0) <
                  0);  // the branch has both of the pair
            CHECK(found.branches == std::vector<size_t>{0, 1});
        }
    }

    TEST_CASE("the same pitchfork from a point of the pair: its branch passes through the trivial one") {
        const auto family = [](double s) { return pitchfork(s, -1); };
        const auto diagram = bifurcation_diagram(at_states({{1, 0}, {0, 0}, {-1, 0}}), family, 1, -1);
        INFO(diagram);
        CHECK(diagram.branches.size() == 2);  // the third point is on the first one's branch
        CHECK(only(diagram, bifurcation_kind::pitchfork, 0).branches == std::vector<size_t>{0, 1});
    }

    TEST_CASE("a transcritical point: two branches that exchange stability") {
        const auto family = [](double s) {
            return make_map<double, 1>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 1>{x[0] + s * x[0] - x[0] * x[0]};
            });
        };
        const auto diagram =
            bifurcation_diagram(at_states({{0.0}}), family, -0.5, 0.7, {.switch_branches = true});
        INFO(diagram);
        only(diagram, bifurcation_kind::transcritical, 0);
        CHECK(diagram.bifurcations.size() == 1);
        REQUIRE(diagram.branches.size() == 2);
        for (const auto& branch : diagram.branches)
            for (size_t i = 0; i < branch.size(); ++i) {
                const double s = branch.parameters[i], x = branch.states(i, 0);
                CHECK(std::min(std::abs(x), std::abs(x - s)) < 1e-9);
                if (std::abs(s) > 1e-6) CHECK(branch.stable(i) == ((s < 0) == (std::abs(x) < 1e-9)));
            }
    }

    TEST_CASE("a perturbed pitchfork: a smooth branch, and an isolated one with a fold") {
        const double e = 0.01;
        const auto family = [e](double s) { return imperfect(s, e); };
        const auto start = find_slow_points(family(1), matrix<double>{{1, 0}, {0, 0}, {-1, 0}});
        const auto diagram = bifurcation_diagram(start, family, 1, -1);
        INFO(diagram);
        CHECK(diagram.branches.size() == 2);
        CHECK(diagram.bifurcations.size() == 1);
        only(diagram, bifurcation_kind::fold, std::cbrt(27 * e * e / 4));
        // The smooth one passes a pitchfork that is nearly there, and is taken for none.
        const auto smooth =
            bifurcation_diagram(find_slow_points(family(-1), matrix<double>{{0, 0}}), family, -1, 1);
        CHECK(smooth.bifurcations.empty());
        CHECK(smooth.branches[0].states(smooth.branches[0].size() - 1, 0) ==
              doctest::Approx(1.00496).epsilon(1e-4));
    }

    TEST_CASE("a cusp: folds in two parameters, crossed from both sides") {
        const auto family = [](double s, double e) { return imperfect(s, e); };
        for (const double e : {0.1, -0.1}) {
            const auto at_e = [e](double s) { return imperfect(s, e); };
            const auto start = find_slow_points(at_e(1), matrix<double>{{1, 0}, {0, 0}, {-1, 0}});
            const auto fold = only(bifurcation_diagram(start, at_e, 1, -1), bifurcation_kind::fold,
                                   std::cbrt(27 * e * e / 4));
            const auto curve = fold_curve(fold, family, {-1, 1}, e, {-1, 1}, {.scale = 1});
            REQUIRE(curve.cusps.size() == 1);
            CHECK(std::abs(curve.cusps[0].parameter) < 1e-8);
            CHECK(std::abs(curve.cusps[0].second_parameter) < 1e-8);
            CHECK(curve.bogdanov_takens.empty());
            CHECK(curve.cusps[0].coefficient == doctest::Approx(-0.1).epsilon(1e-5));
            CHECK(curve.first.front() == 1);
            CHECK(curve.first.back() == 1);
            CHECK(curve.second.front() * curve.second.back() < 0);  // both branches of the cusp
            for (size_t i = 0; i < curve.size(); ++i) {
                CHECK(std::abs(4 * std::pow(curve.first[i], 3) - 27 * std::pow(curve.second[i], 2)) < 1e-9);
                CHECK(std::abs(3 * curve.states(i, 0) * curve.states(i, 0) - curve.first[i]) < 1e-9);
            }
        }
    }

    TEST_CASE("a line of folds with a Bogdanov-Takens point on it has no cusp there") {
        const auto family = [](double a, double b) {  // folds where a = 0; both multipliers are 1 at b = 0
            return make_map<double, 2>([=](const auto& h) {
                return std::array<scalar_of<decltype(h)>, 2>{
                    h[0] + h[1], h[1] + 0.1 * (a + b * h[1] + h[0] * h[0] + h[0] * h[1])};
            });
        };
        bifurcation<double> fold;
        fold.state = {0.0, 0.0};
        const auto curve = fold_curve(fold, family, {-1, 1}, 0.5, {-1, 1});
        CHECK(curve.cusps.empty());
        REQUIRE(curve.bogdanov_takens.size() == 1);
        CHECK(curve.bogdanov_takens[0].kind == bifurcation_kind::bogdanov_takens);
        CHECK(curve.bogdanov_takens[0].converged);
        CHECK(std::abs(curve.bogdanov_takens[0].parameter) < 1e-8);
        CHECK(std::abs(curve.bogdanov_takens[0].second_parameter) < 1e-8);
        for (size_t i = 0; i < curve.size(); ++i) CHECK(std::abs(curve.first[i]) < 1e-9);
        std::ostringstream table, csv;
        table << curve;
        curve.write_csv(csv);
        CHECK(table.str().find("(limit of the parameter)\nBogdanov-Takens at ") != std::string::npos);
        CHECK(csv.str().starts_with("first,second,coefficient,h0,h1\n"));
    }

    TEST_CASE("a pitchfork without a cubic term is neither super- nor subcritical") {
        for (const double c : {-1.0, 1.0}) {
            const auto family = [c](double s) {
                return make_map<double, 1>([=](const auto& x) {
                    return std::array<scalar_of<decltype(x)>, 1>{x[0] + s * x[0] +
                                                                 c * x[0] * x[0] * x[0] * x[0] * x[0]};
                });
            };
            const auto diagram = bifurcation_diagram(at_states({{0.0}}), family, -0.5, 0.6);
            CHECK(only(diagram, bifurcation_kind::pitchfork, 0).criticality == criticality::not_told);
        }
    }

    TEST_CASE("a start on a pitchfork, or beside it: the pair is followed where it is within the interval") {
        for (const double x : {0.0, 1e-5, 1e-3})
            for (const double c : {-1.0, 1.0})
                for (const double to : {-0.5, 0.5}) {
                    const auto family = [c](double s) { return pitchfork(s, c); };
                    const auto diagram =
                        bifurcation_diagram(at_states({{x, 0}}), family, 0, to, {.scale = 1});
                    INFO("from ", x, " with ", c, ": ", diagram);
                    const auto found = only(diagram, bifurcation_kind::pitchfork, 0);
                    CHECK(found.parameter == 0);
                    CHECK(found.criticality ==
                          (c < 0 ? criticality::supercritical : criticality::subcritical));
                    CHECK(diagram.bifurcations.size() == 1);
                    const bool pair = c * to < 0;
                    REQUIRE(diagram.branches.size() == (pair ? 2 : 1));
                    const auto& middle = diagram.branches[0];
                    CHECK(middle.parameters[0] == 0);
                    CHECK(middle.first_end == branch_end::bifurcation);
                    CHECK(middle.parameters.back() == to);
                    CHECK(std::abs(middle.states(middle.size() - 1, 0)) < 1e-8);
                    CHECK(middle.stable(middle.size() - 1) == (to < 0));
                    if (!pair) continue;
                    const auto& both = diagram.branches[1];
                    CHECK(both.first_end == branch_end::parameter_limit);
                    CHECK(both.last_end == branch_end::parameter_limit);
                    CHECK(both.states(0, 0) * both.states(both.size() - 1, 0) ==
                          doctest::Approx(-0.5).epsilon(1e-8));
                    CHECK(both.stable(0) == (c < 0));
                    for (size_t k = 0; k < both.size(); ++k)
                        CHECK(std::abs(both.parameters[k] + c * both.states(k, 0) * both.states(k, 0)) <
                              1e-8);
                }
    }

    TEST_CASE(
        "a start on a transcritical point or a fold: all branches through it that are in the interval") {
        const auto crossing = [](double s) {
            return make_map<double, 1>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 1>{x[0] + s * x[0] - x[0] * x[0]};
            });
        };
        for (const double to : {-0.5, 0.5}) {
            const auto diagram = bifurcation_diagram(at_states({{0}, {0}}), crossing, 0, to);
            INFO(diagram);
            CHECK(only(diagram, bifurcation_kind::transcritical, 0).branches == std::vector<size_t>{0, 1});
            CHECK(diagram.bifurcations.size() == 1);
            REQUIRE(diagram.branches.size() == 2);
            std::vector<double> ends;
            for (const auto& b : diagram.branches) ends.push_back(b.states(b.size() - 1, 0));
            std::ranges::sort(ends);
            CHECK(ends[0] == doctest::Approx(std::min(to, 0.0)).epsilon(1e-8));
            CHECK(ends[1] == doctest::Approx(std::max(to, 0.0)).epsilon(1e-8));
        }
        const auto fold = [](double s) {
            return make_map<double, 1>(
                [s](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] + s + x[0] * x[0]}; });
        };
        const auto within = bifurcation_diagram(at_states({{1e-6}}), fold, 0, -0.5, {.scale = 1});
        INFO(within);
        const auto found = only(within, bifurcation_kind::fold, 0);
        CHECK(found.coefficient == doctest::Approx(1));
        CHECK(within.bifurcations.size() == 1);
        REQUIRE(within.branches.size() == 1);
        const auto& both = within.branches[0];
        CHECK(both.parameters[found.point] == 0);
        CHECK(both.parameters[0] == -0.5);
        CHECK(both.parameters.back() == -0.5);
        CHECK(both.states(0, 0) * both.states(both.size() - 1, 0) == doctest::Approx(-0.5));
        CHECK(within.segments().size() == 2);
        const auto beyond = bifurcation_diagram(at_states({{0}}), fold, 0, 0.5);  // two points that vanish
        INFO(beyond);
        only(beyond, bifurcation_kind::fold, 0);
        REQUIRE(beyond.branches.size() == 1);
        CHECK(beyond.branches[0].size() == 1);
    }

    TEST_CASE("a start on a doubling or a Neimark-Sacker point, and known maps begun where they bifurcate") {
        const auto diagram =
            bifurcation_diagram(at_states({{2.0 / 3}}), logistic, 3, 3.5, {.switch_branches = true});
        INFO(diagram);
        const auto doublings = diagram.of_kind(bifurcation_kind::period_doubling);
        REQUIRE(doublings.size() == 2);  // that of the fixed point, and the cycle's
        CHECK(doublings[0].parameter == 3);
        CHECK(doublings[0].criticality == criticality::supercritical);
        CHECK(std::abs(doublings[1].parameter - (1 + std::sqrt(6.0))) < 1e-8);
        CHECK(diagram.branches.size() == 3);
        CHECK(diagram.branches[0].unstable_directions[1] == 1);
        const auto falling = bifurcation_diagram(at_states({{2.0 / 3}}), logistic, 3, 2.5);
        CHECK(only(falling, bifurcation_kind::period_doubling, 3).parameter == 3);
        CHECK(falling.branches[0].unstable_directions[1] == 0);

        const auto first = bifurcation_diagram(at_states({{0}}), logistic, 1, 2.5);
        CHECK(only(first, bifurcation_kind::transcritical, 1).parameter == 1);
        CHECK(first.branches.size() == 2);

        const auto family = [](double a) { return henon(a); };
        const double b = 0.3, at_fold = -(1 - b) * (1 - b) / 4, x = (b - 1) / (2 * at_fold);
        const auto from_fold = bifurcation_diagram(at_states({{x, b * x}}), family, at_fold, 0.5);
        INFO(from_fold);
        CHECK(only(from_fold, bifurcation_kind::fold, at_fold).parameter == doctest::Approx(at_fold));
        only(from_fold, bifurcation_kind::period_doubling, 3 * (1 - b) * (1 - b) / 4);
        CHECK(from_fold.branches.size() == 1);

        const auto circle = [](double s) { return turning(s, 1, -1); };
        for (const double to : {-0.5, 0.5}) {
            const auto turns = bifurcation_diagram(at_states({{0, 0}}), circle, 0, to);
            const auto found = only(turns, bifurcation_kind::neimark_sacker, 0);
            CHECK(std::abs(std::arg(found.multiplier)) == doctest::Approx(1));
            CHECK(turns.bifurcations.size() == 1);
        }
    }

    TEST_CASE("a bifurcation exactly at the last value of the parameter ends the branch, located and named") {
        const auto family = [](double s) { return pitchfork(s, 1); };  // the pair is where s < 0
        const auto start = at_states({{0, 0}, {std::sqrt(0.5), 0}});
        const auto diagram = bifurcation_diagram(start, family, -0.5, 0);
        INFO(diagram);
        const auto found = only(diagram, bifurcation_kind::pitchfork, 0);
        CHECK(found.parameter == 0);
        CHECK(diagram.bifurcations.size() == 1);
        REQUIRE(diagram.branches.size() == 2);
        CHECK(found.branches == std::vector<size_t>{0, 1});
        for (const auto& b : diagram.branches) CHECK(b.last_end == branch_end::parameter_limit);
        const auto& pair = diagram.branches[1];  // turns round at the limit
        CHECK(pair.parameters[0] == -0.5);
        CHECK(pair.parameters.back() == -0.5);
        CHECK(pair.states(0, 0) * pair.states(pair.size() - 1, 0) == doctest::Approx(-0.5));
        const auto switched =
            bifurcation_diagram(at_states({{0, 0}}), family, -0.5, 0, {.switch_branches = true});
        REQUIRE(switched.branches.size() == 2);
        CHECK(switched.branches[1].parameters[0] == -0.5);

        CHECK(only(bifurcation_diagram(at_states({{0.6}}), logistic, 2.5, 3),
                   bifurcation_kind::period_doubling, 3)
                  .parameter == 3);
    }

    TEST_CASE("what passes a start that another branch led to already is followed, whichever comes first") {
        const auto family = [](double s) {  // x = 0, and a curve through it that comes back to +-1 at s = 0
            return make_map<double, 1>([s](const auto& x) {
                const auto cube = x[0] * x[0] * x[0];
                return std::array<scalar_of<decltype(x)>, 1>{x[0] +
                                                             0.5 * (s * x[0] + cube - cube * x[0] * x[0])};
            });
        };
        for (const auto& states : {matrix<double>{{0.0}, {1.0}}, matrix<double>{{1.0}, {0.0}}}) {
            const auto diagram = bifurcation_diagram(at_states(states), family, 0, -0.5);
            INFO(diagram);
            CHECK(diagram.branches.size() == 2);
            CHECK(only(diagram, bifurcation_kind::pitchfork, 0).branches.size() == 2);
            CHECK(diagram.of_kind(bifurcation_kind::fold).size() == 2);
            CHECK(diagram.notes.empty());
        }
    }

    TEST_CASE("branches that part within a small share of the way are switched to, and begun at") {
        const auto family = [](double s) { return pitchfork(s, -1); };
        const auto within =
            bifurcation_diagram(at_states({{0, 0}}), family, -1e-6, 1e-6, {.switch_branches = true});
        INFO(within);
        only(within, bifurcation_kind::pitchfork, 0);
        CHECK(within.branches.size() == 2);
        CHECK(within.notes.empty());
        const auto from = bifurcation_diagram(at_states({{0, 0}}), family, 0, 1e-5);
        INFO(from);
        CHECK(from.branches.size() == 2);
        CHECK(from.bifurcations.size() == 1);
        CHECK(from.notes.empty());
        // The determinant is 0 but for rounding along the beginning of the pair.
        const auto alone = [](double s) {
            return make_map<double, 1>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 1>{x[0] + s * x[0] - x[0] * x[0] * x[0]};
            });
        };
        CHECK(bifurcation_diagram(at_states({{0.0}}), alone, 0, 1e-5).bifurcations.size() == 1);
        const auto shadows =
            bifurcation_diagram(at_states({{0, 0}}), family, -1e-5, 1e-5, {.switch_branches = true});
        INFO(shadows);
        CHECK(shadows.branches.size() == 2);
        CHECK(shadows.bifurcations.size() == 1);
        // The window of period 3 of the logistic map, from its fold.
        const auto cycles = [](double a) { return iterate<3>(logistic(a)); };
        const double a = 1 + std::sqrt(8.0);
        const auto start = find_slow_points(cycles(a), matrix<double>{{0.956318}});
        const auto window = bifurcation_diagram(start, cycles, a, 3.845);
        INFO(window);
        REQUIRE(window.branches.size() == 1);
        CHECK(window.branches[0].parameters[0] == 3.845);
        CHECK(window.branches[0].parameters.back() == 3.845);
        CHECK(window.notes.empty());
    }

    TEST_CASE("a fold exactly at the last value of the parameter is one, and its other side is followed") {
        const auto parabola = [](double s) {
            return make_map<double, 1>(
                [s](const auto& x) { return std::array<scalar_of<decltype(x)>, 1>{x[0] + s + x[0] * x[0]}; });
        };
        const auto diagram =
            bifurcation_diagram(at_states({{-std::sqrt(0.5)}}), parabola, -0.5, 0, {.switch_branches = true});
        INFO(diagram);
        CHECK(only(diagram, bifurcation_kind::fold, 0).parameter == 0);
        CHECK(diagram.bifurcations.size() == 1);
        CHECK(diagram.notes.empty());
        REQUIRE(diagram.branches.size() == 1);
        const auto& both = diagram.branches[0];
        CHECK(both.last_end == branch_end::parameter_limit);
        CHECK(both.states(0, 0) * both.states(both.size() - 1, 0) == doctest::Approx(-0.5));
        CHECK(both.stable(1));
        CHECK_FALSE(both.stable(both.size() - 1));
        const auto of_henon = bifurcation_diagram(
            at_states({{0.7, 0.21}}), [](double b) { return henon(b); }, (1 - 0.49) / 0.49, -0.1225);
        INFO(of_henon);
        only(of_henon, bifurcation_kind::fold, -0.1225);
    }

    TEST_CASE(
        "a start whose multiplier is 1 where its branch neither turns nor is crossed is a point of it") {
        const auto cubic = [](double s) {
            return make_map<double, 1>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 1>{x[0] + s - x[0] * x[0] * x[0]};
            });
        };
        for (const double to : {-0.5, 0.5}) {
            const auto diagram = bifurcation_diagram(at_states({{0.0}}), cubic, 0, to);
            INFO(diagram);
            CHECK(diagram.bifurcations.empty());
            CHECK(diagram.notes.empty());
            REQUIRE(diagram.branches.size() == 1);
            const auto& b = diagram.branches[0];
            const bool turned = b.parameters[0] != 0;  // the order along the branch is either
            CHECK(b.parameters[turned ? b.size() - 1 : 0] == 0);
            CHECK(b.states(turned ? 0 : b.size() - 1, 0) == doctest::Approx(std::cbrt(to)));
            CHECK(b.first_end == branch_end::parameter_limit);
            CHECK(b.last_end == branch_end::parameter_limit);
        }
    }

    TEST_CASE("where what branches off is beyond the limit of the parameter, nothing is missing") {
        for (const auto& [c, to] : {std::pair(-1.0, -1.0), std::pair(1.0, 0.5)}) {
            const double cubic = c;
            const auto family = [cubic](double s) { return pitchfork(s, cubic); };
            const auto diagram =
                bifurcation_diagram(at_states({{0, 0}}), family, 0, to, {.switch_branches = true});
            INFO(diagram);
            CHECK(diagram.branches.size() == 1);
            CHECK(diagram.notes.empty());
        }
        const auto down =
            bifurcation_diagram(at_states({{2.0 / 3}}), logistic, 3, 2.5, {.switch_branches = true});
        INFO(down);
        CHECK(down.branches.size() == 1);
        CHECK(down.notes.empty());
    }

    TEST_CASE(
        "several bifurcations at one parameter: the multipliers that one of them does not name are told") {
        const auto family = [](double s) {
            return make_map<double, 2>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 2>{x[0] + s * x[0] - x[0] * x[0] * x[0],
                                                             -(1 + s) * x[1] + x[1] * x[1] * x[1]};
            });
        };
        for (const auto& [from, to] : {std::pair(0.0, 0.3), std::pair(-0.3, 0.0), std::pair(-0.3, 0.3)}) {
            const auto diagram = bifurcation_diagram(at_states({{0, 0}}), family, from, to);
            INFO(diagram);
            only(diagram, bifurcation_kind::pitchfork, 0);
            const bool told = std::ranges::any_of(diagram.notes, [](const auto& note) {
                return note.ends_with("other multipliers are on the unit circle as well: -1");
            });
            CHECK(told);
        }
    }

    TEST_CASE("without stability no point is called stable") {
        const auto family = [](double s) { return pitchfork(s, -1); };
        const auto diagram = bifurcation_diagram(at_states({{0, 0}}), family, 0.1, 0.5, {.stability = false});
        CHECK(!diagram.branches[0].stability_known());
        CHECK(!diagram.branches[0].stable(3));
        REQUIRE(diagram.segments().size() == 1);
        CHECK(!diagram.segments()[0].stable);
        std::ostringstream csv;
        diagram.write_csv(csv);
        CHECK(csv.str().find(",nan,nan,") != std::string::npos);
    }

    TEST_CASE("segments have one number of unstable directions each") {
        const auto family = [](double s) {
            return make_map<double, 2>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 2>{x[0] * (1.0 + s) - x[0] * x[0] * x[0],
                                                             -x[1] * (0.9 + s)};
            });
        };
        const auto segments = bifurcation_diagram(at_states({{0, 0}}), family, -0.5, 0.5).segments();
        REQUIRE(segments.size() == 3);
        for (size_t i = 0; i < 3; ++i) {
            CHECK(segments[i].unstable_directions == i);
            CHECK(segments[i].stable == (i == 0));
        }
    }

    TEST_CASE(
        "Lorenz through its flow: convection sets in at 1, and both states lose stability at 470 / 19") {
        const auto family = [](double rho) {
            return flow<double, 3>(
                [rho](const auto& x) {
                    return std::array<scalar_of<decltype(x)>, 3>{
                        10.0 * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1], x[0] * x[1] - 8.0 / 3.0 * x[2]};
                },
                0.001, 20);
        };
        const auto diagram = bifurcation_diagram(at_states({{0, 0, 0}}), family, 0.5, 28,
                                                 {.scale = {10}, .switch_branches = true});
        INFO(diagram);
        CHECK(only(diagram, bifurcation_kind::pitchfork, 1).criticality == criticality::supercritical);
        const auto turns = diagram.of_kind(bifurcation_kind::neimark_sacker);
        REQUIRE(turns.size() == 2);
        for (const auto& found : turns) {
            CHECK(std::abs(found.parameter - 470.0 / 19.0) < 1e-8);
            CHECK(found.criticality == criticality::subcritical);
        }
        CHECK(diagram.bifurcations.size() == 3);
    }

    TEST_CASE("a subcritical doubling, and a cycle that ends where it began to be one") {
        const auto family = [](double s) {
            return make_map<double, 1>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 1>{-(1 + s) * x[0] - x[0] * x[0] * x[0]};
            });
        };
        const auto diagram =
            bifurcation_diagram(at_states({{0.0}}), family, -0.4, 0.4, {.switch_branches = true});
        INFO(diagram);
        const auto found = only(diagram, bifurcation_kind::period_doubling, 0);
        CHECK(found.criticality == criticality::subcritical);
        CHECK(found.coefficient == doctest::Approx(-1).epsilon(1e-5));
        REQUIRE(diagram.branches.size() == 2);
        CHECK(diagram.branches[1].parameters.back() == -0.4);
        // mu = s (s - 1) + 1 / 8 passes 0 twice: a bubble of 2-cycles between two doublings of one branch.
        const auto bubble = [](double s) {
            return make_map<double, 1>([s](const auto& x) {
                const double mu = 0.05 - s * s;
                return std::array<scalar_of<decltype(x)>, 1>{-(1 + mu) * x[0] + x[0] * x[0] * x[0]};
            });
        };
        const auto closed =
            bifurcation_diagram(at_states({{0.0}}), bubble, -0.5, 0.5, {.switch_branches = true});
        INFO(closed);
        REQUIRE(closed.bifurcations.size() == 2);
        CHECK(std::abs(closed.bifurcations[0].parameter + std::sqrt(0.05)) < 1e-8);
        CHECK(std::abs(closed.bifurcations[1].parameter - std::sqrt(0.05)) < 1e-8);
        REQUIRE(closed.branches.size() == 2);
        CHECK(closed.branches[1].period == 2);
        CHECK(closed.branches[1].last_end == branch_end::bifurcation);
        CHECK(closed.branches[1].parameters.back() == doctest::Approx(std::sqrt(0.05)));
    }

    TEST_CASE("an isola: a closed branch with two folds is followed once round") {
        const auto family = [](double s) {
            return make_map<double, 1>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 1>{x[0] + 0.1 * (1.0 - s * s - x[0] * x[0])};
            });
        };
        const auto diagram = bifurcation_diagram(at_states({{1.0}}), family, 0, 1.5);
        CHECK(diagram.branches[0].size() < 500);
        const auto whole = bifurcation_diagram(
            at_states({{0.8}, {-0.8}}), [&](double s) { return family(s); }, -1.5, 1.5);
        INFO(whole);
        REQUIRE(whole.branches.size() == 1);
        CHECK(whole.branches[0].closed());
        REQUIRE(whole.bifurcations.size() == 2);
        CHECK(std::abs(std::abs(whole.bifurcations[0].parameter) - 1) < 1e-8);
        CHECK(std::abs(whole.bifurcations[0].parameter + whole.bifurcations[1].parameter) < 1e-8);
    }

    TEST_CASE("several multipliers at 1 at once, as symmetry has it, are named as such and located") {
        const auto family = [](double s) {
            return make_map<double, 2>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 2>{x[0] + s * x[0] - x[0] * x[0] * x[0],
                                                             x[1] + s * x[1] - x[1] * x[1] * x[1]};
            });
        };
        const auto diagram =
            bifurcation_diagram(at_states({{0, 0}}), family, -0.4, 0.5, {.switch_branches = true});
        only(diagram, bifurcation_kind::multiple, 0);
        CHECK(diagram.bifurcations.size() == 1);
    }

    TEST_CASE("two doublings and a Neimark-Sacker point within one step are told apart") {
        const auto family = [](double s) {
            return make_map<double, 4>([s](const auto& x) {
                const double re = (1 + (s - 0.1003)) * std::cos(1.0), im = (1 + (s - 0.1003)) * std::sin(1.0);
                return std::array<scalar_of<decltype(x)>, 4>{-(1 + (s - 0.1001)) * x[0],
                                                             -(1 + (s - 0.1002)) * x[1],
                                                             re * x[2] - im * x[3], im * x[2] + re * x[3]};
            });
        };
        const auto diagram = bifurcation_diagram(at_states({{0, 0, 0, 0}}), family, 0, 0.3);
        INFO(diagram);
        REQUIRE(diagram.bifurcations.size() == 3);
        const double expected[] = {0.1001, 0.1002, 0.1003};
        for (size_t i = 0; i < 3; ++i)
            CHECK(std::abs(diagram.bifurcations[i].parameter - expected[i]) < 1e-8);
        CHECK(diagram.bifurcations[2].kind == bifurcation_kind::neimark_sacker);
    }

    TEST_CASE("a family's own derivative with respect to the parameter is used, for cycles too") {
        struct logistic_family {
            size_t& asked;
            auto operator()(double a) const { return logistic(a); }
            void parameter_derivative(matrix_view<const double> h, double, matrix_view<double> out) const {
                ++asked;
                out(0, 0) = h(0, 0) * (1 - h(0, 0));
            }
        };
        size_t asked = 0;
        const logistic_family family{asked};
        const auto diagram = bifurcation_diagram(at_states({{0.6}}), family, 2.5, 3.56,
                                                 {.switch_branches = true, .max_period = 4});
        CHECK(asked > 0);
        const auto doublings = diagram.of_kind(bifurcation_kind::period_doubling);
        REQUIRE(doublings.size() == 3);
        CHECK(std::abs(doublings[1].parameter - 1 - std::sqrt(6.0)) < 1e-10);
        CHECK(std::abs(doublings[2].parameter - 3.5440903596) < 1e-9);
    }

    TEST_CASE("in single precision the same bifurcations are found, to fewer digits") {
        const auto family = [](double a) {
            return make_map<float, 1>([a = static_cast<float>(a)](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 1>{a * x[0] * (1.0F - x[0])};
            });
        };
        slow_points<float> start;
        start.points.resize(1);
        start.points[0].state = {0.6F};
        const auto diagram = bifurcation_diagram(start, family, 2.5, 3.4);
        INFO(diagram);
        REQUIRE(diagram.bifurcations.size() == 1);
        CHECK(std::abs(diagram.bifurcations[0].parameter - 3) < 1e-3);
        CHECK(diagram.bifurcations[0].kind == bifurcation_kind::period_doubling);
    }

    TEST_CASE("multipliers that stay on the unit circle make no events") {
        const auto family = [](double s) {  // a rotation beside something that contracts
            return make_map<double, 3>([s](const auto& x) {
                return std::array<scalar_of<decltype(x)>, 3>{0.6 * x[0] - 0.8 * x[1], 0.8 * x[0] + 0.6 * x[1],
                                                             0.5 * x[2] + s};
            });
        };
        const auto diagram = bifurcation_diagram(at_states({{0, 0, -2}}), family, -1, 1);
        INFO(diagram);
        CHECK(diagram.bifurcations.empty());
        CHECK(diagram.branches[0].parameters.back() == 1);
    }
}

TEST_SUITE("a network of two units") {
    const double w11 = 1.6, w12 = 0.5, w21 = 0.7, w22 = 0.9;

    auto network(double p, double q) {
        return make_map<double, 2>([=](const auto& x) {
            using std::tanh;
            return std::array<scalar_of<decltype(x)>, 2>{tanh(w11 * x[0] + w12 * x[1] + p),
                                                         tanh(w21 * x[0] + w22 * x[1] + q)};
        });
    }
    // The fixed points are a curve of which the second state y is the parameter: x(y), then p(y).
    double first_state(double y, double q) { return (std::atanh(y) - w22 * y - q) / w21; }
    double input(double y, double q) {
        const double x = first_state(y, q);
        return std::atanh(x) - w11 * x - w12 * y;
    }
    double slope(double y, double q) {  // dp/dy
        const double x = first_state(y, q);
        return (1 / (1 - x * x) - w11) * (1 / (1 - y * y) - w22) / w21 - w12;
    }
    double second_derivative(double y, double q) {  // d^2p/dy^2
        const double x = first_state(y, q), dx = (1 / (1 - y * y) - w22) / w21;
        return 2 * x / std::pow(1 - x * x, 2) * dx * dx +
               (1 / (1 - x * x) - w11) * 2 * y / std::pow(1 - y * y, 2) / w21;
    }

    TEST_CASE("its folds are the extremes of the curve of fixed points, computed without continuation") {
        const double q = 0.1;
        std::vector<double> expected;
        const double step = 1e-4;
        for (double y = -0.999; y < 0.999; y += step) {
            if (std::abs(first_state(y, q)) >= 1 || std::abs(first_state(y + step, q)) >= 1) continue;
            if ((slope(y, q) > 0) == (slope(y + step, q) > 0)) continue;
            double low = y, high = y + step;
            for (int i = 0; i < 60; ++i) {
                const double middle = (low + high) / 2;
                ((slope(middle, q) > 0) == (slope(low, q) > 0) ? low : high) = middle;
            }
            expected.push_back(input(low, q));
        }
        REQUIRE(expected.size() == 2);
        std::ranges::sort(expected);
        const auto family = [q](double p) { return network(p, q); };
        const auto start = find_slow_points(family(-2), matrix<double>{{-0.9, -0.5}});
        REQUIRE(start.size() == 1);
        const auto diagram = bifurcation_diagram(start, family, -2, 2);
        INFO(diagram);
        const auto folds = diagram.of_kind(bifurcation_kind::fold);
        REQUIRE(folds.size() == 2);
        CHECK(diagram.bifurcations.size() == 2);
        for (size_t i = 0; i < 2; ++i) CHECK(std::abs(folds[i].parameter - expected[i]) < 1e-8);
    }

    TEST_CASE("its cusp is where slope and curvature of that curve vanish together") {
        double y = 0.6, q = -0.3, best = 1e9;  // Newton from the best point of a grid
        for (double u = -0.95; u < 0.95; u += 0.01)
            for (double v = -1.5; v < 0; v += 0.01)
                if (std::abs(first_state(u, v)) < 0.99 &&
                    std::hypot(slope(u, v), second_derivative(u, v)) < best) {
                    best = std::hypot(slope(u, v), second_derivative(u, v));
                    y = u;
                    q = v;
                }
        for (int i = 0; i < 20; ++i) {
            const double e = 1e-6, a = slope(y, q), b = second_derivative(y, q);
            const double ay = second_derivative(y, q), aq = (slope(y, q + e) - slope(y, q - e)) / (2 * e);
            const double by = (second_derivative(y + e, q) - second_derivative(y - e, q)) / (2 * e),
                         bq = (second_derivative(y, q + e) - second_derivative(y, q - e)) / (2 * e);
            const double determinant = ay * bq - aq * by;
            y -= (a * bq - aq * b) / determinant;
            q -= (ay * b - a * by) / determinant;
        }
        REQUIRE(std::abs(slope(y, q)) < 1e-12);
        const auto family = [](double p) { return network(p, 0.1); };
        const auto diagram =
            bifurcation_diagram(find_slow_points(family(-2), matrix<double>{{-0.9, -0.5}}), family, -2, 2);
        const auto curve =
            fold_curve(diagram.of_kind(bifurcation_kind::fold)[0], network, {-4, 4}, 0.1, {-3, 3});
        size_t found = 0;
        for (const auto& cusp : curve.cusps) {
            INFO(cusp);
            found +=
                std::abs(cusp.parameter - input(y, q)) < 1e-8 && std::abs(cusp.second_parameter - q) < 1e-8;
            // Every other one is a cusp, too.
            CHECK(std::abs(slope(cusp.state(1), cusp.second_parameter)) < 1e-6);
            CHECK(std::abs(second_derivative(cusp.state(1), cusp.second_parameter)) < 1e-6);
        }
        CHECK(found == 1);
    }
}
