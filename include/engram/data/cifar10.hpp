/// @file
/// CIFAR-10 in its binary format: records of a label and three planes of 32x32 pixels.
/// Format: https://www.cs.toronto.edu/~kriz/cifar.html
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/data/find.hpp"
#include "engram/data/image_set.hpp"
#include "engram/io/bytes.hpp"

namespace engram {

/// The images (n x 3072: red, green, blue) and labels in the contents of binary files, one after another.
/// `sources` names the files. Throws file_error where a file is not whole records or a label is above 9,
/// shape_error for another number of names than of contents.
inline labelled_images parse_cifar10(const std::vector<bytes>& contents,
                                     const std::vector<std::string>& sources) {
    constexpr std::size_t pixels = std::size_t{3} * 32 * 32, record = 1 + pixels;
    require<shape_error>(contents.size() == sources.size(), "parse_cifar10: the contents of ",
                         contents.size(), " files, but ", sources.size(), " names");
    std::size_t count = 0;
    for (std::size_t file = 0; file < contents.size(); ++file) {
        const std::size_t size = contents[file].size();
        require<file_error>(size > 0 && size % record == 0, sources[file], ": found ", size,
                            " bytes, expected a multiple of ", record, ", one record an image");
        count += size / record;
    }
    labelled_images result{matrix<std::uint8_t>({count, pixels}), {}};
    std::uint8_t* to = result.pixels.data();
    for (std::size_t file = 0; file < contents.size(); ++file)
        for (std::size_t at = 0; at < contents[file].size(); at += record, to += pixels) {
            const std::uint8_t* from = contents[file].data() + at;
            require<file_error>(*from < 10, sources[file], ": at byte ", at, ": found label ", int(*from),
                                ", expected one below 10");
            result.labels.push_back(*from);
            std::copy_n(from + 1, pixels, to);
        }
    return result;
}

/// CIFAR-10 (Krizhevsky 2009), 32x32 pixels in three colours: the training images of however many
/// data_batch_*.bin there are, in the order of their names, and the held-out ones of test_batch.bin.
/// The folder is found as find_data("cifar-10-batches-bin") says. Throws file_error.
inline image_set cifar10(const std::filesystem::path& folder = {}) {
    const auto place = find_data("cifar-10-batches-bin", "test_batch.bin", folder);
    std::vector<std::string> names;
    std::error_code failure;
    std::filesystem::directory_iterator file(place, failure), end;
    for (; !failure && file != end; file.increment(failure)) {
        const std::string name = file->path().filename().string();
        if (name.starts_with("data_batch_") && name.ends_with(".bin")) names.push_back(file->path().string());
    }
    require<file_error>(!failure, place.string(), ": cannot be read: ", failure.message());
    std::ranges::sort(names);
    require<file_error>(!names.empty(), place.string(), ": found no data_batch_*.bin, expected at least one");
    std::vector<bytes> contents;
    std::ranges::transform(names, std::back_inserter(contents), read_file);
    const std::string test = (place / "test_batch.bin").string();
    return detail::image_set_in(
        place.string(), parse_cifar10(contents, names), parse_cifar10({read_file(test)}, {test}),
        {.name = "cifar-10", .classes = 10, .height = 32, .width = 32, .channels = 3});
}

}  // namespace engram
