/// @file
/// The engine of track(): branches, and one more step of each.
#pragma once

#include "engram/dynamics/continuation/detail/track_search.hpp"
#include "engram/dynamics/continuation/tracks.hpp"

namespace engram::detail {

/// The state of a journey: branches so far, and how to take one more step.
template <class T>
class tracker {
  public:
    /// Branches after a step that has not been accepted yet.
    struct proposal {
        double where;
        std::vector<std::optional<slow_point<T>>> points;  ///< one a branch; none where it ended
        std::vector<track_event> events;
        T worst_correction = 0;  ///< in units of the jump distance
    };

    explicit tracker(const track_options<T>& options) : search_(options) {}

    template <class Map>
    void start(const Map& map, double where, const slow_points<T>& points) {
        const size_t d = map.dimension();
        const auto& options = search_.options();
        const auto& seeds = options.seeds;
        require(options.jump_distance > 0, "track: jump_distance = ", options.jump_distance,
                ", but it must be positive");
        require(options.merge_distance >= 0, "track: merge_distance = ", options.merge_distance,
                ", but it must not be negative");
        require(
            d <= options.search.dense_limit, "track: the map's dimension is ", d,
            "; points are followed with (d x d) matrices, up to dense_limit = ", options.search.dense_limit);
        require(!points.empty(), "track: no points to follow");
        for (size_t i = 0; i < points.size(); ++i)
            require<shape_error>(points[i].state.size() == d, "track: point ", i, " has ",
                                 points[i].state.size(), " coordinates, but the first map's dimension is ",
                                 d);
        require<shape_error>(seeds.size() == 0 || seeds.shape(1) == d, "track: seeds are rows of ",
                             seeds.shape(1), " numbers, but the maps' dimension is ", d);
        check_bounds("track", d, options.search.region);
        matrix<T> states = points.states();
        for (size_t i = 0; i < points.size(); ++i)
            check_state("track: point ", i, &states(i, 0), d, options.search.region);
        search_.check(map, where, states);
        for (const auto& point : points) result_.branches.push_back({{where}, {point}});
        const typename track_search<T>::maybe_points known(points.begin(), points.end());
        for (auto& point : search_.probe(map, known)) result_.branches.push_back({{where}, {point}});
        smooth_from_.resize(result_.branches.size());
    }

    /// Where each branch is at the next map, and what happened to it. Where a correction is longer than
    /// `patience`, in units of the jump distance, only this is told: the step is too long.
    template <class Before, class Map>
    proposal propose(const Before& previous, const Map& map, double where, T patience) const {
        proposal next{where, std::vector<std::optional<slow_point<T>>>(result_.branches.size()), {}};
        const std::vector<size_t> live = live_branches();
        if (live.empty()) return next;
        const size_t d = map.dimension();
        require<shape_error>(d == previous.dimension(), "track: the map at ", where, " has dimension ", d,
                             ", the one before ", previous.dimension());
        auto predicted = matrix<T>::from_shape({live.size(), d});
        for (size_t i = 0; i < live.size(); ++i) predict(live[i], where, &predicted(i, 0));
        search_.check(map, where, predicted);
        auto found = search_.find(map, predicted);
        for (const auto& point : found)
            if (point)
                next.worst_correction =
                    std::max(next.worst_correction, correction(*point, &predicted(point->best_seed, 0)));
        if (next.worst_correction > patience) return next;
        std::vector<char> far(result_.branches.size());  // of each branch, whether descent led it far away
        for (size_t i = 0; i < live.size(); ++i) {
            if (!found[i]) continue;
            search_.complete(map, *found[i]);
            const T moved = correction(*found[i], &predicted(i, 0));
            next.worst_correction = std::max(next.worst_correction, moved);
            far[live[i]] = moved > 1;
            next.points[live[i]] = std::move(found[i]);
        }
        judge_branches(live, far, next);
        for (auto& point : search_.probe(map, next.points)) {
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

    /// How far a point is from where it was expected.
    T correction(const slow_point<T>& point, const T* predicted) const {
        return distance(point.state.data(), predicted, point.state.size()) /
               (search_.options().jump_distance * search_.unit(point));
    }

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
        const T length = std::abs(stretch) * search_.apart(now, *before),
                limit = search_.options().jump_distance * search_.unit(now);
        const T share = stretch * (length > limit ? limit / length : T(1));
        for (size_t j = 0; j < d; ++j)
            state[j] = search_.clip(j, now.state(j) + share * (now.state(j) - before->state(j)));
    }

    /// Compares the points with each other and with those before.
    void judge_branches(const std::vector<size_t>& live, const std::vector<char>& far, proposal& next) const {
        const auto arrived = next.points;
        for (const size_t b : live) {
            auto& point = next.points[b];
            if (!point) {
                add_event(next, track_event_kind::failed, b, b, 0);
                continue;
            }
            // Of branches that have come to one point one keeps it: one that came smoothly, the oldest of
            // these.
            size_t keeper = b;
            for (const size_t other : live)
                if (arrived[other] && search_.same(*point, *arrived[other]) &&
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
            if (!before.spectrum.empty() && !point->spectrum.empty() &&
                point->unstable_directions != before.unstable_directions)
                add_event(next, track_event_kind::changed_stability, b, b, point->unstable_directions);
        }
    }

    /// Whether the map before already had this point, and no branch was on it.
    template <class Map>
    bool existed(const Map& previous, const slow_point<T>& point) const {
        const auto found = search_.counterpart(previous, point);
        return found && std::ranges::none_of(live_branches(), [&](size_t b) {
                   return search_.same(*found, result_.branches[b].points.back());
               });
    }

    track_search<T> search_;
    tracks<T> result_;
    std::vector<size_t> smooth_from_;  ///< per branch: the first point after its latest jump
};

}  // namespace engram::detail
