/// @file
/// The vectors along which a map is critical at a bifurcation, and the curve's higher derivatives along them.
#pragma once

#include "engram/dynamics/continuation/detail/pseudo_arclength.hpp"

#include <complex>

namespace engram::detail {

/// Replaces b (n) by the solution of a x = b, or of a^T x = b. The matrix is copied. False if it is singular.
template <class T>
bool solve(matrix<T> a, bool transpose, T* b) {
    const size_t n = a.shape(0);
    if (transpose)
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < i; ++j) std::swap(a(i, j), a(j, i));
    std::vector<xt::blas_index_t> pivots(n);
    if (!lu<T>(a, pivots.data())) return false;
    lu_solve<T>(matrix_view<const T>(a), pivots.data(), b);
    return std::isfinite(dot(n, b, b));
}

/// Unit vectors v and w with a v = 0 and w^T a = 0 for a matrix (n x n) that is singular but for rounding,
/// and the scalar g by which it is not: [a b; c^T 0] [v; g] = [0; 1], b and c being earlier w and v (Govaerts
/// 2000).
template <class T>
struct null_vectors {
    std::vector<T> v, w;
    T g = 0;
    T unit = 0;  ///< product of the lengths of v and w before they were normalised: dg = -unit <w, da v>

    /// Finds them from vectors that depend on n alone, refined in three rounds.
    bool find(const matrix<T>& a) {
        const size_t n = a.shape(0);
        v.resize(n);
        for (size_t i = 0; i < n; ++i) v[i] = std::cos(T(1.3) * static_cast<T>(i) + T(0.4));
        w = v;
        return refine(a) && refine(a) && refine(a);
    }
    /// Finds them from those of a matrix nearby.
    bool refine(const matrix<T>& a) {
        const size_t n = a.shape(0);
        auto bordered = matrix<T>::from_shape({n + 1, n + 1});
        copy<T>(matrix_view<const T>(a), matrix_view<T>(bordered).row_block(0, n).column_block(0, n));
        for (size_t i = 0; i < n; ++i) {
            bordered(i, n) = w[i];
            bordered(n, i) = v[i];
        }
        bordered(n, n) = 0;
        std::vector<T> x(n + 1), y(n + 1);
        x[n] = y[n] = 1;
        if (!solve(bordered, false, x.data()) || !solve(bordered, true, y.data())) return false;
        g = x[n];
        const T x_length = norm(n, x.data()), y_length = norm(n, y.data());
        for (size_t i = 0; i < n; ++i) {
            v[i] = x[i] / x_length;
            w[i] = y[i] / y_length;
        }
        unit = x_length * y_length;
        return x_length > 0 && y_length > 0;
    }
};

/// The first and second derivative of the Jacobian of some equations (n x unknowns) along a direction
/// (unknowns), by differences: central, or of three points to one side where the other is beyond a limit.
template <class T>
struct along {
    matrix<T> first, second;

    template <class Curve>
    bool find(Curve& curve, const T* z, const std::vector<T>& direction) {
        const size_t n = curve.equations(), m = curve.unknowns();
        T step = std::sqrt(std::sqrt(std::numeric_limits<T>::epsilon())) * std::max(T(1), norm(m, z)) /
                 norm(m, direction.data());
        std::vector<T> moved(m);
        matrix<T> centre = matrix<T>::from_shape({n, m}), other = centre;
        first = second = centre;
        const auto jacobian_at = [&](T s, matrix<T>& j) {
            predict(m, z, direction.data(), s, moved.data());
            return curve.jacobian(moved.data(), j);
        };
        if (!curve.jacobian(z, centre)) return false;
        const bool ahead = jacobian_at(step, second), central = ahead && jacobian_at(-step, other);
        if (!ahead) step = -step;
        if (!central && (!(ahead || jacobian_at(step, second)) || !jacobian_at(2 * step, other)))
            return false;
        for (size_t i = 0; i < first.size(); ++i) {
            const T here = centre.data()[i], one = second.data()[i], two = other.data()[i];
            first.data()[i] = (central ? one - two : 4 * one - two - 3 * here) / (2 * step);
            second.data()[i] = (central ? one - 2 * here + two : here - 2 * one + two) / (step * step);
        }
        return true;
    }
};

/// m x for a matrix (n x k) and the first k numbers of x.
template <class T>
std::vector<T> product(const matrix<T>& m, const std::vector<T>& x) {
    std::vector<T> y(m.shape(0));
    gemv<T>(m, x.data(), y.data());
    return y;
}
/// x^T m, all k numbers of it.
template <class T>
std::vector<T> product(const std::vector<T>& x, const matrix<T>& m) {
    std::vector<T> y(m.shape(1));
    gemv<T>(transposed(matrix_view<const T>(m)), x.data(), y.data());
    return y;
}
template <class T>
T inner(const std::vector<T>& a, const std::vector<T>& b) {
    return dot(std::min(a.size(), b.size()), a.data(), b.data());
}

/// A square matrix of a curve's states: J - mu, J being the derivative of the map.
template <class Curve, class T = typename Curve::scalar>
bool shifted_jacobian(Curve& curve, const T* z, T mu, matrix<T>& a) {
    const size_t d = curve.equations();
    a = matrix<T>::from_shape({d, d});
    if (!curve.state_jacobian(z, a)) return false;
    for (size_t i = 0; i < d; ++i) a(i, i) -= mu;
    return true;
}

}  // namespace engram::detail
