/// @file
/// The slow points of a network's memories: one for each label, searched from its centroid within the box
/// that the states keep to.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "engram/dynamics/find_slow_points.hpp"
#include "engram/dynamics/solver/levenberg_marquardt.hpp"
#include "engram/study/centroids.hpp"
#include "engram/study/mean_map.hpp"

namespace engram {

/// A memory's slow point.
struct memory_point {
    size_t label;              ///< whose centroid the search began at
    size_t readout;            ///< the label that is read out there, labels() for none
    slow_point<double> point;  ///< the point itself
};

/// How memories are searched.
struct memory_search_options {
    double max_distance = std::numeric_limits<double>::infinity();  ///< from the centroids
    mean_input_options mean_input = {};                             ///< the input under which they are
    size_t threads = 1;                                             ///< results do not depend on it
};

/// The options of a search for each label's own point: no two are merged. Hidden states stay in the box that
/// the network's cell states, [-1, 1] where they are tanh's (Haviv et al. 2019).
template <class Network>
search_options<double> memory_search(const Network& /*network*/, const memory_search_options& options = {}) {
    return {.region = {.max_distance = options.max_distance},
            .scale = 1,
            .merge_distance = 0,
            .curvature = false,
            .threads = options.threads};
}

/// The slow point that each label's centroid leads to, under the mean input. A label whose search failed has
/// none. Throws as find_slow_points and mean_map do.
template <class Network, memory_task<typename Network::scalar> Task, class Solver = levenberg_marquardt>
std::vector<memory_point> find_memory_points(const Network& network, const Task& task,
                                             const matrix<double>& centroids,
                                             const memory_search_options& options = {},
                                             const Solver& solver = {}) {
    const auto map = mean_map(network, task, options.mean_input);
    const auto found = find_slow_points(map, centroids, solver, memory_search(network, options));
    std::vector<memory_point> points;
    if (found.empty()) return points;
    const auto readouts = labels_at(network, task, found.states());
    for (size_t i = 0; i < found.size(); ++i) points.push_back({found[i].best_seed, readouts[i], found[i]});
    return points;
}

}  // namespace engram
