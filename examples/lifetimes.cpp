// Foretell how long each memory of a network will last, then measure it, and ask how far each can be kicked.
#include <engram/engram.hpp>

#include <iomanip>
#include <iostream>

namespace eg = engram;

int main() {
    const eg::delayed_classification task{eg::optdigits()};
    eg::recurrent_network<eg::gru<float>> network(
        {.inputs = task.inputs(), .units = 60, .outputs = task.outputs()}, eg::seed{4});
    eg::trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 2e-3}}.fit(
        task, eg::vocabulary_curriculum{}, {.steps = 2000, .batch = 64});

    //! [foretold]
    // From the mean state of each class, along the noise-averaged map, and from a few of its trials.
    const auto lifetimes = eg::predicted_lifetimes(network, task);
    for (const auto& lifetime : lifetimes) std::cout << lifetime << '\n';
    //! [foretold]

    //! [measured]
    const auto recall = eg::recall_curve(network, task, eg::spaced_delays(4, 500));
    for (const auto& l : lifetimes)
        std::cout << "class " << l.label << ": foretold " << std::llround(std::min(l.half_life, 500.0))
                  << ", measured " << std::llround(std::min(eg::half_life(recall, l.label), 500.0)) << '\n';
    //! [measured]

    //! [basins]
    // Kicks in random directions, in units of the distance to the nearest other memory.
    const auto centroids = eg::class_centroids(network, task, {.noise_scale = 1});
    const auto basins = eg::memory_basins(network, task, centroids, {.each = {.kicks = 40, .steps = 30}});
    for (size_t c = 0; c < basins.size(); ++c)
        std::cout << "class " << c << ": 95 % return from kicks of " << std::setprecision(2)
                  << basins[c].noiseless.radius << ", under noise " << basins[c].noisy.radius << '\n';
    //! [basins]
}
