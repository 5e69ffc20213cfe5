// Continuation: a branch of a GRU with all its bifurcations, and a ring of fixed points traced whole.
#include <benchmark/benchmark.h>

#include <cmath>
#include <numbers>

#include "engram/dynamics.hpp"
#include "engram/dynamics/continuation/bifurcation_diagram.hpp"
#include "engram/dynamics/continuation/slow_manifolds.hpp"
#include "engram/dynamics/map/iterate.hpp"
#include "engram/dynamics/map/rate_network.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/recurrent_network.hpp"

using namespace engram;

namespace {

/// A thousand points along a branch of a GRU of 100 units with strong random weights, its input being the
/// parameter: with spectra, around folds, every bifurcation located and named.
void branch_of_gru100(benchmark::State& state) {
    recurrent_network<gru<double>> network{{2, 100, 1}, seed{1}};
    for (double& weight : network.parameters()) weight *= 4;
    const auto family = [&](double c) { return constant_input_map{network, vector<double>{c, 0}}; };
    auto start = matrix<double>::from_shape({1, 100});
    random_stream(seed{2}, purpose::search).normals(start, 0.0, 0.5);
    const auto points = find_slow_points(family(-1), run_forward(family(-1), start, 200));
    branch_diagram<double> found;
    for (auto _ : state) found = bifurcation_diagram(points, family, -1, 1, {.max_points = 1000});
    state.counters["points"] = static_cast<double>(found.branches.front().parameters.size());
    state.counters["folds"] = static_cast<double>(found.of_kind(bifurcation_kind::fold).size());
}
BENCHMARK(branch_of_gru100)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

/// The ring of fixed points of 100 cosine-coupled units, traced whole from one of them, spectra included.
void ring_of_100_units(benchmark::State& state) {
    constexpr size_t d = 100;
    auto weights = matrix<double>::from_shape({d, d}), start = matrix<double>::from_shape({1, d});
    const auto cosine = [](size_t steps) {
        return std::cos(0.02 * std::numbers::pi * static_cast<double>(steps));
    };
    for (size_t i = 0; i < d; ++i) {
        start(0, i) = std::cos(0.02 * std::numbers::pi * static_cast<double>(i) - 0.1);
        for (size_t j = 0; j < d; ++j) weights(i, j) = 4.0 / d * cosine(i + d - j);
    }
    const rate_network<matrix<double>> ring{weights, vector<double>({d}, 0.0), {}, 0.5, rate_form::currents};
    const auto points = find_slow_points(ring, run_forward(ring, start, 200));
    slow_manifold_set<double> found;
    for (auto _ : state) found = slow_manifolds(ring, points, {.spacing = 0.02});
    if (found.size() != 1 || !found[0].closed) return state.SkipWithError("the ring was not found");
    state.counters["states"] = static_cast<double>(found[0].states.shape(0));
}
BENCHMARK(ring_of_100_units)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
