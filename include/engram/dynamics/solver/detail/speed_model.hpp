/// @file
/// The quadratic model of S about a state, which levenberg_marquardt minimises.
#pragma once

#include "engram/dynamics/map/fixed_size.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace engram::detail {

/// S(h + p) / 2 ~ S / 2 + b.p + p.(J^T J + C) p / 2, J = dF/dh - 1, b = J^T g. The first part of the Hessian
/// is exact. The second, C ~ sum_i g_i (Hessian of g_i), is learned from the steps taken, as in
/// NL2SOL (Dennis, Gay, Welsch, ACM TOMS 7, 1981): where a slow point is no fixed point J^T g = 0 with
/// g != 0, so J is singular there and C is all that holds the state.
template <class T, size_t N = 0>
class speed_model {
  public:
    using list = list_of<T, N>;
    using square_matrix = matrix_of<T, N, N>;

    explicit speed_model(size_t d)
        : jacobian(d, d),
          gradient(d),
          image(d),
          gram_(d, d),
          curvature_(d, d),
          product_(d),
          change_(d),
          d_(d) {}

    /// Forgets all that it has learned.
    void restart() {
        curvature_.fill(T(0));
        curved = false;
    }

    /// J, written by the model's user, who then calls square().
    square_matrix jacobian;
    /// b, half of S's gradient, zero where the box blocks the way; written by the model's user.
    list gradient;
    /// J step, of the step of the latest predict().
    list image;
    /// Whether the model includes C; without it, it is that of Gauss-Newton.
    bool curved = false;

    [[nodiscard]] size_t dimension() const { return d(); }

    /// result = J^T g.
    void pull_back(const T* g, T* result) const { multiply_transposed(jacobian, g, result); }
    /// Computes J^T J from J.
    void square() { gram(jacobian, gram_); }

    /// Changes C after a step s so that C s = z, z = (J_new - J_old)^T g_new: by the symmetric change that is
    /// smallest in the metric of y = b_new - b_old.
    void learn(const T* s, const T* y, const T* z) {
        const T ys = dot(d(), y, s);
        const T product = std::sqrt(dot(d(), y, y) * dot(d(), s, s));
        if (!(std::abs(ys) > std::numeric_limits<T>::epsilon() * product)) return;
        multiply(curvature_, s, product_.data());
        const T scs = dot(d(), s, product_.data()), zs = dot(d(), z, s);
        const T size = scs != 0 ? std::min(T(1), std::abs(zs / scs)) : T(1);
        for (size_t i = 0; i < d(); ++i) change_[i] = (z[i] - size * product_[i]) / ys;
        const T along = dot(d(), change_.data(), s) / ys;
        for (size_t i = 0; i < d(); ++i) {
            T* row = &curvature_(i, 0);
            const T a = change_[i] - along * y[i], b = y[i];
            for (size_t j = 0; j < d(); ++j) row[j] = size * row[j] + a * y[j] + b * change_[j];
        }
    }

    /// The decrease of S / 2 along a step: by Gauss-Newton, and with C.
    struct falls {
        T plain, curved;
    };
    falls predict(const T* step) {
        multiply(jacobian, step, image.data());
        const T plain = -dot(d(), gradient.data(), step) - dot(d(), image.data(), image.data()) / 2;
        multiply(curvature_, step, product_.data());
        return {plain, plain - dot(d(), step, product_.data()) / 2};
    }

    /// Writes J^T J + C + shift into the upper triangle of `hessian`.
    void shifted_hessian(T shift, matrix_view<T> hessian) const {
        for (size_t i = 0; i < d(); ++i) {
            T* row = hessian.row(i);
            std::copy_n(&gram_(i, i), d() - i, row + i);
            if (curved) axpy(d() - i, T(1), &curvature_(i, i), row + i);
            row[i] += shift;
        }
    }
    /// y += alpha (column j of J^T J + C).
    void add_column(size_t j, T alpha, T* y) const {
        for (size_t i = 0; i < d(); ++i) y[i] += alpha * gram_(std::min(i, j), std::max(i, j));
        if (curved) axpy(d(), alpha, &curvature_(j, 0), y);
    }
    /// The mean of J^T J's diagonal, above zero.
    [[nodiscard]] T mean_diagonal() const {
        T sum = std::numeric_limits<T>::min();
        for (size_t i = 0; i < d(); ++i) sum += gram_(i, i);
        return sum / static_cast<T>(d());
    }

  private:
    [[nodiscard]] size_t d() const { return d_.value; }

    square_matrix gram_, curvature_;
    list product_, change_;
    [[no_unique_address]] dimension_of<N> d_;
};

}  // namespace engram::detail
