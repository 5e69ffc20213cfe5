/// @file
/// Follows a curve to one side until it ends.
#pragma once

#include "engram/core/progress.hpp"
#include "engram/dynamics/continuation/bifurcation.hpp"
#include "engram/dynamics/continuation/branch.hpp"
#include "engram/dynamics/continuation/detail/branch_point.hpp"
#include "engram/dynamics/continuation/detail/curve_point.hpp"
#include "engram/dynamics/continuation/detail/fixed_point_curve.hpp"

namespace engram::detail {

/// A bifurcation between two points of a curve.
template <class T>
struct located {
    bifurcation_kind kind = bifurcation_kind::fold;
    size_t point = 0;  ///< its index among the points
    std::complex<T> multiplier = T(1);
    bool converged = true;
    std::optional<branch_point<T>> crossing = {};  ///< of branch points
};

/// One side of a branch.
template <class T>
struct half_branch {
    std::vector<curve_point<T>> points;
    std::vector<located<T>> events;
    branch_end end = branch_end::point_limit;
    std::string note;
};

/// Where a curve is left, whatever it does.
template <class T>
struct follow_limits {
    size_t max_points;
    T largest_state;
    progress_watch* watch;  ///< which may end it
};

/// Takes steps along a curve. `Events` adds what happens between two points: events(points, from, to, half).
template <class Points, class Events>
class branch_follower {
  public:
    using T = typename Points::T;
    using point = curve_point<T>;
    static constexpr size_t parameters =
        std::remove_cvref_t<decltype(std::declval<Points>().curve())>::parameters;

    branch_follower(Points& points, Events events, follow_limits<T> limits)
        : points_(points), events_(events), limits_(limits) {}

    /// Follows the curve from a point in the direction of its tangent until it ends.
    half_branch<T> follow(const point& start) {
        half_branch<T> half;
        half.points.push_back(start);
        double step = points_.steps().first;
        while (half.points.size() < limits_.max_points) {
            limits_.watch->add(1);
            if (!limits_.watch->goes_on()) {
                half.end = branch_end::interrupted;
                half.note = limits_.watch->reason();
                return half;
            }
            const point from = half.points.back();
            auto next = take_step(from, step);
            if (next.reached && half.points.size() > 2 && passes(from, *next.reached, start)) {
                events_(points_, from, start, half);
                half.points.push_back(start);
                half.end = branch_end::closed;
                return half;
            }
            if (next.reached) {
                events_(points_, from, *next.reached, half);
                half.points.push_back(std::move(*next.reached));
            }
            const T size = points_.size_of(half.points.back().z);
            if (!next.end && size > limits_.largest_state) {
                next.end = branch_end::unbounded;
                next.note =
                    concatenate("states are ", size, " times the scale at ", where(half.points.back()));
            }
            if (next.end) {
                half.end = *next.end;
                half.note = std::move(next.note);
                return half;
            }
            step = next.step;
        }
        half.note =
            concatenate("max_points = ", limits_.max_points, " reached at ", where(half.points.back()));
        return half;
    }

  private:
    struct step_result {
        std::optional<point> reached = {};
        std::optional<branch_end> end = {};
        std::string note = {};
        double step = 0;  ///< length of the next one
    };

    std::string where(const point& p) const { return points_.curve().where(p.z.data()); }

    /// One step: shorter and shorter ones until one succeeds, or the branch ends.
    step_result take_step(const point& from, double step) {
        const T unit = points_.size_of(from.z);
        const auto [left, fixed] = way_left(from);
        if (left <= 0) return {{}, branch_end::parameter_limit};
        for (;; step = points_.steps().after_failure(step)) {
            const T length = static_cast<T>(step) * unit;
            std::optional<point> next;
            points_.curve().clear_failure();
            if (length < left) next = points_.point_beyond(from, length);
            if (next && points_.leads_on(from, *next, length))
                return {std::move(next), {}, {}, points_.steps().after_success(step, points_.iterations())};
            obstacle obstacle = next ? obstacle::none : points_.curve().failed_by();
            if (length >= left || (obstacle == obstacle::parameter && 2 * length >= left)) {
                points_.curve().clear_failure();
                if (auto last = last_point(from, left, fixed))
                    return {std::move(last), branch_end::parameter_limit};
                obstacle = points_.curve().failed_by();
            }
            if (!points_.steps().exhausted(step)) continue;
            if (obstacle == obstacle::box) return {{}, branch_end::left_region, points_.curve().note()};
            if (obstacle == obstacle::map) return {{}, branch_end::map_failed, points_.curve().note()};
            return {{},
                    branch_end::not_converged,
                    concatenate("no point found at a distance of ", length, " along the branch from that at ",
                                where(from))};
        }
    }

    /// How far along the tangent the nearest limit of a parameter is, and which unknown that is.
    std::pair<T, size_t> way_left(const point& from) const {
        std::pair<T, size_t> least{std::numeric_limits<T>::infinity(), 0};
        for (size_t k = points_.unknowns() - parameters; k < points_.unknowns(); ++k) {
            const T slope = from.tangent[k];
            if (slope == 0) continue;
            const T left = ((slope > 0 ? T(1) : T(0)) - from.z[k]) / slope;
            if (left < least.first) least = {left, k};
        }
        return least;
    }

    /// The point where a parameter reaches its limit.
    std::optional<point> last_point(const point& from, T left, size_t fixed) {
        std::vector<T> predicted(points_.unknowns());
        predict(predicted.size(), from.z.data(), from.tangent.data(), left, predicted.data());
        predicted[fixed] = std::round(predicted[fixed]);  // 0 or 1
        auto last = points_.point_at(predicted, fixed);
        if (!last || !points_.complete(*last, from.tangent, from) || !points_.leads_on(from, *last, left))
            return {};
        return last;
    }

    /// Whether a step passes through the branch's first point again.
    bool passes(const point& from, const point& next, const point& start) {
        const T ahead = along_tangent(from, start.z), step = along_tangent(from, next.z);
        if (!(ahead > 0 && ahead <= step) || apart(from.z, start.z) > 2 * step) return false;
        const auto there = points_.point_beyond(from, ahead);
        return there && apart(there->z, start.z) <= T(1e-5) * points_.size_of(start.z) &&
               dot(start.z.size(), there->tangent.data(), start.tangent.data()) > 0;
    }

    Points& points_;
    Events events_;
    follow_limits<T> limits_;
};

}  // namespace engram::detail
