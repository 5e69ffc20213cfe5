/// @file
/// Predictor and corrector of pseudo-arclength continuation (Keller 1977), for any curve given by equations.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/dynamics/map/differentiable_map.hpp"

#include <cmath>
#include <concepts>
#include <limits>
#include <vector>

namespace engram::detail {

/// A smooth curve in R^(n+1), given by n equations. `residual` writes n numbers, `jacobian` (n x (n + 1));
/// both are false where the equations cannot be evaluated. Unknowns are scaled: typical ones are of size 1.
template <class Curve>
concept curve_equations = requires(Curve& curve, const typename Curve::scalar* z, typename Curve::scalar* r,
                                   matrix_view<typename Curve::scalar> j) {
    { curve.equations() } -> std::convertible_to<size_t>;
    { curve.residual(z, r) } -> std::same_as<bool>;
    { curve.jacobian(z, j) } -> std::same_as<bool>;
};

template <class T>
T norm(size_t n, const T* x) {
    return std::sqrt(dot(n, x, x));
}

/// The predictor of every continuation here: z + length direction, the direction being a tangent or a secant.
template <class T>
void predict(size_t n, const T* z, const T* direction, T length, T* predicted) {
    for (size_t i = 0; i < n; ++i) predicted[i] = z[i] + length * direction[i];
}

/// Newton's method on the equations and the plane through the predicted point, and tangents; owns its memory.
template <class T>
class pseudo_arclength {
  public:
    /// For n equations in n + 1 unknowns.
    explicit pseudo_arclength(size_t n)
        : n_(n), bordered_(matrix<T>::from_shape({n + 1, n + 1})), step_(n + 1), pivots_(n + 1) {}

    /// Corrects a predicted point within the plane through it that is normal to a direction (both n + 1).
    /// False where Newton's method does not contract; `z` is then of no use.
    template <curve_equations Curve>
    bool correct(Curve& curve, const T* predicted, const T* normal, T* z) {
        const T rounding = std::sqrt(std::numeric_limits<T>::epsilon());
        std::copy_n(predicted, n_ + 1, z);
        T before = std::numeric_limits<T>::infinity();
        for (iterations_ = 1; iterations_ <= most_iterations; ++iterations_) {
            if (!curve.residual(z, step_.data()) || !factorise(curve, z, normal)) return false;
            step_[n_] = 0;
            for (size_t i = 0; i <= n_; ++i) step_[n_] += normal[i] * (z[i] - predicted[i]);
            solve(step_.data());
            const T length = norm(n_ + 1, step_.data());
            const T unit = std::max(T(1), norm(n_ + 1, z));
            if (!(length <= unit) || (iterations_ > 1 && length > before / 2))
                return iterations_ > 1 && length <= rounding * unit;  // no better than rounding lets it be
            axpy(n_ + 1, T(-1), step_.data(), z);
            if (length <= tolerance * unit) return true;
            before = length;
        }
        return false;
    }
    /// How many iterations the last correction took.
    [[nodiscard]] size_t iterations() const { return iterations_; }

    /// The unit tangent at a point of the curve, on the side of a direction that it is not normal to.
    template <curve_equations Curve>
    bool tangent(Curve& curve, const T* z, const T* direction, T* t) {
        if (!factorise(curve, z, direction)) return false;
        std::fill_n(t, n_, T(0));
        t[n_] = T(1);
        solve(t);
        const T length = norm(n_ + 1, t);
        if (!(length > 0) || !std::isfinite(length)) return false;
        for (size_t i = 0; i <= n_; ++i) t[i] /= length;
        return true;
    }
    /// The sign of the determinant of the equations' derivative bordered by the last tangent: it changes
    /// where two branches cross.
    [[nodiscard]] int orientation() const { return orientation_; }

    static constexpr size_t most_iterations = 10;
    /// Newton's method ends with a step of this length, after which the error is its square.
    static inline const T tolerance = std::pow(std::numeric_limits<T>::epsilon(), T(2) / 3);

  private:
    template <class Curve>
    bool factorise(Curve& curve, const T* z, const T* last_row) {
        matrix_view<T> a(bordered_);
        if (!curve.jacobian(z, a.row_block(0, n_))) return false;
        std::copy_n(last_row, n_ + 1, a.row(n_));
        if (!lu<T>(a, pivots_.data())) return false;
        orientation_ = 1;
        T smallest = std::abs(a(0, 0)), largest = smallest;
        for (size_t i = 0; i <= n_; ++i) {
            if ((a(i, i) < 0) != (pivots_[i] != static_cast<xt::blas_index_t>(i + 1)))
                orientation_ = -orientation_;
            smallest = std::min(smallest, std::abs(a(i, i)));
            largest = std::max(largest, std::abs(a(i, i)));
        }
        if (smallest <= largest * std::sqrt(std::numeric_limits<T>::epsilon()) / 100) orientation_ = 0;
        return true;
    }
    void solve(T* b) { lu_solve<T>(matrix_view<const T>(bordered_), pivots_.data(), b); }

    size_t n_;
    matrix<T> bordered_;
    std::vector<T> step_;
    std::vector<xt::blas_index_t> pivots_;
    size_t iterations_ = 0;
    int orientation_ = 0;
};

}  // namespace engram::detail
