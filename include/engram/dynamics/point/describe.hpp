/// @file
/// The description of a point that a search found: its kind, its spectrum, whether it is a minimum of S.
#pragma once

#include "engram/dynamics/map/flow.hpp"
#include "engram/dynamics/point/detail/dense_analysis.hpp"
#include "engram/dynamics/point/detail/matrix_free.hpp"
#include "engram/dynamics/point/search_options.hpp"
#include "engram/dynamics/point/units.hpp"

namespace engram::detail {

/// Sets the kind of a point, and what a root has.
template <class T>
void set_kind(const newton_step<T>& newton, T speed_tolerance, slow_point<T>& point) {
    if (!is_root(newton, point.state.data(), point.state.size(), point.speed)) return;
    point.singular = newton.singular;
    if (!newton.singular) point.root_distance = newton.length;
    const T rounding = speed_of_rounding(point.state.data(), point.state.size());
    if (point.speed <= std::max(speed_tolerance, rounding)) point.kind = point_kind::fixed;
    point.is_minimum = point.kind == point_kind::fixed;
}

/// Sets the spectrum, all eigenvalues or the leading ones, and counts the unstable ones.
template <class T>
void set_spectrum(std::vector<std::complex<T>> values, slow_point<T>& point) {
    point.spectrum = std::move(values);
    point.unstable_directions = 0;
    for (const auto& z : point.spectrum) point.unstable_directions += std::abs(z) > 1 + neutral_band<T>;
}

/// Sets the smallest curvature and whether the point is a minimum of S, given the smallest and the largest
/// eigenvalue of S's Hessian.
template <class T>
void set_curvature(T smallest, T largest, slow_point<T>& point) {
    const size_t d = point.state.size();
    point.smallest_curvature = smallest;
    const T rounding = std::numeric_limits<T>::epsilon() * static_cast<T>(d) * largest;
    // A step along the gradient lowers S by at least `decrease`; below `negligible` that is rounding.
    const T decrease = point.gradient_norm * point.gradient_norm / (2 * largest),
            negligible = point.speed * (point.speed * T(1e-8) + speed_of_rounding(point.state.data(), d));
    point.is_minimum = point.is_minimum || (smallest >= -rounding && !(decrease > negligible));
}

/// Sets the kind of a point, by dense linear algebra up to options.dense_limit dimensions.
template <differentiable_map Map, class T = typename Map::scalar>
void find_kind(const Map& map, const search_options<T>& options, const search_region<T>& region,
               slow_point<T>& point) {
    if (map.dimension() > options.dense_limit)
        return set_kind(krylov_newton<Map>(map, region)(point.state.data()), options.speed_tolerance, point);
    dense_analysis<Map> analysis(map, region);
    if (analysis.at(point.state.data())) set_kind(analysis.newton(), options.speed_tolerance, point);
}

/// Sets kind (unless it is known), spectrum and curvature of a point, the last two up to options.dense_limit
/// dimensions.
template <differentiable_map Map, class T = typename Map::scalar>
void describe(const Map& map, const search_options<T>& options, const search_region<T>& region,
              slow_point<T>& point, bool kind_known = false) {
    if (map.dimension() > options.dense_limit) {
        if (!kind_known) find_kind(map, options, region, point);
        return;
    }
    dense_analysis<Map> analysis(map, region);
    if (!analysis.at(point.state.data())) return;
    if (!kind_known) set_kind(analysis.newton(), options.speed_tolerance, point);
    if (options.spectrum) {
        set_spectrum(analysis.spectrum(), point);
        point.unstable_directions = analysis.unstable(point.spectrum);
    }
    if (options.curvature) {
        const auto curvatures = analysis.curvatures();
        set_curvature(curvatures.front(), curvatures.back(), point);
    }
}

/// The same for a point whose coordinates are not yet in units of options.scale.
template <differentiable_map Map, class T = typename Map::scalar>
void describe_in_units(const Map& map, const search_options<T>& options, slow_point<T>& point) {
    const auto region = in_units(options.region, options.scale, map.dimension());
    into_units(point, options.scale);
    describe(scaled_map<Map>(map, options.scale), options, region, point);
    out_of_units(point, options.scale, options.region);
}

/// Sets the kind of a point as it is in the units of another map's scale. `state` is the point's in no units;
/// the point itself is in units of the scale `usual`.
template <differentiable_map Map, class T = typename Map::scalar>
void find_kind_in_units(const scaled_map<Map>& map, const search_options<T>& options,
                        const search_region<T>& region, const vector<T>& state, const state_scale<T>& usual,
                        slow_point<T>& point) {
    auto converted = point;
    converted.state = state;
    std::vector<T> g(state.size());
    into_units(converted, map.scale());
    converted.speed = std::sqrt(squared_speed(map, converted.state.data(), g.data()));
    find_kind(map, options, region, converted);
    point.kind = converted.kind;
    point.singular = converted.singular;
    point.is_minimum = converted.is_minimum;
    point.root_distance = converted.root_distance * map.scale().largest() / usual.largest();
}

/// Whether the vector field of a flow is not zero at a state: whether a step of Euler's method, in units of a
/// scale, is longer than a search for fixed points leaves by its errors.
template <is_flow Map, class T = typename Map::scalar>
bool field_is_not_zero(const Map& flow, const vector<T>& state, const state_scale<T>& scale) {
    const scaled_map euler(euler_map(flow), scale);
    std::vector<T> h(state.begin(), state.end()), g(h);
    for (size_t j = 0; j < h.size(); ++j) h[j] /= scale[j];
    const T step = std::sqrt(squared_speed(euler, h.data(), g.data())),
            size = std::max(T(1), std::sqrt(dot(h.size(), h.data(), h.data())));
    return step > std::sqrt(std::numeric_limits<T>::epsilon()) * size;
}

}  // namespace engram::detail
