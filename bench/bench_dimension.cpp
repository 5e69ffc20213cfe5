// One search in d dimensions: a sparse tanh network of d units, h' = tanh(W h + b), from one seed.
// `megabytes` is the peak of the process's memory so far: cost_dimension.py runs each size in a process of
// its own.
#include <benchmark/benchmark.h>

#include <sys/resource.h>

#include <algorithm>

#include "engram/dynamics.hpp"
#include "engram/dynamics/map/rate_network.hpp"

#include "sparse_links.hpp"

using namespace engram;

namespace {

template <class Solver>
void search(benchmark::State& state, const Solver& solver, bool dense) {
    const auto d = static_cast<size_t>(state.range(0));
    random_stream draws(seed{d}, purpose::user);
    const bench::sparse_links links(d, 0.8, draws);
    auto bias = vector<double>::from_shape({d});
    draws.normals(bias, 0.0, 0.2);
    const rate_network network{links.matrix(), bias};
    auto seeds = matrix<double>::from_shape({1, d});
    random_stream(seed{d}, purpose::search).normals(seeds, 0.0, 0.3);
    const search_options<double> alone{.region = {.lower_bound = -10, .upper_bound = 10},
                                       .merge_distance = 0,
                                       .spectrum = false,
                                       .curvature = false,
                                       .dense_limit = dense ? d : 0,
                                       .check_derivatives = false};
    size_t iterations = 1;
    for (auto _ : state) {
        const auto found = find_slow_points(network, seeds, solver, alone);
        if (!found.empty()) iterations = std::max<size_t>(1, found[0].iterations);
    }
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    state.counters["solver_iterations"] = static_cast<double>(iterations);
    state.counters["megabytes"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
void krylov(benchmark::State& state) { search(state, newton_krylov{}, false); }
void dense(benchmark::State& state) { search(state, levenberg_marquardt{}, true); }

void sizes(benchmark::internal::Benchmark* benchmark, int64_t largest) {
    for (const int64_t d : {10, 30, 100, 300, 1000, 2000, 5000, 10'000, 20'000})
        if (d <= largest) benchmark->Arg(d);
    benchmark->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(krylov)->Apply([](auto* benchmark) { sizes(benchmark, 20'000); });
BENCHMARK(dense)->Apply([](auto* benchmark) { sizes(benchmark, 2000); });

}  // namespace

BENCHMARK_MAIN();
