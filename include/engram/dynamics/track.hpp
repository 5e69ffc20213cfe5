/// @file
/// track: slow points followed along a sequence or a family of maps.
#pragma once

#include "engram/dynamics/tracker.hpp"

#include <iterator>
#include <optional>
#include <ranges>

namespace engram {

/// Follows slow points from map to map along a random-access range of maps (the checkpoints of a training
/// run): `points` are those of the first, or of the last if backwards. Places are indices into the range.
/// Each point is predicted by the secant of the two before and corrected by local descent. Throws value_error
/// without points or maps, and whatever the maps throw.
template <std::ranges::random_access_range Maps, class Map = std::ranges::range_value_t<Maps>,
          class T = typename Map::scalar>
requires differentiable_map<Map> tracks<T> track(const std::type_identity_t<slow_points<T>>& points,
                                                 const Maps& maps,
                                                 const std::type_identity_t<track_options<T>>& options = {}) {
    const auto count = static_cast<size_t>(std::ranges::size(maps));
    require(count > 0, "track: no maps");
    const auto place = [&](size_t i) { return options.backwards ? count - 1 - i : i; };
    const auto map_at = [&](size_t i) -> const Map& {
        return std::ranges::begin(maps)[static_cast<std::ranges::range_difference_t<Maps>>(place(i))];
    };
    detail::tracker<Map> journey(options);
    journey.start(map_at(0), static_cast<double>(place(0)), points);
    for (size_t i = 1; i < count && !journey.finished(); ++i)
        journey.accept(journey.propose(map_at(i - 1), map_at(i), static_cast<double>(place(i))));
    return std::move(journey).result();
}

/// Follows the slow points of map_at(from) to map_at(to), map_at(s) being a map for every parameter s in
/// between. Steps grow where points move smoothly and shrink, down to the shortest, where something happens,
/// so that every event is located. Throws value_error without points or with a step that is not positive.
template <class Family, class Map = std::invoke_result_t<const Family&, double>,
          class T = typename Map::scalar>
requires differentiable_map<Map> tracks<T> track(const std::type_identity_t<slow_points<T>>& points,
                                                 const Family& map_at, double from, double to,
                                                 const std::type_identity_t<track_options<T>>& options = {}) {
    const double way = to - from, shortest = options.shortest_step;
    require(std::isfinite(way) && way != 0, "track: from ", from, " to ", to, " is no way to go");
    require(shortest >= 1e-12 && options.longest_step >= shortest, "track: steps from ", shortest, " to ",
            options.longest_step, " of the way, but they must be at least 1e-12 and rising");
    detail::tracker<Map> journey(options);
    std::optional<Map> here(map_at(from));
    journey.start(*here, from, points);
    double done = 0, step = options.longest_step;
    while (done < 1 && !journey.finished()) {
        const double end = std::min(1.0, done + step);
        const double where = end == 1.0 ? to : from + end * way;
        Map there = map_at(where);
        auto next = journey.propose(*here, there, where);
        if ((!next.events.empty() || next.worst_correction > T(0.1)) && step > shortest) {
            step = std::max(step / 2, shortest);
            continue;
        }
        journey.accept(std::move(next));
        here.emplace(std::move(there));
        done = end;
        step = std::min(2 * step, options.longest_step);
    }
    return std::move(journey).result();
}

}  // namespace engram
