/// @file
/// How track() corrects predicted points, by local descent of S, and finds new points beside those it knows.
#pragma once

#include "engram/dynamics/continuation/detail/pseudo_arclength.hpp"
#include "engram/dynamics/continuation/track_options.hpp"
#include "engram/dynamics/find_slow_points.hpp"

#include <optional>

namespace engram::detail {

/// What both kinds of options of track() ask for.
template <class T>
struct track_settings {
    T jump_distance, merge_distance, probe_distance;
    matrix<T> seeds;
    bool stability, check_derivatives;
    size_t max_steps;
    search_options<T> search;  ///< of the searches at every map

    template <class Options>
    explicit track_settings(const Options& o)
        : jump_distance(o.jump_distance),
          merge_distance(o.merge_distance),
          probe_distance(o.probe_distance),
          seeds(o.seeds),
          stability(o.stability),
          check_derivatives(o.check_derivatives),
          max_steps(o.max_steps),
          search{.speed_tolerance = o.speed_tolerance,
                 .region = o.region,
                 .scale = 1,
                 .keep_to_box = o.keep_to_box,
                 .merge_distance = 0,  // one point a prediction
                 .spectrum = o.stability,
                 .dense_limit = o.dense_limit,
                 .check_derivatives = false,  // in its own name
                 .threads = o.threads} {}
};

/// The states to begin with, moved onto bounds that they miss by rounding. Throws value_error or shape_error
/// for settings and points that make no sense.
template <class T>
matrix<T> checked_points(size_t d, const slow_points<T>& points, const track_settings<T>& settings) {
    const auto& seeds = settings.seeds;
    require(settings.jump_distance > 0, "track: jump_distance = ", settings.jump_distance,
            ", but it must be positive");
    require(settings.merge_distance >= 0, "track: merge_distance = ", settings.merge_distance,
            ", but it must not be negative");
    require(settings.max_steps > 0, "track: max_steps = 0, but at least one is needed");
    require(d <= settings.search.dense_limit, "track: the map's dimension is ", d,
            "; points are followed with (d x d) matrices, up to dense_limit = ", settings.search.dense_limit);
    require(!points.empty(), "track: no points to follow");
    for (size_t i = 0; i < points.size(); ++i)
        require<shape_error>(points[i].state.size() == d, "track: point ", i, " has ", points[i].state.size(),
                             " coordinates, but the first map's dimension is ", d);
    require<shape_error>(seeds.size() == 0 || seeds.shape(1) == d, "track: seeds are rows of ",
                         seeds.shape(1), " numbers, but the maps' dimension is ", d);
    check_bounds("track", d, settings.search.region);
    matrix<T> states = points.states();
    for (size_t i = 0; i < points.size(); ++i)
        check_state("track: point ", i, &states(i, 0), d, settings.search.region);
    return states;
}

/// The searches of track(), and its measures of distance.
template <class T, class Solver>
class point_corrector {
  public:
    using maybe_points = std::vector<std::optional<slow_point<T>>>;

    point_corrector(const track_settings<T>& settings, const Solver& solver)
        : settings_(settings), solver_(solver), plain_(settings.search) {
        plain_.spectrum = plain_.curvature = false;
    }

    [[nodiscard]] const track_settings<T>& settings() const { return settings_; }
    [[nodiscard]] const search_region<T>& region() const { return settings_.search.region; }

    /// Keeps searches in the box that the maps state.
    template <class Map>
    void stay_in_box(const Map& map) {
        settings_.search.region = plain_.region = region_for("track", map, settings_.search);
    }

    /// What distances about a point are in units of.
    static T unit(const slow_point<T>& p) {
        return std::max(T(1), std::sqrt(dot(p.state.size(), p.state.data(), p.state.data())));
    }
    static T apart(const slow_point<T>& a, const slow_point<T>& b) {
        return distance(a.state.data(), b.state.data(), a.state.size());
    }
    bool same(const slow_point<T>& a, const slow_point<T>& b) const {
        return apart(a, b) < settings_.merge_distance * unit(a);
    }
    /// The one of some points that is closest to a point; their number if there are none.
    static size_t nearest(const slow_point<T>& point, const maybe_points& points) {
        size_t best = points.size();
        for (size_t b = 0; b < points.size(); ++b)
            if (points[b] &&
                (best == points.size() || apart(*points[b], point) < apart(*points[best], point)))
                best = b;
        return best;
    }
    /// The predictor: along the secant from one point to the next, `stretch` times its length but no farther
    /// than the jump distance, in the box.
    void predict_along(const slow_point<T>& before, const slow_point<T>& now, T stretch, T* state) const {
        const size_t d = now.state.size();
        const T length = std::abs(stretch) * apart(now, before), limit = settings_.jump_distance * unit(now);
        std::vector<T> secant(d);
        for (size_t j = 0; j < d; ++j) secant[j] = now.state(j) - before.state(j);
        predict(d, now.state.data(), secant.data(), stretch * (length > limit ? limit / length : T(1)),
                state);
        for (size_t j = 0; j < d; ++j) state[j] = region().clip(j, state[j]);
    }
    /// Whether the search for a point came to an end. One that was ended by the solver's limits, where S is
    /// nearly level over a long way, has found nothing that could be followed.
    static bool arrived(const slow_point<T>& p) {
        return p.kind == point_kind::fixed ||
               (p.stop != stop_reason::iteration_limit && p.stop != stop_reason::not_finite);
    }

    /// Throws value_error if the derivatives of a map contradict its apply, at the first of some states about
    /// which it is finite; unless the user wants no check.
    template <class Map>
    void check(const Map& map, double where, const matrix<T>& states) const {
        for (size_t i = 0; settings_.check_derivatives && i < states.shape(0); ++i)
            if (check_derivatives_at(map, region(), &states(i, 0), concatenate("track: at ", where),
                                     settings_.search.dense_limit))
                break;
    }

    /// The point that each row leads to, if it leads to any; what takes time to say about it is left to
    /// complete().
    template <class Map>
    maybe_points find(const Map& map, const matrix<T>& seeds) const {
        const auto found = find_slow_points(map, seeds, solver_, plain_);
        maybe_points points(seeds.shape(0));
        for (const auto& point : found) points[point.best_seed] = point;
        return points;
    }

    /// Completes a point. One from which S still falls to second order, as where a ghost parts into two fixed
    /// points, is left for the minimum on one side of it.
    template <class Map>
    void complete(const Map& map, slow_point<T>& point) const {
        describe(map, settings_.search, region(), point);
        if (point.is_minimum || !(point.smallest_curvature < 0)) return;
        auto seed = matrix<T>::from_shape({1, map.dimension()});
        if (!beside(map, point, settings_.merge_distance, &seed(0, 0))) return;
        const auto found = find_slow_points(map, seed, solver_, settings_.search);
        if (!found.empty()) point = found[0];
    }

    /// Points beside the known ones, or from the user's seeds, that are none of them.
    template <class Map>
    std::vector<slow_point<T>> probe(const Map& map, const maybe_points& known) const {
        const size_t d = map.dimension(), given = settings_.seeds.shape(0);
        std::vector<T> rows(settings_.seeds.begin(), settings_.seeds.end());
        std::vector<const slow_point<T>*> probed(given);
        for (const auto& point : known) {
            if (!point || settings_.probe_distance <= 0) continue;
            for (const T side : {T(1), T(-1), T(4), T(-4)}) {
                rows.resize(rows.size() + d);
                if (beside(map, *point, side * settings_.probe_distance, rows.data() + rows.size() - d))
                    probed.push_back(&*point);
                else
                    rows.resize(rows.size() - d);
            }
        }
        std::vector<slow_point<T>> fresh;
        if (rows.empty()) return fresh;
        auto seeds = matrix<T>::from_shape({rows.size() / d, d});
        std::copy(rows.begin(), rows.end(), seeds.begin());
        auto search = settings_.search;
        search.merge_distance = settings_.merge_distance;
        for (const auto& point : find_slow_points(map, seeds, solver_, search)) {
            const bool is_known =
                std::ranges::any_of(known, [&](const auto& p) { return p && same(*p, point); });
            // A probe that is led far away has found nothing beside its point.
            const auto* known_point = probed[point.best_seed];
            const bool far = known_point && apart(point, *known_point) >
                                                2 * settings_.jump_distance * unit(*known_point) +
                                                    4 * settings_.probe_distance * unit(*known_point);
            if (!is_known && !far && point.is_minimum && arrived(point)) fresh.push_back(point);
        }
        return fresh;
    }

    /// The point that a map has where another one has this, if there is one near.
    template <class Map>
    std::optional<slow_point<T>> counterpart(const Map& map, const slow_point<T>& point) const {
        auto seed = matrix<T>::from_shape({1, point.state.size()});
        std::copy(point.state.begin(), point.state.end(), seed.begin());
        auto found = find(map, seed)[0];
        if (found && apart(*found, point) > settings_.jump_distance * unit(point)) found.reset();
        return found;
    }

  private:
    /// Writes the state beside a point in the direction in which S is flattest; false if that is not known.
    template <class Map>
    bool beside(const Map& map, const slow_point<T>& point, T share, T* state) const {
        dense_analysis<Map> analysis(map, region());
        if (!analysis.at(point.state.data())) return false;
        const auto direction = analysis.flattest_direction();
        for (size_t j = 0; j < map.dimension(); ++j)
            state[j] = region().clip(j, point.state(j) + share * unit(point) * direction[j]);
        return true;
    }

    track_settings<T> settings_;
    Solver solver_;
    search_options<T> plain_;
};

}  // namespace engram::detail
