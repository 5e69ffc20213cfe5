/// @file
/// Follows one side of a branch to its end, and tells the bifurcation that it may end at.
#pragma once

#include "engram/dynamics/continuation/detail/critical_point.hpp"
#include "engram/dynamics/continuation/detail/locate_bifurcations.hpp"

namespace engram::detail {

/// The one of one or two directions that is nearer to a tangent.
template <class T>
size_t nearest(const std::vector<std::vector<T>>& directions, const std::vector<T>& tangent) {
    if (directions.size() == 1) return 0;
    return std::abs(inner(directions[0], tangent)) < std::abs(inner(directions[1], tangent)) ? 1 : 0;
}

/// Follows one side of a branch at a time; where it ends at a limit of the parameter or on the edge of a box,
/// looks for a bifurcation exactly there.
template <class Points>
class side_follower {
  public:
    using T = typename Points::T;
    using point = curve_point<T>;

    side_follower(Points& points, bool stability, follow_limits<T> limits)
        : points_(points), curve_(points.curve()), locate_{stability}, follower_(points, locate_, limits) {}

    /// Follows a branch to one side of a start; where its tangent is along a limit of the parameter, it may
    /// be outside on that side.
    half_branch<T> follow_inside(const point& start) {
        const bool along_limit =
            at_parameter_limit(start) &&
            std::abs(start.tangent.back()) <= std::sqrt(std::numeric_limits<T>::epsilon());
        if (!along_limit) return follow(start);
        if (const auto first = points_.leave(start.z, start.tangent, start.tangent)) {
            point from = start;
            from.forwards = first->forwards;  // which the tangent does not tell
            return follow(from);
        }
        half_branch<T> none;
        none.points.push_back(start);
        none.end = branch_end::parameter_limit;
        return none;
    }
    /// Follows a branch to one side, and tells a bifurcation exactly at the limit of the parameter.
    half_branch<T> follow(const point& start) {
        auto half = follower_.follow(start);
        if (half.end == branch_end::left_region) look_at_edge(half);
        if (half.end == branch_end::not_converged || half.end == branch_end::left_region) pass_limit(half);
        if (half.end != branch_end::parameter_limit || half.points.size() < 2) return half;
        point last = half.points.back();
        for (T& t : last.tangent) t = -t;
        for (auto& event : bifurcations_at_limit(points_, last)) {
            event.point = half.points.size() - 1;
            half.events.push_back(std::move(event));
        }
        return half;
    }

  private:
    /// Adds the bifurcation on the edge of a box at which one side of a branch ends, if there is one: as far
    /// as rounding tells, it is within the box, while the step that passes it leads out.
    void look_at_edge(half_branch<T>& half) {
        const point last = half.points.back();
        const T length =
            std::max(T(1e-5), 4 * std::sqrt(std::numeric_limits<T>::epsilon())) * points_.size_of(last.z);
        half_branch<T> beyond;
        const bool keeps = curve_.keep_to_box(false);
        const auto next = points_.point_beyond(last, length);
        if (next && points_.leads_on(last, *next, length)) locate_(points_, last, *next, beyond);
        curve_.keep_to_box(keeps);
        for (auto& event : beyond.events) {
            const auto& at = beyond.points[event.point];
            if (!curve_.allows(at.z.data())) return;
            event.point = half.points.size();
            half.points.push_back(at);
            half.events.push_back(std::move(event));
        }
    }
    /// Ends one side of a branch at a fold or branch point at the limit of the parameter, if it is just
    /// before one; a fold's branch and a pitchfork's pair turn round there.
    void pass_limit(half_branch<T>& half) {
        point last = half.points.back();
        const T q = last.z.back();
        last.z.back() = std::round(q);
        if (std::abs(q - last.z.back()) > T(1e-3)) return;
        const auto critical = find_critical_point(curve_, last.z);
        if (!critical || !curve_.allows(critical->at.z.data())) return;
        last.z = critical->at.z;
        points_.describe(last, half.points.back());
        located<T> event{critical->kind, half.points.size()};
        if (critical->directions.size() == 2) event.crossing = critical->at;
        half.events.push_back(std::move(event));
        half.points.push_back(last);
        half.end = branch_end::parameter_limit;
        half.note.clear();
        auto own = critical->directions[nearest(critical->directions, last.tangent)];
        if (own.back() != 0) return;
        if (inner(own, last.tangent) < 0)
            for (T& t : own) t = -t;
        auto first = points_.leave(last.z, own, own);
        if (!first) return;
        first->unstable = beyond_unit_circle(*first);
        auto rest = follower_.follow(*first);
        for (auto& later : rest.events) {
            later.point += half.points.size();
            half.events.push_back(std::move(later));
        }
        std::ranges::move(rest.points, std::back_inserter(half.points));
        half.end = rest.end;
        half.note = std::move(rest.note);
    }

    Points& points_;
    std::remove_cvref_t<decltype(std::declval<Points>().curve())>& curve_;
    locate_bifurcations locate_;
    branch_follower<Points, locate_bifurcations> follower_;
};

}  // namespace engram::detail
