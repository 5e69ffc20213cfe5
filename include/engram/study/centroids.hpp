/// @file
/// Where a network's memories are, roughly: the mean state in which it holds each of them.
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "engram/core/any_array.hpp"
#include "engram/core/parallel.hpp"
#include "engram/core/process_group.hpp"
#include "engram/core/progress.hpp"
#include "engram/study/mean_map.hpp"
#include "engram/study/stream_of_trials.hpp"

namespace engram {

/// How centroids are taken (Haviv et al. 2019, MNIST).
struct centroid_options {
    size_t examples = 100;        ///< training examples a label, at most
    size_t steps = 14;            ///< frames of waiting after the one that shows
    double noise_scale = 1 / 3.;  ///< on the noise's deviation
    engram::seed seed{0};         ///< of the choice of examples and of the noise
    size_t threads = 1;           ///< results do not depend on it
    /// Processes that take them together, each called with the same arguments: the labels are spread over
    /// them. Results, the same on each, do not depend on their number.
    process_group ranks = {};
    /// Is told how many labels of its own process are done, such as a progress_bar; false ends the call, and
    /// so does what it throws. centroids::interrupted then says so.
    progress_watcher watcher = {};
    double time_limit = std::numeric_limits<double>::infinity();  ///< seconds after which it ends likewise
};

namespace detail {

/// The labels read out after one step of a map from each state.
template <class Map, class Task>
std::vector<size_t> labels_after_a_step(const Map& map, const Task& task, const matrix<double>& states) {
    matrix<double> next = matrix<double>::from_shape({states.shape(0), states.shape(1)});
    map.apply(states, next);
    return labels_named<Task, double>(task, map.read_out(next));
}

}  // namespace detail

/// One state a label.
struct centroids {
    matrix<double> states;       ///< (labels x state size)
    std::vector<size_t> trials;  ///< those with the right answer, over which the state is the mean; where
                                 ///< there are none, the mean is over all of a label's trials
    /// Why the call was ended before it was done, and states are missing, which are not numbers then; empty
    /// if it was not.
    std::string interrupted = {};
    /// The states alone, as seeds of a search.
    operator const matrix<double>&() const { return states; }
};

/// Shows examples of each label at step 0, then frames of waiting that are the same in all trials, and
/// averages the final states of those trials that are answered rightly when the mean input asks. Throws
/// value_error on options of zero and a time limit that is not above 0, shape_error if task and network do
/// not fit.
template <class Network, memory_task<typename Network::scalar> Task>
centroids class_centroids(const Network& network, const Task& task, const centroid_options& options = {}) {
    require(options.examples > 0 && options.steps > 0, "class_centroids: examples = ", options.examples,
            " and steps = ", options.steps, ", expected at least 1 each");
    detail::require_fit("class_centroids", network, task);
    if (!options.ranks.alone())
        require_same_everywhere(
            options.ranks, "class_centroids: different options",
            detail::all_digits("examples = ", options.examples, ", steps = ", options.steps,
                               ", noise_scale = ", options.noise_scale, ", seed = ", options.seed.value));
    using T = typename Network::scalar;
    constexpr auto set = example_set::training;
    const size_t labels = task.labels(), width = network.state_size();
    const auto asking = mean_map(network, task, {.asking = true, .seed = options.seed});

    auto noise = matrix<T>::from_shape({options.steps, task.inputs()});
    random_stream draws(options.seed, purpose::centroid);
    for (size_t t = 0; t < options.steps; ++t)
        task.wait(draws, options.noise_scale, std::span(&noise(t, 0), task.inputs()));

    centroids result{
        matrix<double>(std::array<size_t, 2>{labels, width}, 0.0), std::vector<size_t>(labels), {}};
    team workers(options.threads);
    const auto first_of = [&](size_t rank) { return options.ranks.first_of(labels, rank); };
    const size_t own = first_of(options.ranks.rank()),
                 count_of_own = first_of(options.ranks.rank() + 1) - own;
    detail::progress_watch watch("class_centroids", "labels", count_of_own, options.watcher,
                                 options.time_limit);
    workers.for_each(count_of_own, [&](size_t index, size_t) {
        const size_t label = own + index;
        if (!watch.goes_on()) {
            std::fill_n(&result.states(label, 0), width, std::numeric_limits<double>::quiet_NaN());
            return;
        }
        std::vector<size_t> chosen(task.examples(set, label));
        std::iota(chosen.begin(), chosen.end(), size_t{0});
        shuffle(chosen, random_stream(options.seed, purpose::centroid, 1, label));
        const size_t count = std::min(options.examples, chosen.size());

        stream_of_trials<Network> stream(network, count);
        stream.begin(count);
        for (size_t i = 0; i < count; ++i) task.show(set, label, chosen[i], stream.frame(i));
        stream.advance();
        for (size_t t = 0; t < options.steps; ++t) {
            for (size_t i = 0; i < count; ++i)
                std::copy_n(&noise(t, 0), task.inputs(), stream.frame(i).data());
            stream.advance();
        }
        auto last = matrix<double>::from_shape({count, width});
        for (size_t i = 0; i < count; ++i) std::copy_n(stream.states().row(i), width, &last(i, 0));
        const auto named = detail::labels_after_a_step(decltype(asking)(asking), task, last);
        result.trials[label] = static_cast<size_t>(std::ranges::count(named, label));
        const bool none = result.trials[label] == 0;
        const auto share = 1 / static_cast<double>(none ? count : result.trials[label]);
        for (size_t i = 0; i < count; ++i) {
            if (!none && named[i] != label) continue;
            for (size_t j = 0; j < width; ++j) result.states(label, j) += share * last(i, j);
        }
        watch.add(1);
    });
    result.interrupted = options.ranks.first_text(watch.reason());
    if (!options.ranks.alone()) {
        const auto numbers = std::span(result.states.data(), result.states.size());
        const std::span<const double> mine = numbers.subspan(own * width, count_of_own * width);
        const auto states = options.ranks.join(mine);
        std::ranges::copy(states, numbers.begin());
        result.trials =
            options.ranks.join(std::span<const size_t>(std::span(result.trials).subspan(own, count_of_own)));
    }
    return result;
}

/// The label read out when the mean input asks at a state (n x state size), labels() where none is.
/// Throws shape_error if states, task and network do not fit.
template <class Network, memory_task<typename Network::scalar> Task, any_array States = matrix<double>>
std::vector<size_t> labels_at(const Network& network, const Task& task, const States& of) {
    const auto& states = detail::to_matrix<double>("labels_at: states", of);
    require<shape_error>(states.shape(1) == network.state_size(), "labels_at: states of ", states.shape(1),
                         " coordinates, the network's have ", network.state_size());
    return detail::labels_after_a_step(mean_map(network, task, {.asking = true}), task, states);
}

}  // namespace engram
