/// @file
/// track: slow points followed along a sequence or a family of maps.
#pragma once

#include "engram/dynamics/continuation/detail/tracker.hpp"
#include "engram/dynamics/map/blended_map.hpp"

#include <iterator>

namespace engram {

namespace detail {

/// How a journey takes its steps, as fractions of the way.
template <class T>
struct pace {
    double longest, shortest;
    T patience;           ///< a longer correction, in units of the jump distance, asks for a shorter step
    bool locates_events;  ///< whether events ask for shorter steps too
};

/// The iterator of a range. (<ranges>, which would name it, takes long to compile.)
template <class Range>
using iterator_of = decltype(std::begin(std::declval<const Range&>()));

/// Takes a journey along a family, from `first`, its map_at(0), to map_at(1); place(end) is where a part of
/// the way ends.
template <class T, class Map, class Family, class Place>
void travel(tracker<T>& journey, Map first, const Family& map_at, const Place& place, const pace<T>& steps) {
    std::optional<Map> here(std::move(first));
    double done = 0, step = steps.longest;
    while (done < 1 && !journey.finished()) {
        const double end = std::min(1.0, done + step);
        const bool shortest = step <= steps.shortest;
        auto there = map_at(end);
        auto next = journey.propose(*here, there, place(end),
                                    shortest ? std::numeric_limits<T>::infinity() : steps.patience);
        const bool happens = steps.locates_events && !next.events.empty();
        if (!shortest && (happens || next.worst_correction > steps.patience)) {
            step = std::max(step / 2, steps.shortest);
            continue;
        }
        journey.accept(std::move(next));
        here.emplace(std::move(there));
        done = end;
        step = std::min(2 * step, steps.longest);
    }
}

}  // namespace detail

/// Follows slow points from map to map along a random-access range of maps (the checkpoints of a training
/// run): `points` are those of the first, or of the last if backwards. Places are indices into the range, and
/// fractions of them where `shortest_between` asks for steps between maps. Each point is predicted by the
/// secant of the two before and corrected by local descent. Throws value_error without points or maps, and
/// where a map's vjp contradicts its apply; whatever the maps throw passes through.
template <class Maps, class Map = std::iter_value_t<detail::iterator_of<Maps>>,
          class T = typename Map::scalar>
requires std::random_access_iterator<detail::iterator_of<Maps>> && differentiable_map<Map> tracks<T> track(
    const std::type_identity_t<slow_points<T>>& points, const Maps& maps,
    const std::type_identity_t<track_options<T>>& options = {}) {
    const auto count = static_cast<size_t>(std::size(maps));
    const double shortest = options.shortest_between;
    require(count > 0, "track: no maps");
    require(shortest >= 1e-12 && shortest <= 1, "track: steps between maps down to ", shortest,
            " of the way, expected 1e-12 to 1");
    const auto place = [&](size_t i) { return options.backwards ? count - 1 - i : i; };
    const auto map_at = [&](size_t i) -> decltype(auto) {  // a range may make its maps as they are asked for
        return std::begin(maps)[static_cast<std::iter_difference_t<detail::iterator_of<Maps>>>(place(i))];
    };
    detail::tracker<T> journey(options);
    journey.start(map_at(0), static_cast<double>(place(0)), points);
    for (size_t i = 1; i < count && !journey.finished(); ++i) {
        const Map &before = map_at(i - 1), &map = map_at(i);
        const auto there = static_cast<double>(place(i)), back = static_cast<double>(place(i - 1)) - there;
        const T patience = shortest < 1 ? T(1) : std::numeric_limits<T>::infinity();
        auto next = journey.propose(before, map, there, patience);
        if (!(next.worst_correction > patience))
            journey.accept(std::move(next));
        else
            detail::travel<T>(
                journey, blend(before, map, T(0)),
                [&](double share) { return blend(before, map, static_cast<T>(share)); },
                [&](double share) { return there + (1 - share) * back; },
                {std::max(0.5, shortest), shortest, patience, false});
    }
    return std::move(journey).result();
}

/// Follows the slow points of map_at(from) to map_at(to), map_at(s) being a map for every parameter s in
/// between. Steps grow where points move smoothly and shrink, down to the shortest, where something happens,
/// so that every event is located. Throws value_error without points, with a step that is not positive, and
/// where a map's vjp contradicts its apply.
template <class Family, class Map = std::invoke_result_t<const Family&, double>,
          class T = typename Map::scalar>
requires differentiable_map<Map> tracks<T> track(const std::type_identity_t<slow_points<T>>& points,
                                                 const Family& map_at, double from, double to,
                                                 const std::type_identity_t<track_options<T>>& options = {}) {
    const double way = to - from, shortest = options.shortest_step;
    require(std::isfinite(way) && way != 0, "track: from ", from, " to ", to, " is no way to go");
    require(shortest >= 1e-12 && options.longest_step >= shortest, "track: steps from ", shortest, " to ",
            options.longest_step, " of the way, but they must be at least 1e-12 and rising");
    const auto place = [&](double end) { return end == 1 ? to : from + end * way; };
    detail::tracker<T> journey(options);
    Map first = map_at(from);
    journey.start(first, from, points);
    detail::travel<T>(journey, std::move(first), [&](double end) { return map_at(place(end)); }, place,
                      {options.longest_step, shortest, T(0.1), true});
    return std::move(journey).result();
}

}  // namespace engram
