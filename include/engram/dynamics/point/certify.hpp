/// @file
/// certify: proof that a unique fixed point lies near a state.
#pragma once

#include "engram/core/any_array.hpp"
#include "engram/dynamics/map/flow.hpp"
#include "engram/dynamics/map/formula.hpp"
#include "engram/dynamics/point/detail/dense_analysis.hpp"

#include <ostream>
#include <string>

namespace engram {

/// The result of certify().
struct certificate {
    bool proved = false;  ///< whether there is a proof
    double radius = 0;    ///< if proved, exactly one fixed point lies within this distance of the state
    std::string norm;     ///< of that distance
    std::string reason;   ///< the method of the proof, or why there is none
};

/// One line.
inline std::ostream& operator<<(std::ostream& out, const certificate& c) {
    if (!c.proved) return out << "no proof of a fixed point: " << c.reason;
    return out << "exactly one fixed point within " << c.radius << " (" << c.norm << "), by " << c.reason;
}

/// Bounds on a map without a formula, for the Newton-Kantorovich theorem.
struct map_bounds {
    /// ||dF/dh(x) - dF/dh(y)|| <= lipschitz ||x - y|| for x and y within the radius of the proof; operator
    /// norm and Euclidean norm.
    double lipschitz = std::numeric_limits<double>::quiet_NaN();
    /// Bound on the Euclidean norm of the rounding error of apply; the Jacobian's is sqrt(d) times as large.
    /// By default 64 sqrt(d) epsilon (1 + ||h|| + ||F(h)||), which long sums may exceed.
    double evaluation_error = std::numeric_limits<double>::quiet_NaN();
};

namespace detail {

/// An approximate inverse of dF/dh - 1 at a state, which is stored in `shifted`; of size 0 if that is
/// singular.
template <differentiable_map Map>
matrix<double> inverse_of_shifted_jacobian(const Map& map, const double* h, matrix<double>& shifted) {
    const size_t d = map.dimension();
    shifted = matrix<double>::from_shape({d, d});
    linearisation<Map>(map).jacobian(h, shifted);
    for (size_t i = 0; i < d; ++i) shifted(i, i) -= 1;
    auto factors = shifted, inverse = shifted;
    std::vector<xt::blas_index_t> pivots(d);
    if (!lu<double>(factors, pivots.data())) return matrix<double>::from_shape({0, 0});
    std::vector<double> column(d);
    for (size_t j = 0; j < d; ++j) {
        std::ranges::fill(column, 0.0);
        column[j] = 1;
        lu_solve<double>(matrix_view<const double>(factors), pivots.data(), column.data());
        for (size_t i = 0; i < d; ++i) inverse(i, j) = column[i];
    }
    return inverse;
}

/// Frobenius's norm, which bounds the operator norm.
inline double frobenius(const matrix<double>& m) { return std::sqrt(dot(m.size(), m.data(), m.data())); }

/// No proof, for the reason given, or because dF/dh - 1 is singular to rounding if it is. An inverse of size
/// 0 is that of a singular matrix.
inline certificate no_proof(const matrix<double>& shifted, const matrix<double>& inverse,
                            const char* reason) {
    const bool singular =
        inverse.size() == 0 ||
        !(1 / frobenius(inverse) > rounding_of_sums(shifted.shape(0), 1 + frobenius(shifted)));
    return {false, 0, "",
            singular ? "dF/dh - 1 is singular at the state, which may belong to a continuum of fixed points"
                     : reason};
}

/// Krawczyk's test: K(X) = h - A g(h) + (1 - A g'(X)) (X - h) inside X proves a unique root of g(h) = F(h) -
/// h in X (Krawczyk, Computing 4, 1969), A being the inverse. X is a box about h, whose widths are
/// proportional to the coordinates' scales; growing ones are tried. All in interval arithmetic.
template <has_formula Map>
certificate krawczyk(const Map& map, const double* h, const matrix<double>& inverse,
                     const state_scale<double>& scale) {
    const size_t d = map.dimension();
    const auto share = [&](size_t i) { return scale[i] / scale.largest(); };
    const automatic_map<interval, 0, formula_of<Map>> exact(formula_of<Map>(map), d);
    std::vector<interval> x(h, h + d), g(d), j(d * d);
    exact.apply(as_row(std::as_const(x)), as_row(g));
    for (size_t i = 0; i < d; ++i) g[i] -= x[i];
    std::vector<double> correction(d);
    double radius = std::numeric_limits<double>::min();
    for (size_t i = 0; i < d; ++i) {
        interval sum = 0;
        for (size_t k = 0; k < d; ++k) sum += inverse(i, k) * g[k];
        correction[i] = sum.magnitude();
        radius = std::max(radius, 2 * correction[i] / share(i));
    }
    for (int attempt = 0; attempt < 12; ++attempt, radius *= 8) {
        for (size_t i = 0; i < d; ++i)
            x[i] = interval::around(h[i] - radius * share(i), h[i] + radius * share(i));
        exact.jacobian(as_row(std::as_const(x)), matrix_view<interval>(j.data(), d, d));
        for (size_t i = 0; i < d; ++i) j[i * d + i] -= 1;
        bool inside = true;
        for (size_t i = 0; i < d && inside; ++i) {
            double spread = 0;
            for (size_t k = 0; k < d; ++k) {
                interval entry = i == k ? 1 : 0;
                for (size_t l = 0; l < d; ++l) entry -= inverse(i, l) * j[l * d + k];
                spread += entry.magnitude() * share(k);
            }
            // The factors leave room for the rounding of this sum.
            inside = correction[i] + (1 + 1e-12) * spread * radius < radius * share(i) * (1 - 1e-12);
        }
        if (inside)
            return {true, radius,
                    scale.uniform() ? "largest coordinate"
                                    : "largest coordinate in units of its scale, times the largest scale",
                    "Krawczyk's test in interval arithmetic"};
    }
    return {false, 0, "", "Krawczyk's test fails for every box tried: the root may be multiple, or none"};
}

/// Adds to the proof of a fixed point of a flow's time step whether it is an equilibrium of the vector field:
/// a fixed point of Euler's step. Proved by Krawczyk's test, refuted if the field is zero nowhere in the box.
template <class Map>
void add_equilibrium_test(const Map& map, const double* h, const state_scale<double>& scale,
                          certificate& steps) {
    const size_t d = map.dimension();
    const auto euler = euler_map(map);
    using formula = formula_of<std::remove_const_t<decltype(euler)>>;
    std::vector<interval> x(d);
    for (size_t i = 0; i < d; ++i) {
        const double by = steps.radius * (scale[i] / scale.largest());
        x[i] = interval::around(h[i] - by, h[i] + by);
    }
    const auto next = formula(euler)(x);
    bool moves = false;
    for (size_t i = 0; i < d; ++i) {
        const interval step = next[i] - x[i];
        moves = moves || step.lower > 0 || step.upper < 0;
    }
    if (moves) {
        steps.reason += "; of the flow's steps, but no equilibrium, since the field is not zero there";
        return;
    }
    matrix<double> shifted;
    const auto inverse = inverse_of_shifted_jacobian(euler, h, shifted);
    bool proved = false;
    try {
        proved = inverse.size() > 0 && krawczyk(euler, h, inverse, scale).proved;
    } catch (const interval_undecided&) {  // in a box larger than that of the proof for the steps
    }
    steps.reason += proved ? "; an equilibrium of the field"
                           : "; of the flow's steps, not shown to be an equilibrium of the field";
}

}  // namespace detail

/// Tries to prove by Krawczyk's test that a map has exactly one fixed point near a state. The proof is about
/// the real function without rounding. The map is made by make_map or flow, or by iterate (whose fixed points
/// are cycles), masked_map or affine_map from such a map, in any order. O(d^3) interval operations. If there
/// is no proof, as where the formula branches, the certificate says why. Throws shape_error.
template <detail::has_formula Map, any_array State = vector<double>>
certificate certify(const Map& map, const State& state) {
    const auto& h = detail::to_vector<double>("certify", state);
    detail::expect_state("certify", h.size(), map.dimension());
    matrix<double> shifted;
    const auto inverse = detail::inverse_of_shifted_jacobian(map, h.data(), shifted);
    if (inverse.size() == 0) return detail::no_proof(shifted, inverse, "");
    try {
        auto row = matrix<double>::from_shape({1, h.size()});
        std::copy(h.begin(), h.end(), row.begin());
        const auto scale = detail::fitted_scales(map, search_region<double>{}, row, 1, {}).own;
        auto result = detail::krawczyk(map, h.data(), inverse, scale);
        if (!result.proved) return detail::no_proof(shifted, inverse, result.reason.c_str());
        if constexpr (detail::is_flow<Map>) detail::add_equilibrium_test(map, h.data(), scale, result);
        return result;
    } catch (const interval_undecided&) {
        return detail::no_proof(
            shifted, inverse,
            "the formula branches, divides by zero or leaves a function's domain near the state");
    }
}

/// The same for any map in double by the Newton-Kantorovich theorem, given bounds on the map, on which the
/// proof rests; without a Lipschitz bound there is none.
template <differentiable_map Map, any_array State = vector<double>>
requires std::same_as<typename Map::scalar, double> certificate certify(const Map& map, const State& state,
                                                                        const map_bounds& bounds) {
    const size_t d = map.dimension();
    const auto& h = detail::to_vector<double>("certify", state);
    detail::expect_state("certify", h.size(), d);
    require(!(bounds.evaluation_error < 0), "certify: evaluation_error = ", bounds.evaluation_error,
            ", but it must not be negative");
    if (!(bounds.lipschitz >= 0)) return {false, 0, "", "no Lipschitz bound of the Jacobian was given"};
    matrix<double> shifted;
    const auto inverse = detail::inverse_of_shifted_jacobian(map, h.data(), shifted);
    if (inverse.size() == 0) return detail::no_proof(shifted, inverse, "");
    auto defect = shifted;
    gemm<double>(inverse, shifted, matrix_view<double>(defect));
    for (size_t i = 0; i < d; ++i) defect(i, i) -= 1;
    std::vector<double> g(d);
    const double root_d = std::sqrt(static_cast<double>(d)), size = detail::frobenius(inverse);
    const double measured = std::sqrt(detail::squared_speed(map, h.data(), g.data()));
    const double length = std::sqrt(detail::dot(d, h.data(), h.data()));
    const bool assumed = std::isnan(bounds.evaluation_error);
    const double rounding =
        assumed ? 64 * root_d * std::numeric_limits<double>::epsilon() * (1 + 2 * length + measured)
                : bounds.evaluation_error;
    const double step = size * (measured + rounding);
    const double contraction = 1 - detail::frobenius(defect) - size * root_d * rounding -
                               1e-15 * static_cast<double>(d) * size * detail::frobenius(shifted);
    const double relative_lipschitz = size * bounds.lipschitz;
    const double square = contraction * contraction - 2 * relative_lipschitz * step;
    if (!(contraction > 0 && square > 0))
        return detail::no_proof(shifted, inverse,
                                "the speed is too large for the Jacobian's inverse and the Lipschitz bound");
    return {true, 2 * step / (contraction + std::sqrt(square)) * (1 + 1e-12), "Euclidean",
            detail::concatenate("the Newton-Kantorovich theorem, given the bounds",
                                assumed ? " and evaluation errors that are assumed to be below "
                                        : " and evaluation errors below ",
                                rounding)};
}

}  // namespace engram
