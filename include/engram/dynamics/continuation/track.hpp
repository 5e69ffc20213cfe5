/// @file
/// track: slow points followed along a sequence or a family of maps.
#pragma once

#include "engram/dynamics/continuation/detail/followed_branches.hpp"
#include "engram/dynamics/continuation/detail/track_units.hpp"
#include "engram/dynamics/continuation/map_family.hpp"
#include "engram/dynamics/continuation/step_size_control.hpp"
#include "engram/dynamics/map/blended_map.hpp"

#include <iterator>

namespace engram {

namespace detail {

/// The iterator of a range. (<ranges>, which would name it, takes long to compile.)
template <class Range>
using iterator_of = decltype(std::begin(std::declval<const Range&>()));
/// The map that a range is made of.
template <class Maps>
using map_in = std::iter_value_t<iterator_of<Maps>>;

template <class Maps>
concept map_sequence = std::random_access_iterator<iterator_of<Maps>> && differentiable_map<map_in<Maps>>;

/// How a way from one map to another is gone.
template <class T>
struct way {
    step_size_control steps;  ///< as fractions of it
    T limit;                  ///< of corrections, in units of the jump distance
    bool locates_events;      ///< whether events ask for shorter steps too
};

/// Takes branches along map_at(0) to map_at(1), the first of which is given; where(share) is what the user
/// calls a part of the way; tell(share) hears how much is done. Steps are as long as corrections allow, and
/// as short as it takes to locate events.
template <class Branches, class Map, class Family, class Where, class T, class Tell>
void follow_way(Branches& branches, Map first, const Family& map_at, const Where& where, const way<T>& how,
                Tell tell) {
    std::optional<Map> here(std::move(first));
    double done = 0, step = how.steps.first;
    while (done < 1 && !branches.finished()) {
        const double end = std::min(1.0, done + step);
        const bool shortest = how.steps.exhausted(step);
        std::optional<Map> there;
        auto next = branches.attempt(where(end), [&] {
            there.emplace(map_at(end));
            return branches.propose(*here, *there, where(end),
                                    shortest ? std::numeric_limits<T>::infinity() : how.limit);
        });
        if (!shortest && ((how.locates_events && next.to_locate) || next.worst_correction > how.limit)) {
            step = how.steps.after_failure(step);
            continue;
        }
        const auto effort = static_cast<double>(next.worst_correction / how.limit);
        branches.accept(std::move(next), how.limit);
        if (there) here.emplace(std::move(*there));
        done = end;
        tell(done);
        step = how.steps.after_effort(step, std::min(effort, 1.0));
    }
}

}  // namespace detail

/// Follows slow points from map to map along a random-access range of maps (the checkpoints of a training
/// run), with some solver: `points` are those of the first, or of the last if backwards. `where` is an index
/// into the range, and fractions of it where `shortest_between` asks for steps between maps. Each point is
/// predicted by the secant through the two before and corrected by the solver's descent of S. A point whose
/// search no longer comes to an end, as that of a ghost long after its fold, is taken to have vanished.
/// Where a map throws, other than at first, or has another dimension, all branches end with the event
/// `failed`; the words are among `notes`. Throws value_error without points or maps, and where a map's vjp
/// contradicts its apply.
template <class Maps, class Solver, class T = typename detail::map_in<Maps>::scalar>
requires detail::map_sequence<Maps> && solver<Solver, detail::map_in<Maps>> track_result<T> track(
    const std::type_identity_t<slow_points<T>>& points, const Maps& maps, const Solver& solver,
    const std::type_identity_t<track_options<T>>& options = {}) {
    const auto count = static_cast<size_t>(std::size(maps));
    const double shortest = options.shortest_between;
    require(count > 0, "track: no maps");
    require(shortest >= 1e-12 && shortest <= 1, "track: steps between maps down to ", shortest,
            " of the way, expected 1e-12 to 1");
    const auto index = [&](size_t i) { return options.backwards ? count - 1 - i : i; };
    const auto map_at = [&](size_t i) -> decltype(auto) {  // a range may make its maps as they are asked for
        return std::begin(maps)[static_cast<std::iter_difference_t<detail::iterator_of<Maps>>>(index(i))];
    };
    const detail::track_units<T> units(map_at(0), points, options);
    detail::progress_watch watch("track", "maps", count - 1, options.watcher, options.time_limit);
    detail::followed_branches<T, Solver> branches(units.settings(), solver, watch);
    branches.start(units(map_at(0)), static_cast<double>(index(0)), units.points());
    const T limit = shortest < 1 ? T(1) : std::numeric_limits<T>::infinity();
    for (size_t i = 1; i < count && !branches.finished(); ++i) {
        std::optional<scaled_map<detail::map_in<Maps>>> before, map;
        const auto there = static_cast<double>(index(i)), back = static_cast<double>(index(i - 1)) - there;
        auto next = branches.attempt(there, [&] {
            before.emplace(units(map_at(i - 1)));
            map.emplace(units(map_at(i)));
            return branches.propose(*before, *map, there, limit);
        });
        if (!(next.worst_correction > limit)) {
            branches.accept(std::move(next), limit);
            watch.add(1);
            continue;
        }
        const double first = std::max(0.5, shortest);
        detail::follow_way(
            branches, blend(*before, *map, T(0)),
            [&](double share) { return blend(*before, *map, static_cast<T>(share)); },
            [&](double share) { return there + (1 - share) * back; },
            detail::way<T>{{.first = first, .shortest = shortest, .longest = first}, limit, false},
            [](double) {});
        watch.add(1);
    }
    return units.undo(std::move(branches).result());
}

/// The same with the default solver.
template <detail::map_sequence Maps, class T = typename detail::map_in<Maps>::scalar>
track_result<T> track(const std::type_identity_t<slow_points<T>>& points, const Maps& maps,
                      const std::type_identity_t<track_options<T>>& options = {}) {
    return track(points, maps, levenberg_marquardt{}, options);
}

/// Follows the slow points of family(from) to family(to), with some solver, where a fold need not be the end:
/// unlike bifurcation_diagram, track goes on with the ghost, and does not turn round. Steps grow where points
/// move smoothly and shrink, down to the shortest, where something happens, so that every event is located.
/// Where the family throws, all branches end as along a sequence. Throws value_error without points, with a
/// step that is not positive, and where a map's vjp contradicts its apply.
template <map_family Family, class Solver, class T = typename map_of<Family>::scalar>
requires solver<Solver, map_of<Family>> track_result<T> track(
    const std::type_identity_t<slow_points<T>>& points, const Family& family, double from, double to,
    const Solver& solver, const std::type_identity_t<track_family_options<T>>& options = {}) {
    const double way = to - from, shortest = options.shortest_step;
    require(std::isfinite(way) && way != 0, "track: from ", from, " to ", to, " is no way to go");
    require(shortest >= 1e-12 && options.longest_step >= shortest, "track: steps from ", shortest, " to ",
            options.longest_step, " of the way, but they must be at least 1e-12 and rising");
    const auto where = [&](double share) { return share == 1 ? to : from + share * way; };
    auto map = family(from);
    const detail::track_units<T> units(map, points, options);
    constexpr size_t parts = 1000;
    detail::progress_watch watch("track", "thousandths of the way", parts, options.watcher,
                                 options.time_limit);
    detail::followed_branches<T, Solver> branches(units.settings(), solver, watch);
    auto first = units(std::move(map));
    branches.start(first, from, units.points());
    const auto tell = [&, told = size_t{0}](double share) mutable {
        const auto done = static_cast<size_t>(share * parts);
        watch.add(done - std::exchange(told, done));
    };
    detail::follow_way(
        branches, std::move(first), [&](double share) { return units(family(where(share))); }, where,
        detail::way<T>{{.first = options.longest_step, .shortest = shortest, .longest = options.longest_step},
                       T(0.1),
                       true},
        tell);
    return units.undo(std::move(branches).result());
}

/// The same with the default solver.
template <map_family Family, class T = typename map_of<Family>::scalar>
track_result<T> track(const std::type_identity_t<slow_points<T>>& points, const Family& family, double from,
                      double to, const std::type_identity_t<track_family_options<T>>& options = {}) {
    return track(points, family, from, to, levenberg_marquardt{}, options);
}

}  // namespace engram
