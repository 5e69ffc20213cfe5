/// @file
/// The engine of track(): branches so far, and one more step of each.
#pragma once

#include "engram/dynamics/continuation/detail/name_events.hpp"
#include "engram/dynamics/continuation/detail/point_corrector.hpp"
#include "engram/dynamics/continuation/track_result.hpp"

namespace engram::detail {

/// Branches of slow points that are followed together from map to map.
template <class T, class Solver>
class followed_branches {
  public:
    using corrector_type = point_corrector<T, Solver>;

    /// Branches after a step that has not been accepted yet.
    struct proposal {
        double where;
        std::vector<std::optional<slow_point<T>>> points;  ///< one a branch; none where it ended
        std::vector<track_event<T>> events;
        T worst_correction = 0;  ///< of the branches that are smooth, in units of the jump distance
        bool to_locate = false;  ///< whether an event is worth locating by a shorter step
        std::string note = {};   ///< why every branch failed, if that is so
    };

    /// A watch may end it.
    followed_branches(const track_settings<T>& settings, const Solver& solver, progress_watch& watch)
        : corrector_(settings, solver), watch_(watch) {}

    template <class Map>
    void start(const Map& map, double where, const slow_points<T>& points) {
        const matrix<T> states = checked_points(map.dimension(), points, corrector_.settings());
        corrector_.stay_in_box(map);
        corrector_.check(map, where, states);
        for (const auto& point : points) result_.branches.push_back({{where}, {point}});
        const typename corrector_type::maybe_points known(points.begin(), points.end());
        for (auto& point : corrector_.probe(map, known)) result_.branches.push_back({{where}, {point}});
        smooth_from_.resize(result_.branches.size());
        rough_.resize(result_.branches.size());
    }

    /// Where each branch is at the next map, and what happened to it. Where a correction is longer than
    /// `limit`, in units of the jump distance, only this is told: the step is too long.
    template <class Before, class Map>
    proposal propose(const Before& previous, const Map& map, double where, T limit) {
        ++steps_;
        proposal next{where, std::vector<std::optional<slow_point<T>>>(result_.branches.size()), {}};
        const std::vector<size_t> live = live_branches();
        if (live.empty()) return next;
        const size_t d = map.dimension();
        if (d != previous.dimension())
            return all_fail(where, concatenate("the map at ", where, " has dimension ", d,
                                               ", the one before ", previous.dimension()));
        auto predicted = matrix<T>::from_shape({live.size(), d});
        for (size_t i = 0; i < live.size(); ++i) predict_state(live[i], where, &predicted(i, 0));
        corrector_.check(map, where, predicted);
        auto found = corrector_.find(map, predicted);
        for (size_t i = 0; i < live.size(); ++i) note_correction(live[i], found[i], &predicted(i, 0), next);
        if (next.worst_correction > limit) return next;
        std::vector<char> far(result_.branches.size()), lost = far;  // of each branch, where descent led it
        for (size_t i = 0; i < live.size(); ++i) {
            if (!found[i]) continue;
            corrector_.complete(map, *found[i]);
            note_correction(live[i], found[i], &predicted(i, 0), next);
            far[live[i]] = correction(*found[i], &predicted(i, 0)) > 1;
            lost[live[i]] = !corrector_type::arrived(*found[i]);
            next.points[live[i]] = std::move(found[i]);
        }
        compare(live, far, lost, next);
        for (auto& point : corrector_.probe(map, next.points)) {
            const size_t beside = corrector_type::nearest(point, next.points);
            const bool born = !existed(previous, point);
            next.to_locate = next.to_locate || born;
            add_event(next, born ? track_event_kind::born : track_event_kind::found, next.points.size(),
                      beside, point.unstable_directions);
            next.points.push_back(std::move(point));
        }
        name_events(result_.branches, next.points, next.events);
        return next;
    }

    /// What make_and_propose() proposes; where the user's map or family throws, that every branch fails.
    template <class MakeAndPropose>
    proposal attempt(double where, const MakeAndPropose& make_and_propose) {
        try {
            return make_and_propose();
        } catch (const contradicted_derivatives&) {
            throw;
        } catch (...) {
            return all_fail(where, concatenate("the map at ", where, " throws: ", words_of_exception()));
        }
    }

    /// Takes a step. Branches whose correction was longer than `limit`, though the step was the shortest, are
    /// rough: until they are smooth again, they ask for no shorter steps.
    void accept(proposal&& next, T limit) {
        result_.branches.resize(next.points.size());
        smooth_from_.resize(next.points.size());
        rough_.resize(next.points.size());
        corrections_.resize(next.points.size());
        for (size_t b = 0; b < next.points.size(); ++b) {
            if (next.points[b]) {
                result_.branches[b].where.push_back(next.where);
                result_.branches[b].points.push_back(std::move(*next.points[b]));
            } else {
                result_.branches[b].ended = true;
            }
            rough_[b] = corrections_[b] > (rough_[b] ? limit / 4 : limit);
        }
        if (!next.note.empty()) {
            result_.notes.push_back(std::move(next.note));
            result_.complete = false;
        }
        for (const auto& event : next.events) {
            result_.events.push_back(event);
            if (event.kind == track_event_kind::born) result_.branches[event.branch].parent = event.other;
            if (event.kind == track_event_kind::jumped)
                smooth_from_[event.branch] = result_.branches[event.branch].points.size() - 1;
        }
    }

    /// Whether no branch is left to follow, or no step to take.
    bool finished() {
        if (steps_ >= corrector_.settings().max_steps || !watch_.goes_on()) result_.complete = false;
        return !result_.complete || live_branches().empty();
    }
    track_result<T> result() && {
        name_transcritical(result_.events);
        result_.interrupted = watch_.reason();
        return std::move(result_);
    }

  private:
    std::vector<size_t> live_branches() const {
        std::vector<size_t> live;
        for (size_t b = 0; b < result_.branches.size(); ++b)
            if (!result_.branches[b].ended) live.push_back(b);
        return live;
    }
    proposal all_fail(double where, std::string note) const {
        proposal next{where, std::vector<std::optional<slow_point<T>>>(result_.branches.size()), {}};
        for (const size_t b : live_branches()) add_event(next, track_event_kind::failed, b, b, 0);
        next.to_locate = true;
        next.note = std::move(note);
        return next;
    }
    void add_event(proposal& next, track_event_kind kind, size_t branch, size_t other,
                   size_t unstable) const {
        next.events.push_back({kind, last_where(), next.where, branch, other, unstable});
    }
    double last_where() const { return result_.branches[live_branches().front()].where.back(); }

    /// How far a point is from where it was predicted, in units of the jump distance.
    T correction(const slow_point<T>& point, const T* predicted) const {
        return distance(point.state.data(), predicted, point.state.size()) /
               (corrector_.settings().jump_distance * corrector_.unit(point));
    }
    void note_correction(size_t b, const std::optional<slow_point<T>>& point, const T* predicted,
                         proposal& next) {
        corrections_.resize(result_.branches.size());
        corrections_[b] = point ? correction(*point, predicted) : T(0);
        if (!rough_[b]) next.worst_correction = std::max(next.worst_correction, corrections_[b]);
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

    /// Where the search for a branch's next point begins.
    void predict_state(size_t b, double where, T* state) const {
        const auto& now = result_.branches[b].points.back();
        const size_t d = now.state.size();
        std::copy_n(now.state.data(), d, state);
        const auto [before, there] = before_latest(b);
        if (before == nullptr || rough_[b]) return;
        const double here = result_.branches[b].where.back();
        const T stretch = static_cast<T>((where - here) / (here - there));
        corrector_.predict_along(*before, now, stretch, state);
    }

    /// Compares the points with each other and with those before.
    void compare(const std::vector<size_t>& live, const std::vector<char>& far, const std::vector<char>& lost,
                 proposal& next) const {
        const auto arrived = next.points;
        for (const size_t b : live) {
            auto& point = next.points[b];
            if (!point) {
                add_event(next, track_event_kind::failed, b, b, 0);
                next.to_locate = true;
                continue;
            }
            // Of branches that have come to one point one keeps it: one that came smoothly, the oldest of
            // these.
            size_t keeper = b;
            for (const size_t other : live)
                if (arrived[other] && corrector_.same(*point, *arrived[other]) &&
                    std::pair(far[other], other) < std::pair(far[keeper], keeper))
                    keeper = other;
            if (keeper != b || lost[b]) {
                const bool merged = keeper != b && !far[b];
                add_event(next, merged ? track_event_kind::merged : track_event_kind::vanished, b, keeper, 0);
                next.to_locate = next.to_locate || !rough_[b];
                point.reset();
                continue;
            }
            const size_t events = next.events.size();
            if (far[b]) add_event(next, track_event_kind::jumped, b, b, point->unstable_directions);
            const auto& before = result_.branches[b].points.back();
            if (point->kind != before.kind)
                add_event(next,
                          point->kind == point_kind::slow ? track_event_kind::became_slow
                                                          : track_event_kind::became_fixed,
                          b, b, point->unstable_directions);
            if (stability_changed(before, *point))
                add_event(next, track_event_kind::changed_stability, b, b, point->unstable_directions);
            next.to_locate = next.to_locate || (next.events.size() > events && !rough_[b]);
        }
    }

    /// Whether the map before already had this point, and no branch was on it.
    template <class Map>
    bool existed(const Map& previous, const slow_point<T>& point) const {
        const auto found = corrector_.counterpart(previous, point);
        return found && std::ranges::none_of(live_branches(), [&](size_t b) {
                   return corrector_.same(*found, result_.branches[b].points.back());
               });
    }
    corrector_type corrector_;
    progress_watch& watch_;
    track_result<T> result_;
    std::vector<size_t> smooth_from_;  ///< per branch: the first point after its latest jump
    std::vector<char> rough_;          ///< per branch: whether its prediction is of no use
    std::vector<T> corrections_;       ///< per branch: the latest, in units of the jump distance
    size_t steps_ = 0;
};

}  // namespace engram::detail
