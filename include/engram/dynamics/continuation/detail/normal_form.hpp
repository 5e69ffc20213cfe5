/// @file
/// Coefficients of normal forms on the centre manifold (Kuznetsov, Elements of Applied Bifurcation Theory,
/// equations 5.39 to 5.46 and section 5.4), from the derivatives of the curve's equations.
#pragma once

#include "engram/dynamics/continuation/bifurcation.hpp"
#include "engram/dynamics/continuation/detail/critical_vectors.hpp"

#include <numbers>
#include <optional>

namespace engram::detail {

/// A direction of states as one of a curve's unknowns, in which the parameters stand still.
template <class Curve, class T>
std::vector<T> at_fixed_parameter(const Curve& curve, std::vector<T> v) {
    v.resize(curve.unknowns());
    return v;
}

/// 1/2 <w, B(v, v)> at a fold, where J v = v, w^T J = w^T and <w, v> = 1.
template <class Curve, class T = typename Curve::scalar>
std::optional<T> fold_coefficient(Curve& curve, const T* z) {
    matrix<T> a;
    null_vectors<T> null;
    along<T> by_v;
    if (!shifted_jacobian(curve, z, T(1), a) || !null.find(a)) return {};
    const auto v = at_fixed_parameter(curve, null.v);
    if (!by_v.find(curve, z, v)) return {};
    return inner(null.w, product(by_v.first, v)) / (2 * inner(null.w, null.v));
}

/// 1/6 <w, C(v, v, v) - 3 B(v, (J - 1)^-1 B(v, v))> where a multiplier is mu = 1 (and <w, B(v, v)> = 0, the
/// inverse being that on the complement) or mu = -1. Supercritical: below 0 for 1, above 0 for -1.
template <class Curve, class T = typename Curve::scalar>
std::optional<T> cubic_coefficient(Curve& curve, const T* z, T mu) {
    const size_t d = curve.equations();
    matrix<T> a, identity_shifted;
    null_vectors<T> null;
    along<T> by_v;
    if (!shifted_jacobian(curve, z, mu, a) || !shifted_jacobian(curve, z, T(1), identity_shifted) ||
        !null.find(a))
        return {};
    const auto v = at_fixed_parameter(curve, null.v);
    if (!by_v.find(curve, z, v)) return {};
    auto inverse = product(by_v.first, v);  // B(v, v), to be multiplied by (J - 1)^-1
    if (mu > 0) {
        auto bordered = matrix<T>::from_shape({d + 1, d + 1});
        copy<T>(matrix_view<const T>(a), matrix_view<T>(bordered).row_block(0, d).column_block(0, d));
        for (size_t i = 0; i < d; ++i) {
            bordered(i, d) = null.w[i];
            bordered(d, i) = null.v[i];
        }
        bordered(d, d) = 0;
        inverse.push_back(T(0));
        if (!solve(bordered, false, inverse.data())) return {};
        inverse[d] = 0;
    } else {
        if (!solve(identity_shifted, false, inverse.data())) return {};
    }
    inverse.resize(curve.unknowns());
    const T cubic = inner(null.w, product(by_v.second, v)),
            square = inner(null.w, product(by_v.first, inverse));
    return (cubic - 3 * square) / (6 * inner(null.w, null.v));
}

/// What is known of a Neimark-Sacker point: its multiplier exp(i angle), and the real part of the first
/// Lyapunov coefficient, 1/2 Re exp(-i angle) <p, C(q, q, q*) + 2 B(q, (1 - J)^-1 B(q, q*)) + B(q*, (exp(2 i
/// angle) - J)^-1 B(q, q))>, supercritical below 0.
template <class Curve, class T = typename Curve::scalar>
std::optional<T> lyapunov_coefficient(Curve& curve, const T* z, std::complex<T> multiplier) {
    using complex = std::complex<T>;
    const size_t d = curve.equations();
    matrix<T> a;
    if (!shifted_jacobian(curve, z, T(0), a)) return {};
    // J (x + i y) = mu (x + i y) as a real matrix, singular twice: its null vectors are q = x + i y turned at
    // will.
    const auto twice = [&](complex mu, T sign) {  // sign (J - mu) on (x, y)
        auto m = matrix<T>::from_shape({2 * d, 2 * d});
        for (size_t i = 0; i < d; ++i) {
            for (size_t j = 0; j < d; ++j) {
                m(i, j) = m(d + i, d + j) = sign * (a(i, j) - (i == j ? mu.real() : T(0)));
                m(i, d + j) = i == j ? sign * mu.imag() : T(0);
                m(d + i, j) = i == j ? -sign * mu.imag() : T(0);
            }
        }
        return m;
    };
    const auto eigenvector_of = [&](bool left) -> std::optional<std::vector<complex>> {
        matrix<T> m = a, vectors = a;
        if (left)
            for (size_t i = 0; i < d; ++i)
                for (size_t j = 0; j < d; ++j) m(i, j) = a(j, i);
        const auto values = eigenvalues(matrix_view<T>(m), vectors.data());
        size_t best = d;
        for (size_t i = 0; i < d; ++i)
            if (values[i].imag() > 0 &&
                (best == d || std::abs(values[i] - multiplier) < std::abs(values[best] - multiplier)))
                best = i;
        if (best == d) return {};
        std::vector<complex> q(d);
        for (size_t j = 0; j < d; ++j) q[j] = {vectors(best, j), -vectors(best + 1, j)};
        return q;
    };
    const auto q = eigenvector_of(false),
               p = eigenvector_of(true);  // J^T p = mu p: the pairing has no conjugate
    if (!q || !p) return {};
    complex pairing = 0;
    for (size_t i = 0; i < d; ++i) pairing += (*p)[i] * (*q)[i];

    std::vector<T> x(d + 1), y(d + 1);
    for (size_t i = 0; i < d; ++i) {
        x[i] = (*q)[i].real();
        y[i] = (*q)[i].imag();
    }
    along<T> by_x, by_y;
    if (!by_x.find(curve, z, x) || !by_y.find(curve, z, y)) return {};
    const auto xx = product(by_x.first, x), xy = product(by_x.first, y), yy = product(by_y.first, y);
    auto even = at_fixed_parameter(curve, xx);  // (1 - J)^-1 B(q, q*)
    std::vector<T> turning(2 * d);              // (mu^2 - J)^-1 B(q, q)
    for (size_t i = 0; i < d; ++i) {
        even[i] = xx[i] + yy[i];
        turning[i] = xx[i] - yy[i];
        turning[d + i] = 2 * xy[i];
    }
    matrix<T> shifted;
    if (!shifted_jacobian(curve, z, T(1), shifted) || !solve(shifted, false, even.data()) ||
        !solve(twice(multiplier * multiplier, T(-1)), false, turning.data()))
        return {};
    for (T& e : even) e = -e;
    std::vector<T> re(turning.begin(), turning.begin() + static_cast<std::ptrdiff_t>(d)),
        im(turning.begin() + static_cast<std::ptrdiff_t>(d), turning.end());
    re.push_back(T(0));
    im.push_back(T(0));
    const auto xxx = product(by_x.second, x), xxy = product(by_x.second, y), xyy = product(by_y.second, x),
               yyy = product(by_y.second, y);
    const auto x_even = product(by_x.first, even), y_even = product(by_y.first, even);
    const auto x_re = product(by_x.first, re), y_re = product(by_y.first, re), x_im = product(by_x.first, im),
               y_im = product(by_y.first, im);
    complex sum = 0;
    for (size_t i = 0; i < d; ++i) {
        const complex cubic{xxx[i] + xyy[i], xxy[i] + yyy[i]};
        const complex by_q = T(2) * complex{x_even[i], y_even[i]};
        const complex by_conjugate{x_re[i] + y_im[i], x_im[i] - y_re[i]};
        sum += (*p)[i] * (cubic + by_q + by_conjugate);
    }
    const T coefficient = (std::conj(multiplier) * sum / pairing).real() / 2;
    return std::isfinite(coefficient) ? std::optional(coefficient) : std::nullopt;
}

/// m where a multiplier on the unit circle is a root of unity of order m <= 4 but for rounding, else 0.
template <class T>
size_t strong_resonance(std::complex<T> multiplier) {
    const T turn = std::abs(std::arg(multiplier)) / (2 * std::numbers::pi_v<T>);
    for (size_t m = 1; m <= 4; ++m)
        if (std::abs(turn * static_cast<T>(m) - std::round(turn * static_cast<T>(m))) < T(1e-6)) return m;
    return 0;
}

/// Computes the coefficient of a bifurcation's normal form, and what it tells.
template <class Curve, class T = typename Curve::scalar>
void add_normal_form(Curve& curve, const T* z, bifurcation<T>& found) {
    std::optional<T> coefficient;
    T supercritical = 0;  // the sign of the coefficient for which it is
    switch (found.kind) {
        case bifurcation_kind::pitchfork:
            coefficient = cubic_coefficient(curve, z, T(1));
            supercritical = -1;
            break;
        case bifurcation_kind::period_doubling:
            coefficient = cubic_coefficient(curve, z, T(-1));
            supercritical = 1;
            break;
        case bifurcation_kind::neimark_sacker: {
            const std::complex<T> unit = found.multiplier / std::abs(found.multiplier);
            found.resonance = strong_resonance(unit);
            coefficient = lyapunov_coefficient(curve, z, unit.imag() < 0 ? std::conj(unit) : unit);
            supercritical = -1;
            break;
        }
        case bifurcation_kind::multiple:
            return;
        default:
            coefficient = fold_coefficient(curve, z);
    }
    if (!coefficient || !std::isfinite(*coefficient)) return;
    found.coefficient = *coefficient;
    // Differences tell no smaller one from 0.
    if (std::abs(*coefficient) < 64 * std::sqrt(std::numeric_limits<T>::epsilon())) return;
    if (*coefficient * supercritical > 0) found.criticality = criticality::supercritical;
    if (*coefficient * supercritical < 0) found.criticality = criticality::subcritical;
}

}  // namespace engram::detail
