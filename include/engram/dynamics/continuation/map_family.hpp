/// @file
/// map_family: what bifurcation_diagram asks of maps that depend on a parameter.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"

#include <type_traits>

namespace engram {

/// The map that a family makes of a parameter.
template <class Family>
using map_of = std::remove_cvref_t<std::invoke_result_t<const Family&, double>>;

/// Maps F(h, p) of one dimension that depend smoothly on a parameter p: a callable that makes one of a
/// double.
///
///     const auto family = [](double a) {  // Henon's map
///         return engram::make_map<double, 2>([a](const auto& x) {
///             using scalar = std::remove_cvref_t<decltype(x[0])>;
///             return std::array<scalar, 2>{1.0 - a * x[0] * x[0] + x[1], 0.3 * x[0]};
///         });
///     };
///
/// Optional, by differences where missing: a member `parameter_derivative(h, p, out)` that writes dF/dp at
/// the state h (1 x d) to out (1 x d).
template <class Family>
concept map_family = requires(const Family& family, double parameter) {
    { family(parameter) } -> differentiable_map;
};

/// Maps of one dimension that depend smoothly on two parameters, as fold_curve asks for them.
template <class Family>
concept two_parameter_family = std::invocable<const Family&, double, double> &&
    differentiable_map<std::remove_cvref_t<std::invoke_result_t<const Family&, double, double>>>;

/// The values of a parameter between two of them.
struct parameter_interval {
    double from, to;  ///< either may be the larger one
};

namespace detail {

template <class Family, size_t Parameters>
struct map_of_parameters {
    using type = map_of<Family>;
};
template <class Family>
struct map_of_parameters<Family, 2> {
    using type = std::remove_cvref_t<std::invoke_result_t<const Family&, double, double>>;
};

template <class Family>
concept has_parameter_derivative = requires(const Family& family,
                                            matrix_view<const typename map_of<Family>::scalar> h,
                                            matrix_view<typename map_of<Family>::scalar> out) {
    family.parameter_derivative(h, 0.0, out);
};

template <class Map>
concept has_read_out = requires(const Map& map, matrix_view<const typename Map::scalar> states) {
    { map.read_out(states) } -> std::convertible_to<matrix<typename Map::scalar>>;
};

}  // namespace detail
}  // namespace engram
