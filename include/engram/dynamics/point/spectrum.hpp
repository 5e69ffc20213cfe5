/// @file
/// The spectrum of a map's Jacobian, and the measures of S about a state that need dense matrices.
#pragma once

#include "engram/core/any_array.hpp"
#include "engram/dynamics/point/detail/second_order_term.hpp"
#include "engram/dynamics/point/slow_point.hpp"

namespace engram {

/// The eigenvalues of dF/dh at a state, by falling modulus, all d of them, with LAPACK: O(d^3) time, O(d^2)
/// memory. (leading_spectrum.hpp finds the first few in a large d.) Throws shape_error, divergence_error.
template <differentiable_map Map, any_array State = vector<typename Map::scalar>>
vector<std::complex<typename Map::scalar>> spectrum(const Map& map, const State& state);

namespace detail {

/// Whether eigenvalue a comes before b: by falling modulus; conjugates stay together, the positive imaginary
/// part first.
template <class T>
bool before_in_spectrum(const std::complex<T>& a, const std::complex<T>& b) {
    const T x = std::abs(a), y = std::abs(b);
    if (x != y) return x > y;
    return a.real() != b.real() ? a.real() > b.real() : a.imag() > b.imag();
}
/// Puts eigenvalues in that order.
template <class T>
void sort_by_modulus(std::vector<std::complex<T>>& values) {
    std::ranges::sort(values, before_in_spectrum<T>);
}

/// dF/dh at a state, for the public function of that name: throws shape_error if the state does not fit the
/// map, divergence_error if a number is not finite.
template <differentiable_map Map, any_array State>
auto finite_jacobian(const char* function, const Map& map, const State& state) {
    using T = typename Map::scalar;
    const size_t d = map.dimension();
    const auto& h = to_vector<T>(function, state);
    expect_state(function, h.size(), d);
    auto jacobian = matrix<T>::from_shape({d, d});
    linearisation<Map>(map).jacobian(h.data(), jacobian);
    for (const T& x : jacobian)
        require<divergence_error>(std::isfinite(x), function, ": the map's derivative at the state is ", x);
    return jacobian;
}

/// Where Newton's method leads from h in one step.
template <class T>
struct newton_step {
    T length = std::numeric_limits<T>::infinity();
    T speed = std::numeric_limits<T>::infinity();  ///< after the step
    T again = std::numeric_limits<T>::infinity();  ///< after another one with the same derivative
    T gain = 0;                                    ///< a norm of dF/dh, by which F enlarges rounding
    bool singular = false;                         ///< dF/dh - 1 is, to rounding, so that lengths say nothing
};

/// Eigenvalues of modulus closer to 1 than this are neutral: at a ghost one is exactly 1, but for rounding.
template <class T>
inline const T neutral_band = 8 * std::sqrt(std::numeric_limits<T>::epsilon());

/// Singular values of a matrix (d x d) with a norm of that size are zero, to rounding, up to this.
template <class T>
T rounding_of_sums(size_t d, T size) {
    return 16 * std::numeric_limits<T>::epsilon() * size * std::sqrt(static_cast<T>(d));
}

/// A root attracts Newton's method: one step divides the speed by more than 8, and so does another with the
/// same derivative. About a minimum of S that is no root a step in its direction divides the speed by less
/// than 4, on x' = x + e + x^2 exactly by 4 t^2 / (1 + t^2), t = x / sqrt(e); the second one shows that where
/// other directions still had much to give to the first.
template <class T>
bool is_root(const newton_step<T>& newton, const T* h, size_t d, T speed) {
    const T rounding = (1 + newton.gain) * speed_of_rounding(h, d),
            size = std::max(T(1), std::sqrt(dot(d, h, h)));
    return speed <= speed_of_rounding(h, d) ||
           (newton.length <= size / 100 &&
            (speed <= rounding || newton.speed <= rounding ||
             (newton.speed < speed / 8 && (newton.again < newton.speed / 8 || newton.again <= rounding))));
}

/// What dense linear algebra says about S and F at one state, within a region's box, outside which nothing is
/// evaluated; owns three (d x d) matrices.
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

    /// Sets the state that the other functions are about; false if the derivative there is not finite, of
    /// which they can say nothing.
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

    /// How many of the eigenvalues, by falling modulus, are outside the unit circle, beyond rounding. That
    /// splits a k-fold eigenvalue on the circle into a ring of radius r ~ epsilon^(1/k), which for k > 2 is
    /// r / 2 beyond the circle somewhere. So all within four times the distance of one from the circle are
    /// judged by whether the circle's point beside it is an eigenvalue, to rounding.
    size_t unstable(const std::vector<std::complex<T>>& values) {
        const T far = std::pow(std::numeric_limits<T>::epsilon(), T(0.2));
        auto left = values;
        size_t count = 0;
        while (!left.empty() && std::abs(left.front()) > 1 + neutral_band<T>) {
            const auto z = left.front();
            const T beyond = std::abs(z) - 1;
            const auto near = [&](const auto& other) { return std::abs(other - z) <= 4 * beyond; };
            if (beyond <= far && std::ranges::count_if(values, near) > 1 && has_eigenvalue(z / std::abs(z))) {
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
        result.gain = gain();
        work_ = jacobian_;
        for (size_t i = 0; i < d_; ++i) work_(i, i) -= T(1);
        if (!lu<T>(work_, pivots_.data())) {
            result.singular = true;
            return result;
        }
        result.singular = is_singular(1 + result.gain);
        step_ = g_;
        lu_solve<T>(matrix_view<const T>(work_), pivots_.data(), step_.data());
        result.length = std::sqrt(dot(d_, step_.data(), step_.data()));
        for (size_t i = 0; i < d_; ++i) step_[i] = region_.clip(i, h_[i] - step_[i]);
        result.speed = std::sqrt(squared_speed(map_, step_.data(), next_.data()));
        lu_solve<T>(matrix_view<const T>(work_), pivots_.data(), next_.data());
        for (size_t i = 0; i < d_; ++i) step_[i] = region_.clip(i, step_[i] - next_[i]);
        result.again = std::sqrt(squared_speed(map_, step_.data(), next_.data()));
        return result;
    }

    /// The eigenvalues of S's Hessian, rising, over the coordinates that the box leaves free:
    /// 2 (J^T J + d(J^T g)/dh with g held), the second part by central differences of the vjp, left out
    /// where g is zero to rounding.
    std::vector<T> curvatures() {
        hessian();
        auto values = symmetric_eigenvalues(matrix_view<T>(work_));
        for (T& value : values) value *= 2;
        return values;
    }

    /// The unit vector along which S is flattest.
    std::vector<T> flattest_direction() {
        hessian();
        symmetric_eigenvalues<T>(work_, true);
        return {work_.data(), work_.data() + d_};
    }

  private:
    T gain() const { return std::sqrt(dot(jacobian_.size(), jacobian_.data(), jacobian_.data())); }

    /// Whether dF/dh has a number of modulus 1 as an eigenvalue, to rounding: whether dF/dh - z is singular,
    /// or, for a pair, the product of the two.
    bool has_eigenvalue(std::complex<T> z) {
        work_ = jacobian_;
        T size = 1 + gain();
        if (z.imag() == 0) {
            for (size_t i = 0; i < d_; ++i) work_(i, i) -= z.real();
        } else {
            gemm<T>(jacobian_, jacobian_, matrix_view<T>(work_));
            axpy(work_.size(), -2 * z.real(), jacobian_.data(), work_.data());
            for (size_t i = 0; i < d_; ++i) work_(i, i) += T(1);
            size *= size;
        }
        return !lu<T>(work_, pivots_.data()) || is_singular(size);
    }
    /// Whether the matrix whose factors are in work_ is singular to rounding errors in numbers of a size: a
    /// vector without structure, solved for, shows how small the smallest singular value is.
    bool is_singular(T size) {
        for (size_t i = 0; i < d_; ++i) step_[i] = T(1.5) + std::cos(static_cast<T>(i * i % 1000 + i));
        const T before = dot(d_, step_.data(), step_.data());
        lu_solve<T>(matrix_view<const T>(work_), pivots_.data(), step_.data());
        const T rounding = rounding_of_sums(d_, size);
        return !(before > rounding * rounding * dot(d_, step_.data(), step_.data()));
    }

    /// Half of S's Hessian in the upper triangle of work_, large where the box blocks the way.
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

}  // namespace detail

template <differentiable_map Map, any_array State>
vector<std::complex<typename Map::scalar>> spectrum(const Map& map, const State& state) {
    auto jacobian = detail::finite_jacobian("spectrum", map, state);
    auto values = detail::eigenvalues(matrix_view<typename Map::scalar>(jacobian));
    detail::sort_by_modulus(values);
    return detail::as_array(values);
}

}  // namespace engram
