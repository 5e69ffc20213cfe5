#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "engram/study/diagram_to_arrays.hpp"
#include "engram/study/to_arrays.hpp"

using namespace engram;

TEST_SUITE_BEGIN("study");

TEST_CASE("to_arrays: points and tracks as arrays, with what seeds led to") {
    slow_points<double> found;
    slow_point<double> fixed, slow;
    fixed.state = {1.0, 2.0};
    fixed.kind = point_kind::fixed;
    fixed.spectrum = {{0.5, 0.25}, {0.5, -0.25}};
    fixed.seeds = {0, 3};
    slow.state = {3.0, 4.0};
    slow.speed = 0.5;
    slow.unstable_directions = 1;
    slow.seeds = {1};
    slow.at_kink = slow.is_minimum = true;
    fixed.singular = fixed.not_equilibrium = true;
    found.points = {fixed, slow};
    found.failures = {{2, "not finite"}};
    found.kinks = {slow};
    found.kinks[0].seeds = {4};
    const named_arrays arrays = to_arrays(found);
    CHECK(arrays.at("states").to_matrix<double>() == matrix<double>{{1, 2}, {3, 4}});
    CHECK(arrays.at("speeds").values<double>() == std::vector<double>{0, 0.5});
    CHECK(arrays.at("is_fixed").values<int>() == std::vector<int>{1, 0});
    CHECK(arrays.at("unstable_directions").values<int>() == std::vector<int>{0, 1});
    CHECK(arrays.at("seeds_drawn").values<int>() == std::vector<int>{2, 1});
    CHECK(arrays.at("reached_by").values<int>() == std::vector<int>{0, 1, -1, 0, -1});
    CHECK(arrays.at("is_minimum").values<int>() == std::vector<int>{0, 1});
    CHECK(arrays.at("singular").values<int>() == std::vector<int>{1, 0});
    CHECK(arrays.at("not_equilibrium").values<int>() == std::vector<int>{1, 0});
    CHECK(arrays.at("at_kink").values<int>() == std::vector<int>{0, 1});
    CHECK(arrays.at("kink_states").to_matrix<double>() == matrix<double>{{3, 4}});
    CHECK(arrays.at("kink_speeds").values<double>() == std::vector<double>{0.5});
    CHECK(arrays.at("spectra_imaginary").shape == std::vector<size_t>{2, 2});
    CHECK(arrays.at("spectra_imaginary").values<double>()[1] == -0.25);
    CHECK(std::isnan(arrays.at("spectra_real").values<double>()[2]));
    CHECK(to_arrays(slow_points<double>{}).at("states").size() == 0);

    track_result<double> way;
    way.branches.emplace_back();
    way.branches[0].where = {0.0, 0.5};
    way.branches[0].points = {fixed, slow};
    way.events.push_back({.kind = track_event_kind::became_slow,
                          .after = 0.0,
                          .before = 0.5,
                          .branch = 0,
                          .other = 0,
                          .unstable_directions = 1,
                          .bifurcation = {}});
    const named_arrays table = to_arrays(way);
    CHECK(table.at("where").values<double>() == std::vector<double>{0, 0.5});
    CHECK(table.at("branch").values<int>() == std::vector<int>{0, 0});
    CHECK(table.at("event_kind").values<int>() == std::vector<int>{int(track_event_kind::became_slow)});
    CHECK(table.at("states").shape == std::vector<size_t>{2, 2});
}

TEST_CASE(
    "to_arrays: a bifurcation diagram and a curve of folds as arrays, with all that is told of "
    "bifurcations") {
    branch_diagram<double> diagram;
    auto& branch = diagram.branches.emplace_back();
    branch.period = 2;
    branch.parameters = {0.1, 0.2};
    branch.states = {{1, 2}, {3, 4}};
    branch.spectra = {{0.5, 0.25}, {1.5, 0.25}};
    branch.unstable_directions = {0, 1};
    branch.outputs = {{5}, {6}};
    diagram.branches.push_back(branch);
    diagram.branches[1].spectra = matrix<std::complex<double>>::from_shape({2, 0});
    bifurcation<double> found;
    found.kind = bifurcation_kind::period_doubling;
    found.criticality = criticality::subcritical;
    found.parameter = 0.15;
    found.state = {2.0, 3.0};
    found.period = 2;
    found.coefficient = -0.5;
    found.branches = {1, 0};
    diagram.bifurcations = {found};
    const named_arrays arrays = to_arrays(diagram);
    CHECK(arrays.at("branch").values<int>() == std::vector<int>{0, 0, 1, 1});
    CHECK(arrays.at("period").values<int>() == std::vector<int>{2, 2, 2, 2});
    CHECK(arrays.at("parameter").values<double>() == std::vector<double>{0.1, 0.2, 0.1, 0.2});
    CHECK(arrays.at("states").to_matrix<double>() == matrix<double>{{1, 2}, {3, 4}, {1, 2}, {3, 4}});
    CHECK(arrays.at("unstable_directions").values<int>() == std::vector<int>{0, 1, -1, -1});
    CHECK(arrays.at("spectra_real").values<double>()[2] == 1.5);
    CHECK(std::isnan(arrays.at("spectra_real").values<double>()[4]));
    CHECK(arrays.at("outputs").values<double>() == std::vector<double>{5, 6, 5, 6});
    CHECK(arrays.at("bifurcation_kind").values<int>() ==
          std::vector<int>{static_cast<int>(bifurcation_kind::period_doubling)});
    CHECK(arrays.at("bifurcation_criticality").values<int>() == std::vector<int>{2});
    CHECK(arrays.at("bifurcation_coefficient").values<double>() == std::vector<double>{-0.5});
    CHECK(arrays.at("bifurcation_period").values<int>() == std::vector<int>{2});
    CHECK(arrays.at("bifurcation_branch").values<int>() == std::vector<int>{1});
    CHECK(arrays.at("bifurcation_states").to_matrix<double>() == matrix<double>{{2, 3}});

    fold_branch<double> folds;
    folds.first = {1, 2};
    folds.second = {3, 4};
    folds.coefficients = {5, -5};
    folds.states = {{1}, {2}};
    found.second_parameter = 0.25;
    folds.cusps = {found};
    const named_arrays curve = to_arrays(folds);
    CHECK(curve.at("second").values<double>() == std::vector<double>{3, 4});
    CHECK(curve.at("cusp_second_parameter").values<double>() == std::vector<double>{0.25});
    CHECK(curve.at("bogdanov_takens_parameter").size() == 0);
}

TEST_CASE("to_arrays: slow manifolds as arrays, with which points are on which") {
    slow_manifold<double> curve, sheet, untraced;
    curve.dimension = 1;
    curve.closed = true;
    curve.length = 3;
    curve.states = {{1, 2, 3}, {4, 5, 6}};
    curve.tangents = {{1, 0, 0}, {0, 1, 0}};
    curve.drift = {{0, 0, 0.5}, {0, 0, 0}};
    curve.speeds = {0.5, 0};
    curve.spectra = {{{1, 0}, {0.5, 0.25}, {0.5, -0.25}}, {{1, 0}, {0.5, 0}, {0.25, 0}}};
    curve.points = {0, 3};
    sheet.dimension = 2;
    sheet.area = 7;
    sheet.states = sheet.drift = {{7, 8, 9}};
    sheet.tangents = {{1, 0, 0}, {0, 0, 1}};
    sheet.speeds = {2};
    sheet.spectra = {{{1, 0}, {1, 0}, {0, 0}}};
    sheet.points = {1};
    untraced.dimension = 3;
    untraced.points = {4};
    slow_manifold_set<double> found;
    found.manifolds = {curve, sheet, untraced};
    found.isolated = {2};
    const named_arrays arrays = to_arrays(found);
    CHECK(arrays.at("states").to_matrix<double>() == matrix<double>{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}});
    CHECK(arrays.at("drift").to_matrix<double>()(0, 2) == 0.5);
    CHECK(arrays.at("speeds").values<double>() == std::vector<double>{0.5, 0, 2});
    CHECK(arrays.at("manifold").values<int>() == std::vector<int>{0, 0, 1});
    CHECK(arrays.at("tangents").shape == std::vector<size_t>{4, 3});
    CHECK(arrays.at("spectra_imaginary").to_matrix<double>()(0, 1) == 0.25);
    CHECK(arrays.at("dimension").values<int>() == std::vector<int>{1, 2, 3});
    CHECK(arrays.at("closed").values<int>() == std::vector<int>{1, 0, 0});
    CHECK(arrays.at("length").values<double>() == std::vector<double>{3, 0, 0});
    CHECK(arrays.at("area").values<double>() == std::vector<double>{0, 7, 0});
    CHECK(std::isnan(arrays.at("persistence").values<double>()[2]));
    CHECK(arrays.at("point").values<int>() == std::vector<int>{0, 3, 1, 4, 2});
    CHECK(arrays.at("manifold_of_point").values<int>() == std::vector<int>{0, 0, 1, 2, -1});
    CHECK(to_arrays(slow_manifold_set<double>{}).at("states").size() == 0);
}
