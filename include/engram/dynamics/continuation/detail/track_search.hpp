/// @file
/// How track() finds points at one map: from where they are expected, and beside those it knows.
#pragma once

#include "engram/dynamics/continuation/track_options.hpp"
#include "engram/dynamics/find_slow_points.hpp"

#include <optional>

namespace engram::detail {

/// The searches of a journey, and its measures of distance.
template <class T>
class track_search {
  public:
    using maybe_points = std::vector<std::optional<slow_point<T>>>;

    explicit track_search(const track_options<T>& options)
        : options_(options), box_(options.search.region), checks_(options.search.check_derivatives) {
        options_.search.merge_distance = 0;
        options_.search.check_derivatives = false;
        options_.search.spectrum = options.stability;  // events are told by them
        options_.search.curvature = true;
        plain_ = options_.search;
        plain_.spectrum = plain_.curvature = false;
    }

    [[nodiscard]] const track_options<T>& options() const { return options_; }
    [[nodiscard]] T clip(size_t i, T value) const { return box_.clip(i, value); }

    /// What distances about a point are in units of.
    static T unit(const slow_point<T>& p) {
        return std::max(T(1), std::sqrt(dot(p.state.size(), p.state.data(), p.state.data())));
    }
    static T apart(const slow_point<T>& a, const slow_point<T>& b) {
        return distance(a.state.data(), b.state.data(), a.state.size());
    }
    bool same(const slow_point<T>& a, const slow_point<T>& b) const {
        return apart(a, b) < options_.merge_distance * unit(a);
    }

    /// Throws value_error if the derivatives of a map at a place contradict its apply, at the first of some
    /// states about which it is finite; unless the user wants no check.
    template <class Map>
    void check(const Map& map, double where, const matrix<T>& states) const {
        for (size_t i = 0; checks_ && i < states.shape(0); ++i)
            if (check_derivatives_at(map, box_, &states(i, 0), concatenate("track: at ", where),
                                     options_.search.dense_limit))
                break;
    }

    /// The point that each row leads to, if it leads to any; what takes time to say about it is left to
    /// describe().
    template <class Map>
    maybe_points find(const Map& map, const matrix<T>& seeds) const {
        const auto found = find_slow_points(map, seeds, options_.solver, plain_);
        maybe_points points(seeds.shape(0));
        for (const auto& point : found) points[point.best_seed] = point;
        return points;
    }

    /// Completes a point. One from which S still falls to second order, as where a ghost parts into two fixed
    /// points, is left for the minimum on one side of it.
    template <class Map>
    void complete(const Map& map, slow_point<T>& point) const {
        describe(map, options_.search, box_, point);
        if (point.is_minimum || !(point.smallest_curvature < 0)) return;
        const size_t d = map.dimension();
        dense_analysis<Map> analysis(map, box_);
        analysis.at(point.state.data());
        const auto direction = analysis.flattest_direction();
        auto seed = matrix<T>::from_shape({1, d});
        for (size_t j = 0; j < d; ++j)
            seed(0, j) = clip(j, point.state(j) + options_.merge_distance * unit(point) * direction[j]);
        const auto found = find_slow_points(map, seed, options_.solver, options_.search);
        if (!found.empty()) point = found[0];
    }

    /// Points beside the known ones, or from the user's seeds, that are none of them.
    template <class Map>
    std::vector<slow_point<T>> probe(const Map& map, const maybe_points& known) const {
        const size_t d = map.dimension();
        std::vector<T> rows(options_.seeds.begin(), options_.seeds.end());
        for (const auto& point : known) {
            if (!point || options_.probe_distance <= 0 || d > options_.search.dense_limit) continue;
            dense_analysis<Map> analysis(map, box_);
            if (!analysis.at(point->state.data())) continue;
            const auto direction = analysis.flattest_direction();
            for (const T side : {T(1), T(-1), T(4), T(-4)})
                for (size_t j = 0; j < d; ++j)
                    rows.push_back(clip(
                        j, point->state(j) + side * options_.probe_distance * unit(*point) * direction[j]));
        }
        std::vector<slow_point<T>> fresh;
        if (rows.empty()) return fresh;
        auto seeds = matrix<T>::from_shape({rows.size() / d, d});
        std::copy(rows.begin(), rows.end(), seeds.begin());
        auto search = options_.search;
        search.merge_distance = options_.merge_distance;
        for (const auto& point : find_slow_points(map, seeds, options_.solver, search)) {
            const bool is_known =
                std::ranges::any_of(known, [&](const auto& p) { return p && same(*p, point); });
            if (!is_known && point.is_minimum) fresh.push_back(point);
        }
        return fresh;
    }

    /// The point that a map has where another one has this, if there is one near.
    template <class Map>
    std::optional<slow_point<T>> counterpart(const Map& map, const slow_point<T>& point) const {
        auto seed = matrix<T>::from_shape({1, point.state.size()});
        std::copy(point.state.begin(), point.state.end(), seed.begin());
        auto found = find(map, seed)[0];
        if (found && apart(*found, point) > options_.jump_distance * unit(point)) found.reset();
        return found;
    }

  private:
    track_options<T> options_;
    search_options<T> plain_;
    search_region<T> box_;
    bool checks_;
};

/// The one of some points that is closest to a point; their number if there are none.
template <class T>
size_t nearest(const slow_point<T>& point, const std::vector<std::optional<slow_point<T>>>& points) {
    size_t best = points.size();
    for (size_t b = 0; b < points.size(); ++b)
        if (points[b] && (best == points.size() || track_search<T>::apart(*points[b], point) <
                                                       track_search<T>::apart(*points[best], point)))
            best = b;
    return best;
}

}  // namespace engram::detail
