/// @file
/// The 8x8 handwritten digits of the UCI repository, embedded: real images without a download.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "engram/data/image_set.hpp"
#include "engram/data/optdigits_text.hpp"

namespace engram {

/// 1,797 handwritten digits of 8x8 pixels with 17 grey levels, in ten classes. Split: of each class, in the
/// order of the original file, every fifth image is held out; 1,442 training and 355 held-out images.
///
/// Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository,
/// 1998, doi:10.24432/C50P49 (its test set, writers unknown to its training set), licensed under CC BY 4.0,
/// https://creativecommons.org/licenses/by/4.0/. The pixels are unchanged; they are stored as text.
inline image_set optdigits() {
    constexpr std::size_t count = 1797, row = 8, characters_a_row = 5,
                          characters = 1 + row * characters_a_row;
    matrix<std::uint8_t> pixels({count, row * row});
    std::vector<std::size_t> labels;
    std::uint8_t* next = pixels.data();
    for (std::string_view text : detail::optdigits_text)
        for (; !text.empty(); text.remove_prefix(characters)) {
            labels.push_back(static_cast<std::size_t>(text[0] - '0'));
            for (std::size_t y = 0; y < row; ++y, next += row) {
                std::uint64_t number = 0;
                for (const char c : text.substr(1 + y * characters_a_row, characters_a_row))
                    number = number * 94 + static_cast<std::uint64_t>(c - '!');
                for (std::size_t x = row; x-- > 0; number /= 17)
                    next[x] = static_cast<std::uint8_t>(number % 17);
            }
        }
    return {pixels, labels, {.name = "optdigits", .classes = 10, .height = row, .width = row, .maximum = 16}};
}

}  // namespace engram
