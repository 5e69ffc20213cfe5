/// @file
/// The searches of the study, for the files that compile them for a cell.
#pragma once

#include "progress.hpp"
#include "search.hpp"

#include <ranges>

namespace memory_study {

template <class Map>
eg::slow_points<double> search_quickly(const Map& map, const eg::matrix<double>& seeds, size_t iterations,
                                       const eg::search_options<double>& options) {
    return eg::find_slow_points(map, seeds, eg::levenberg_marquardt{.iterations = iterations}, options);
}

template <class Map>
eg::slow_points<double> search_with(const settings& s, const Map& map, const eg::matrix<double>& seeds,
                                    const eg::search_options<double>& options) {
    if (s.solver == "adam")
        return eg::find_slow_points(map, seeds, eg::adam_descent{.iterations = s.iterations}, options);
    return search_quickly(map, seeds, s.iterations, options);
}

template <class Map>
eg::track_result<double> follow_back(const std::vector<Map>& maps, const eg::slow_points<double>& points,
                                     const eg::search_options<double>& search) {
    const auto minima = eg::find_slow_points(maps.back(), points.states(), search);
    const auto watched = maps | std::views::transform([](const auto& map) -> decltype(auto) {
                             stop_if_asked();
                             return (map);
                         });
    return eg::track(minima, watched,
                     {.backwards = true,
                      .probe_distance = 0,
                      .shortest_between = 1 / 16.,
                      .stability = false,
                      .region = search.region,
                      .speed_tolerance = search.speed_tolerance,
                      .check_derivatives = search.check_derivatives,
                      .dense_limit = search.dense_limit,
                      .threads = search.threads});
}

}  // namespace memory_study
