// Networks that Flax and Keras wrote, tests/frameworks/make_networks.py, compute here what they compute
// there.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "engram/nn/flax.hpp"
#include "engram/nn/keras.hpp"
#include "engram/nn/unrolled.hpp"
#include "reference/messages.hpp"

#ifndef ENGRAM_TEST_DIR
#define ENGRAM_TEST_DIR "tests"
#endif

using namespace engram;

namespace {

std::string file(const std::string& name) { return ENGRAM_TEST_DIR "/frameworks/networks/" + name; }

/// The largest difference between the outputs over the frames of NAME_expected.npz and those that are there.
template <class Network>
double difference(const Network& network, const std::string& name) {
    const named_arrays expected = read_npz(file(name + "_expected.npz"));
    const auto& frames = expected.at("frames");
    unrolled<Network> work(network, {.horizon = frames.shape[0], .batch = frames.shape[1]});
    const auto numbers = frames.values<double>(), outputs = expected.at("outputs").values<double>();
    copy<double>(
        matrix_view<const double>(numbers.data(), frames.shape[0] * frames.shape[1], frames.shape[2]),
        work.inputs(0));
    work.forward(network, 0);
    const auto ours = work.outputs(0);
    REQUIRE(ours.rows() * ours.columns() == outputs.size());
    double worst = 0;
    for (size_t i = 0; i < outputs.size(); ++i)
        worst = std::max(worst, std::abs(ours.data()[i] - outputs[i]));
    return worst;
}

template <class Load>
std::string refusal(Load load) {
    return reference::message<file_error>(load);
}

using after = gru<double, reset_after>;

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE(
    "Flax: outputs over 20 steps are its own: GRU, both LSTMs, simple cells, names with dots or slashes") {
    CHECK(difference(load_flax<after>(file("flax_gru.safetensors")), "flax_gru") < 1e-12);
    CHECK(difference(load_flax<after>(file("flax_gru_slashes.npz")), "flax_gru_slashes") < 1e-12);
    CHECK(difference(load_flax<lstm<double>>(file("flax_lstm.npz")), "flax_lstm") < 1e-12);
    CHECK(difference(load_flax<lstm<double>>(file("flax_optimized_lstm.safetensors")),
                     "flax_optimized_lstm") < 1e-12);
    CHECK(difference(load_flax<elman<double>>(file("flax_simple.npz")), "flax_simple") < 1e-12);
    CHECK(difference(load_flax<elman<double, activations::relu>>(file("flax_simple_relu.npz")),
                     "flax_simple_relu") < 1e-12);
}

TEST_CASE(
    "Keras: outputs over 20 steps are its own: GRU with either reset, LSTM, SimpleRNN") {  // to the single
                                                                                           // precision that
                                                                                           // Keras computes
                                                                                           // with
    CHECK(difference(load_keras<after>(file("keras_gru.npz")), "keras_gru") < 1e-6);
    CHECK(difference(load_keras<after>(file("keras_gru_no_bias.npz")), "keras_gru_no_bias") < 1e-6);
    CHECK(difference(load_keras<gru<double>>(file("keras_gru_before.safetensors")), "keras_gru_before") <
          1e-6);
    CHECK(difference(load_keras<lstm<double>>(file("keras_lstm.safetensors")), "keras_lstm") < 1e-6);
    CHECK(difference(load_keras<elman<double>>(file("keras_simple.npz")), "keras_simple") < 1e-6);
    CHECK(difference(load_keras<elman<double, activations::relu>>(file("keras_simple_relu.npz")),
                     "keras_simple_relu") < 2e-5);
}

TEST_CASE("another cell is refused by what the file lacks or by its shapes") {
    CHECK(refusal([] { load_flax<after>(file("flax_lstm.npz")); })
              .starts_with(file("flax_lstm.npz") +
                           ": there is no array 'ir.kernel'; it holds 'params.Dense_0.bias'"));
    CHECK(refusal([] {
              load_flax<after>(file("flax_mgu.safetensors"));
          }).find("there is no array 'ir.kernel'") != std::string::npos);
    CHECK(refusal([] { load_flax<lstm<double>>(file("flax_gru.safetensors")); }).find("there is no array") !=
          std::string::npos);
    CHECK(refusal([] { load_keras<lstm<double>>(file("keras_gru.npz")); }) ==
          file("keras_gru.npz") +
              ": array 'sequential/gru/gru_cell/recurrent_kernel': found shape (4 x 12), expected (4 x 16)");
    CHECK(refusal([] {
              load_keras<gru<double>>(file("keras_gru.npz"));
          }).find("found shape (2 x 12), that of a GRU made with reset_after=True; the cell is gru<T>") !=
          std::string::npos);
    CHECK(refusal([] { load_keras<after>(file("keras_gru_before.safetensors")); })
              .find("found shape (12), that of a GRU made with reset_after=False; the cell is gru<T, "
                    "reset_after>") != std::string::npos);
    CHECK(refusal([] { load_keras<after>(file("flax_gru.safetensors")); }).find("'recurrent_kernel'") !=
          std::string::npos);
}

TEST_CASE(
    "a layer that a framework named may stand on either side: refused where it fits before, or by name") {
    named_arrays both("net");
    for (const auto& [name, array] : read_arrays(file("flax_gru.safetensors")))
        if (name.find("Dense") == std::string::npos) both.add(name, array);
    both.add("params.Dense_0.kernel", std::vector<double>(12), {4, 3});  // 3 outputs, or the 3 inputs
    CHECK(refusal([&] { load_flax<after>(both); }) ==
          "net: which module reads the units out cannot be told: found 'params.Dense_0.kernel' (4 x 3); name "
          "it "
          "with the option 'readout', or set 'no_readout' for outputs that are the units");
    CHECK(load_flax<after>(both, {.readout = "params.Dense_0"}).sizes().outputs == 3);
    CHECK(load_flax<after>(both, {.no_readout = true, .ignore_others = true}).sizes().outputs == 4);
    both.add("params.Dense_1.kernel", std::vector<double>(8), {4, 2});
    CHECK(load_flax<after>(both, {.ignore_others = true}).sizes().outputs == 2);
    CHECK(load_flax<after>(both, {.recurrent = "params.GRUCell_0", .ignore_others = true}).sizes().units ==
          4);
    CHECK(refusal([&] { load_flax<after>(both); }).find("belongs neither") != std::string::npos);
}
