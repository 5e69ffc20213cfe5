/// @file
/// The front end of the paper's CIFAR-10 networks.
#pragma once

#include "engram/nn/layer/conv.hpp"
#include "engram/nn/layer/dense.hpp"
#include "engram/nn/layer/front_end.hpp"
#include "engram/nn/layer/max_pool.hpp"

namespace engram {

/// Three times 3x3 filters, leaky ReLU and 2x2 max-pooling, then three dense layers with leaky ReLU.
using cifar10_front_end =
    front_end<conv<3>, activations::leaky_relu, max_pool<2>, conv<3>, activations::leaky_relu, max_pool<2>,
              conv<3>, activations::leaky_relu, max_pool<2>, dense, activations::leaky_relu, dense,
              activations::leaky_relu, dense, activations::leaky_relu>;

/// Its sizes; the defaults are those of Haviv et al. 2019.
struct cifar10_front_end_options {
    /// What the front end sees.
    front_end_options frames = {.image = {.channels = 3, .height = 32, .width = 32}};
    std::array<size_t, 3> filters = {128, 128, 128};         ///< of the convolutions
    std::array<size_t, 3> dense_units = {2048, 2048, 1024};  ///< of the dense layers
    double leak = 0.2;                                       ///< of the leaky ReLUs
};

/// Makes one. Throws value_error or shape_error for sizes that do not fit.
inline cifar10_front_end make_cifar10_front_end(const cifar10_front_end_options& options = {}) {
    const activations::leaky_relu leaky{options.leak};
    const auto& [first, second, third] = options.filters;
    const auto& [wide, middle, narrow] = options.dense_units;
    return cifar10_front_end{options.frames,  conv<3>{first}, leaky,         max_pool<2>{},
                             conv<3>{second}, leaky,          max_pool<2>{}, conv<3>{third},
                             leaky,           max_pool<2>{},  dense{wide},   leaky,
                             dense{middle},   leaky,          dense{narrow}, leaky};
}

}  // namespace engram
