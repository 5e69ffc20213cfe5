/// @file
/// The model of S about a state that levenberg_marquardt minimises, and its minimum within a radius.
#pragma once

#include "engram/core/lapack.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engram::detail {

/// S(h + p) / 2 ~ S / 2 + b.p + p.(J^T J + C) p / 2, J = dF/dh - 1, b = J^T g. The first part of the Hessian
/// is exact. The second, C ~ sum_i g_i (second derivative of g_i), is learned from the steps taken, as in
/// NL2SOL (Dennis, Gay, Welsch, ACM TOMS 7, 1981): where a slow point is no fixed point J^T g = 0 with
/// g != 0, so J is singular there and C is all that holds the state.
template <class T>
class trust_region {
  public:
    explicit trust_region(size_t d)
        : jacobian(matrix<T>::from_shape({d, d})),
          gradient(d),
          step(d),
          held(d),
          gram_(matrix<T>::from_shape({d, d})),
          curvature_(matrix<T>::from_shape({d, d})),
          factor_(matrix<T>::from_shape({d, d})),
          product_(d),
          change_(d),
          target_(d),
          d_(d) {
        curvature_.fill(T(0));
    }

    /// J, to be filled in before linearise().
    matrix<T> jacobian;
    /// b, the half gradient of S; zero where the box blocks the way.
    std::vector<T> gradient;
    /// p, the latest step.
    std::vector<T> step;
    /// Whether C is part of the model, or left out (Gauss and Newton).
    bool curved = false;

    /// b from J and g.
    void linearise(const std::vector<T>& g) {
        gemv<T>(transposed(view(jacobian)), g.data(), gradient.data());
    }
    /// J^T J from J.
    void square() { gram<T>(view(jacobian), gram_); }

    /// Corrects C after a step s with the change of gradient y = b_new - b_old, and z = (J_new - J_old)^T
    /// g_new, which C s should have been: the symmetric change that is smallest in the metric of y.
    void learn(const T* s, const T* y, const T* z) {
        const T ys = dot(d_, y, s);
        if (!(std::abs(ys) > std::numeric_limits<T>::min())) return;
        gemv<T>(view(curvature_), s, product_.data());
        const T scs = dot(d_, s, product_.data()), zs = dot(d_, z, s);
        const T size = scs != 0 ? std::min(T(1), std::abs(zs / scs)) : T(1);
        for (size_t i = 0; i < d_; ++i) change_[i] = (z[i] - size * product_[i]) / ys;
        const T along = dot(d_, change_.data(), s) / ys;
        for (size_t i = 0; i < d_; ++i) {
            T* row = &curvature_(i, 0);
            const T a = change_[i] - along * y[i], b = y[i];
            for (size_t j = 0; j < d_; ++j) row[j] = size * row[j] + a * y[j] + b * change_[j];
        }
    }

    /// How much S / 2 falls along `step`: by Gauss and Newton, and with C.
    struct forecast {
        T plain, curved;
    };
    forecast predict() {
        gemv<T>(view(jacobian), step.data(), product_.data());
        const T plain =
            -dot(d_, gradient.data(), step.data()) - dot(d_, product_.data(), product_.data()) / 2;
        gemv<T>(view(curvature_), step.data(), product_.data());
        return {plain, plain - dot(d_, step.data(), product_.data()) / 2};
    }

    /// Coordinates whose step is given and not sought: 0, or what leads to the edge of the box.
    std::vector<char> held;

    /// Sets the free coordinates of `step` to the model's minimum in the ball of the given radius, to a
    /// quarter of the radius (More and Sorensen, SIAM J. Sci. Stat. Comput. 4, 1983).
    void minimise(T radius) {
        set_target();
        shift_ *= last_radius_ / radius;
        last_radius_ = radius;
        T below = -1, above = std::numeric_limits<T>::infinity();  // shifts known to be too small, too large
        for (int attempt = 0; attempt < 30; ++attempt) {
            assemble(shift_);
            if (!cholesky(matrix_view<T>(factor_))) {
                below = shift_;
                shift_ = std::isfinite(above) ? (below + above) / 2
                                              : std::max(4 * shift_, T(1e-3) * mean_diagonal());
                continue;
            }
            std::copy(target_.begin(), target_.end(), step.begin());
            cholesky_solve<T>(view(factor_), step.data());
            const T length = free_length(step);
            if (length <= radius && shift_ == 0) return;
            if (length <= radius * 5 / 4 && length >= radius * 3 / 4) return;
            (length < radius ? above : below) = shift_;
            if (length < radius && below >= above * 3 / 4) return follow_softest(radius);
            // Newton's step on 1 / length(shift) = 1 / radius.
            for (size_t i = 0; i < d_; ++i) product_[i] = held[i] ? T(0) : step[i];
            lower_solve<T>(view(factor_), product_.data());
            const T slope = length * length / dot(d_, product_.data(), product_.data());
            const T next = shift_ + slope * (length - radius) / radius;
            if (next > below && next > 0)
                shift_ = next;
            else
                shift_ = below < 0 ? T(0) : (below + above) / 2;
        }
        const T length = free_length(step);
        if (length > radius)
            for (size_t i = 0; i < d_; ++i) step[i] *= held[i] ? T(1) : radius / length;
    }

    /// Bends `step` along the valley that it leads into: adds half of what undoes the second derivative of g
    /// along it, `bend` (d), if that is shorter than the step (geodesic acceleration: Transtrum, Sethna,
    /// arXiv:1201.5885, 2012). Needs the factor that minimise() left.
    void accelerate(const T* bend) {
        gemv<T>(transposed(view(jacobian)), bend, change_.data());
        for (size_t i = 0; i < d_; ++i) change_[i] = held[i] ? T(0) : -change_[i] / 2;
        cholesky_solve<T>(view(factor_), change_.data());
        if (!(free_length(change_) <= free_length(step) * 3 / 4)) return;
        for (size_t i = 0; i < d_; ++i) step[i] += change_[i];
    }

  private:
    static matrix_view<const T> view(const matrix<T>& m) { return m; }

    T mean_diagonal() const {
        T sum = std::numeric_limits<T>::min();
        for (size_t i = 0; i < d_; ++i) sum += gram_(i, i);
        return sum / static_cast<T>(d_);
    }

    T free_length(const std::vector<T>& x) const {
        T sum = 0;
        for (size_t i = 0; i < d_; ++i) sum += held[i] ? T(0) : x[i] * x[i];
        return std::sqrt(sum);
    }

    /// Where the model is a saddle whose descent the gradient does not see (the hard case of More and
    /// Sorensen): lengthens the step to the radius along the softest direction, which inverse iteration
    /// finds.
    void follow_softest(T radius) {
        for (size_t i = 0; i < d_; ++i) product_[i] = held[i] ? T(0) : step[i] + std::cos(T(i));
        for (int i = 0; i < 3; ++i) {
            cholesky_solve<T>(view(factor_), product_.data());
            const T length = std::sqrt(dot(d_, product_.data(), product_.data()));
            for (size_t j = 0; j < d_; ++j) product_[j] /= length;
        }
        T along = 0, square = 0;
        for (size_t i = 0; i < d_; ++i) {
            if (held[i]) continue;
            along += step[i] * product_[i];
            square += step[i] * step[i];
        }
        const T root = std::sqrt(std::max(T(0), along * along + radius * radius - square));
        const T further = along > 0 ? root - along : -root - along;
        for (size_t i = 0; i < d_; ++i) step[i] += further * product_[i];
    }

    /// The right-hand side of the step's equation: a held coordinate's step goes over to it.
    void set_target() {
        const T weight = curved ? T(1) : T(0);
        for (size_t i = 0; i < d_; ++i) target_[i] = -gradient[i];
        for (size_t j = 0; j < d_; ++j) {
            if (!held[j] || step[j] == 0) continue;
            for (size_t i = 0; i < d_; ++i)
                target_[i] -= step[j] * (gram_(std::max(i, j), std::min(i, j)) + weight * curvature_(i, j));
        }
        for (size_t i = 0; i < d_; ++i)
            if (held[i]) target_[i] = step[i];
    }

    /// The lower triangle of the shifted Hessian; a unit row where a coordinate is held.
    void assemble(T shift) {
        const T weight = curved ? T(1) : T(0);
        for (size_t i = 0; i < d_; ++i) {
            const T *from = &gram_(i, 0), *bend = &curvature_(i, 0);
            T* row = &factor_(i, 0);
            for (size_t j = 0; j <= i; ++j) row[j] = from[j] + weight * bend[j];
            row[i] += shift;
        }
        for (size_t i = 0; i < d_; ++i) {
            if (!held[i]) continue;
            for (size_t j = 0; j < i; ++j) factor_(i, j) = 0;
            for (size_t j = i + 1; j < d_; ++j) factor_(j, i) = 0;
            factor_(i, i) = 1;
        }
    }

    matrix<T> gram_, curvature_, factor_;
    std::vector<T> product_, change_, target_;
    size_t d_;
    T shift_ = 0, last_radius_ = 0;
};

}  // namespace engram::detail
