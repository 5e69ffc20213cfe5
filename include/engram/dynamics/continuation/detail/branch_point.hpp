/// @file
/// Points where two branches cross: located by Newton's method, and the directions of both branches there.
#pragma once

#include "engram/dynamics/continuation/detail/critical_vectors.hpp"

namespace engram::detail {

/// A simple branch point: w^T G_h = 0 and w^T G_q = 0, so that the tangents (xi v + eta (y, 1)) of branches
/// solve a xi^2 + 2 b xi eta + c eta^2 = 0 (Keller 1977, section 5).
template <class T>
struct branch_point {
    std::vector<T> z;       ///< (d + 1)
    std::vector<T> v, y;    ///< (v, 0) and (y, 1) span the kernel of the equations' derivative (d + 1 each)
    std::vector<T> w;       ///< left null vector (d)
    T a = 0, b = 0, c = 0;  ///< of the algebraic bifurcation equation
    T slope = 0;            ///< w^T G_q
    matrix<T> jacobian;     ///< (d x (d + 1))
    /// w^T times the derivatives of that of G along (v, 0) and (y, 1) (d + 1 each).
    std::vector<T> of_g, of_slope;

    /// The unit tangents of the two branches; none where they do not cross, as at the centre of an isola.
    [[nodiscard]] std::vector<std::vector<T>> tangents() const {
        const T discriminant = b * b - a * c;
        if (!(discriminant > 0)) return {};
        const T q = -(b + std::copysign(std::sqrt(discriminant), b));
        std::vector<std::vector<T>> result;
        for (const auto& [xi, eta] : {std::pair(q, a), std::pair(c, q)}) {
            std::vector<T> t(z.size());
            for (size_t i = 0; i < t.size(); ++i) t[i] = xi * v[i] + eta * y[i];
            const T length = norm(t.size(), t.data());
            if (!(length > 0)) return {};
            for (T& x : t) x /= length;
            result.push_back(std::move(t));
        }
        return result;
    }
};

/// The expansion of a curve's equations about a point where dG/dh is singular but for rounding, g by how much
/// (null_vectors); with `null` as it was at a point nearby, if it has vectors. False where it cannot be had.
template <class Curve, class T = typename Curve::scalar>
bool expand(Curve& curve, branch_point<T>& at, null_vectors<T>& null) {
    const size_t d = curve.equations();
    at.jacobian.resize({d, d + 1});
    auto bordered = matrix<T>::from_shape({d + 1, d + 1}), square = matrix<T>::from_shape({d, d});
    if (!curve.jacobian(at.z.data(), at.jacobian)) return false;
    std::vector<T> by_parameter(d);
    for (size_t i = 0; i < d; ++i) {
        std::copy_n(&at.jacobian(i, 0), d, &square(i, 0));
        by_parameter[i] = at.jacobian(i, d);
    }
    if (!(null.v.empty() ? null.find(square) : null.refine(square))) return false;
    at.slope = inner(null.w, by_parameter);
    // (y, 1): the part of the other tangent that is normal to v.
    copy<T>(matrix_view<const T>(square), matrix_view<T>(bordered).row_block(0, d).column_block(0, d));
    for (size_t i = 0; i < d; ++i) {
        bordered(i, d) = null.w[i];
        bordered(d, i) = null.v[i];
    }
    bordered(d, d) = 0;
    at.y.assign(d + 1, T(0));
    for (size_t i = 0; i < d; ++i) at.y[i] = -by_parameter[i];
    if (!solve(bordered, false, at.y.data())) return false;
    at.y[d] = 1;
    at.v = null.v;
    at.v.push_back(T(0));
    at.w = null.w;
    along<T> by_v, by_y;
    if (!by_v.find(curve, at.z.data(), at.v) || !by_y.find(curve, at.z.data(), at.y)) return false;
    at.of_g = product(null.w, by_v.first);
    at.of_slope = product(null.w, by_y.first);
    at.a = inner(at.of_g, at.v);
    at.b = inner(at.of_g, at.y);
    at.c = inner(at.of_slope, at.y);
    return true;
}

/// The branch point beside a point of the curve, by Newton's method on G + beta w = 0, g = 0, w^T G_q = 0 in
/// z and beta, which is regular where G = 0 is not (Griewank and Reddien 1984). False if it does not
/// converge.
template <class Curve, class T = typename Curve::scalar>
bool find_branch_point(Curve& curve, const std::vector<T>& start, branch_point<T>& found) {
    const size_t d = curve.equations(), n = d + 2;
    found.z = start;
    null_vectors<T> null;
    T beta = 0;
    std::vector<T> r(n);
    for (int iteration = 0; iteration < 12; ++iteration) {
        if (!curve.residual(found.z.data(), r.data()) || !expand(curve, found, null)) return false;
        auto system = matrix<T>::from_shape({n, n});
        for (size_t i = 0; i < d; ++i) {
            std::copy_n(&found.jacobian(i, 0), d + 1, &system(i, 0));
            system(i, d + 1) = null.w[i];
            r[i] += beta * null.w[i];
        }
        for (size_t j = 0; j <= d; ++j) {
            system(d, j) = -null.unit * found.of_g[j];
            system(d + 1, j) = found.of_slope[j];
        }
        system(d, d + 1) = system(d + 1, d + 1) = 0;
        r[d] = null.g;
        r[d + 1] = found.slope;
        if (!solve(system, false, r.data())) return false;
        axpy(d + 1, T(-1), r.data(), found.z.data());
        beta -= r[d + 1];
        const T length = norm(d + 1, r.data()), unit = std::max(T(1), norm(d + 1, found.z.data()));
        if (!(length < unit)) return false;
        if (length <= 10 * pseudo_arclength<T>::tolerance * unit)
            return std::abs(beta) <= std::sqrt(std::numeric_limits<T>::epsilon()) * unit;
    }
    return false;
}

}  // namespace engram::detail
