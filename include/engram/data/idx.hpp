/// @file
/// IDX files, plain or gzipped: the format of MNIST and Fashion-MNIST.
/// Format: http://yann.lecun.com/exdb/mnist
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/data/find.hpp"
#include "engram/data/image_set.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/inflate.hpp"
#include "engram/io/stored_array.hpp"

namespace engram {

/// The array of bytes in the content of an IDX file called `source`; gzip is told by its first bytes.
/// Throws file_error on anything else, also on another shape than one that is expected, naming the place and
/// what was expected.
inline stored_array parse_idx(byte_span content, const std::string& source,
                              const std::optional<std::vector<std::size_t>>& shape = {}) {
    const bool zipped = content.size() >= 2 && content[0] == 0x1f && content[1] == 0x8b;
    bytes unzipped;
    // The first `count` bytes; the header alone is unzipped before its promises are believed.
    const auto first = [&](std::uint64_t count) -> byte_span {
        if (!zipped)
            return content.first(static_cast<std::size_t>(std::min<std::uint64_t>(count, content.size())));
        return unzipped = inflate(content, count, compression::gzip, source);
    };
    byte_reader magic(first(4), source);
    const std::uint32_t word = magic.big("the magic number");
    require<file_error>(word >> 16 == 0, source, ": found the magic number ", word,
                        ", expected 2049 or 2051");
    require<file_error>((word >> 8 & 255) == 8, source, ": found elements of type ", word >> 8 & 255,
                        " at byte 2, expected 8 (bytes)");
    const std::size_t axes = word & 255, start = 4 + 4 * axes;
    byte_reader header(first(start), source);
    header.take(4, "the magic number");
    stored_array array{.type = element_type::u8, .shape = {}, .data = {}, .origin = source};
    for (std::size_t axis = 0; axis < axes; ++axis) array.shape.push_back(header.big("an extent"));
    const std::uint64_t size = checked_size(array.shape, 1, source);
    if (shape) array.expect_shape(*shape);
    require<file_error>(size / largest_expansion <= content.size(), source, ": found extents ",
                        shape_text(array.shape), ", impossible for a file of ", content.size(), " bytes");
    byte_reader whole(zipped ? first(start + size + 1) : content, source);
    whole.take(start, "the header");
    const byte_span data = whole.take(size, "the data of shape " + shape_text(array.shape));
    whole.expect_end();
    array.data.assign(data.begin(), data.end());
    return array;
}

/// Reads an IDX file, of a shape that may be given. Throws file_error.
inline stored_array read_idx(const std::filesystem::path& path,
                             const std::optional<std::vector<std::size_t>>& shape = {}) {
    return parse_idx(read_file(path), path.string(), shape);
}

/// The images (n x h x w) and their labels (n) from two IDX files. Throws file_error if they do not fit
/// together or a label is not below `classes`.
inline labelled_images read_idx_images(const std::filesystem::path& images,
                                       const std::filesystem::path& labels, std::size_t height,
                                       std::size_t width, std::size_t classes) {
    const stored_array numbers = read_idx(labels);
    require<file_error>(numbers.shape.size() == 1, numbers.origin, ": found shape ",
                        shape_text(numbers.shape), ", expected one axis of labels");
    const stored_array pixels = read_idx(images, std::vector{numbers.size(), height, width});
    labelled_images result{matrix<std::uint8_t>({numbers.size(), height * width}),
                           numbers.values<std::size_t>()};
    std::ranges::copy(pixels.data, result.pixels.data());
    for (std::size_t i = 0; i < result.labels.size(); ++i)
        require<file_error>(result.labels[i] < classes, numbers.origin, ": at byte ", 8 + i, ": found label ",
                            result.labels[i], ", expected one below ", classes);
    return result;
}

namespace detail {

/// The four files that MNIST and its likes consist of.
inline image_set read_mnist_like(const std::string& name, const std::filesystem::path& folder) {
    const auto place = find_data(name, "train-images-idx3-ubyte", folder);
    const auto part = [&](const std::string& prefix) {
        const auto file = [&](const char* rest) {
            auto path = place / (prefix + rest);
            return std::filesystem::exists(path) ? path : path += ".gz";
        };
        return read_idx_images(file("-images-idx3-ubyte"), file("-labels-idx1-ubyte"), 28, 28, 10);
    };
    return {part("train"), part("t10k"), {.name = name, .classes = 10, .height = 28, .width = 28}};
}

}  // namespace detail

/// MNIST, 60,000 training and 10,000 held-out handwritten digits of 28x28 pixels (LeCun, Cortes, Burges),
/// found as find_data says. Throws file_error.
inline image_set mnist(const std::filesystem::path& folder = {}) {
    return detail::read_mnist_like("mnist", folder);
}

/// Fashion-MNIST, 60,000 training and 10,000 held-out pictures of clothes of 28x28 pixels (Xiao, Rasul,
/// Vollgraf 2017, arXiv:1708.07747), found as find_data says. Throws file_error.
inline image_set fashion_mnist(const std::filesystem::path& folder = {}) {
    return detail::read_mnist_like("fashion-mnist", folder);
}

}  // namespace engram
