// Bifurcations of networks whose input is the parameter.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "engram/dynamics.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/pytorch.hpp"
#include "reference/states.hpp"

using namespace engram;

namespace {

using network_type = recurrent_network<gru<double>>;

/// A random network with weights that are strong enough for folds.
network_type strong_network(size_t units) {
    network_type network{{2, units, 1}, seed{1}};
    for (double& weight : network.parameters()) weight *= 4;
    return network;
}

/// A network that decides: two units that excite themselves and inhibit each other, one of which gets the
/// input.
network_type decision_network() {
    network_type network{{2, 2, 1}, seed{1}};
    std::ranges::fill(network.parameters(), 0.0);  // both gates are 1/2
    network.weights("input")(0, 4) = 1;            // to the first unit's candidate
    for (size_t i = 0; i < 2; ++i)
        for (size_t j = 0; j < 2; ++j) network.weights("recurrent")(i, 4 + j) = i == j ? 3 : -1.5;
    return network;
}

/// The last value of a parameter at which a search from a state ends at a fixed point near it, between one
/// where it does and one where it does not, by bisection.
template <class Family>
double last_fixed(const Family& family, double alive, double dead, vector<double> state) {
    const size_t d = state.size();
    while (std::abs(alive - dead) > 1e-10) {
        const double middle = (alive + dead) / 2;
        auto start = matrix<double>::from_shape({1, d});
        std::ranges::copy(state, start.begin());
        const auto found = find_slow_points(family(middle), start, {.speed_tolerance = 1e-12});
        if (!found.empty() && found[0].kind == point_kind::fixed &&
            reference::distance(found[0].state, state) < 0.5) {
            alive = middle;
            state = found[0].state;
        } else {
            dead = middle;
        }
    }
    return alive;
}

}  // namespace

TEST_SUITE_BEGIN("dynamics/continuation");

TEST_CASE("folds of a GRU: a multiplier is 1 there, and track brackets them") {
    const auto network = strong_network(4);
    const auto family = [&](double c) { return constant_input_map{network, vector<double>{c, 0}}; };
    matrix<double> seeds = matrix<double>::from_shape({20, 4}), later = seeds;
    random_stream(seed{2}, purpose::user).normals(seeds, 0.0, 0.5);
    iterate<100>(family(-1)).apply(seeds, later);
    slow_points<double> fixed;
    for (const auto& point : find_slow_points(family(-1), later))
        if (point.kind == point_kind::fixed && fixed.size() < 2) fixed.points.push_back(point);
    REQUIRE(!fixed.empty());
    const auto diagram = bifurcation_diagram(fixed, family, -1, 1);
    INFO(diagram);
    const auto folds = diagram.of_kind(bifurcation_kind::fold);
    REQUIRE(!folds.empty());
    for (const auto& fold : folds) {
        const auto map = family(fold.parameter);
        double nearest = 1;
        for (const auto& value : spectrum(map, fold.state))
            nearest = std::min(nearest, std::abs(value - 1.0));
        CHECK(nearest < 1e-6);
        vector<double> next = fold.state;
        map.apply(matrix_view<const double>(fold.state.data(), 1, 4), matrix_view<double>(next.data(), 1, 4));
        for (size_t i = 0; i < 4; ++i) CHECK(std::abs(next(i) - fold.state(i)) < 1e-10);
        CHECK(std::isfinite(fold.coefficient));
    }
    // Each branch has what the network reads out.
    const auto& branch = diagram.branches[0];
    REQUIRE(branch.outputs.shape(1) == 1);
    const auto expected =
        family(branch.parameters[3]).read_out(matrix_view<const double>(&branch.states(3, 0), 1, 4));
    CHECK(branch.outputs(3, 0) == doctest::Approx(expected(0, 0)));

    const auto tracked = track(fixed, family, -1, 1, {.probe_distance = 0, .shortest_step = 1e-6});
    INFO(tracked);
    CHECK(tracked.complete);
    const auto bracket = [](const auto& event, const auto& fold) {
        return event.bifurcation == bifurcation_kind::fold &&
               std::min(event.after, event.before) <= fold.parameter + 1e-9 &&
               fold.parameter - 1e-9 <= std::max(event.after, event.before);
    };
    size_t bracketed = 0;
    for (const auto& event : tracked.events) {
        if (event.kind == track_event_kind::jumped) break;  // to a branch that the diagram need not have
        if (event.bifurcation != bifurcation_kind::fold) continue;
        CHECK(std::ranges::any_of(folds, [&](const auto& fold) { return bracket(event, fold); }));
        ++bracketed;
    }
    CHECK(bracketed >= 1);
    // The first fold on every branch from -1 on is one that is tracked.
    for (size_t b = 0; b < diagram.branches.size(); ++b) {
        const bool forwards = diagram.branches[b].parameters.front() == -1;
        const bifurcation<double>* first = nullptr;
        for (const auto& fold : folds)
            if (fold.branches[0] == b &&
                (first == nullptr || (forwards ? fold.point < first->point : fold.point > first->point)))
                first = &fold;
        if (first != nullptr)
            CHECK(std::ranges::any_of(tracked.events, [&](const auto& e) { return bracket(e, *first); }));
    }
}

TEST_CASE(
    "a network that decides: the fold where it changes its mind, to 1e-8 of bisection; track brackets it") {
    const auto network = decision_network();
    const auto family = [&](double c) { return constant_input_map{network, vector<double>{c, 0}}; };
    const auto points = find_slow_points(family(0), matrix<double>{{0.9, -0.9}});
    REQUIRE(points.size() == 1);
    const auto diagram = bifurcation_diagram(points, family, 0, -1);
    INFO(diagram);
    CHECK(diagram.branches[0].first_end == branch_end::parameter_limit);
    CHECK(diagram.branches[0].last_end == branch_end::parameter_limit);
    const auto folds = diagram.of_kind(bifurcation_kind::fold);
    REQUIRE(folds.size() == 1);
    CHECK(folds[0].converged);
    double nearest = 1;
    for (const auto& value : spectrum(family(folds[0].parameter), folds[0].state))
        nearest = std::min(nearest, std::abs(value - 1.0));
    CHECK(nearest < 1e-8);
    CHECK(std::abs(folds[0].parameter - last_fixed(family, 0, -1, points[0].state)) < 1e-8);

    const auto tracked = track(points, family, 0, -1);
    INFO(tracked);
    CHECK(std::ranges::any_of(tracked.events, [&](const auto& event) {
        return event.bifurcation == bifurcation_kind::fold && event.before <= folds[0].parameter &&
               folds[0].parameter <= event.after;
    }));
}

TEST_CASE("a trained decision network: its fold, and the sweep over it ends without false events") {
    const char* const path = std::getenv("ENGRAM_DECISION_NETWORK");
    if (path == nullptr) {
        MESSAGE(
            "skipped: set ENGRAM_DECISION_NETWORK to the .safetensors file of a decision network of 32 "
            "units");
        return;
    }
    const auto network = load_pytorch<gru<double, reset_after>>(path);
    const auto family = [&](double c) { return constant_input_map{network, vector<double>{c, 0}}; };
    matrix<double> seeds = matrix<double>::from_shape({200, 32}), later = seeds;
    random_stream(seed{2}, purpose::user).normals(seeds, 0.0, 0.5);
    for (size_t i = seeds.size() / 2; i < seeds.size(); ++i) seeds.data()[i] *= 0.3;
    iterate<60>(family(0)).apply(seeds, later);
    const auto points = find_slow_points(family(0), later);
    const auto diagram = bifurcation_diagram(points, family, 0.0, -1.0);
    INFO(diagram);
    REQUIRE(diagram.bifurcations.size() == 1);
    const auto& fold = diagram.bifurcations[0];
    CHECK(fold.kind == bifurcation_kind::fold);
    double nearest = 1;
    for (const auto& value : spectrum(family(fold.parameter), fold.state))
        nearest = std::min(nearest, std::abs(value - 1.0));
    CHECK(nearest < 1e-8);
    const auto& passed = diagram.branches[fold.branches[0]];  // one side attracts
    vector<double> state = vector<double>::from_shape({32});
    for (size_t i = 0; i < passed.size(); ++i)  // the last before -0.1335 on it, whichever end it begins at
        if (passed.stable(i) && passed.parameters[i] > -0.1335 && passed.parameters[i] < -0.13)
            std::copy_n(&passed.states(i, 0), 32, state.begin());
    CHECK(std::abs(fold.parameter - last_fixed(family, -0.1335, -0.134, state)) < 1e-8);

    const auto tracked = track(points, family, 0.0, -1.0);
    INFO(tracked);
    CHECK(tracked.complete);
    CHECK(tracked.branches[0].points.size() + tracked.branches[1].points.size() < 1000);
    for (const auto& event : tracked.events) {
        if (event.kind == track_event_kind::found || event.kind == track_event_kind::vanished) continue;
        CHECK(event.bifurcation == bifurcation_kind::fold);
        CHECK(event.before <= fold.parameter);
        CHECK(event.after >= fold.parameter);
        CHECK(event.after - event.before < 2e-5);
    }
    // What is found is a minimum of S among its neighbours in the box, or a saddle that is fixed; what
    // vanishes is one no longer: the plainest descent leads away from there.
    random_stream draws(seed{3}, purpose::user);
    for (const auto& event : tracked.events) {
        CAPTURE(event.before);
        if (event.kind == track_event_kind::found) {
            const auto& point = tracked.branches[event.branch].points.front();
            const auto map = family(event.before);
            std::vector<double> beside(32);
            for (int k = 0; k < 2000; ++k) {
                for (size_t i = 0; i < 32; ++i)
                    beside[i] =
                        std::clamp(point.state(i) + draws.normal() * (k % 2 ? 1e-3 : 1e-5), -1.0, 1.0);
                CHECK(reference::speed(map, beside) > point.speed);
            }
        } else if (event.kind == track_event_kind::vanished) {
            const auto& last = tracked.branches[event.branch].points.back().state;
            auto start = matrix<double>::from_shape({1, 32});
            std::copy(last.begin(), last.end(), start.begin());
            const auto led = find_slow_points(family(event.before - 1e-3), start, gradient_descent{});
            REQUIRE(led.size() == 1);
            CHECK(reference::distance(led[0].state, last) > 0.2);
        }
    }
    CHECK(tracked.events.size() == 6);
}
