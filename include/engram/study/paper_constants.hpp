/// @file
/// The constants of Haviv, Rivkind and Barak, "Understanding and Controlling Memory in Recurrent Neural
/// Networks", ICML 2019, and of the published code of its experiments.
#pragma once

#include <array>
#include <cstddef>

namespace engram {

/// What the paper trained and measured with. The trial, the initial weights, the noise and the breakpoints of
/// the curricula are the defaults of engram's own types.
struct paper_constants {
    size_t networks = 10;                             ///< seeds of each cell and curriculum
    size_t units = 200;                               ///< of the cell
    std::array<size_t, 3> filters = {};               ///< of the front end's convolutions, where there is one
    std::array<size_t, 3> dense = {};                 ///< units of its dense layers
    size_t steps = 140'000, batch = 128;              ///< updates, and trials an update
    double learning_rate = 1e-5;                      ///< of Adam
    bool learning_rate_falls = true;                  ///< to a tenth at 6/7 of the run
    size_t tuning_steps = 5'000;                      ///< updates of fine-tuning
    double tuning_rate = 1e-5, speed_weight = 0.001;  ///< of fine-tuning: Adam's step size, and lambda
    size_t search_iterations = 100'000;               ///< of the Adam descent to a slow point
    size_t centroid_examples = 100;                   ///< images a class
    double centroid_noise = 1 / 3.;                   ///< on the noise's deviation
};

/// Those of the experiments on MNIST.
inline constexpr paper_constants paper_mnist{};

/// Those of the experiments on CIFAR-10.
inline constexpr paper_constants paper_cifar10{.networks = 5,
                                               .units = 512,
                                               .filters = {128, 128, 128},
                                               .dense = {2048, 2048, 1024},
                                               .steps = 300'000,
                                               .batch = 64,
                                               .learning_rate = 1e-4,
                                               .learning_rate_falls = false,
                                               .tuning_rate = 1e-4,
                                               .speed_weight = 0.01,
                                               .centroid_examples = 1'000,
                                               .centroid_noise = 1};

}  // namespace engram
