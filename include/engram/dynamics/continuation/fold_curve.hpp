/// @file
/// fold_curve: a fold followed in two parameters, to the cusps where two folds meet.
#pragma once

#include "engram/dynamics/continuation/detail/branch_follower.hpp"
#include "engram/dynamics/continuation/detail/fold_equations.hpp"
#include "engram/dynamics/continuation/detail/make_branch.hpp"
#include "engram/dynamics/continuation/detail/root.hpp"
#include "engram/dynamics/continuation/detail/scale_of.hpp"

namespace engram {

/// How to follow folds.
template <class T>
struct fold_curve_options {
    step_size_control steps = {};  ///< lengths along the curve, in units of both ways and of the scale
    state_scale<T> scale = {};     ///< as in bifurcation_options; left out, of the fold's state
    T largest_state = 1000;        ///< in units of the scale: beyond it, the curve is taken to go to infinity
    search_region<T> region = {};  ///< where states may go; its max_distance is not used
    size_t max_points = 2000;      ///< on either side of the first fold
};

/// Folds along a curve in the plane of two parameters.
template <class T>
struct fold_points {
    std::vector<double> first, second;  ///< parameters (n)
    matrix<T> states;                   ///< (n x d)
    std::vector<T> coefficients;        ///< of the normal forms, which change their sign at a cusp (n)
    std::vector<bifurcation<T>> cusps;  ///< `parameter` is the first one, `second_parameter` the second
    branch_end first_end, last_end;     ///< why no further on either side
    std::string first_note, last_note;  ///< the same with values

    /// How many points there are.
    [[nodiscard]] size_t size() const { return first.size(); }
};

namespace detail {

/// Finds the cusps between two points of a curve of folds.
struct locate_cusps {
    template <class Points, class T>
    void operator()(Points& points, const curve_point<T>& from, const curve_point<T>& to,
                    half_branch<T>& half) const {
        if ((from.quadratic > 0) == (to.quadratic > 0)) return;
        curve_point<T> at = from;
        const T s = find_root<T>(from.quadratic, to.quadratic, along_tangent(from, to.z), false,
                                 [&](T share) -> std::optional<T> {
                                     auto p = points.point_beyond(from, share);
                                     if (!p) return {};
                                     at = std::move(*p);
                                     return at.quadratic;
                                 });
        located<T> event;
        if (auto exact = points.point_beyond(from, s))
            at = std::move(*exact);
        else
            event.converged = false;
        event.kind = bifurcation_kind::cusp;
        event.point = half.points.size();
        half.points.push_back(std::move(at));
        half.events.push_back(std::move(event));
    }
};

}  // namespace detail

/// The curve of folds through one that bifurcation_diagram found, in two parameters, and the cusps on it. The
/// fold is one of family(p, q) at p = fold.parameter and q = `second`; the curve is followed to both sides,
/// by pseudo-arclength continuation of fold and parameters, until it leaves the intervals of p or q, or
/// closes. Throws value_error where the fold is not one of the family, and for intervals that are none or
/// without the fold; shape_error for a fold of another dimension than the map.
template <two_parameter_family Family, class T>
fold_points<T> fold_curve(const bifurcation<T>& fold, const Family& family, parameter_interval first,
                          double second, parameter_interval second_interval,
                          const std::type_identity_t<fold_curve_options<T>>& options = {}) {
    const auto share = [](double value, parameter_interval way) {
        require(std::isfinite(way.from) && std::isfinite(way.to) && way.from != way.to, "fold_curve: from ",
                way.from, " to ", way.to, " is no interval");
        const double result = (value - way.from) / (way.to - way.from);
        require(result >= 0 && result <= 1, "fold_curve: the fold is at ", value, ", outside ", way.from,
                " .. ", way.to);
        return static_cast<T>(result);
    };
    const size_t d = fold.state.size();
    require<shape_error>(family(fold.parameter, second).dimension() == d, "fold_curve: a fold of dimension ",
                         d, " for a map of dimension ", family(fold.parameter, second).dimension());
    require(fold.period == 1, "fold_curve: a fold of cycles of period ", fold.period,
            "; make the family of that iterate, of whose fixed points it is one");
    options.steps.check("fold_curve");
    detail::check_region("fold_curve", d, options.region);
    auto states = matrix<T>::from_shape({1, d});
    std::ranges::copy(fold.state, states.begin());
    const auto scale = detail::scale_to_follow<T>("fold_curve", options.scale, {}, states);

    using curve_type = detail::fold_equations<Family>;
    curve_type curve({family, {{first, second_interval}}, scale.sizes(d), options.region});
    detail::curve_points<curve_type, detail::describe_by_coefficient> points(curve, {}, options.steps);
    std::vector<T> z(d + 2), up(d + 2);
    for (size_t i = 0; i < d; ++i) z[i] = fold.state(i) / scale[i];
    z[d] = share(fold.parameter, first);
    z[d + 1] = share(second, second_interval);
    up[d + 1] = 1;
    auto start = points.point_at(z, d + 1);
    require(start && detail::apart(start->z, z) < T(0.01) * points.size_of(z) &&
                points.complete(*start, up, *start),
            "fold_curve: there is no fold of the family near ", fold.parameter, ", ", second);

    detail::branch_follower follower(points, detail::locate_cusps{},
                                     detail::follow_limits<T>{options.max_points, options.largest_state});
    auto ahead = follower.follow(*start);
    detail::half_branch<T> back;
    if (ahead.end != branch_end::closed) {
        for (T& t : start->tangent) t = -t;
        back = follower.follow(*start);
    } else {
        back.end = branch_end::closed;
    }
    fold_points<T> result;
    result.first_end = back.end;
    result.last_end = ahead.end;
    result.first_note = back.note;
    result.last_note = ahead.note;
    const auto whole = detail::join(std::move(back), std::move(ahead));
    result.states = matrix<T>::from_shape({whole.points.size(), d});
    for (size_t i = 0; i < whole.points.size(); ++i) {
        const auto& p = whole.points[i];
        const auto state = curve.base().state(p.z.data());
        std::ranges::copy(state, &result.states(i, 0));
        result.first.push_back(curve.base().parameter(p.z.data(), 0));
        result.second.push_back(curve.base().parameter(p.z.data(), 1));
        result.coefficients.push_back(p.quadratic);
    }
    for (const auto& event : whole.events) {
        bifurcation<T> cusp;
        cusp.kind = bifurcation_kind::cusp;
        cusp.parameter = result.first[event.point];
        cusp.second_parameter = result.second[event.point];
        cusp.state = curve.base().state(whole.points[event.point].z.data());
        cusp.converged = event.converged;
        cusp.branches = {0};
        cusp.point = event.point;
        result.cusps.push_back(std::move(cusp));
    }
    return result;
}

}  // namespace engram
