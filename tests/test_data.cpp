#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "engram/data/image_set.hpp"
#include "engram/data/optdigits.hpp"
#include "reference/messages.hpp"

using namespace engram;
using reference::message;

namespace {

/// FNV-1a, 64 bits: the checksum that the original file's numbers were put through.
std::uint64_t fnv(const matrix<std::uint8_t>& pixels, const std::vector<std::size_t>& labels) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&](std::uint64_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
    for (std::size_t i = 0; i < labels.size(); ++i) {
        for (std::size_t j = 0; j < pixels.shape(1); ++j) add(pixels(i, j));
        add(labels[i]);
    }
    return hash;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE_BEGIN("data");

TEST_CASE("optdigits are the UCI digits, split as documented") {
    const image_set digits = optdigits();
    CHECK(digits.name() == "optdigits");
    CHECK(digits.classes() == 10);
    CHECK(digits.pixels() == 64);
    CHECK(digits.height() == 8);
    CHECK(digits.width() == 8);
    CHECK(digits.training().size() == 1442);
    CHECK(digits.held_out().size() == 355);
    // Checksums, statistics and rows taken from the original file by a program of another language.
    CHECK(fnv(digits.training().pixels(), digits.training().labels()) == 0x7061624e22c29494);
    CHECK(fnv(digits.held_out().pixels(), digits.held_out().labels()) == 0x2b694745e0340fee);
    CHECK(digits.pixel_mean() == doctest::Approx(0.30513582480929263).epsilon(1e-14));
    CHECK(digits.pixel_deviation() == doctest::Approx(0.37615755695544634).epsilon(1e-14));
    const std::vector<int> zero{0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0},
        five{0, 6, 13, 5, 8, 8, 1, 0, 0, 8, 16, 16, 16, 16, 6, 0};
    for (std::size_t j = 0; j < 16; ++j) {
        CHECK(digits.training().pixels()(0, j) == zero[j]);
        CHECK(digits.held_out().pixels()(0, j) == five[j]);
    }
    const std::vector<std::size_t> held_out_per_class{35, 36, 35, 36, 36, 36, 36, 35, 34, 36};
    for (std::size_t c = 0; c < 10; ++c) CHECK(digits.held_out().of_class(c).size() == held_out_per_class[c]);
}

TEST_CASE("the images of a class are those with its label, in order") {
    const image_set digits = optdigits();
    std::size_t images = 0;
    for (std::size_t c = 0; c < 10; ++c) {
        const auto& members = digits.training().of_class(c);
        images += members.size();
        CHECK(std::is_sorted(members.begin(), members.end()));
        for (const std::size_t i : members) CHECK(digits.training().labels()[i] == c);
    }
    CHECK(images == digits.training().size());
}

TEST_CASE_TEMPLATE("an image is copied as its bytes over the maximum, correctly rounded", T, float, double) {
    const image_set digits = optdigits();
    std::vector<T> row(65, T(-1));
    digits.training().copy_to(7, std::span(row).first(64));
    for (std::size_t j = 0; j < 64; ++j) CHECK(row[j] == T(digits.training().pixels()(7, j)) / T(16));
    CHECK(row[64] == T(-1));
    CHECK_THROWS_AS(digits.training().copy_to(7, row), shape_error);
}

TEST_CASE("a user's own array becomes an image set") {
    // Six images of two pixels in two classes; the second of each class is held out.
    const matrix<std::uint8_t> bytes{{0, 255}, {10, 20}, {30, 40}, {50, 60}, {70, 80}, {90, 100}};
    const std::vector<std::size_t> labels{1, 1, 0, 0, 0, 1};
    const image_set set(bytes, labels, {.name = "mine", .held_out_every = 2});
    CHECK(set.classes() == 2);
    CHECK(set.height() == 1);
    CHECK(set.width() == 2);
    CHECK(set.training().labels() == std::vector<std::size_t>{1, 0, 0, 1});
    CHECK(set.held_out().labels() == std::vector<std::size_t>{1, 0});
    CHECK(set.held_out().pixels() == matrix<std::uint8_t>{{10, 20}, {50, 60}});
    const double mean = (0 + 255 + 30 + 40 + 70 + 80 + 90 + 100) / 8.0 / 255;
    CHECK(set.pixel_mean() == doctest::Approx(mean));

    SUBCASE("numbers in [0, 1] are rounded to bytes") {
        matrix<float> numbers({6, 2});
        for (std::size_t i = 0; i < 12; ++i) numbers.data()[i] = float(bytes.data()[i]) / 255;
        const image_set same(numbers, labels, {.held_out_every = 2});
        CHECK(same.training().pixels() == set.training().pixels());
        numbers(3, 1) = 1.5f;
        CHECK(message<value_error>([&] {
                  image_set{numbers, labels, {.name = "mine"}};
              }) == "mine: pixel 1 of image 3 is 1.5, expected a number in [0, 1]");
        numbers(3, 1) = NAN;
        CHECK(holds(message<value_error>([&] { image_set{numbers, labels}; }), "is nan"));
    }
    SUBCASE("a given split is kept") {
        const image_set given({bytes, labels}, {matrix<std::uint8_t>{{1, 2}, {3, 4}}, {0, 1}});
        CHECK(given.training().size() == 6);
        CHECK(given.held_out().size() == 2);
    }
}

TEST_CASE("what does not fit together is refused with its numbers") {
    const matrix<std::uint8_t> bytes{{0, 1, 2, 3}, {4, 5, 6, 7}, {0, 0, 0, 0}, {9, 9, 9, 9}};
    const std::vector<std::size_t> labels{0, 1, 0, 1};
    const auto made = [&](const std::vector<std::size_t>& l, image_set_options options) {
        options.held_out_every = options.held_out_every == 5 ? 2 : options.held_out_every;
        return [&bytes, l, options] { image_set{bytes, l, options}; };
    };
    CHECK(message<error>(made(labels, {})) == "no error");
    CHECK(message<shape_error>(made({0, 1, 0}, {})) == "images: 4 images but 3 labels");
    CHECK(message<shape_error>(made(labels, {.height = 3, .width = 3})) ==
          "images: images of 4 pixels, but channels x height x width = 1 x 3 x 3");
    CHECK(holds(message<shape_error>(made(labels, {.height = 3})), "1 x 3 x 1"));
    CHECK(holds(message<value_error>(made(labels, {.channels = 0})), "channels is 0"));
    CHECK(holds(message<value_error>(made(labels, {.maximum = 0})), "maximum is 0"));
    CHECK(holds(message<value_error>(made(labels, {.maximum = 8})), "a pixel of 9, above the maximum of 8"));
    CHECK(holds(message<value_error>(made(labels, {.held_out_every = 1})), "held_out_every is 1"));
    // The image is the caller's, whichever part it was to go to.
    CHECK(message<value_error>(made({0, 1, 0, 7}, {.classes = 2})) ==
          "images: label 7 of image 3, expected one below 2");
    CHECK(message<value_error>(made({0, 0, 0, std::size_t(-1)}, {})) ==
          "images: label 18446744073709551615 of image 3, expected one below 4");
    CHECK(message<value_error>(made({0, 0, 0, 3}, {})) == "images: class 1 has no training image");
    CHECK(message<value_error>([&] {
              image_set{{bytes, labels}, {bytes, {0, 1, 2, 1}}};
          }) == "images: label 2 of held-out image 2, expected one below 2");
    CHECK(holds(message<value_error>(made({0, 1, 0, 0}, {})), "class 1 has no held-out image"));
    CHECK(holds(message<value_error>(made(labels, {.classes = 3})), "class 2 has no training image"));
    const image_set_options wide{.height = (std::size_t(1) << 63) + 2, .width = 2};  // the product wraps to 4
    CHECK(message<shape_error>(made(labels, wide)) != "no error");
    CHECK(message<shape_error>([&] {
              image_set{{bytes, labels}, {matrix<std::uint8_t>{{1, 2}, {3, 4}}, {0, 1}}};
          }) == "images: training images of 4 pixels but held-out images of 2");
    CHECK(holds(message<shape_error>([] { image_set{matrix<std::uint8_t>({0, 4}), {}}; }), "0 x 4"));
}
