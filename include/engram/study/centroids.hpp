/// @file
/// Where a network's memories are, roughly: the mean state in which it holds each class.
#pragma once

#include <vector>

#include "engram/study/mean_map.hpp"
#include "engram/study/recall_curve.hpp"

namespace engram {

/// How centroids are taken (Haviv et al. 2019, MNIST).
struct centroid_options {
    size_t images = 100;          ///< training images a class
    size_t steps = 14;            ///< noise steps after the image
    double noise_scale = 1 / 3.;  ///< on the noise's deviation
    engram::seed seed{0};         ///< of the choice of images and of the noise
    size_t threads = 1;           ///< results do not depend on it
};

/// One state a class.
struct centroids {
    matrix<double> states;       ///< (classes x state size)
    std::vector<size_t> trials;  ///< those with the right answer, over which the state is the mean; where
                                 ///< there are none, the mean is over all of a class's trials
    /// The states alone, as seeds of a search.
    operator const matrix<double>&() const { return states; }
};

namespace detail {

/// The outputs that are largest after one step of a map from each state.
template <class Map>
std::vector<size_t> answers_after_a_step(const Map& map, const matrix<double>& states) {
    matrix<double> next = matrix<double>::from_shape({states.shape(0), states.shape(1)});
    map.apply(states, next);
    const auto outputs = map.read_out(next);
    const std::vector<char> active(outputs.shape(1), char(1));
    std::vector<size_t> answers(states.shape(0));
    for (size_t i = 0; i < answers.size(); ++i) answers[i] = cross_entropy::answer(&outputs(i, 0), active);
    return answers;
}

}  // namespace detail

/// Shows images of each class at step 0, then noise frames that are the same in all trials, and averages the
/// final states of those trials that are answered rightly when the mean input comes with the trigger.
/// Throws value_error on options of zero, shape_error if task and network do not fit.
template <class Network>
centroids class_centroids(const Network& network, const delayed_classification& task,
                          const centroid_options& options = {}) {
    require(options.images > 0 && options.steps > 0, "class_centroids: images = ", options.images,
            " and steps = ", options.steps, ", expected at least 1 each");
    require<shape_error>(task.inputs() == network.sizes().inputs && task.outputs() == network.sizes().outputs,
                         "class_centroids: the task has ", task.inputs(), " inputs and ", task.outputs(),
                         " outputs, the network ", network.sizes().inputs, " and ", network.sizes().outputs);
    using T = typename Network::scalar;
    const auto& images = task.images().training();
    const size_t classes = task.images().classes(), width = network.state_size();
    const auto asking = mean_map(network, task, {.trigger = true, .seed = options.seed});

    matrix<T> noise(std::array<size_t, 2>{options.steps, task.inputs()});
    auto model = task.noise();
    model.deviation *= options.noise_scale;
    random_stream draws(options.seed, purpose::centroid);
    for (size_t t = 0; t < options.steps; ++t) model.draw(draws, &noise(t, 0));

    centroids result{matrix<double>(std::array<size_t, 2>{classes, width}, 0.0),
                     std::vector<size_t>(classes)};
    team workers(options.threads);
    workers.for_each(classes, [&](size_t label, size_t) {
        const auto& candidates = images.of_class(label);
        const size_t count = std::min(options.images, candidates.size());
        std::vector<size_t> chosen = candidates;
        shuffle(chosen, random_stream(options.seed, purpose::centroid, 1, label));

        stream_of_trials<Network> stream(network, count);
        stream.begin(count);
        const auto frames = stream.frames();
        for (size_t i = 0; i < count; ++i) {
            images.copy_to(chosen[i], frames.row(i));
            frames(i, task.inputs() - 1) = T(0);
        }
        stream.advance();
        for (size_t t = 0; t < options.steps; ++t) {
            for (size_t i = 0; i < count; ++i) std::copy_n(&noise(t, 0), task.inputs(), frames.row(i));
            stream.advance();
        }
        matrix<double> last = matrix<double>::from_shape({count, width});
        for (size_t i = 0; i < count; ++i) std::copy_n(stream.states().row(i), width, &last(i, 0));
        const auto answers = detail::answers_after_a_step(decltype(asking)(asking), last);
        std::vector<char> counts(count);
        for (size_t i = 0; i < count; ++i) {
            counts[i] = answers[i] == label + 1;
            result.trials[label] += counts[i] ? 1 : 0;
        }
        const bool none = result.trials[label] == 0;
        const auto share = 1 / static_cast<double>(none ? count : result.trials[label]);
        for (size_t i = 0; i < count; ++i) {
            if (!none && !counts[i]) continue;
            for (size_t j = 0; j < width; ++j) result.states(label, j) += share * last(i, j);
        }
    });
    return result;
}

/// The class read out when the mean input with the trigger follows a state (n x state size): 0 for the null
/// class, else one more than the class. Throws shape_error if states, task and network do not fit.
template <class Network>
std::vector<size_t> answers_at(const Network& network, const delayed_classification& task,
                               const matrix<double>& states) {
    require<shape_error>(states.shape(1) == network.state_size(), "answers_at: states of ", states.shape(1),
                         " coordinates, the network's have ", network.state_size());
    return detail::answers_after_a_step(mean_map(network, task, {.trigger = true}), states);
}

}  // namespace engram
