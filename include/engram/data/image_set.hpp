/// @file
/// Labelled images for training and for measuring, kept as bytes and turned into numbers as they are used.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// Images, one a row (n x pixels), and the class of each.
struct labelled_images {
    matrix<std::uint8_t> pixels;      ///< (n x pixels), planes of an image one after another
    std::vector<std::size_t> labels;  ///< n classes, counted from 0
};

/// What an image_set is to know of its images.
struct image_set_options {
    std::string name = "images";     ///< used in messages and reports
    std::size_t classes = 0;         ///< 0: one more than the largest label
    std::size_t height = 0;          ///< rows of an image; 0: an image is a single row of pixels
    std::size_t width = 0;           ///< columns of an image; 0: whatever the other sizes leave
    std::size_t channels = 1;        ///< planes of an image
    std::uint8_t maximum = 255;      ///< the byte that stands for 1.0
    std::size_t held_out_every = 5;  ///< splits one array: every fifth image of a class is held out
};

/// Training and held-out images with what the task asks of them: sizes, classes, pixel statistics.
/// Pixels stay bytes; `part::copy_to` gives them as numbers in [0, 1].
class image_set {
  public:
    /// The training or the held-out images.
    class part {
      public:
        /// How many images there are.
        [[nodiscard]] std::size_t size() const { return images_.labels.size(); }
        /// The bytes (n x pixels).
        [[nodiscard]] const matrix<std::uint8_t>& pixels() const { return images_.pixels; }
        /// The class of each image.
        [[nodiscard]] const std::vector<std::size_t>& labels() const { return images_.labels; }
        /// The images of a class, as indices in ascending order; balanced draws choose among them.
        [[nodiscard]] const std::vector<std::size_t>& of_class(std::size_t label) const {
            return of_class_[label];
        }
        /// Writes an image's pixels as numbers in [0, 1] into a row of that many places, such as a std::span
        /// or a std::vector. Throws shape_error if it has another size.
        template <std::ranges::contiguous_range Row>
        void copy_to(std::size_t image, Row&& row) const {
            using T = std::ranges::range_value_t<Row>;
            const std::size_t pixels = images_.pixels.shape(1);
            require<shape_error>(std::ranges::size(row) == pixels, "image_set: found a row of ",
                                 std::ranges::size(row), " places, expected the ", pixels,
                                 " pixels of an image");
            const std::uint8_t* byte = images_.pixels.data() + image * pixels;
            T* to = std::ranges::data(row);
            for (std::size_t i = 0; i < pixels; ++i) to[i] = T(byte[i]) / T(maximum_);
        }

      private:
        friend image_set;
        labelled_images images_;
        std::vector<std::vector<std::size_t>> of_class_;
        std::uint8_t maximum_ = 255;
    };

    /// A set whose split is given. Throws shape_error or value_error where the two parts, the labels and the
    /// options do not fit together, or a class has no image in one of the parts.
    image_set(labelled_images training, labelled_images held_out, image_set_options options = {})
        : options_(std::move(options)) {
        training_.images_ = std::move(training);
        held_out_.images_ = std::move(held_out);
        settle();
    }
    /// A set made of one array (n x pixels) of bytes: of each class, in the order given, every
    /// `options.held_out_every`-th image is held out. Throws as above.
    image_set(const matrix<std::uint8_t>& pixels, const std::vector<std::size_t>& labels,
              image_set_options options = {})
        : options_(std::move(options)) {
        split(pixels, labels);
        settle();
    }
    /// The same with numbers in [0, 1], which are rounded to multiples of 1 / options.maximum.
    /// Throws value_error where a number lies outside, and as above.
    template <class T>
    requires std::is_floating_point_v<T> image_set(const matrix<T>& pixels,
                                                   const std::vector<std::size_t>& labels,
                                                   image_set_options options = {})
        : image_set(to_bytes(pixels, options), labels, options) {}

    /// The images to train with.
    [[nodiscard]] const part& training() const { return training_; }
    /// The images kept for the test.
    [[nodiscard]] const part& held_out() const { return held_out_; }
    /// What the set is called.
    [[nodiscard]] const std::string& name() const { return options_.name; }
    /// How many classes there are.
    [[nodiscard]] std::size_t classes() const { return options_.classes; }
    /// Pixels of an image: channels * height * width.
    [[nodiscard]] std::size_t pixels() const { return training_.pixels().shape(1); }
    /// Rows of pixels.
    [[nodiscard]] std::size_t height() const { return options_.height; }
    /// Columns of pixels.
    [[nodiscard]] std::size_t width() const { return options_.width; }
    /// Numbers a pixel has.
    [[nodiscard]] std::size_t channels() const { return options_.channels; }
    /// Mean over all pixels of the training images, as numbers in [0, 1].
    [[nodiscard]] double pixel_mean() const { return mean_; }
    /// Standard deviation of the same pixels.
    [[nodiscard]] double pixel_deviation() const { return deviation_; }

  private:
    template <class T>
    static matrix<std::uint8_t> to_bytes(const matrix<T>& pixels, const image_set_options& options) {
        matrix<std::uint8_t> rounded({pixels.shape(0), pixels.shape(1)});
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            const T value = pixels.data()[i];
            require(value >= T(0) && value <= T(1), options.name, ": pixel ", i % pixels.shape(1),
                    " of image ", i / pixels.shape(1), " is ", value, ", expected a number in [0, 1]");
            rounded.data()[i] = static_cast<std::uint8_t>(std::lround(value * T(options.maximum)));
        }
        return rounded;
    }

    void split(const matrix<std::uint8_t>& pixels, const std::vector<std::size_t>& labels) {
        check_lengths(pixels, labels, "");
        require(options_.held_out_every >= 2, options_.name, ": held_out_every is ", options_.held_out_every,
                ", expected at least 2");
        expect_below(options_.classes == 0 ? labels.size() : options_.classes, labels, "");
        if (options_.classes == 0) options_.classes = *std::max_element(labels.begin(), labels.end()) + 1;
        std::vector<std::size_t> seen(options_.classes);
        std::vector<std::size_t> chosen[2];
        for (std::size_t i = 0; i < labels.size(); ++i)
            chosen[++seen[labels[i]] % options_.held_out_every == 0].push_back(i);
        for (part* to : {&training_, &held_out_}) {
            const auto& from = chosen[to == &held_out_];
            to->images_.pixels = matrix<std::uint8_t>({from.size(), pixels.shape(1)});
            for (std::size_t i = 0; i < from.size(); ++i) {
                std::copy_n(pixels.data() + from[i] * pixels.shape(1), pixels.shape(1),
                            to->images_.pixels.data() + i * pixels.shape(1));
                to->images_.labels.push_back(labels[from[i]]);
            }
        }
    }

    void check_lengths(const matrix<std::uint8_t>& pixels, const std::vector<std::size_t>& labels,
                       const char* which) const {
        require<shape_error>(pixels.shape(0) == labels.size(), options_.name, ": ", pixels.shape(0), " ",
                             which, "images but ", labels.size(), " labels");
        require<shape_error>(pixels.size() > 0, options_.name, ": the ", which, "images are (",
                             pixels.shape(0), " x ", pixels.shape(1),
                             "), expected at least one image of one pixel");
    }

    void expect_below(std::size_t classes, const std::vector<std::size_t>& labels, const char* which) const {
        for (std::size_t i = 0; i < labels.size(); ++i)
            require(labels[i] < classes, name(), ": label ", labels[i], " of ", which, "image ", i,
                    ", expected one below ", classes);
    }

    void settle() {
        check_lengths(training_.pixels(), training_.labels(), "training ");
        check_lengths(held_out_.pixels(), held_out_.labels(), "held-out ");
        require<shape_error>(held_out_.pixels().shape(1) == pixels(), name(), ": training images of ",
                             pixels(), " pixels but held-out images of ", held_out_.pixels().shape(1));
        settle_sizes();
        if (classes() == 0)  // each class needs an image, so a label beyond their number is a mistake
            options_.classes =
                std::min(*std::max_element(training_.labels().begin(), training_.labels().end()),
                         training_.size() - 1) +
                1;
        for (part* p : {&training_, &held_out_}) {
            p->maximum_ = options_.maximum;
            p->of_class_.resize(classes());
            expect_below(classes(), p->labels(), p == &training_ ? "training " : "held-out ");
            for (std::size_t i = 0; i < p->size(); ++i) p->of_class_[p->labels()[i]].push_back(i);
            for (std::size_t c = 0; c < classes(); ++c)
                require(!p->of_class(c).empty(), name(), ": class ", c, " has no ",
                        p == &training_ ? "training" : "held-out", " image");
            const auto worst = std::max_element(p->pixels().begin(), p->pixels().end());
            require(*worst <= options_.maximum, name(), ": a pixel of ", int(*worst),
                    ", above the maximum of ", int(options_.maximum));
        }
        settle_statistics();
    }

    void settle_sizes() {
        auto& [name, classes, height, width, channels, maximum, every] = options_;
        require(channels >= 1 && maximum >= 1, name, ": channels is ", channels, " and maximum is ",
                int(maximum), ", expected at least 1");
        if (height == 0) height = 1;
        if (width == 0) width = pixels() / channels / height;
        const bool fits = pixels() % channels == 0 && pixels() / channels % height == 0 &&
                          pixels() / channels / height == width;  // products could overflow
        require<shape_error>(fits, name, ": images of ", pixels(),
                             " pixels, but channels x height x width = ", channels, " x ", height, " x ",
                             width);
    }

    void settle_statistics() {
        std::uint64_t sum = 0, squares = 0;  // exact for up to 2^48 pixels
        for (const std::uint8_t byte : training_.pixels()) {
            sum += byte;
            squares += std::uint64_t{byte} * byte;
        }
        const double n = static_cast<double>(training_.pixels().size()), mean = static_cast<double>(sum) / n;
        mean_ = mean / options_.maximum;
        deviation_ =
            std::sqrt(std::max(0.0, static_cast<double>(squares) / n - mean * mean)) / options_.maximum;
    }

    part training_, held_out_;
    image_set_options options_;
    double mean_ = 0.0, deviation_ = 0.0;
};

namespace detail {

/// The set that files in a folder hold. Throws file_error, naming the folder, if they make none.
inline image_set image_set_in(const std::string& folder, labelled_images training, labelled_images held_out,
                              image_set_options options) {
    try {
        return {std::move(training), std::move(held_out), std::move(options)};
    } catch (const error& problem) {
        throw file_error(concatenate(folder, ": ", problem.what()));
    }
}

}  // namespace detail

}  // namespace engram
