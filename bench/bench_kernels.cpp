/// @file
/// The pieces of which training steps and searches consist, one by one: products in the shapes in which they
/// are taken, cells, activations, noise, updates, Jacobians, and one iteration of each solver.
#include <benchmark/benchmark.h>

#include <engram/engram.hpp>

namespace {

namespace eg = engram;
using std::size_t;

constexpr size_t shard = 64, units = 200, inputs = 785;

template <class T>
eg::matrix<T> random_matrix(size_t rows, size_t columns, T deviation = T(0.1)) {
    auto m = eg::matrix<T>::from_shape({rows, columns});
    eg::random_stream(eg::seed{1}, eg::purpose::user, rows, columns).normals(m, T(0), deviation);
    return m;
}

void count_flops(benchmark::State& state, double flops) {
    state.counters["FLOP/s"] =
        benchmark::Counter(flops * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

template <class T>
void product(benchmark::State& state) {
    const auto m = static_cast<size_t>(state.range(0)), k = static_cast<size_t>(state.range(1)),
               n = static_cast<size_t>(state.range(2));
    const auto how = state.range(3);  // 0: a b, 1: a^T b, 2: a b^T
    const auto a = how == 1 ? random_matrix<T>(k, m) : random_matrix<T>(m, k),
               b = how == 2 ? random_matrix<T>(n, k) : random_matrix<T>(k, n);
    auto c = random_matrix<T>(m, n);
    const eg::single_threaded_blas one_thread;
    const eg::matrix_view<const T> left = a, right = b;
    for ([[maybe_unused]] auto _ : state) {
        if (how == 0)
            eg::gemm<T>(left, right, eg::matrix_view<T>(c));
        else if (how == 1)
            eg::gemm<T>(eg::transposed(left), right, eg::matrix_view<T>(c));
        else
            eg::gemm<T>(left, eg::transposed(right), eg::matrix_view<T>(c));
        benchmark::DoNotOptimize(c.data());
    }
    count_flops(state, 2.0 * static_cast<double>(m * k * n));
}
BENCHMARK_TEMPLATE(product, float)
    ->Args({2560, 785, 600, 0})   // the roofline's
    ->Args({1280, 786, 600, 0})   // inputs of a shard, all steps
    ->Args({64, 200, 400, 0})     // a GRU's gates, one step
    ->Args({64, 200, 200, 0})     // its candidate
    ->Args({64, 200, 800, 0})     // an LSTM's gates
    ->Args({64, 400, 200, 2})     // backwards through a GRU's gates
    ->Args({64, 800, 200, 2})     // and an LSTM's
    ->Args({160, 1280, 600, 1})   // a tile of the input weights' gradient
    ->Args({200, 1280, 400, 1});  // the recurrent weights' gradient
BENCHMARK_TEMPLATE(product, double)->Args({200, 200, 200, 1})->Args({1000, 1000, 1000, 1});

/// One step of a shard, forwards or forwards and backwards.
template <class Cell>
void cell_step(benchmark::State& state) {
    const bool backwards = state.range(0) != 0;
    constexpr size_t width = Cell::components * units;
    const auto recurrent = random_matrix<float>(units, Cell::gates * units),
               h = random_matrix<float>(shard, width);
    const auto given = random_matrix<float>(shard, Cell::gates * units, 1.0f);
    auto gates = given, next = h, kept = random_matrix<float>(shard, Cell::cache * units), d_next = h,
         d_state = h;
    auto scratch = random_matrix<float>(shard, std::max<size_t>(1, Cell::scratch) * units);
    const Cell cell;
    const eg::single_threaded_blas one_thread;
    const eg::cell_weights<float> weights{{}, recurrent, {}};
    for ([[maybe_unused]] auto _ : state) {
        gates = given;
        const eg::cell_step<float> step{gates, h, next, kept};
        cell.forward(weights, step);
        if (backwards) cell.backward(weights, step, d_next, d_state, scratch);
        benchmark::DoNotOptimize(next.data());
    }
    count_flops(state, (backwards ? 4.0 : 2.0) * shard * units * Cell::gates * units);
}
BENCHMARK_TEMPLATE(cell_step, eg::gru<float>)->Arg(0)->Arg(1);
BENCHMARK_TEMPLATE(cell_step, eg::lstm<float>)->Arg(0)->Arg(1);

template <class Activation>
void activate(benchmark::State& state) {
    const auto x = random_matrix<float>(shard, units, 2.0f);
    auto y = x;
    const Activation activation;
    for ([[maybe_unused]] auto _ : state) {
        eg::simd::for_each<float>(x.size(), [&](auto at) {
            at.store(y.data(), eg::detail::value_of<float>(activation, at.load(x.data())));
        });
        benchmark::DoNotOptimize(y.data());
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(static_cast<int64_t>(x.size()) * state.iterations());
}
BENCHMARK_TEMPLATE(activate, eg::activations::logistic);
BENCHMARK_TEMPLATE(activate, eg::activations::tanh);

template <class T>
void noise(benchmark::State& state) {
    std::vector<T> row(inputs - 1);
    std::uint64_t sample = 0;
    for ([[maybe_unused]] auto _ : state) {
        eg::random_stream(eg::seed{1}, eg::purpose::noise, 0, ++sample).normals(row);
        benchmark::DoNotOptimize(row.data());
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(static_cast<int64_t>(row.size()) * state.iterations());
}
BENCHMARK_TEMPLATE(noise, float);
BENCHMARK_TEMPLATE(noise, double);

void adam_update(benchmark::State& state) {
    const size_t count = 600 * (inputs + units);
    auto numbers = random_matrix<float>(4, count);
    eg::fill(eg::matrix_view<float>(numbers).row_block(3, 1), 1.0f);
    const auto row = [&](size_t i) { return std::span(&numbers(i, 0), count); };
    const eg::adam optimizer;
    for ([[maybe_unused]] auto _ : state) {
        optimizer.update(eg::optimizer_chunk<float>{row(0), row(1), {row(2), row(3)}}, {10, 100});
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(static_cast<int64_t>(count) * state.iterations());
}
BENCHMARK(adam_update);

eg::constant_input_map<eg::gru<double>> gru_map() {
    const eg::recurrent_network<eg::gru<float>> network{{inputs, units, 11}, eg::seed{1}};
    return {network, eg::vector<double>(std::array<size_t, 1>{inputs}, 0.1)};
}

void jacobian(benchmark::State& state) {
    const auto map = gru_map();
    const auto h = random_matrix<double>(1, units);
    auto j = random_matrix<double>(units, units);
    const eg::single_threaded_blas one_thread;
    for ([[maybe_unused]] auto _ : state) {
        map.jacobian(h, j);
        benchmark::DoNotOptimize(j.data());
    }
}
BENCHMARK(jacobian);

/// Ten seeds, a fixed number of iterations; the time is that of one seed's iteration.
template <class Solver>
void solver_iteration(benchmark::State& state) {
    constexpr size_t iterations = 20, seeds = 10;
    const auto map = gru_map();
    const auto starts = random_matrix<double>(seeds, units);
    auto states = starts;
    std::vector<eg::search_outcome> outcomes(seeds);
    Solver solver;
    solver.iterations = iterations;
    const eg::single_threaded_blas one_thread;
    size_t done = 0;
    for ([[maybe_unused]] auto _ : state) {
        states = starts;
        eg::descend(map, solver, states, std::span(outcomes), eg::search_region<double>{-1, 1});
        for (const auto& outcome : outcomes) done += std::max<size_t>(1, outcome.iterations);
    }
    state.counters["s/iteration"] = benchmark::Counter(
        static_cast<double>(done), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK_TEMPLATE(solver_iteration, eg::levenberg_marquardt);
BENCHMARK_TEMPLATE(solver_iteration, eg::newton_krylov);
BENCHMARK_TEMPLATE(solver_iteration, eg::adam_descent);

}  // namespace

BENCHMARK_MAIN();
