// Layers of the CIFAR-10 front end: time, and the speed of their products beside what one product reaches.
#include <benchmark/benchmark.h>

#include <span>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/layer/cifar10.hpp"
#include "engram/nn/unrolled.hpp"

using namespace engram;

namespace {

/// The best that the BLAS does on one thread: the roofline's flat part.
void product(benchmark::State& state) {
    const single_threaded_blas one;
    const size_t n = 1024;
    const std::array<size_t, 2> square{n, n};
    const matrix<float> a(square, 1.0f), b(square, 1.0f);
    matrix<float> c(square, 1.0f);
    for (auto _ : state) gemm<float>(a, b, matrix_view<float>(c));
    state.counters["flops"] =
        benchmark::Counter(2.0 * n * n * n, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(product);

/// The best that it does in the gradient of the first convolution: patches of 3 x 3 x 3 pixels and a one,
/// which stay in the cache, by 128 filters' gradients, which come from memory.
void product_of_first_conv(benchmark::State& state) {
    const single_threaded_blas one;
    const size_t positions = size_t{64} * 32 * 32, at_once = 512, patch = 28, filters = 128;
    matrix<float> patches(std::array<size_t, 2>{at_once, patch}, 1.0f);
    matrix<float> d(std::array<size_t, 2>{positions, filters}, 1.0f);
    matrix<float> sum(std::array<size_t, 2>{patch, filters}, 0.0f);
    for (auto _ : state)
        for (size_t first = 0; first < positions; first += at_once)
            gemm<float>(transposed(matrix_view<float>(patches)),
                        matrix_view<float>(d).row_block(first, at_once), matrix_view<float>(sum),
                        {.beta = 1});
    state.counters["flops"] =
        benchmark::Counter(2.0 * positions * patch * filters, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(product_of_first_conv);

template <class Layer>
void layer(benchmark::State& state, Layer the_layer, image_shape shape, bool back, bool first) {
    const single_threaded_blas one;
    const size_t images = 64;
    const image_shape to = the_layer.outputs(shape);
    parameter_layout layout;
    the_layer.add_parameters(layout, "", shape);
    std::vector<float> in(images * shape.size()), out(images * to.size()), scratch(the_layer.scratch(shape));
    std::vector<float> weights(layout.size(), 0.01f), d_weights(layout.size());
    std::vector<float> d_in(images * shape.size()), d_out(images * to.size());
    random_stream stream(seed{1}, purpose::user);
    stream.normals(in);
    stream.normals(d_out);
    const layer_pass<float> pass{
        shape, weights, {in.data(), images, shape.size()}, {out.data(), images, to.size()}, scratch};
    for (auto _ : state) {
        if (back)
            the_layer.backward(pass, {d_out.data(), images, to.size()},
                               {d_in.data(), first ? 0 : images, shape.size()}, std::span(d_weights));
        else
            the_layer.forward(pass);
    }
    const double pairs = static_cast<double>(images * to.positions() * (layout.size() - to.channels));
    if (layout.size() > 0)
        state.counters["flops"] = benchmark::Counter((back && !first ? 4 : 2) * pairs,
                                                     benchmark::Counter::kIsIterationInvariantRate);
}

/// The first layer of a front end has no gradient by its inputs to find.
void add(const std::string& name, auto the_layer, image_shape shape, bool first = false) {
    for (const bool back : {false, true})
        benchmark::RegisterBenchmark(
            (name + (back ? " back" : " forward")).c_str(),
            [=](benchmark::State& state) { layer(state, the_layer, shape, back, first); });
}

const int added = [] {
    add("conv 3 to 128, 32 x 32", conv<3>{128}, {3, 32, 32}, true);
    add("conv 128 to 128, 16 x 16", conv<3>{128}, {128, 16, 16});
    add("conv 128 to 128, 8 x 8", conv<3>{128}, {128, 8, 8});
    add("conv 3 to 16, 32 x 32", conv<3>{16}, {3, 32, 32}, true);
    add("conv 16 to 32, 16 x 16", conv<3>{32}, {16, 16, 16});
    add("conv 32 to 32, 8 x 8", conv<3>{32}, {32, 8, 8});
    add("leaky ReLU 128, 32 x 32", activate<activations::leaky_relu>{}, {128, 32, 32});
    add("max-pool 128, 32 x 32", max_pool<2>{}, {128, 32, 32});
    add("dense 2048 to 2048", dense{2048}, {2048, 1, 1});
    return 0;
}();

/// One gradient of a network with a front end: 32 trials of 10 steps, on one thread.
void gradient(benchmark::State& state, const cifar10_front_end& front) {
    const single_threaded_blas one;
    recurrent_network<gru<float>, cifar10_front_end> network({3073, 200, 11}, seed{1}, front);
    const size_t horizon = 10, batch = 32;
    unrolled<decltype(network)> trials(network, {.horizon = horizon, .batch = batch, .shard = batch});
    std::vector<float> sum(network.parameters().size());
    random_stream stream(seed{1}, purpose::user);
    stream.normals(std::span(trials.inputs(0).data(), horizon * batch * 3073), 0.47f, 0.25f);
    for (auto _ : state) {
        trials.forward(network, 0);
        fill(trials.d_outputs(0), 0.01f);
        trials.backward(network, 0);
        for (size_t tile = 0; tile < trials.gradient_tiles(); ++tile)
            trials.add_gradient(network, tile, std::span(sum));
    }
    state.counters["frames"] = benchmark::Counter(static_cast<double>(horizon * batch),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(gradient, paper, make_cifar10_front_end())->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(gradient, small,
                  make_cifar10_front_end({.filters = {16, 32, 32}, .dense_units = {256, 256, 128}}))
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
