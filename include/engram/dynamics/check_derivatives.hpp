/// @file
/// check_derivatives: how wrong a map's derivatives are, and where.
#pragma once

#include "engram/dynamics/differentiable_map.hpp"

#include <array>
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
/// (d), entry by entry, of three steps the one that agrees best: 6 d applications of the map. Throws
/// shape_error.
template <differentiable_map Map, class T = typename Map::scalar>
derivative_report<T> check_derivatives(const Map& map, const std::type_identity_t<vector<T>>& state) {
    const size_t d = map.dimension();
    require<shape_error>(state.size() == d, "check_derivatives: a state of ", state.size(),
                         " numbers for a map of dimension ", d);
    auto states = matrix<T>::from_shape({d, d}), unit = states, given = states, behind = states;
    // Row i: the derivatives by h_i, with a step, a tenth and a hundredth of it. Long ones suffer from
    // curvature, short ones from rounding.
    std::array<matrix<T>, 3> differences{states, states, states};
    const auto view = [](const matrix<T>& m) { return matrix_view<const T>(m); };
    for (size_t i = 0; i < d; ++i)
        for (size_t j = 0; j < d; ++j) {
            states(i, j) = state(j);
            unit(i, j) = i == j ? T(1) : T(0);
        }
    T largest = std::numeric_limits<T>::min();
    T scale = std::cbrt(std::numeric_limits<T>::epsilon());
    for (auto& ahead : differences) {
        const auto step = [&](size_t i) { return scale * std::max(T(1), std::abs(state(i))); };
        for (size_t i = 0; i < d; ++i) states(i, i) = state(i) + step(i);
        map.apply(view(states), matrix_view<T>(ahead));
        for (size_t i = 0; i < d; ++i) states(i, i) = state(i) - step(i);
        map.apply(view(states), matrix_view<T>(behind));
        for (size_t i = 0; i < d; ++i)
            for (size_t j = 0; j < d; ++j) {
                ahead(i, j) = (ahead(i, j) - behind(i, j)) / (2 * step(i));
                if (&ahead == &differences[0]) largest = std::max(largest, std::abs(ahead(i, j)));
            }
        scale /= 10;
    }
    for (size_t i = 0; i < d; ++i) states(i, i) = state(i);

    derivative_report<T> report;
    report.error = -1;
    const auto compare = [&](const char* function, bool input_is_row) {
        for (size_t i = 0; i < d; ++i)
            for (size_t j = 0; j < d; ++j) {
                const size_t input = input_is_row ? i : j, output = input_is_row ? j : i;
                const T value = given(i, j);
                T difference = differences[0](input, output);
                for (const auto& with_step : differences)
                    if (const T other = with_step(input, output);
                        std::abs(value - other) < std::abs(value - difference))
                        difference = other;
                const T error = std::abs(value - difference) / largest;
                if (error <= report.error) continue;  // never true of NaN, the worst of all
                report = {function, error, output, input, value, difference};
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
