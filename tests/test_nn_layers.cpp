#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/data/optdigits.hpp"
#include "engram/dynamics.hpp"
#include "engram/nn/cell/elman.hpp"
#include "engram/nn/cell/gru.hpp"
#include "engram/nn/cell/lstm.hpp"
#include "engram/nn/cell/stacked.hpp"
#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/layer/cifar10.hpp"
#include "engram/nn/mean_features.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/unrolled.hpp"
#include "engram/study/centroids.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/training/loss/cross_entropy.hpp"
#include "engram/training/optimizer/adam.hpp"
#include "engram/training/trainer.hpp"
#include "reference/differences.hpp"
#include "reference/effort.hpp"

using namespace engram;
using namespace engram::activations;
using reference::differences;
using reference::relative_error;

namespace {

std::vector<double> random(std::uint64_t sample, size_t count, double deviation = 0.7) {
    std::vector<double> numbers(count);
    random_stream(seed{11}, purpose::user, 0, sample).normals(numbers, 0.0, deviation);
    return numbers;
}

/// One layer between images and a loss that likes each output differently.
template <class T, class Layer>
struct layer_on_images {
    Layer layer;
    image_shape shape;
    size_t images;
    parameter_layout layout;
    std::vector<T> inputs, outputs, parameters, scratch;

    layer_on_images(Layer l, image_shape s, size_t n) : layer(l), shape(s), images(n) {
        layer.add_parameters(layout, "", shape);
        const auto in = random(1, n * shape.size()), p = random(2, layout.size());
        inputs.assign(in.begin(), in.end());
        parameters.assign(p.begin(), p.end());
        outputs.resize(n * layer.outputs(shape).size());
        scratch.resize(layer.scratch(shape));
    }
    layer_pass<T> pass() {
        return {shape, parameters, matrix_view<const T>(inputs.data(), images, shape.size()),
                matrix_view<T>(outputs.data(), images, layer.outputs(shape).size()), scratch};
    }
};

template <class Layer>
void check_layer(Layer layer, image_shape shape, size_t images = 3) {
    layer_on_images<double, Layer> on(layer, shape, images);
    const auto liking = random(3, on.outputs.size());
    const auto loss = [&] {
        on.layer.forward(on.pass());
        double sum = 0;
        for (size_t i = 0; i < liking.size(); ++i) sum += (liking[i] + on.outputs[i] / 2) * on.outputs[i];
        return sum;
    };
    loss();
    std::vector<double> d_out(liking.size()), d_in(on.inputs.size(), 7.0),
        d_parameters(on.parameters.size(), 1.0);
    for (size_t i = 0; i < liking.size(); ++i) d_out[i] = liking[i] + on.outputs[i];
    on.layer.backward(on.pass(), matrix_view<double>(d_out.data(), images, d_out.size() / images),
                      matrix_view<double>(d_in.data(), images, shape.size()), std::span(d_parameters));
    const auto by_inputs = differences(on.inputs.data(), on.inputs.size(), loss);
    CHECK(relative_error(by_inputs.data(), d_in.data(), d_in.size()) < 1e-6);
    auto by_parameters = differences(on.parameters.data(), on.parameters.size(), loss);
    for (double& x : by_parameters) x += 1;  // a layer adds to what is there
    CHECK(relative_error(by_parameters.data(), d_parameters.data(), d_parameters.size()) < 1e-6);
}

/// y at (row, column) of filter f: the definition, written out.
template <size_t Size>
double plain_conv(const layer_on_images<float, conv<Size>>& on, size_t image, size_t row, size_t column,
                  size_t f) {
    const auto& [channels, height, width] = on.shape;
    const auto reach = static_cast<std::ptrdiff_t>(Size / 2);
    double sum = static_cast<double>(on.parameters[Size * Size * channels * on.layer.filters + f]);
    for (std::ptrdiff_t y = -reach; y <= reach; ++y)
        for (std::ptrdiff_t x = -reach; x <= reach; ++x)
            for (size_t c = 0; c < channels; ++c) {
                const auto at_y = static_cast<size_t>(static_cast<std::ptrdiff_t>(row) + y);
                const auto at_x = static_cast<size_t>(static_cast<std::ptrdiff_t>(column) + x);
                if (at_y >= height || at_x >= width) continue;  // -1 wraps round to a huge number
                const auto place = (static_cast<size_t>(y + reach) * Size + static_cast<size_t>(x + reach));
                sum +=
                    static_cast<double>(on.inputs[((image * height + at_y) * width + at_x) * channels + c]) *
                    static_cast<double>(on.parameters[(place * channels + c) * on.layer.filters + f]);
            }
    return sum;
}

template <size_t Size>
void check_against_definition(image_shape shape, size_t filters, size_t images) {
    layer_on_images<float, conv<Size>> on(conv<Size>{filters}, shape, images);
    on.layer.forward(on.pass());
    double worst = 0;
    for (size_t i = 0; i < images; ++i)
        for (size_t y = 0; y < shape.height; ++y)
            for (size_t x = 0; x < shape.width; ++x)
                for (size_t f = 0; f < filters; ++f) {
                    const size_t at = ((i * shape.height + y) * shape.width + x) * filters + f;
                    REQUIRE(std::isfinite(on.outputs[at]));
                    worst = std::max(
                        worst, std::abs(plain_conv(on, i, y, x, f) - static_cast<double>(on.outputs[at])));
                }
    CHECK(worst < 1e-4);
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("conv: in single precision its outputs are the definition's, whatever the image's size") {
    check_against_definition<3>({3, 8, 8}, 5, 2);
    check_against_definition<3>({2, 7, 5}, 4, 30);  // chunks begin in the middle of images
    check_against_definition<3>({4, 1, 1}, 3, 2);
    check_against_definition<5>({2, 4, 3}, 3, 2);  // filters wider than the image
    check_against_definition<1>({3, 4, 4}, 6, 1);
}

TEST_CASE("every layer's gradients, by inputs and by parameters, are those of finite differences") {
    check_layer(conv<3>{4}, {3, 6, 5});
    check_layer(conv<3>{2}, {2, 13, 14});  // more positions than are worked on at once
    check_layer(conv<5>{3}, {2, 4, 3});
    check_layer(conv<1>{3}, {2, 2, 2});
    check_layer(dense{5}, {3, 2, 2});
    check_layer(max_pool<2>{}, {3, 6, 4});
    check_layer(max_pool<2>{}, {9, 5, 7});  // with positions left over
    check_layer(max_pool<3>{}, {2, 7, 6});
    check_layer(activate<leaky_relu>{}, {3, 4, 4});
    check_layer(activate<activations::tanh>{}, {3, 3, 3});
}

TEST_CASE("max_pool: of equal numbers one gets the gradient") {
    layer_on_images<double, max_pool<2>> on({}, {1, 2, 2}, 1);
    on.inputs = {2, 2, 2, 2};
    on.layer.forward(on.pass());
    std::vector<double> d_out{3}, d_in(4, 9.0);
    on.layer.backward(on.pass(), matrix_view<double>(d_out.data(), 1, 1),
                      matrix_view<double>(d_in.data(), 1, 4), std::span<double>());
    CHECK(d_in == std::vector<double>{3, 0, 0, 0});
}

namespace {

/// All kinds of layers, an activation after each kind and one after another.
auto small_front_end(size_t piece = 64) {
    return front_end{{.image = {2, 5, 4}, .piece = piece},
                     conv<3>{3},
                     leaky_relu{},
                     max_pool<2>{},
                     activations::tanh{},
                     conv<3>{2},
                     softsign{},
                     softsign{},
                     softsign{},
                     softsign{},
                     dense{6},
                     leaky_relu{},
                     dense{4}};
}
using small = decltype(small_front_end());

/// A network with a front end on random frames; a loss that sees all outputs.
template <class Cell, class FrontEnd = small>
struct experiment {
    using T = typename Cell::scalar;
    static constexpr size_t horizon = 4, batch = 5;

    recurrent_network<Cell, FrontEnd> network;
    unrolled<recurrent_network<Cell, FrontEnd>> trials;
    std::vector<double> frames, liking;

    explicit experiment(FrontEnd front, size_t shard = 2)
        : network({.inputs = 41, .units = 5, .outputs = 3}, seed{3}, front),
          trials(network, {.horizon = horizon, .batch = batch, .shard = shard}),
          frames(random(1, horizon * batch * 41)),
          liking(random(2, horizon * batch * 3)) {}

    void forward_and_back(size_t s, bool with_gradients = true) {
        const size_t first = trials.first_trial(s), n = trials.trials(s);
        const auto in = trials.inputs(s);
        for (size_t t = 0; t < horizon; ++t)
            for (size_t i = 0; i < n; ++i)
                for (size_t j = 0; j < 41; ++j)
                    in(t * n + i, j) = static_cast<T>(frames[(t * batch + first + i) * 41 + j]);
        fill(trials.states(s, 0), T(0));
        trials.forward(network, s);
        const auto out = trials.outputs(s), d_out = trials.d_outputs(s);
        for (size_t t = 0; t < horizon; ++t)
            for (size_t i = 0; i < n; ++i)
                for (size_t j = 0; j < 3; ++j) {
                    const double like = liking[(t * batch + first + i) * 3 + j];
                    d_out(t * n + i, j) = static_cast<T>(like) + out(t * n + i, j);
                }
        if (with_gradients) trials.backward(network, s);
    }
    /// sum (liking + outputs / 2) outputs
    double loss(bool with_gradients = false) {
        double sum = 0;
        for (size_t s = 0; s < trials.shards(); ++s) {
            forward_and_back(s, with_gradients);
            const auto out = trials.outputs(s), d_out = trials.d_outputs(s);
            for (size_t i = 0; i < out.rows(); ++i)
                for (size_t j = 0; j < 3; ++j)
                    sum += static_cast<double>((d_out(i, j) - out(i, j) / T(2)) * out(i, j));
        }
        return sum;
    }
    std::vector<T> gradient(size_t threads = 1) {
        team workers(threads);
        workers.for_each(trials.shards(), [&](size_t s, size_t) { forward_and_back(s); });
        std::vector<T> sum(network.parameters().size(), T(0));
        workers.for_each(trials.gradient_tiles(),
                         [&](size_t tile, size_t) { trials.add_gradient(network, tile, std::span(sum)); });
        return sum;
    }
};

template <class Cell>
void check_through_time(size_t piece) {
    experiment<Cell> e(small_front_end(piece));
    const auto gradient = e.gradient();
    const auto expected =
        differences(e.network.parameters().data(), gradient.size(), [&] { return e.loss(); });
    for (const auto& block : e.network.layout().blocks()) {
        CAPTURE(block.name);
        CHECK(relative_error(expected.data() + block.offset, gradient.data() + block.offset, block.size()) <
              1e-6);
    }
}

}  // namespace

TEST_CASE("a front end's gradients through time are those of finite differences") {
    check_through_time<gru<double>>(64);
    check_through_time<lstm<double>>(64);
}

TEST_CASE("a front end that works piece by piece has the same gradients") {
    check_through_time<gru<double>>(3);
    experiment<gru<double>> whole(small_front_end(64)), pieces(small_front_end(3));
    const auto a = whole.gradient(), b = pieces.gradient();
    CHECK(relative_error(a.data(), b.data(), a.size()) < 1e-12);
}

TEST_CASE("the gradient's bits are the same for any number of threads") {
    experiment<gru<float>> one(small_front_end(3)), three(small_front_end(3));
    CHECK(one.gradient(1) == three.gradient(3));
}

TEST_CASE("fewer trials and steps than memory was taken for give the gradient of just those") {
    experiment<gru<double>> e(small_front_end(3), 3);
    e.gradient();
    e.trials.resize(2, 4);
    const auto run = [](auto& trials, const auto& network, const std::vector<double>& frames) {
        std::vector<double> sum(network.parameters().size(), 0.0);
        for (size_t s = 0; s < trials.shards(); ++s) {
            const auto in = trials.inputs(s);
            for (size_t i = 0; i < in.rows(); ++i) std::copy_n(&frames[(i + s) * 41], 41, in.row(i));
            fill(trials.states(s, 0), 0.0);
            trials.forward(network, s);
            fill(trials.d_outputs(s), 1.0);
            trials.backward(network, s);
        }
        for (size_t tile = 0; tile < trials.gradient_tiles(); ++tile)
            trials.add_gradient(network, tile, std::span(sum));
        return sum;
    };
    unrolled<decltype(e.network)> exact(e.network, {.horizon = 2, .batch = 4, .shard = 3});
    CHECK(run(e.trials, e.network, e.frames) == run(exact, e.network, e.frames));
}

TEST_CASE("a network in double precision, and its map, see the same features") {
    experiment<gru<double>> e(small_front_end());
    const auto& network = e.network;
    vector<double> frame = vector<double>::from_shape({41});
    std::copy_n(e.frames.data(), 41, frame.data());
    std::vector<double> seen(network.features() + 1);
    network.see({frame.data(), 1, frame.size()}, {seen.data(), 1, seen.size()});
    CHECK(seen.back() == 1);
    CHECK(seen[network.features() - 1] == frame[40]);

    const constant_input_map map{network, frame};
    const auto h = random(9, 5);
    std::vector<double> next(5);
    map.apply({h.data(), 1, 5}, {next.data(), 1, 5});
    unrolled<std::remove_cvref_t<decltype(network)>> one(network,
                                                         {.horizon = 1, .batch = 1, .trains = false});
    std::copy_n(frame.data(), 41, one.inputs(0).row(0));
    std::copy_n(h.data(), 5, one.states(0, 0).row(0));
    one.forward(network, 0);
    CHECK(relative_error(one.states(0, 1).row(0), next.data(), 5) < 1e-14);

    const auto single = network.with_scalar<float>();
    CHECK(single.features() == network.features());
    CHECK(single.layout().size() == network.layout().size());
}

TEST_CASE("a front end lets as many inputs pass by as it is told to, in their order") {
    const auto with = [](size_t passing) {
        const front_end front{{.image = {1, 2, 3}, .passing = passing, .piece = 2}, dense{4}, leaky_relu{}};
        return recurrent_network<elman<double>, std::remove_const_t<decltype(front)>>(
            {.inputs = 6 + passing, .units = 3, .outputs = 2}, seed{8}, front);
    };
    const auto none = with(0), three = with(3);
    CHECK(none.features() == 4);
    CHECK(three.features() == 7);
    auto frames = matrix<double>::from_shape({5, 9});
    std::ranges::copy(random(4, frames.size()), frames.begin());
    const matrix_view<const double> views(frames);
    auto alone = matrix<double>::from_shape({5, 5}), seen = matrix<double>::from_shape({5, 8});
    none.see(views.column_block(0, 6), alone);
    three.see(views, seen);
    for (size_t i = 0; i < 5; ++i) {
        for (size_t j = 0; j < 4; ++j) CHECK(seen(i, j) == alone(i, j));
        for (size_t j = 0; j < 3; ++j) CHECK(seen(i, 4 + j) == frames(i, 6 + j));
        CHECK(seen(i, 7) == 1);
    }
    unrolled<std::remove_const_t<decltype(three)>> trials(three, {.horizon = 5, .batch = 1});
    copy(views, trials.inputs(0));
    trials.forward(three, 0);
    auto first = matrix<double>::from_shape({1, 3});
    vector<double> frame = vector<double>::from_shape({9});
    std::copy_n(frames.data(), 9, frame.data());
    constant_input_map{three, frame}.apply(matrix<double>(std::array<size_t, 2>{1, 3}, 0.0), first);
    CHECK(relative_error(trials.states(0, 1).row(0), first.data(), 3) < 1e-14);
}

namespace {

/// Frames that take turns.
struct two_frames {
    const std::vector<double>& frames;
    template <class T>
    void operator()(random_stream& stream, std::span<T> frame) const {
        std::copy_n(&frames[size_t{41} * (stream() % 2)], 41, frame.data());
    }
};

}  // namespace

TEST_CASE("mean_features is the mean of the features, not the features of the mean") {
    experiment<gru<double>> e(small_front_end());
    const auto mean = mean_features(e.network, two_frames{e.frames}, 4000);
    REQUIRE(mean.values.size() == 5);
    std::vector<double> first(6), second(6);
    e.network.see({&e.frames[0], 1, 41}, {first.data(), 1, 6});
    e.network.see({&e.frames[41], 1, 41}, {second.data(), 1, 6});
    for (size_t j = 0; j < 5; ++j)
        CHECK(std::abs(mean.values[j] - (first[j] + second[j]) / 2) < 0.05 * std::abs(first[j] - second[j]));
    const constant_input_map map{e.network, mean};
    CHECK(map.dimension() == 5);
    CHECK_THROWS_WITH_AS((constant_input_map{e.network, features_of_frame{{1.0, 2.0}}}),
                         "constant_input_map: 2 features, the network has 5", shape_error);
    CHECK_THROWS_WITH_AS(mean_features(e.network, two_frames{e.frames}, 0),
                         "mean_features: frames = 0, expected at least 1", value_error);
}

TEST_CASE(
    "a network with a front end learns through time; its slow points are found under the mean features") {
    const delayed_classification task{optdigits(), {.horizon = 6, .minimal_delay = 2}};
    const front_end front{{.image = {1, 8, 8}}, conv<3>{6}, leaky_relu{},
                          max_pool<2>{},        dense{32},  leaky_relu{}};
    using network_type = recurrent_network<gru<float>, std::remove_const_t<decltype(front)>>;
    network_type network({.inputs = task.inputs(), .units = 32, .outputs = task.outputs()}, seed{1}, front);
    const auto before = network.parameters();
    trainer learning{network, cross_entropy{}, adam{.learning_rate = 3e-3}};
    double early = 0, late = 0;
    const size_t steps = reference::optimised ? 700 : 60;  // too few to learn, enough to run all of it
    learning.fit(task, no_curriculum{}, {.steps = steps, .batch = 32, .threads = 2, .shard = 16},
                 [&](const training_report& report) {
                     if (report.step <= 50) early += report.accuracy / 50;
                     if (report.step > steps - 50) late += report.accuracy / 50;
                 });
    MESSAGE("recall in the first and the last 50 steps: ", early, " and ", late);
    CHECK(early < 0.3);
    if (reference::optimised) CHECK(late > 0.8);
    for (const auto& block : network.layout().blocks()) {  // all of it has moved
        CAPTURE(block.name);
        double moved = 0;
        for (size_t i = block.offset; i < block.offset + block.size(); ++i)
            moved += std::abs(static_cast<double>(network.parameters()[i] - before[i]));
        CHECK((moved > 0 || block.size() == 0));
    }
    const constant_input_map map{network, mean_features(network, task.noise(), 200)};
    const auto centroids = class_centroids(network, task, {.examples = 20});
    const auto points = find_slow_points(map, centroids);
    CHECK(points.size() + points.failures.size() >= 1);
    for (const auto& point : points) CHECK(point.state.size() == 32);
}

TEST_CASE("the paper's front end has its sizes and its initial weights") {
    const auto front = make_cifar10_front_end({.filters = {16, 8, 4}, .dense_units = {32, 16, 8}});
    const recurrent_network<gru<float>, cifar10_front_end> network({3073, 4, 11}, seed{5}, front);
    CHECK(network.features() == 9);
    CHECK(front.shape(6) == image_shape{8, 8, 8});
    CHECK(front.shape(9) == image_shape{4, 4, 4});
    const auto& blocks = network.layout().blocks();
    CHECK(blocks[0].name == "layer0_conv");
    CHECK(blocks[0].rows == 27);
    CHECK(blocks[2].rows == 9 * 16);
    CHECK(make_cifar10_front_end().features(3073) == 1025);
    CHECK(make_cifar10_front_end().shape(9) == image_shape{128, 4, 4});

    const float* const weights = network.parameters().data() + blocks[2].offset;  // 16 channels, 8 filters
    const double deviation = 1 / std::sqrt(16.0 * 8), n = static_cast<double>(blocks[2].size());
    double squares = 0, largest = 0;
    for (size_t i = 0; i < blocks[2].size(); ++i) {
        squares += static_cast<double>(weights[i] * weights[i]) / n;
        largest = std::max(largest, std::abs(static_cast<double>(weights[i])));
    }
    CHECK(largest <= 2.00001 * deviation);
    CHECK(largest > 1.8 * deviation);
    CHECK(std::sqrt(squares) / deviation == doctest::Approx(0.880).epsilon(0.06));  // of a truncated normal
}

TEST_CASE("sizes that do not fit are refused") {
    CHECK_THROWS_WITH_AS((recurrent_network<gru<float>, small>({40, 5, 3}, seed{1}, small_front_end())),
                         "front_end: frames of 40 inputs, expected 2 x 5 x 4 pixels and 1 that go past",
                         shape_error);
    CHECK_THROWS_WITH_AS((front_end{{.image = {1, 1, 4}}, max_pool<2>{}}),
                         "max_pool: an image of 1 x 4, expected at least 2 x 2", shape_error);
    CHECK_THROWS_WITH_AS((front_end{{.image = {1, 1, 0}}, dense{2}}),
                         "front_end: an image of 1 x 1 x 0, expected pixels", shape_error);
    CHECK_THROWS_WITH_AS((front_end{{.image = {1, 1, 1}, .piece = 0}, dense{2}}),
                         "front_end: piece = 0, expected at least 1", value_error);
    CHECK_THROWS_WITH_AS((front_end{{.image = {1, 1, 1}}, dense{0}}), "dense: units = 0, expected at least 1",
                         value_error);
    CHECK_THROWS_WITH_AS((front_end{{.image = {1, 1, 1}}, conv<3>{0}}),
                         "conv: filters = 0, expected at least 1", value_error);
}

TEST_CASE_TEMPLATE("stacked cells: gradients through time are those of finite differences", Cell, gru<double>,
                   gru<double, reset_after>, lstm<double>, elman<double>) {
    using stack = stacked<Cell, 3>;
    recurrent_network<stack> network({.inputs = 4, .units = 3, .outputs = 2}, seed{3});
    for (const auto& block : network.layout().blocks())  // biases large enough to matter
        if (block.is_bias)
            for (size_t i = 0; i < block.size(); ++i) network.parameters()[block.offset + i] *= 50;
    constexpr size_t horizon = 4, batch = 3;
    unrolled<decltype(network)> trials(network, {.horizon = horizon, .batch = batch, .shard = 2});
    const auto frames = random(1, horizon * batch * 4), liking = random(2, horizon * batch * 2);
    auto start = random(3, batch * network.state_size()), end = random(4, batch * network.state_size());
    const auto loss = [&](bool with_gradients) {
        double sum = 0;
        for (size_t s = 0; s < trials.shards(); ++s) {
            const size_t n = trials.trials(s), first = trials.first_trial(s), width = network.state_size();
            copy<double>(matrix_view<const double>(&frames[first * horizon * 4], horizon * n, 4),
                         trials.inputs(s));
            copy<double>(matrix_view<const double>(&start[first * width], n, width), trials.states(s, 0));
            trials.forward(network, s);
            const auto out = trials.outputs(s), d_out = trials.d_outputs(s);
            for (size_t i = 0; i < out.rows(); ++i)
                for (size_t j = 0; j < 2; ++j) {
                    d_out(i, j) = liking[(first * horizon + i) * 2 + j] + out(i, j);
                    sum += (d_out(i, j) - out(i, j) / 2) * out(i, j);
                }
            const auto last = trials.states(s, horizon), d_last = trials.d_state(s);
            for (size_t i = 0; i < n; ++i)
                for (size_t j = 0; j < width; ++j) {
                    d_last(i, j) = end[(first + i) * width + j];
                    sum += d_last(i, j) * last(i, j);
                }
            if (with_gradients) trials.backward(network, s);
        }
        return sum;
    };
    loss(true);
    std::vector<double> gradient(network.parameters().size(), 0.0), d_start;
    for (size_t tile = 0; tile < trials.gradient_tiles(); ++tile)
        trials.add_gradient(network, tile, std::span(gradient));
    for (size_t s = 0; s < trials.shards(); ++s) {
        const auto d = trials.d_state(s);
        d_start.insert(d_start.end(), d.data(), d.data() + d.rows() * d.columns());
    }
    const auto expected =
        differences(network.parameters().data(), gradient.size(), [&] { return loss(false); });
    for (const auto& block : network.layout().blocks()) {
        CAPTURE(block.name);
        CHECK(relative_error(expected.data() + block.offset, gradient.data() + block.offset, block.size()) <
              1e-6);
    }
    const auto by_start = differences(start.data(), start.size(), [&] { return loss(false); });
    CHECK(relative_error(by_start.data(), d_start.data(), d_start.size()) < 1e-6);

    vector<double> frame = vector<double>::from_shape({4});
    std::copy_n(frames.data(), 4, frame.data());
    const constant_input_map map{network, frame};  // the whole state's map
    REQUIRE(map.dimension() == network.state_size());
    const size_t d = map.dimension();
    std::vector<double> product(d), next(d), u(end.begin(), end.begin() + static_cast<std::ptrdiff_t>(d));
    map.vjp({start.data(), 1, d}, {u.data(), 1, d}, {product.data(), 1, d});
    const auto by_state = differences(start.data(), d, [&] {
        map.apply({start.data(), 1, d}, {next.data(), 1, d});
        double sum = 0;
        for (size_t j = 0; j < d; ++j) sum += u[j] * next[j];
        return sum;
    });
    CHECK(relative_error(by_state.data(), product.data(), d) < 1e-6);
}
