/// @file
/// Finds the bifurcations that a branch of fixed points passes between two of its points.
#pragma once

#include "engram/dynamics/continuation/detail/branch_follower.hpp"
#include "engram/dynamics/continuation/detail/root.hpp"
#include "engram/dynamics/point/spectrum.hpp"

#include <numbers>

namespace engram::detail {

/// Describes a point of fixed_point_curve by its multipliers.
struct describe_by_spectrum {
    bool stability;  ///< whether to compute them
    /// Nearer to the unit circle than this, a multiplier is as good as on it.
    template <class T>
    static inline const T rounding = std::sqrt(std::numeric_limits<T>::epsilon()) / 16;

    template <class Curve, class T>
    bool operator()(Curve& curve, curve_point<T>& p, const curve_point<T>& neighbour) const {
        if (!stability) return true;
        auto jacobian = matrix<T>::from_shape({curve.dimension(), curve.dimension()});
        if (!curve.state_jacobian(p.z.data(), jacobian)) return false;
        p.spectrum = eigenvalues(matrix_view<T>(jacobian));
        sort_by_modulus(p.spectrum);
        // Multipliers that are on the circle but for rounding are taken to be where the neighbour's are.
        size_t least = 0, most = 0;
        for (const auto& value : p.spectrum) {
            least += std::abs(value) > 1 + rounding<T>;
            most += std::abs(value) > 1 - rounding<T>;
        }
        p.unstable = std::clamp(neighbour.unstable, least, most);
        return true;
    }
};

/// The bifurcations that a point at a limit of the parameter, q = 0 or 1, is itself: multipliers on the unit
/// circle but for rounding, none of them 1, that leave it along the point's tangent, which leads away from
/// the limit. Counts the point's unstable directions, where that is undecided as they are then.
template <class Points, class T = typename Points::T>
std::vector<located<T>> bifurcations_at_limit(Points& points, curve_point<T>& start) {
    constexpr auto on_circle = [](T off) { return off <= describe_by_spectrum::rounding<T>; };
    start.unstable = beyond_unit_circle(start);
    if (!at_parameter_limit(start) || !on_circle(off_unit_circle(start))) return {};
    const T length = static_cast<T>(points.steps().first) * points.size_of(start.z);
    const auto nearer = points.point_beyond(start, length / 2), next = points.point_beyond(start, length);
    if (!nearer || !next || on_circle(off_unit_circle(*nearer))) return {};
    if (off_unit_circle(*next) > 3 * off_unit_circle(*nearer)) return {};  // it only touches the circle
    points.describe(start, *nearer);
    std::vector<located<T>> found;
    for (const auto& value : start.spectrum)
        if (on_circle(std::abs(std::abs(value) - 1)) &&
            (value.imag() > 0 || (value.imag() == 0 && value.real() < 0)))
            found.push_back(
                {value.imag() > 0 ? bifurcation_kind::neimark_sacker : bifurcation_kind::period_doubling, 0,
                 value});
    return found;
}

/// Finds folds by a change of the tangent's sign, branch points by one of the bordered determinant's, and
/// what else changes the number of unstable directions by the multiplier that passes the unit circle.
struct locate_bifurcations {
    bool stability;  ///< whether points know their multipliers

    template <class Points, class T>
    void operator()(Points& points, const curve_point<T>& from, const curve_point<T>& to,
                    half_branch<T>& half, int depth = 0) const {
        const bool turns = from.forwards != to.forwards, crosses = from.orientation != to.orientation;
        const size_t more = std::max(from.unstable, to.unstable) - std::min(from.unstable, to.unstable);
        if ((!turns && !crosses && more == 0) || depth > 40) return;
        const T length = along_tangent(from, to.z);
        // What a single bifurcation changes. Through a pitchfork along its pair of points, stability does not
        // change.
        const bool single = !stability         ? !(turns && crosses)
                            : turns && crosses ? more == 0
                            : turns || crosses ? more == 1
                                               : more <= 2;
        if (!single && split(points, from, to, length, half, depth)) return;  // several: one half at a time
        const size_t passing = std::min(from.unstable, to.unstable);  // the multiplier whose modulus passes 1
        const auto measure = [&](const curve_point<T>& p) {
            if (turns) return p.tangent.back();
            if (stability && more > 0) return std::abs(p.spectrum[passing]) - 1;
            return p.orientation == from.orientation ? T(1) : T(-1);
        };
        curve_point<T> at = from;
        T s_at = 0;
        const T s =
            find_root<T>(measure(from), measure(to), length, crosses, [&](T share) -> std::optional<T> {
                auto p = points.point_beyond(from, share);
                if (!p) return {};
                at = std::move(*p);
                s_at = share;
                return measure(at);
            });
        located<T> event;
        if (auto exact = points.point_beyond(from, s)) {
            at = std::move(*exact);
        } else {  // singular to the last bit: from the point beside it
            event.converged = std::abs(s - s_at) <= T(1e-5) * length;
            predict(at.z.size(), at.z.data(), at.tangent.data(), s - s_at, at.z.data());
        }
        at.unstable = to.unstable;
        at.forwards = turns ? -from.forwards : from.forwards;
        at.orientation = crosses ? -from.orientation : from.orientation;
        if (crosses)
            name_crossing(points, to, length, at, event);
        else if (!turns)
            name_by_multiplier(from, to, passing, at, event);
        // At a simple multiplier 1 branches turn or cross, perhaps two times within the step.
        if (event.kind == bifurcation_kind::multiple && split(points, from, to, length, half, depth)) return;
        event.point = half.points.size();
        half.points.push_back(at);
        half.events.push_back(std::move(event));
        (*this)(points, at, to, half, depth + 1);
    }

  private:
    /// Takes the two halves of a step apart; false where it is too short for that.
    template <class Points, class T>
    bool split(Points& points, const curve_point<T>& from, const curve_point<T>& to, T length,
               half_branch<T>& half, int depth) const {
        if (depth >= 16) return false;
        const auto middle = points.point_beyond(from, length / 2);
        if (!middle) return false;
        (*this)(points, from, *middle, half, depth + 1);
        (*this)(points, *middle, to, half, depth + 1);
        return true;
    }

    /// A branch point, located to the last digits, and named by the quadratic term along the critical
    /// direction.
    template <class Points, class T>
    static void name_crossing(Points& points, const curve_point<T>& to, T length, curve_point<T>& at,
                              located<T>& event) {
        branch_point<T> crossing;
        event.converged =
            find_branch_point(points.curve(), at.z, crossing) && apart(crossing.z, at.z) <= length;
        event.kind = bifurcation_kind::pitchfork;
        if (!event.converged) return;
        if (std::abs(crossing.a) > T(1e-5)) event.kind = bifurcation_kind::transcritical;
        at.z = crossing.z;
        const size_t after = at.unstable;
        points.describe(at, to);
        at.unstable = after;
        event.crossing = std::move(crossing);
    }

    template <class T>
    static void name_by_multiplier(const curve_point<T>& from, const curve_point<T>& to, size_t passing,
                                   curve_point<T>& at, located<T>& event) {
        event.multiplier = at.spectrum[passing];
        const bool one = std::max(from.unstable, to.unstable) == passing + 1;
        if (event.multiplier.imag() != 0 && !one) {
            event.kind = bifurcation_kind::neimark_sacker;
        } else if (event.multiplier.real() > 0) {
            event.kind = bifurcation_kind::multiple;
        } else {
            event.kind = bifurcation_kind::period_doubling;
            if (!one) at.unstable = to.unstable > from.unstable ? from.unstable + 1 : from.unstable - 1;
        }
    }
};

}  // namespace engram::detail
