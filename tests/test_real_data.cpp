// What the study of larger images adds to the library: weights in files, still images, the mean input behind
// a front end.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "reference/messages.hpp"
#include "reference/scratch_folder.hpp"

#include "engram/engram.hpp"
#include "engram/nn/weights.hpp"

#include <filesystem>
#include <fstream>

using namespace engram;
using reference::message;
using reference::scratch_folder;

namespace {

auto small_front_end() {
    return front_end{{.image = {1, 8, 8}}, conv<3>{4}, activations::leaky_relu{},
                     max_pool<2>{},        dense{24},  activations::leaky_relu{}};
}
using small_front = decltype(small_front_end());
template <class T>
using small_network = recurrent_network<gru<T>, small_front>;

}  // namespace

TEST_SUITE_BEGIN("study");

TEST_CASE("weights that were saved are loaded bit by bit, and in another precision") {
    const scratch_folder here;
    const auto file = here.path / "weights";
    const small_network<float> saved({65, 5, 11}, seed{1}, small_front_end());
    save_weights(saved, file);
    small_network<float> loaded({65, 5, 11}, seed{2}, small_front_end());
    load_weights(loaded, file);
    CHECK(loaded.parameters() == saved.parameters());
    small_network<double> wider({65, 5, 11}, seed{2}, small_front_end());
    load_weights(wider, file);
    for (size_t i = 0; i < saved.parameters().size(); ++i)
        CHECK(wider.parameters()[i] == static_cast<double>(saved.parameters()[i]));
    const auto arrays = read_safetensors(file);
    CHECK(arrays.at("recurrent").shape == std::vector<size_t>{5, 15});
    CHECK(arrays.contains("layer0_conv"));
}

TEST_CASE("the seed corpus of the fuzz target \"weights\" is loaded") {
    const std::string corpus = ENGRAM_TEST_DIR "/fuzz/corpus/weights/";
    recurrent_network<elman<float>> plain({2, 2, 1}, seed{1});
    load_weights(plain, corpus + "elman");
    CHECK(plain.parameters()(1) == -0.375f);
    recurrent_network<gru<double>> gated({2, 2, 1}, seed{1});
    load_weights(gated, corpus + "gru");
    CHECK(gated.parameters()(1) == -0.375);
}

TEST_CASE("weights of another network, too many or damaged are refused, and change nothing") {
    const scratch_folder here;
    const auto file = here.path / "weights";
    save_weights(small_network<float>({65, 5, 11}, seed{1}, small_front_end()), file);
    small_network<float> larger({65, 6, 11}, seed{2}, small_front_end());
    const auto before = larger.parameters();
    CHECK(message([&] { load_weights(larger, file); }).find("found shape (25 x 15), expected (25 x 18)") !=
          std::string::npos);
    recurrent_network<gru<float>> without({65, 5, 11}, seed{2});
    CHECK(message([&] {
              load_weights(without, file);
          }).find("array 'input': found shape (25 x 15), expected (65 x 15)") != std::string::npos);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    CHECK_THROWS_AS(load_weights(larger, file), file_error);
    CHECK(larger.parameters() == before);
    named_arrays more("f");
    for (const auto& block : larger.layout().blocks()) more.add(block.name, block.in(std::span(before)));
    more.add("another", 1.0);
    CHECK(message([&] { load_weights(larger, more); }) == "f: found " + std::to_string(more.size()) +
                                                              " arrays, expected the network's " +
                                                              std::to_string(more.size() - 1));

    small_network<float> broken({65, 5, 11}, seed{1}, small_front_end());
    broken.parameters()[3] = std::numeric_limits<float>::quiet_NaN();
    save_weights(broken, file);
    CHECK(message([&] { load_weights(broken, file); }).find("expected a finite number") != std::string::npos);
}

TEST_CASE("image_classification shows one image with the trigger, classes in turn") {
    const auto digits = optdigits();
    const image_classification task(digits);
    CHECK(task.full_stage() == stage{1, 10});
    matrix<float> frames = matrix<float>::from_shape({20, task.inputs()});
    std::vector<int> classes(20);
    std::vector<float> weights(20);
    std::vector<char> active(task.outputs());
    task.fill<float>({0, 20, 1, frames, classes, weights, active, {}}, task.full_stage(), seed{1}, 7);
    std::vector<size_t> shown(10);
    for (size_t i = 0; i < 20; ++i) {
        CHECK(frames(i, 64) == 1);
        CHECK(weights[i] == 1);
        const auto label = static_cast<size_t>(classes[i] - 1);
        ++shown.at(label);
        bool is_there = false;
        for (const size_t image : digits.training().of_class(label)) {
            std::vector<float> pixels(64);
            digits.training().copy_to(image, pixels);
            is_there = is_there || std::equal(pixels.begin(), pixels.end(), &frames(i, 0));
        }
        CHECK(is_there);
    }
    CHECK(shown == std::vector<size_t>(10, 2));
}

TEST_CASE("a front end learns still images, and image_accuracy measures it on held-out ones") {
    const auto digits = optdigits();
    const image_classification task(digits);
    recurrent_network<elman<float>, small_front> network({65, 32, 11}, seed{1}, small_front_end());
    const double before = image_accuracy(network, digits);
    trainer{network, cross_entropy{}, adam{.learning_rate = 3e-3}}.fit(task, no_curriculum{},
                                                                       {.steps = 600, .batch = 32});
    const double after = image_accuracy(network, digits), of_some = image_accuracy(network, digits, 50);
    MESSAGE("right before and after training: ", before, " and ", after);
    CHECK(before < 0.3);
    CHECK(after > 0.9);
    CHECK(of_some * 50 == doctest::Approx(std::round(of_some * 50)));
    CHECK_THROWS_AS(image_accuracy(recurrent_network<elman<float>>({64, 32, 11}, seed{1}), digits),
                    shape_error);
}

TEST_CASE("mean_map is a network under the mean frame, or under a front end's mean output over noise") {
    const delayed_classification task{optdigits()};
    const auto state = [](size_t d) {
        matrix<double> h = matrix<double>::from_shape({1, d});
        for (size_t j = 0; j < d; ++j) h(0, j) = std::sin(static_cast<double>(j));
        return h;
    };
    const auto after = [&](const auto& map) {
        matrix<double> next = matrix<double>::from_shape({1, map.dimension()});
        map.apply(state(map.dimension()), next);
        return next;
    };
    const recurrent_network<gru<float>> plain({65, 6, 11}, seed{1});
    auto frame = task.mean_input();
    CHECK(after(mean_map(plain, task)) == after(constant_input_map{plain, frame}));
    frame(64) = 1;
    CHECK(after(mean_map(plain, task, {.asking = true})) == after(constant_input_map{plain, frame}));
    CHECK(after(mean_map(plain, task, {.asking = true})) != after(mean_map(plain, task)));

    const small_network<float> behind({65, 6, 11}, seed{1}, small_front_end());
    auto seen = mean_features(behind, task.noise(), 300, seed{4});
    CHECK(after(mean_map(behind, task, {.frames = 300, .seed = seed{4}})) ==
          after(constant_input_map{behind, seen}));
    seen.values(24) = 1;
    CHECK(after(mean_map(behind, task, {.asking = true, .frames = 300, .seed = seed{4}})) ==
          after(constant_input_map{behind, seen}));
}
