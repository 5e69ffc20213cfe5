/// @file
/// The inexact Newton step for F(h) = h, by GMRES.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/dynamics/solver/solver.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace engram::detail {

/// Solves (dF/dh - 1) step = -g approximately by GMRES (Saad, Schultz, SIAM J. Sci. Stat. Comput. 7, 1986),
/// in a Krylov space of at most `vectors` dimensions. Coordinates that the box holds are left out. All memory
/// is allocated by the constructor.
template <differentiable_map Map>
class krylov_step {
  public:
    using T = typename Map::scalar;

    krylov_step(const Map& map, size_t vectors, const search_region<T>& region)
        : map_(map),
          region_(region),
          linear_(map, region),
          d_(map.dimension()),
          most_(std::min(vectors, d_)),
          basis_(matrix<T>::from_shape({most_ + 1, d_})),
          triangle_(matrix<T>::from_shape({most_, most_ + 1})),
          cosine_(most_),
          sine_(most_),
          right_(most_ + 1),
          weights_(most_ + 1),
          more_(most_ + 1),
          shifted_(d_) {}

    /// Writes the step of the first Krylov space in which ||g + (dF/dh - 1) step|| <= forcing ||g||, or in
    /// which the step reaches the radius, to which it is then cut. Returns ||g + (dF/dh - 1) step|| / ||g||:
    /// 1 if there is no step.
    T solve(const search_state<T>& at, T radius, T forcing, std::span<T> step) {
        const T whole = begin(at);
        size_ = 0;
        length_ = 0;
        while (size_ < most_ && std::abs(right_[size_]) > forcing * whole && length_ < radius) {
            if (!extend(at, size_)) break;
            ++size_;
            solve_triangle(size_);
            length_ = std::sqrt(dot(size_, weights_.data(), weights_.data()));
        }
        // The step leaves g as it is along held coordinates.
        const T square = dot(d_, at.residual.data(), at.residual.data()),
                gain = (whole - right_[size_]) * (whole + right_[size_]);
        rest_ = std::sqrt(std::max(T(0), 1 - gain / square));
        return cut(radius, step);
    }
    /// Whether the latest Krylov space has the largest dimension allowed.
    [[nodiscard]] bool exhausted() const { return size_ == most_; }
    /// Writes the latest step, cut to another radius. Returns the same ratio as solve().
    T cut(T radius, std::span<T> step) {
        if (size_ == 0 || !(length_ > 0)) return 1;
        gemv<T>(transposed(block(size_)), weights_.data(), step.data());
        if (!(length_ > radius)) return rest_;
        const T part = radius / length_;
        for (T& x : step) x *= part;
        // The uncut residual is orthogonal to what the step removes of g, of norm sqrt(1 - rest^2) ||g||.
        const T left = 1 - part, square = rest_ * rest_;
        return std::sqrt(left * left * (1 - square) + square);
    }

  private:
    matrix_view<const T> block(size_t k) const { return matrix_view<const T>(basis_).row_block(0, k); }
    static bool is_held(const search_state<T>& at, size_t i) {
        return at.gradient[i] == 0 && at.full_gradient[i] != 0;
    }

    /// Sets the first basis vector to -g / ||g||, without held coordinates. Returns that norm.
    T begin(const search_state<T>& at) {
        for (size_t i = 0; i < d_; ++i) basis_(0, i) = is_held(at, i) ? T(0) : -at.residual[i];
        const T norm = std::sqrt(dot(d_, basis_.data(), basis_.data()));
        for (size_t i = 0; i < d_; ++i) basis_(0, i) /= norm;
        right_[0] = norm;
        return norm;
    }

    /// Adds a basis vector by Arnoldi's method, and the Givens rotation that keeps the least-squares problem
    /// triangular. False if it is not finite, or the problem singular.
    bool extend(const search_state<T>& at, size_t k) {
        T* const fresh = &basis_(k + 1, 0);
        multiply(at, &basis_(k, 0), fresh);
        // Gram-Schmidt, done twice so that the basis stays orthogonal.
        gemv<T>(block(k + 1), fresh, weights_.data());
        subtract(k + 1, weights_.data(), fresh);
        gemv<T>(block(k + 1), fresh, more_.data());
        subtract(k + 1, more_.data(), fresh);
        const T rest = std::sqrt(dot(d_, fresh, fresh));
        if (!std::isfinite(rest)) return false;
        for (size_t i = 0; i < d_; ++i) fresh[i] = rest > 0 ? fresh[i] / rest : T(0);
        T* const column = &triangle_(k, 0);
        for (size_t i = 0; i <= k; ++i) column[i] = weights_[i] + more_[i];
        for (size_t i = 0; i < k; ++i) {
            const T upper = column[i];
            column[i] = cosine_[i] * upper + sine_[i] * column[i + 1];
            column[i + 1] = cosine_[i] * column[i + 1] - sine_[i] * upper;
        }
        const T size = std::hypot(column[k], rest);
        if (!(size > 0)) return false;
        cosine_[k] = column[k] / size;
        sine_[k] = rest / size;
        column[k] = size;
        right_[k + 1] = -sine_[k] * right_[k];
        right_[k] *= cosine_[k];
        return true;
    }
    /// from -= sum_i factors_i (basis vector i).
    void subtract(size_t count, const T* factors, T* from) {
        gemv<T>(transposed(block(count)), factors, shifted_.data());
        axpy(d_, T(-1), shifted_.data(), from);
    }

    /// The weights of the first k basis vectors in the step, by back substitution.
    void solve_triangle(size_t k) {
        for (size_t i = k; i-- > 0;) {
            T sum = right_[i];
            for (size_t j = i + 1; j < k; ++j) sum -= triangle_(j, i) * weights_[j];
            weights_[i] = sum / triangle_(i, i);
        }
    }

    /// out = (dF/dh - 1) v. Without a jvp by a forward difference: F is known at h, and that is accurate
    /// enough.
    void multiply(const search_state<T>& at, const T* v, T* out) {
        const T* h = at.state.data();
        const T by = std::sqrt(std::numeric_limits<T>::epsilon()) * std::max(T(1), std::sqrt(dot(d_, h, h)));
        if (has_jvp<Map> || !within(region_, h, v, d_, by)) {
            linear_.jvp(h, v, out);
            axpy(d_, T(-1), v, out);
        } else {
            for (size_t i = 0; i < d_; ++i) shifted_[i] = h[i] + by * v[i];
            residual(map_, as_row(std::as_const(shifted_)), as_row(out, d_));
            for (size_t i = 0; i < d_; ++i) out[i] = (out[i] - at.residual[i]) / by;
        }
        for (size_t i = 0; i < d_; ++i)
            if (is_held(at, i)) out[i] = 0;
    }

    const Map& map_;
    const search_region<T>& region_;
    linearisation<Map> linear_;
    size_t d_, most_;
    matrix<T> basis_;     ///< orthonormal basis vectors, as rows
    matrix<T> triangle_;  ///< column by column
    std::vector<T> cosine_, sine_, right_, weights_, more_, shifted_;
    size_t size_ = 0;  ///< dimension of the latest Krylov space
    T length_ = 0,
      rest_ = 1;  ///< of the latest step, before it is cut: its length, and the ratio that solve() returns
};

}  // namespace engram::detail
