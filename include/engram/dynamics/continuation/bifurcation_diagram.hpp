/// @file
/// bifurcation_diagram: fixed points and cycles followed along a parameter, around folds, with their
/// bifurcations.
#pragma once

#include "engram/dynamics/continuation/map_family.hpp"

#include "engram/dynamics/continuation/detail/diagram_builder.hpp"
#include "engram/dynamics/continuation/detail/scale_of.hpp"
#include "engram/dynamics/map/quick_check.hpp"
#include "engram/dynamics/point/search_options.hpp"
#include "engram/dynamics/point/slow_point.hpp"

namespace engram {

namespace detail {

/// The point of the curve at a state, at the first value of the parameter if it is a fixed point there, else
/// at the value between the first and the last where the map moves it least; none, and a reason, if it moves
/// there too. There is a reason as well where a fixed point at the first value is a bifurcation that
/// find_critical_point does not know.
template <class Points, class T = typename Points::T>
std::optional<curve_point<T>> regular_start(Points& points, const std::vector<T>& state,
                                            std::string& reason) {
    auto& curve = points.curve();
    const size_t d = curve.dimension();
    std::vector<T> z = state, r(d);
    z.push_back(T(0));
    const auto speed = [&](T q) {
        z[d] = q;
        return curve.residual(z.data(), r.data()) ? norm(d, r.data()) : std::numeric_limits<T>::infinity();
    };
    const auto corrected = [&](T q) -> std::optional<curve_point<T>> {
        z[d] = q;
        auto found = points.point_at(z, d);
        if (!found) return {};
        const bool near = apart(found->z, z) <= T(1e-3) * std::max(T(1), norm(d, z.data()));
        return near ? found : std::nullopt;
    };
    curve.clear_failure();
    if (auto found = corrected(T(0))) return found;
    const bool outside = curve.failed_by() == obstacle::box;
    if (outside) reason = curve.note();
    const T at_first = speed(T(0));
    if (std::isinf(at_first)) reason = curve.note();
    if (!outside && at_first <= std::sqrt(std::numeric_limits<T>::epsilon())) {
        z[d] = 0;
        // Along the curve it may be a point like any other, its tangent being that of a fold.
        curve_point<T> here;
        here.z = z;
        std::vector<T> direction(d + 1);
        for (size_t i = 0; i <= d; ++i) direction[i] = std::cos(static_cast<T>(i));
        const bool exact = at_first <= 10 * pseudo_arclength<T>::tolerance && curve.allows(z.data());
        if (exact && points.complete(here, direction, here) && !points.singular()) return here;
        reason =
            concatenate("it is a fixed point at ", curve.where(z.data()),
                        " with a multiplier of 1: a bifurcation at the limit of the parameter, of which no "
                        "more can be told; begin beside it");
    }

    constexpr int samples = 64;
    std::vector<T> speeds;
    for (int i = 0; i <= samples; ++i) speeds.push_back(speed(static_cast<T>(i) / samples));
    T slowest = at_first, slowest_at = 0;
    for (int i = 0; i <= samples; ++i) {
        const auto at = [&](int k) {
            return k < 0 || k > samples ? std::numeric_limits<T>::infinity() : speeds[static_cast<size_t>(k)];
        };
        if (std::isinf(at(i)) || at(i) > at(i - 1) || at(i) > at(i + 1)) continue;
        T low = static_cast<T>(std::max(i - 1, 0)) / samples,
          high = static_cast<T>(std::min(i + 1, samples)) / samples;
        const T golden = T(0.6180339887498949);
        for (int round = 0; round < 60; ++round) {
            const T left = high - golden * (high - low), right = low + golden * (high - low);
            (speed(left) < speed(right) ? high : low) = speed(left) < speed(right) ? right : left;
        }
        const T q = (low + high) / 2, here = speed(q);
        if (here < slowest) {
            slowest = here;
            slowest_at = q;
        }
        if (here < T(1e-2))
            if (auto found = corrected(q)) return found;
    }
    z[d] = 0;
    const double from = curve.parameter(z.data());
    z[d] = slowest_at;
    if (reason.empty())
        reason =
            concatenate("it is no fixed point of the family: its speed, in units of the scale, is ", at_first,
                        " at ", from, " and at least ", slowest, ", at ", curve.parameter(z.data()));
    return {};
}

}  // namespace detail

/// The bifurcation diagram of a family of maps between two values of its parameter: the branches of fixed
/// points through the points given, followed by pseudo-arclength continuation (Keller 1977) around folds
/// until they leave the interval, and the bifurcations on them (Kuznetsov, Elements of Applied Bifurcation
/// Theory).
///
/// The points are those of the map at `from`; one that is a fixed point only elsewhere in between is taken
/// there. Points on branches that are known already, slow ones that are not fixed, and those outside the
/// region or the box of the map's states lead to no branch; the latter two are told of in `notes`. A point
/// that is a bifurcation at `from` is reported as one, with the branches through it. Cycles of length k are
/// fixed points of iterate<k> of the map; those that period doublings lead to are followed with
/// `switch_branches`. The family is never asked for a parameter outside the interval. What it throws ends the
/// branch, with its words in `first_note` or `last_note`; what was found before stays. Throws value_error
/// where from is to, where no point is on the family, and where derivatives contradict apply; shape_error for
/// points of another dimension than the map at `from`.
template <map_family Family, class T = typename map_of<Family>::scalar>
branch_diagram<T> bifurcation_diagram(const std::type_identity_t<slow_points<T>>& points,
                                      const Family& family, double from, double to,
                                      const std::type_identity_t<bifurcation_options<T>>& options = {}) {
    require(std::isfinite(from) && std::isfinite(to) && from != to, "bifurcation_diagram: from ", from,
            " to ", to, " is no interval");
    require(!points.empty(), "bifurcation_diagram: no points to begin with");
    require(options.max_points > 1, "bifurcation_diagram: max_points = ", options.max_points,
            ", expected at least 2");
    require(options.max_branches > 0, "bifurcation_diagram: max_branches = 0, but at least one is needed");
    options.steps.check("bifurcation_diagram");
    const size_t d = points[0].state.size();
    for (size_t i = 0; i < points.size(); ++i) {
        require<shape_error>(points[i].state.size() == d && d > 0, "bifurcation_diagram: point ", i, " has ",
                             points[i].state.size(), " coordinates, point 0 has ", d);
        for (const T x : points[i].state)
            require(std::isfinite(x), "bifurcation_diagram: point ", i, " has a coordinate ", x);
    }
    detail::check_bounds("bifurcation_diagram", d, options.region);

    const auto scale =
        detail::scale_to_follow("bifurcation_diagram", options.scale, points.scale, points.states());
    detail::progress_watch watch("bifurcation_diagram", "points, at most",
                                 2 * options.max_branches * options.max_points, options.watcher,
                                 options.time_limit);
    using builder_type = detail::diagram_builder<Family>;
    builder_type builder(typename builder_type::Curve(
                             {family, {{{from, to}}}, scale.sizes(d), {options.region, options.keep_to_box}}),
                         options, watch);
    std::string first_reason;
    bool any = false;
    for (size_t i = 0; i < points.size() && watch.goes_on(); ++i) {
        std::vector<T> state(d);
        for (size_t j = 0; j < d; ++j) state[j] = points[i].state(j) / scale[j];
        std::string reason;
        const auto critical = detail::find_critical_start(builder.points().curve(), state);
        auto start = critical ? std::nullopt : detail::regular_start(builder.points(), state, reason);
        if (start && !reason.empty()) builder.add_note(detail::concatenate("point ", i, ": ", reason));
        if (critical || start) {
            any = true;
            const T* const z = critical ? critical->at.z.data() : start->z.data();
            if (options.check_derivatives) {
                const auto there = builder.points().curve().state(z);
                const double parameter = builder.points().curve().parameter(z);
                detail::check_derivatives_at(family(parameter), options.region, there.data(),
                                             detail::concatenate("bifurcation_diagram: at ", parameter),
                                             2500);
            }
            reason = critical ? builder.follow_from(*critical) : builder.follow_through(std::move(*start));
            if (reason.empty()) continue;
            reason = detail::concatenate("point ", i, ' ', reason);
        } else {
            reason = detail::concatenate("point ", i, " is on no branch: ", reason);
        }
        if (first_reason.empty()) first_reason = reason;
        builder.add_note(std::move(reason));
    }
    require(any || !watch.reason().empty(), "bifurcation_diagram: ", first_reason);
    if (options.switch_branches) builder.switch_branches();
    return std::move(builder).result();
}

/// What a family gets that makes no maps: an error that names the requirement it misses.
template <class Points, class Family, class... Rest>
requires(!map_family<Family>) void bifurcation_diagram(const Points&, const Family&, double, double,
                                                       const Rest&...) {
    static_assert(map_family<Family>);
}

}  // namespace engram
