#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engram/nn/constant_input_map.hpp"
#include "engram/nn/pytorch.hpp"
#include "engram/nn/unrolled.hpp"
#include "reference/differences.hpp"
#include "reference/messages.hpp"
#include "reference/scratch_folder.hpp"

using namespace engram;
using reference::message;
using reference::relative_error;
using reference::scratch_folder;

namespace {

const std::string folder = ENGRAM_TEST_DIR "/pytorch/state_dicts/";

named_arrays read(const std::string& path) {
    return path.ends_with(".npz") ? read_npz(path) : read_safetensors(path);
}

/// What PyTorch computed with the network in a file.
named_arrays expected_of(const std::string& file) {
    return read(folder + file.substr(0, file.find('.')) + "_expected.npz");
}

/// The names of a network's state dict in a file.
pytorch_save_options names_in(const named_arrays& file) {
    pytorch_save_options names{.bias = false, .readout_bias = file.contains("fc.bias")};
    if (!file.contains("fc.weight")) names.recurrent = names.readout = "";
    names.bias = file.contains(names.recurrent.empty() ? "bias_hh_l0" : "rnn.bias_hh_l0");
    return names;
}

template <class T>
struct run_of_network {
    std::vector<T> outputs;
    vector<T> gradient;
};

/// Outputs, and the gradient of sum(liking outputs) by the parameters.
template <class Network>
auto run(const Network& network, const named_arrays& expected) {
    using T = typename Network::scalar;
    const auto& frames = expected.at("frames");
    const size_t horizon = frames.shape[0], trials = frames.shape[1];
    unrolled<Network> work(network, {.horizon = horizon, .batch = trials});
    const auto numbers = frames.values<T>();
    copy<T>(matrix_view<const T>(numbers.data(), horizon * trials, frames.shape[2]), work.inputs(0));
    work.forward(network, 0);
    run_of_network<T> result;
    const auto out = work.outputs(0);
    result.outputs.assign(out.data(), out.data() + out.rows() * out.columns());
    const auto d_out = work.d_outputs(0);
    expected.at("liking").copy_to(std::span(d_out.data(), d_out.rows() * d_out.columns()));
    work.backward(network, 0);
    result.gradient = vector<T>(std::array<size_t, 1>{network.parameters().size()}, T(0));
    for (size_t tile = 0; tile < work.gradient_tiles(); ++tile)
        work.add_gradient(network, tile, std::span(result.gradient));
    return result;
}

/// Outputs and gradients of the network in a file agree with PyTorch's.
template <class Cell>
void check(const std::string& file) {
    using T = typename Cell::scalar;
    CAPTURE(file);
    const double tolerance = std::is_same_v<T, float> ? 1e-5 : 1e-12;
    const auto expected = expected_of(file);
    auto network = load_pytorch<Cell>(folder + file);
    const auto result = run(network, expected);

    const auto outputs = expected.at("outputs").template values<double>();
    REQUIRE(outputs.size() == result.outputs.size());
    double worst = 0;
    for (size_t i = 0; i < outputs.size(); ++i) {
        REQUIRE(std::isfinite(result.outputs[i]));
        worst = std::max(worst, std::abs(outputs[i] - static_cast<double>(result.outputs[i])));
    }
    CHECK(worst < tolerance);

    // Written as if it were the parameters, the gradient gets PyTorch's names and order.
    network.parameters() = result.gradient;
    auto names = names_in(read(folder + file));
    names.bias = names.readout_bias = true;
    if (names.readout.empty()) names.readout = "not there";
    const auto gradients = pytorch_arrays(network, names);
    for (const auto& entry : expected) {
        const std::string& name = entry.first;
        if (!name.starts_with("d_")) continue;
        CAPTURE(name);
        const auto theirs = entry.second.template values<double>();
        auto ours = gradients.at(name.substr(2)).template values<double>();
        REQUIRE(ours.size() == theirs.size());
        // The biases that engram has added up have one gradient; only nn.GRU's last gate has two.
        if (const auto at = name.find("bias_hh"); at != name.npos) {
            const size_t units = network.sizes().units, apart = Cell::gates == 3 ? units : 0;
            const auto sum =
                gradients.at(name.substr(2).replace(at - 2, 7, "bias_ih")).template values<double>();
            std::copy(sum.begin(), sum.end() - static_cast<std::ptrdiff_t>(apart), ours.begin());
        }
        CHECK(relative_error(theirs.data(), ours.data(), ours.size()) < tolerance);
    }
}

template <class T>
void check_all() {
    check<elman<T>>("rnn_tanh.safetensors");
    check<stacked<elman<T, activations::relu>, 2>>("rnn_relu_2_no_bias.npz");
    check<gru<T, reset_after>>("gru.safetensors");
    check<gru<T, reset_after>>("gru_no_bias.npz");
    check<gru<T, reset_after>>("gru_bare.safetensors");
    check<stacked<gru<T, reset_after>, 3>>("gru_3.safetensors");
    check<lstm<T>>("lstm_float.safetensors");
    check<stacked<lstm<T>, 2>>("lstm_2.npz");
    check<stacked<lstm<T>, 2>>("lstm_2_no_bias.safetensors");
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("outputs over 50 steps and gradients are PyTorch's: double precision") { check_all<double>(); }
TEST_CASE("outputs over 50 steps and gradients are PyTorch's: single precision") { check_all<float>(); }

TEST_CASE("a saved network is the same to PyTorch: names, shapes, types and numbers of its own state dict") {
    const scratch_folder scratch;
    const auto check_saved = [&]<class Cell>(const std::string& file, Cell) {
        CAPTURE(file);
        const auto original = read(folder + file);
        const auto network = load_pytorch<Cell>(folder + file);
        const auto path = (scratch.path / file).string();
        save_pytorch(network, path, names_in(original));
        const auto saved = read(path);
        REQUIRE(saved.size() == original.size());
        for (const auto& entry : original) {
            const std::string& name = entry.first;
            const stored_array& array = entry.second;
            CAPTURE(name);
            CHECK(saved.at(name).shape == array.shape);
            CHECK(saved.at(name).type == array.type);
            if (name.find("bias_") == name.npos) CHECK(saved.at(name).data == array.data);
        }
        const auto again = load_pytorch<Cell>(path);
        CHECK(again.parameters() == network.parameters());
    };
    check_saved("rnn_tanh.safetensors", elman<double>{});
    check_saved("rnn_relu_2_no_bias.npz", stacked<elman<double, activations::relu>, 2>{});
    check_saved("gru.safetensors", gru<double, reset_after>{});
    check_saved("gru_no_bias.npz", gru<double, reset_after>{});
    check_saved("gru_bare.safetensors", gru<double, reset_after>{});
    check_saved("gru_3.safetensors", stacked<gru<double, reset_after>, 3>{});
    check_saved("lstm_float.safetensors", lstm<float>{});
    check_saved("lstm_2.npz", stacked<lstm<double>, 2>{});
    check_saved("lstm_2_no_bias.safetensors", stacked<lstm<double>, 2>{});
}

TEST_CASE(
    "a network without a readout shows its units, one with a readout its outputs; frames have no trigger") {
    const auto bare = load_pytorch<gru<double, reset_after>>(folder + "gru_bare.safetensors");
    CHECK(bare.sizes().inputs == 3);
    CHECK(bare.sizes().units == 4);
    CHECK(bare.sizes().outputs == 4);
    CHECK(load_pytorch<stacked<lstm<double>, 2>>(folder + "lstm_2.npz").sizes().outputs == 2);
}

TEST_CASE("under a constant frame the stack steps through the states of PyTorch's layers") {
    const auto network = load_pytorch<stacked<gru<double, reset_after>, 3>>(folder + "gru_3.safetensors");
    const auto expected = expected_of("gru_3.safetensors");
    const auto frames = expected.at("frames").values<double>(),
               outputs = expected.at("outputs").values<double>();
    vector<double> frame = vector<double>::from_shape({3});
    std::copy_n(frames.data(), 3, frame.data());  // the first frame of the first trial, from the zero state
    const constant_input_map map{network, frame};
    REQUIRE(map.dimension() == 12);
    matrix<double> zero(std::array<size_t, 2>{1, 12}, 0.0), next = zero;
    map.apply(zero, next);
    const auto read = map.read_out(next);
    CHECK(std::abs(read(0, 0) - outputs[0]) < 1e-12);
    CHECK(std::abs(read(0, 1) - outputs[1]) < 1e-12);
}

namespace {

/// The arrays of a file, changed by `change(name, array)`, which says whether to keep the array.
template <class Change>
named_arrays changed(const std::string& file, Change&& change) {
    named_arrays result("net.npz");
    for (auto [name, array] : read(folder + file))
        if (change(name, array)) result.add(name, array);
    return result;
}

template <class Cell>
std::string refusal(const named_arrays& arrays, const pytorch_load_options& options = {}) {
    try {
        load_pytorch<Cell>(arrays, options);
    } catch (const file_error& e) {
        return e.what();
    }
    return "loaded";
}

using torch_gru = gru<double, reset_after>;

}  // namespace

TEST_CASE("what does not fit is refused with file, array, found and expected") {
    const auto all = [](const std::string&, stored_array&) { return true; };
    const auto gru_file = changed("gru.safetensors", all);

    SUBCASE("another module") {
        CHECK(refusal<lstm<double>>(gru_file) ==
              "net.npz: array 'rnn.weight_hh_l0': found shape (12 x 4), that of an nn.GRU; the cell is that "
              "of an "
              "nn.LSTM, expected (16 x 4)");
    }
    SUBCASE("more layers, or fewer") {
        CHECK(
            refusal<stacked<torch_gru, 2>>(gru_file) ==
            "net.npz: module 'rnn': found 1 layers, the cell has 2; stacked<Cell, n> is a cell of n layers");
        CHECK(
            refusal<torch_gru>(changed("gru_3.safetensors", all)) ==
            "net.npz: module 'rnn': found 3 layers, the cell has 1; stacked<Cell, n> is a cell of n layers");
    }
    SUBCASE("a missing array") {
        const auto without = changed("gru.safetensors", [](const std::string& name, stored_array&) {
            return name != "rnn.bias_hh_l0";
        });
        CHECK(refusal<torch_gru>(without) ==
              "net.npz: there is no array 'rnn.bias_hh_l0'; it holds 'fc.bias' F64 (2), 'fc.weight' F64 (2 x "
              "4), "
              "'rnn.bias_ih_l0' F64 (12), 'rnn.weight_hh_l0' F64 (12 x 4), 'rnn.weight_ih_l0' F64 (12 x 3)");
        CHECK(
            refusal<torch_gru>(gru_file, {.recurrent = "gru"})
                .starts_with("net.npz: there is no array 'gru.weight_ih_l0'; it holds 'fc.bias' F64 (2), "));
    }
    SUBCASE("an empty file") {
        CHECK(refusal<torch_gru>(named_arrays("net.npz")) ==
              "net.npz: there is no array 'weight_ih_l0'; it holds none");
    }
    SUBCASE("NaN and infinity") {
        const auto bad = changed("gru.safetensors", [](const std::string& name, stored_array& array) {
            if (name == "rnn.weight_hh_l0") {
                auto numbers = array.values<double>();
                numbers[7] = std::nan("");
                array.data = stored_array::of(numbers).data;
            }
            return true;
        });
        CHECK(refusal<torch_gru>(bad) ==
              "net.npz: array 'rnn.weight_hh_l0': element 7 is nan, expected a finite number");
    }
    SUBCASE("shapes") {
        const auto narrow = changed("gru.safetensors", [](const std::string& name, stored_array& array) {
            if (name == "fc.weight") array = stored_array::of(std::vector<double>(6), {2, 3});
            return true;
        });
        CHECK(refusal<torch_gru>(narrow) ==
              "net.npz: array 'fc.weight': found shape (2 x 3), expected (2 x 4)");
        const auto flat = changed("gru.safetensors", [](const std::string& name, stored_array& array) {
            if (name == "rnn.weight_ih_l0") array.shape = {36};
            return true;
        });
        CHECK(refusal<torch_gru>(flat) ==
              "net.npz: array 'rnn.weight_ih_l0': found shape (36), expected a matrix with at least one "
              "element");
    }
    SUBCASE("whole numbers") {
        const auto whole = changed("gru.safetensors", [](const std::string& name, stored_array& array) {
            if (name == "rnn.bias_ih_l0") array = stored_array::of(std::vector<std::int64_t>(12));
            return true;
        });
        CHECK(refusal<torch_gru>(whole) ==
              "net.npz: array 'rnn.bias_ih_l0': found I64, expected floating-point numbers");
    }
    SUBCASE("bidirectional modules and projections") {
        auto both_ways = changed("gru.safetensors", all);
        both_ways.add("rnn.weight_ih_l0_reverse", std::vector<double>(36), {12, 3});
        CHECK(
            refusal<torch_gru>(both_ways) ==
            "net.npz: array 'rnn.weight_ih_l0_reverse': found a bidirectional module, expected one that goes "
            "forwards only");
        auto projected = changed("lstm_2.npz", all);
        projected.add("rnn.weight_hr_l0", std::vector<double>(8), {2, 4});
        CHECK(refusal<stacked<lstm<double>, 2>>(projected) ==
              "net.npz: array 'rnn.weight_hr_l0': found a module with projections (proj_size), expected one "
              "without");
    }
    SUBCASE("arrays that belong to neither module, unless they are to be ignored") {
        auto more = changed("gru.safetensors", all);
        more.add("h0", std::vector<double>(4));
        CHECK(refusal<torch_gru>(more) ==
              "net.npz: array 'h0', of shape (4), belongs neither to the recurrent module nor to its "
              "readout; set "
              "ignore_others to load the network without it");
        CHECK(refusal<torch_gru>(more, {.ignore_others = true}) == "loaded");
    }
    SUBCASE("two recurrent modules, unless one is named") {
        auto two = changed("gru.safetensors", all);
        two.add("other.weight_ih_l0", std::vector<double>(36), {12, 3});
        CHECK(refusal<torch_gru>(two, {.ignore_others = true}) ==
              "net.npz: found both 'other.weight_ih_l0' and 'rnn.weight_ih_l0'; say with the option "
              "'recurrent' "
              "which module is meant");
        CHECK(refusal<torch_gru>(two, {.recurrent = "rnn", .ignore_others = true}) == "loaded");
    }
}

TEST_CASE("a readout is taken by name or refused as ambiguous, never guessed from a shape") {
    const auto all = [](const std::string&, stored_array&) { return true; };
    const auto all_but_fc = [](const std::string& name, stored_array&) { return !name.starts_with("fc"); };
    SUBCASE("modules that stand before the recurrent one") {
        const std::string linear = folder + "linear_before.safetensors",
                          embedding = folder + "embedding_before.safetensors";
        const auto refused = [](const auto& load) { return message<file_error>(load); };
        CHECK(refused([&] { load_pytorch<elman<double>>(linear); }) ==
              linear +
                  ": which module reads the units out cannot be told: found 'before.weight' (4 x 4); name "
                  "it with the option 'readout', or set 'no_readout' for outputs that are the units");
        CHECK(refused([&] { load_pytorch<torch_gru>(embedding, {.ignore_others = true}); }) ==
              embedding +
                  ": which module reads the units out cannot be told: found 'before.weight' (7 x 4); name "
                  "it with the option 'readout', or set 'no_readout' for outputs that are the units");
        CHECK(refused([&] {
                  load_pytorch<torch_gru>(embedding, {.no_readout = true});
              }).find("array 'before.weight', of shape (7 x 4), belongs neither") != std::string::npos);
        const load_options units{.no_readout = true, .ignore_others = true};
        CHECK(load_pytorch<torch_gru>(embedding, units).sizes().outputs == 4);
        const auto all_units = load_pytorch<elman<double>>(linear, units);
        CHECK(all_units.weights("readout")(2, 2) == 1.0);
        CHECK(load_pytorch<torch_gru>(embedding, {.readout = "before"}).sizes().outputs == 7);
    }
    SUBCASE("one of the usual names among others") {
        auto two = changed("gru.safetensors", all);
        two.add("embed.weight", std::vector<double>(8), {2, 4});
        CHECK(refusal<torch_gru>(two).find("'embed.weight', of shape (2 x 4), belongs neither") !=
              std::string::npos);
        CHECK(refusal<torch_gru>(two, {.ignore_others = true}) == "loaded");
        two.add("decoder.weight", std::vector<double>(8), {2, 4});
        CHECK(refusal<torch_gru>(two, {.ignore_others = true}) ==
              "net.npz: which module reads the units out cannot be told: found 'decoder.weight' (2 x 4), "
              "'fc.weight' (2 x 4); name it with the option 'readout', or set 'no_readout' for outputs that "
              "are "
              "the units");
        CHECK(refusal<torch_gru>(two, {.readout = "fc", .ignore_others = true}) == "loaded");
    }
    SUBCASE("an fc that may stand before the recurrent module, beside a linear module that may read out") {
        auto square = changed("gru.safetensors", [](const std::string& name, stored_array& array) {
            if (name == "fc.weight")
                array = stored_array::of(std::vector<double>(12), {3, 4});  // 3 inputs and outputs
            if (name == "fc.bias") array = stored_array::of(std::vector<double>(3));
            return true;
        });
        CHECK(refusal<torch_gru>(square) == "loaded");
        square.add("embed.weight", std::vector<double>(21), {7, 3});  // reads no units out
        CHECK(refusal<torch_gru>(square, {.ignore_others = true}) == "loaded");
        square.add("project.weight", std::vector<double>(8), {2, 4});
        CHECK(refusal<torch_gru>(square, {.ignore_others = true}) ==
              "net.npz: which module reads the units out cannot be told: found 'fc.weight' (3 x 4), "
              "'embed.weight' (7 x 3), 'project.weight' (2 x 4); name it with the option 'readout', or set "
              "'no_readout' for outputs that are the units");
        CHECK(refusal<torch_gru>(square, {.readout = "project", .ignore_others = true}) == "loaded");
    }
    SUBCASE("an encoder's last layer, and a head beside another module, are not taken for the readout") {
        for (const std::string module : {"encoder.out", "head"}) {
            auto square = changed("gru.safetensors", all_but_fc);
            square.add(module + ".weight", std::vector<double>(12), {3, 4});
            square.add("to_choice.weight", std::vector<double>(8), {2, 4});
            CHECK(
                refusal<torch_gru>(square, {.ignore_others = true}) ==
                "net.npz: which module reads the units out cannot be told: found '" + module +
                    ".weight' (3 x 4), 'to_choice.weight' (2 x 4); name it with the option 'readout', or set "
                    "'no_readout' for outputs that are the units");
        }
    }
    SUBCASE("a readout by name is taken beside an encoder's last layer") {
        auto both = changed("gru.safetensors", all_but_fc);
        both.add("encoder.out.weight", std::vector<double>(12), {3, 4});
        both.add("readout.weight", std::vector<double>(8), {2, 4});
        CHECK(refusal<torch_gru>(both, {.ignore_others = true}) == "loaded");
    }
    SUBCASE("the recurrent module of a part of the model, with a readout elsewhere") {
        named_arrays nested("net.npz");
        for (const auto& [name, array] : read(folder + "gru.safetensors"))
            nested.add((name.starts_with("fc") ? "model.head" + name.substr(2) : "model.core." + name),
                       array);
        const auto network = load_pytorch<torch_gru>(nested);
        CHECK(network.parameters() == load_pytorch<torch_gru>(folder + "gru.safetensors").parameters());
    }
}

TEST_CASE("arrays that nobody asks for are not looked at: ignore_others holds whatever they are") {
    auto more = changed("gru.safetensors", [](const std::string&, stored_array&) { return true; });
    more.add("steps", std::vector<std::int16_t>{1});
    more.add("norm.weight", std::vector<double>{NAN});
    more.add("extra_reverse", 1.0);
    more.add("note", {.type = element_type::other, .shape = {}, .data = {}, .foreign_type = "|O"});
    CHECK(refusal<torch_gru>(more, {.ignore_others = true}) == "loaded");
    CHECK(refusal<torch_gru>(more).find("belongs neither") != std::string::npos);
    auto bad = changed("gru.safetensors",
                       [](const std::string& name, stored_array&) { return name != "fc.weight"; });
    bad.add("fc.weight", {.type = element_type::other, .shape = {2, 4}, .data = {}, .foreign_type = "<f16"});
    CHECK(refusal<torch_gru>(bad).starts_with("net.npz: array 'fc.weight': found elements of type '<f16'"));
}

namespace {

/// The outputs over the frames of NAME_expected.npz are PyTorch's.
template <class Cell>
void check_outputs(const std::string& file, const std::string& name, double tolerance = 1e-12) {
    CAPTURE(file);
    const named_arrays expected = read(folder + name + "_expected.npz");
    const load_options options{.ignore_others = file.ends_with(".pth")};
    const auto network = load_pytorch<Cell>(folder + file, options);
    const auto& frames = expected.at("frames");
    unrolled<recurrent_network<Cell>> work(network, {.horizon = frames.shape[0], .batch = frames.shape[1]});
    const auto numbers = frames.values<double>();
    copy<double>(
        matrix_view<const double>(numbers.data(), frames.shape[0] * frames.shape[1], frames.shape[2]),
        work.inputs(0));
    work.forward(network, 0);
    const auto outputs = expected.at("outputs").values<double>();
    for (size_t i = 0; i < outputs.size(); ++i)
        REQUIRE(std::abs(work.outputs(0).data()[i] - outputs[i]) < tolerance);
}

}  // namespace

TEST_CASE("nn.RNNCell, nn.GRUCell and nn.LSTMCell are read like one layer of nn.RNN, nn.GRU and nn.LSTM") {
    check_outputs<elman<double>>("rnn_cell.safetensors", "rnn_cell");
    check_outputs<elman<double, activations::relu>>("rnn_cell_relu.safetensors", "rnn_cell_relu");
    check_outputs<torch_gru>("gru_cell.safetensors", "gru_cell");
    check_outputs<lstm<double>>("lstm_cell.safetensors", "lstm_cell");
    CHECK(message<file_error>([] {
              load_pytorch<lstm<double>>(folder + "gru_cell.safetensors");
          }).find("array 'cell.weight_hh': found shape (12 x 4), that of an nn.GRU") != std::string::npos);
}

TEST_CASE("files of torch.save compute what PyTorch computes: a state dict, a module, a checkpoint") {
    check_outputs<torch_gru>("gru.pt", "gru_pt");
    check_outputs<torch_gru>("gru_module.pt", "gru_pt");
    check_outputs<torch_gru>("gru_checkpoint.pth", "gru_checkpoint");
    CHECK(load_pytorch<torch_gru>(folder + "gru_bf16.pt").parameters() ==
          load_pytorch<torch_gru>(folder + "gru_bf16.safetensors").parameters());
}

TEST_CASE(
    "a path that names no known format is refused; what of PyTorch's is not read says how to convert it") {
    CHECK_THROWS_WITH_AS(load_pytorch<torch_gru>("net.onnx"),
                         "net.onnx: found the extension '.onnx', expected .safetensors, .npz, .pt or .pth",
                         file_error);
    const std::string old = folder + "gru_legacy.pt";
    CHECK(message<file_error>([&] { load_pytorch<torch_gru>(old); }) ==
          old +
              ": found the format that PyTorch wrote before version 1.6\nIn Python: import torch, "
              "safetensors.torch as s; s.save_file(torch.load('gru_legacy.pt', "
              "weights_only=False).state_dict(), "
              "'gru_legacy.safetensors')\n(without .state_dict() if that is what the file holds)");
}

TEST_CASE("saving leaves out only what means nothing") {
    const auto network = load_pytorch<torch_gru>(folder + "gru.safetensors");
    const auto refused = [&](const pytorch_save_options& options, const char* option) {
        const std::string says = message<value_error>([&] { pytorch_arrays(network, options); });
        CAPTURE(says);
        CHECK(says.find(std::string("pytorch_arrays: ") + option +
                        " leaves out weights that matter: element (0, 0) is ") == 0);
    };
    refused({.bias = false}, "bias = false");
    refused({.readout_bias = false}, "readout_bias = false");
    refused({.readout = ""}, "an empty readout");
}
