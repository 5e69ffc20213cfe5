// The searches of the study by the default solver: from seeds, and to follow slow points back through
// training.
#include "progress.hpp"
#include "search.hpp"

#include <ranges>

namespace memory_study {

eg::slow_points<double> search_quickly(const map_of_network& map, const eg::matrix<double>& seeds,
                                       size_t iterations, const eg::search_options<double>& options) {
    return eg::find_slow_points(map, seeds, eg::levenberg_marquardt{.iterations = iterations}, options);
}

eg::track_result<double> follow_back(const std::vector<map_of_network>& maps,
                                     const eg::slow_points<double>& points,
                                     const eg::search_options<double>& search) {
    const auto minima =
        search_quickly(maps.back(), points.states(), eg::levenberg_marquardt{}.iterations, search);
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
