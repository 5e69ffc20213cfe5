/// @file
/// A data set and curricula small enough to reason about.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engram/data/image_set.hpp"
#include "engram/task/task.hpp"
#include "engram/training/optimizer/optimizer.hpp"

namespace reference {

/// Four images of each class, in random bytes; of each class the first three are for training.
inline engram::image_set small_images(std::size_t classes = 3, std::size_t pixels = 4) {
    engram::matrix<std::uint8_t> bytes({4 * classes, pixels});
    std::vector<std::size_t> labels;
    engram::random_stream stream(engram::seed{42}, engram::purpose::user);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(stream.below(256));
    for (std::size_t i = 0; i < 4 * classes; ++i) labels.push_back(i % classes);
    return {bytes, labels, {.name = "small", .held_out_every = 4}};
}

/// A curriculum that never moves.
struct fixed_stage {
    engram::stage stage;
    [[nodiscard]] engram::stage at(double, const engram::stage&) const { return stage; }
};

/// An optimizer that moves nothing and writes down the gradient it is given.
struct gradient_probe {
    const void* parameters;
    void* gradient;
    double learning_rate = 1;
    static constexpr std::size_t slots = 0;

    template <class T>
    void update(const engram::optimizer_chunk<T>& c, engram::run_position) const {
        std::ranges::copy(c.gradient, static_cast<T*>(gradient) +
                                          (c.parameters.data() - static_cast<const T*>(parameters)));
    }
};

}  // namespace reference
