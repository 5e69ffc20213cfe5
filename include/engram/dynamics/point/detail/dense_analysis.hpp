/// @file
/// What dense linear algebra tells about a state: Newton's steps, whether there is a root, the spectrum, the
/// curvature of S.
#pragma once

#include "engram/dynamics/point/detail/second_order_term.hpp"
#include "engram/dynamics/point/spectrum.hpp"

namespace engram::detail {

/// Two steps of Newton's method for F(h) = h with one derivative.
template <class T>
struct newton_step {
    T length = std::numeric_limits<T>::infinity();        ///< of the first step
    T speed = std::numeric_limits<T>::infinity();         ///< after the first step
    T second_speed = std::numeric_limits<T>::infinity();  ///< after the second step
    T jacobian_norm = 0;                                  ///< of dF/dh: F multiplies rounding errors by it
    bool singular = false;                                ///< whether dF/dh - 1 is, to rounding
};

/// Eigenvalues whose modulus differs from 1 by no more than this are neutral. At a ghost of a fold one is
/// exactly 1.
template <class T>
inline const T neutral_band = 8 * std::sqrt(std::numeric_limits<T>::epsilon());

/// Singular values of a matrix (d x d) of norm `size` that are no larger than this are zero to rounding.
template <class T>
T rounding_of_sums(size_t d, T size) {
    return 16 * std::numeric_limits<T>::epsilon() * size * std::sqrt(static_cast<T>(d));
}

/// Whether Newton's method confirms a root: one step divides the speed by more than 8, and a second step with
/// the same derivative does so again. Near a minimum of S that is no root, a step along the direction of the
/// minimum divides the speed by less than 4: for x' = x + e + x^2 by 4 t^2 / (1 + t^2), t = x / sqrt(e). The
/// first step may yet divide it by more, if the speed in other directions was large; the second does not.
template <class T>
bool is_root(const newton_step<T>& newton, const T* h, size_t d, T speed) {
    const T rounding = (1 + newton.jacobian_norm) * speed_of_rounding(h, d),
            size = std::max(T(1), std::sqrt(dot(d, h, h)));
    return speed <= speed_of_rounding(h, d) ||
           (newton.length <= size / 100 &&
            (speed <= rounding || newton.speed <= rounding ||
             (newton.speed < speed / 8 &&
              (newton.second_speed < newton.speed / 8 || newton.second_speed <= rounding))));
}

/// What dense linear algebra tells about S and F at one state. Evaluates the map within a region's box only.
/// Owns three (d x d) matrices.
template <differentiable_map Map>
class dense_analysis {
  public:
    using T = typename Map::scalar;

    dense_analysis(const Map& map, const search_region<T>& region)
        : map_(map),
          region_(region),
          linear_(map),
          d_(map.dimension()),
          jacobian_(zeros<T>(d_, d_)),
          work_(jacobian_),
          g_(d_),
          next_(d_),
          step_(d_),
          pivots_(d_) {}
    ~dense_analysis() = default;
    dense_analysis(const dense_analysis&) = delete;
    dense_analysis& operator=(const dense_analysis&) = delete;

    /// Sets the state of all other functions, which must not be called if this returns false: the derivative
    /// there is not finite.
    bool at(const T* h) {
        h_ = h;
        squared_speed(map_, h, g_.data());
        linear_.jacobian(h, jacobian_);
        return std::isfinite(dot(jacobian_.size(), jacobian_.data(), jacobian_.data()));
    }

    std::vector<std::complex<T>> spectrum() {
        work_ = jacobian_;
        auto values = eigenvalues(matrix_view<T>(work_));
        sort_by_modulus(values);
        return values;
    }

    /// How many of the eigenvalues, by descending modulus, lie outside the unit circle by more than rounding.
    /// Rounding splits a k-fold eigenvalue on the circle into a ring of radius r ~ epsilon^(1/k), which for
    /// k > 2 reaches r / 2 beyond the circle. Therefore an eigenvalue z at distance r from the circle, and
    /// all within 4 r of it, count as on the circle if all between z and z / |z| are eigenvalues to rounding:
    /// tried are z / |z| and a point halfway.
    size_t unstable(const std::vector<std::complex<T>>& values) {
        const T far = std::pow(std::numeric_limits<T>::epsilon(), T(0.125));
        auto left = values;
        size_t count = 0;
        while (!left.empty() && std::abs(left.front()) > 1 + neutral_band<T>) {
            const auto z = left.front();
            const T beyond = std::abs(z) - 1;
            const auto near = [&](const auto& other) { return std::abs(other - z) <= 4 * beyond; };
            const auto on_circle = z / std::abs(z);
            if (beyond <= far && std::ranges::count_if(values, near) > 1 && has_eigenvalue(on_circle) &&
                has_eigenvalue((z + on_circle) / T(2))) {
                std::erase_if(left, near);
            } else {
                left.erase(left.begin());
                ++count;
            }
        }
        return count;
    }

    newton_step<T> newton() {
        newton_step<T> result;
        result.jacobian_norm = jacobian_norm();
        work_ = jacobian_;
        for (size_t i = 0; i < d_; ++i) work_(i, i) -= T(1);
        if (!lu<T>(work_, pivots_.data())) {
            result.singular = true;
            return result;
        }
        result.singular = is_singular(1 + result.jacobian_norm);
        step_ = g_;
        lu_solve<T>(matrix_view<const T>(work_), pivots_.data(), step_.data());
        result.length = std::sqrt(dot(d_, step_.data(), step_.data()));
        for (size_t i = 0; i < d_; ++i) step_[i] = region_.clip(i, h_[i] - step_[i]);
        result.speed = std::sqrt(squared_speed(map_, step_.data(), next_.data()));
        lu_solve<T>(matrix_view<const T>(work_), pivots_.data(), next_.data());
        for (size_t i = 0; i < d_; ++i) step_[i] = region_.clip(i, step_[i] - next_[i]);
        result.second_speed = std::sqrt(squared_speed(map_, step_.data(), next_.data()));
        return result;
    }

    /// The eigenvalues of S's Hessian, ascending, over the coordinates that the box leaves free:
    /// 2 (J^T J + d(J^T g)/dh with g held constant), J = dF/dh - 1. The second part, by central differences
    /// of the vjp, is left out if g is zero to rounding.
    std::vector<T> curvatures() {
        hessian();
        auto values = symmetric_eigenvalues(matrix_view<T>(work_));
        for (T& value : values) value *= 2;
        return values;
    }

    /// The unit eigenvector of S's Hessian to its smallest eigenvalue.
    std::vector<T> flattest_direction() {
        hessian();
        symmetric_eigenvalues<T>(work_, true);
        return {work_.data(), work_.data() + d_};
    }

  private:
    T jacobian_norm() const { return std::sqrt(dot(jacobian_.size(), jacobian_.data(), jacobian_.data())); }

    /// Whether z is an eigenvalue of dF/dh to rounding: whether dF/dh - z is singular, or
    /// (dF/dh - z)(dF/dh - conj z) for a z that is not real.
    bool has_eigenvalue(std::complex<T> z) {
        work_ = jacobian_;
        T size = 1 + jacobian_norm();
        if (z.imag() == 0) {
            for (size_t i = 0; i < d_; ++i) work_(i, i) -= z.real();
        } else {
            gemm<T>(jacobian_, jacobian_, matrix_view<T>(work_));
            axpy(work_.size(), -2 * z.real(), jacobian_.data(), work_.data());
            for (size_t i = 0; i < d_; ++i) work_(i, i) += std::norm(z);
            size *= size;
        }
        return !lu<T>(work_, pivots_.data()) || is_singular(size);
    }
    /// Whether the matrix A of norm `size`, whose factors are in work_, is singular to rounding: solving
    /// A x = b for a b without structure gives ||b|| / ||x||, an estimate of the smallest singular value.
    bool is_singular(T size) {
        for (size_t i = 0; i < d_; ++i) step_[i] = T(1.5) + std::cos(static_cast<T>(i * i % 1000 + i));
        const T before = dot(d_, step_.data(), step_.data());
        lu_solve<T>(matrix_view<const T>(work_), pivots_.data(), step_.data());
        const T rounding = rounding_of_sums(d_, size);
        return !(before > rounding * rounding * dot(d_, step_.data(), step_.data()));
    }

    /// Half of S's Hessian in the upper triangle of work_. The rows of coordinates that the box holds fixed
    /// are those of a multiple of the identity, as large as the largest diagonal entry.
    void hessian() {
        matrix<T> j = jacobian_;
        for (size_t i = 0; i < d_; ++i) j(i, i) -= T(1);
        gemv<T>(transposed(matrix_view<const T>(j)), g_.data(), step_.data());
        std::vector<T> free = step_;
        remove_blocked(region_, h_, free.data(), d_);
        gram<T>(matrix_view<const T>(j), work_);
        if (dot(d_, g_.data(), g_.data()) > std::pow(speed_of_rounding(h_, d_), 2)) {
            second_order_term<Map>(map_, region_)(h_, g_.data(), j);
            for (size_t i = 0; i < d_; ++i) axpy(d_ - i, T(1), &j(i, i), &work_(i, i));
        }
        T largest = 0;
        for (size_t i = 0; i < d_; ++i) largest = std::max(largest, work_(i, i));
        for (size_t i = 0; i < d_; ++i) {
            if (free[i] == step_[i]) continue;
            for (size_t k = 0; k < d_; ++k) work_(i, k) = work_(k, i) = 0;
            work_(i, i) = largest;
        }
    }

    const Map& map_;
    const search_region<T>& region_;
    linearisation<Map> linear_;
    size_t d_;
    const T* h_ = nullptr;
    matrix<T> jacobian_, work_;
    std::vector<T> g_, next_, step_;
    std::vector<xt::blas_index_t> pivots_;
};

}  // namespace engram::detail
