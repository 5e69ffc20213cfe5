/// @file
/// The engine of track(): branches, and one more step of each.
#pragma once

#include "engram/dynamics/find_slow_points.hpp"
#include "engram/dynamics/track_options.hpp"
#include "engram/dynamics/tracks.hpp"

#include <optional>

namespace engram {

namespace detail {

/// The state of a journey: branches so far, and how to take one more step.
template <differentiable_map Map>
class tracker {
  public:
    using T = typename Map::scalar;

    /// Branches after a step that has not been accepted yet.
    struct proposal {
        double where;
        std::vector<std::optional<slow_point<T>>> points;  ///< one a branch; none where it ended
        std::vector<track_event> events;
        T worst_correction = 0;  ///< in units of the jump distance
    };

    explicit tracker(const track_options<T>& options)
        : options_(options),
          box_{options.search.lower_bound, options.search.upper_bound, options.search.lower_bounds,
               options.search.upper_bounds} {
        options_.search.merge_distance = 0;
        options_.search.check_derivatives = false;
        options_.search.spectrum = options_.search.curvature = true;  // events are told by them
    }

    void start(const Map& map, double where, const slow_points<T>& points) {
        const size_t d = map.dimension();
        require(!points.empty(), "track: no points to follow");
        for (size_t i = 0; i < points.size(); ++i)
            require<shape_error>(points[i].state.size() == d, "track: point ", i, " has ",
                                 points[i].state.size(), " coordinates, but the first map's dimension is ",
                                 d);
        require<shape_error>(options_.seeds.size() == 0 || options_.seeds.shape(1) == d,
                             "track: seeds are rows of ", options_.seeds.shape(1),
                             " numbers, but the maps' dimension is ", d);
        for (const auto& point : points) result_.branches.push_back({{where}, {point}});
        proposal here{where, {}, {}};
        for (const auto& point : points) here.points.push_back(point);
        for (auto& point : probe(map, here)) result_.branches.push_back({{where}, {point}});
        smooth_from_.resize(result_.branches.size());
    }

    /// Where each branch is at the next map, and what happened to it.
    proposal propose(const Map& previous, const Map& map, double where) const {
        proposal next{where, std::vector<std::optional<slow_point<T>>>(result_.branches.size()), {}};
        const std::vector<size_t> live = live_branches();
        if (live.empty()) return next;
        const size_t d = map.dimension();
        require<shape_error>(d == previous.dimension(), "track: the map at ", where, " has dimension ", d,
                             ", the one before ", previous.dimension());
        auto predicted = matrix<T>::from_shape({live.size(), d});
        for (size_t i = 0; i < live.size(); ++i) predict(live[i], where, &predicted(i, 0));
        const auto found = find_slow_points(map, predicted, options_.solver, options_.search);
        for (size_t i = 0; i < live.size(); ++i) {
            const size_t reached = found.reached_by(i);
            if (reached != found.none) next.points[live[i]] = off_the_ridge(map, found[reached]);
        }
        judge_branches(live, predicted, next);
        for (auto& point : probe(map, next)) {
            const size_t beside = nearest(point, next.points);
            const auto kind = existed(previous, point) ? track_event_kind::found : track_event_kind::born;
            add_event(next, kind, next.points.size(), beside, point.unstable_directions);
            next.points.push_back(std::move(point));
        }
        return next;
    }

    void accept(proposal&& next) {
        result_.branches.resize(next.points.size());
        smooth_from_.resize(next.points.size());
        for (size_t b = 0; b < next.points.size(); ++b) {
            if (next.points[b]) {
                result_.branches[b].where.push_back(next.where);
                result_.branches[b].points.push_back(std::move(*next.points[b]));
            } else {
                result_.branches[b].ended = true;
            }
        }
        for (const auto& event : next.events) {
            result_.events.push_back(event);
            if (event.kind == track_event_kind::born) result_.branches[event.branch].parent = event.other;
            if (event.kind == track_event_kind::jumped)
                smooth_from_[event.branch] = result_.branches[event.branch].points.size() - 1;
        }
    }

    [[nodiscard]] bool finished() const { return live_branches().empty(); }
    tracks<T> result() && { return std::move(result_); }

  private:
    T unit(const slow_point<T>& p) const {
        return std::max(T(1), std::sqrt(dot(p.state.size(), p.state.data(), p.state.data())));
    }
    static T apart(const slow_point<T>& a, const slow_point<T>& b) {
        return distance(a.state.data(), b.state.data(), a.state.size());
    }
    bool same(const slow_point<T>& a, const slow_point<T>& b) const {
        return apart(a, b) < options_.merge_distance * unit(a);
    }
    std::vector<size_t> live_branches() const {
        std::vector<size_t> live;
        for (size_t b = 0; b < result_.branches.size(); ++b)
            if (!result_.branches[b].ended) live.push_back(b);
        return live;
    }
    void add_event(proposal& next, track_event_kind kind, size_t branch, size_t other,
                   size_t unstable) const {
        next.events.push_back({kind, last_where(), next.where, branch, other, unstable});
    }
    double last_where() const { return result_.branches[live_branches().front()].where.back(); }

    /// The point from which a secant leads to a branch's latest: the one before it, unless the branch jumped,
    /// or the one that its parent had when it was born.
    std::pair<const slow_point<T>*, double> before_latest(size_t b) const {
        const auto& own = result_.branches[b];
        const size_t n = own.points.size();
        if (n >= 2 && n - 2 >= smooth_from_[b]) return {&own.points[n - 2], own.where[n - 2]};
        if (n > 1 || own.parent >= result_.branches.size()) return {nullptr, 0};
        const auto& parent = result_.branches[own.parent];
        const auto birth = std::ranges::find(parent.where, own.where[0]);
        if (birth == parent.where.end() || birth == parent.where.begin()) return {nullptr, 0};
        return {&parent.points[static_cast<size_t>(birth - parent.where.begin()) - 1], *(birth - 1)};
    }

    /// The secant's continuation, no farther than the jump distance, in the box.
    void predict(size_t b, double where, T* state) const {
        const auto& now = result_.branches[b].points.back();
        const size_t d = now.state.size();
        std::copy_n(now.state.data(), d, state);
        const auto [before, there] = before_latest(b);
        if (before == nullptr) return;
        const double here = result_.branches[b].where.back();
        const T stretch = static_cast<T>((where - here) / (here - there));
        const T length = std::abs(stretch) * apart(now, *before), limit = options_.jump_distance * unit(now);
        const T share = stretch * (length > limit ? limit / length : T(1));
        for (size_t j = 0; j < d; ++j)
            state[j] = box_.clip(j, now.state(j) + share * (now.state(j) - before->state(j)));
    }

    /// A point from which S still falls to second order, as where a ghost parts into two fixed points, is
    /// left for the minimum on one side of it.
    slow_point<T> off_the_ridge(const Map& map, const slow_point<T>& point) const {
        if (point.is_minimum || !(point.smallest_curvature < 0)) return point;
        const size_t d = map.dimension();
        dense_analysis<Map> analysis(map);
        analysis.at(point.state.data());
        const auto direction = analysis.flattest_direction(box_);
        auto seed = matrix<T>::from_shape({1, d});
        for (size_t j = 0; j < d; ++j)
            seed(0, j) = box_.clip(j, point.state(j) + options_.merge_distance * unit(point) * direction[j]);
        const auto found = find_slow_points(map, seed, options_.solver, options_.search);
        return found.empty() ? point : found[0];
    }

    /// Compares the corrected points with the predicted ones, with each other and with those before.
    void judge_branches(const std::vector<size_t>& live, const matrix<T>& predicted, proposal& next) const {
        const auto arrived = next.points;
        std::vector<char> far(arrived.size());  // of each branch, whether descent led it far away
        for (size_t i = 0; i < live.size(); ++i) {
            const auto& point = arrived[live[i]];
            if (!point) continue;
            const T correction = distance(point->state.data(), &predicted(i, 0), point->state.size()) /
                                 (options_.jump_distance * unit(*point));
            next.worst_correction = std::max(next.worst_correction, correction);
            far[live[i]] = correction > 1;
        }
        for (const size_t b : live) {
            auto& point = next.points[b];
            if (!point) {
                add_event(next, track_event_kind::vanished, b, b, 0);
                continue;
            }
            // Of branches that have come to one point one keeps it: one that came smoothly, the oldest of
            // these.
            size_t keeper = b;
            for (const size_t other : live)
                if (arrived[other] && same(*point, *arrived[other]) &&
                    std::pair(far[other], other) < std::pair(far[keeper], keeper))
                    keeper = other;
            if (keeper != b) {
                add_event(next, far[b] ? track_event_kind::vanished : track_event_kind::merged, b, keeper, 0);
                point.reset();
                continue;
            }
            if (far[b]) add_event(next, track_event_kind::jumped, b, b, point->unstable_directions);
            const auto& before = result_.branches[b].points.back();
            if (point->kind != before.kind)
                add_event(next,
                          point->kind == point_kind::slow ? track_event_kind::became_slow
                                                          : track_event_kind::became_fixed,
                          b, b, point->unstable_directions);
            if (!before.spectrum.empty() && point->unstable_directions != before.unstable_directions)
                add_event(next, track_event_kind::changed_stability, b, b, point->unstable_directions);
        }
    }

    /// Points beside the known ones, or from the user's seeds, that are on no branch.
    std::vector<slow_point<T>> probe(const Map& map, const proposal& known) const {
        const size_t d = map.dimension();
        std::vector<T> rows(options_.seeds.begin(), options_.seeds.end());
        for (const auto& point : known.points) {
            if (!point || options_.probe_distance <= 0 || d > options_.search.dense_limit) continue;
            dense_analysis<Map> analysis(map);
            if (!analysis.at(point->state.data())) continue;
            const auto direction = analysis.flattest_direction(box_);
            for (const T side : {T(1), T(-1), T(4), T(-4)})
                for (size_t j = 0; j < d; ++j)
                    rows.push_back(box_.clip(
                        j, point->state(j) + side * options_.probe_distance * unit(*point) * direction[j]));
        }
        std::vector<slow_point<T>> fresh;
        if (rows.empty()) return fresh;
        auto seeds = matrix<T>::from_shape({rows.size() / d, d});
        std::copy(rows.begin(), rows.end(), seeds.begin());
        auto search = options_.search;
        search.merge_distance = options_.merge_distance;
        for (const auto& point : find_slow_points(map, seeds, options_.solver, search)) {
            const bool on_branch =
                std::ranges::any_of(known.points, [&](const auto& p) { return p && same(*p, point); });
            if (!on_branch && point.is_minimum) fresh.push_back(point);
        }
        return fresh;
    }

    /// The live branch closest to a point.
    size_t nearest(const slow_point<T>& point,
                   const std::vector<std::optional<slow_point<T>>>& points) const {
        size_t best = points.size();
        for (size_t b = 0; b < points.size(); ++b)
            if (points[b] &&
                (best == points.size() || apart(*points[b], point) < apart(*points[best], point)))
                best = b;
        return best;
    }

    /// Whether the map before already had this point, and no branch was on it.
    bool existed(const Map& previous, const slow_point<T>& point) const {
        auto seed = matrix<T>::from_shape({1, point.state.size()});
        std::copy(point.state.begin(), point.state.end(), seed.begin());
        const auto found = find_slow_points(previous, seed, options_.solver, options_.search);
        if (found.empty() || apart(found[0], point) > options_.jump_distance * unit(point)) return false;
        return std::ranges::none_of(
            live_branches(), [&](size_t b) { return same(found[0], result_.branches[b].points.back()); });
    }

    track_options<T> options_;
    search_region<T> box_;
    tracks<T> result_;
    std::vector<size_t> smooth_from_;  ///< per branch: the first point after its latest jump
};

}  // namespace detail

}  // namespace engram
