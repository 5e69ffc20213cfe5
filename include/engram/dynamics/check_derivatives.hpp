/// @file
/// check_derivatives: how wrong a map's derivatives are, and where.
#pragma once

#include "engram/dynamics/differentiable_map.hpp"

#include <ostream>
#include <string>

namespace engram {

/// The largest disagreement between a map's derivatives and differences of its apply.
template <class T>
struct derivative_report {
    std::string function;  ///< "vjp", "jvp" or "jacobian": whichever is worst
    T error = 0;           ///< |given - difference| over the largest derivative
    size_t output = 0;     ///< of dF_output / dh_input
    size_t input = 0;      ///< the coordinate differentiated by
    T given = 0;           ///< by the map
    T difference = 0;      ///< by a central difference of apply

    /// Whether the disagreement is no more than differences of a smooth map show.
    [[nodiscard]] bool agrees() const {
        return error < 100 * std::cbrt(std::pow(std::numeric_limits<T>::epsilon(), 2));
    }
};

/// One line: the verdict, then the worst derivative.
template <class T>
std::ostream& operator<<(std::ostream& out, const derivative_report<T>& r) {
    return out << (r.agrees() ? "derivatives agree" : "derivatives disagree") << ": worst in " << r.function
               << ", dF_" << r.output << "/dh_" << r.input << " is " << r.given << ", differences give "
               << r.difference << " (relative error " << r.error << ")";
}

/// Compares vjp, and jvp and jacobian where the map has them, with central differences of apply at a state
/// (d), entry by entry: 2 d applications of the map and (d x d) numbers. Throws shape_error.
template <differentiable_map Map, class T = typename Map::scalar>
derivative_report<T> check_derivatives(const Map& map, const std::type_identity_t<vector<T>>& state) {
    const size_t d = map.dimension();
    require<shape_error>(state.size() == d, "check_derivatives: a state of ", state.size(),
                         " numbers for a map of dimension ", d);
    auto states = matrix<T>::from_shape({d, d}), ahead = states, behind = states, unit = states,
         given = states;
    const T step = detail::difference_step(state.data(), d, T(1));
    for (size_t i = 0; i < d; ++i)
        for (size_t j = 0; j < d; ++j) {
            states(i, j) = state(j) + (i == j ? step : T(0));
            unit(i, j) = i == j ? T(1) : T(0);
        }
    const auto view = [](const matrix<T>& m) { return matrix_view<const T>(m); };
    map.apply(view(states), matrix_view<T>(ahead));
    for (size_t i = 0; i < d; ++i) states(i, i) = state(i) - step;
    map.apply(view(states), matrix_view<T>(behind));
    // Row i of `ahead` becomes the derivatives by h_i.
    T largest = std::numeric_limits<T>::min();
    for (size_t i = 0; i < d; ++i)
        for (size_t j = 0; j < d; ++j) {
            ahead(i, j) = (ahead(i, j) - behind(i, j)) / (2 * step);
            largest = std::max(largest, std::abs(ahead(i, j)));
        }
    for (size_t i = 0; i < d; ++i) states(i, i) = state(i);

    derivative_report<T> report;
    report.error = -1;
    const auto compare = [&](const char* function, bool input_is_row) {
        for (size_t i = 0; i < d; ++i)
            for (size_t j = 0; j < d; ++j) {
                const T value = given(i, j), difference = input_is_row ? ahead(i, j) : ahead(j, i);
                const T error = std::abs(value - difference) / largest;
                if (error <= report.error) continue;  // never true of NaN, the worst of all
                report = {function, error, input_is_row ? j : i, input_is_row ? i : j, value, difference};
                if (std::isnan(error)) report.error = std::numeric_limits<T>::infinity();
            }
    };
    map.vjp(view(states), view(unit), matrix_view<T>(given));
    compare("vjp", false);
    if constexpr (detail::has_jvp<Map>) {
        map.jvp(view(states), view(unit), matrix_view<T>(given));
        compare("jvp", true);
    }
    if constexpr (detail::has_jacobian<Map>) {
        map.jacobian(view(states).row_block(0, 1), matrix_view<T>(given));
        compare("jacobian", false);
    }
    return report;
}

}  // namespace engram
