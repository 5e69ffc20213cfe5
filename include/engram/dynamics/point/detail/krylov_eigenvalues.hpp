/// @file
/// The eigenvalue iterations of leading_spectrum.hpp, by Spectra, which needs Eigen.
#pragma once

#if !__has_include(<Spectra/GenEigsSolver.h>) || !__has_include(<Eigen/Core>)
#error \
    "engram/dynamics/point/leading_spectrum.hpp needs Spectra and Eigen in the include path (Debian: libspectra-dev, libeigen3-dev)"
#endif
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#endif
#include <Spectra/GenEigsSolver.h>
#include <Spectra/SymEigsSolver.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "engram/dynamics/point/spectrum.hpp"

#include <optional>

namespace engram::detail {

/// Thrown to end an iteration whose numbers are not finite.
struct not_finite {};
template <class T>
void require_finite(size_t n, const T* numbers) {
    if (!std::isfinite(dot(n, numbers, numbers))) throw not_finite{};
}

/// dF/dh at one state, as an operand of Spectra.
template <differentiable_map Map>
class spectra_operand {
  public:
    using Scalar = typename Map::scalar;

    spectra_operand(const Map& map, const search_region<Scalar>& region, const Scalar* h)
        : dimension_(map.dimension()), linear_(map, region), h_(h) {}
    [[nodiscard]] Eigen::Index rows() const { return static_cast<Eigen::Index>(dimension_); }
    [[nodiscard]] Eigen::Index cols() const { return rows(); }
    void perform_op(const Scalar* in, Scalar* out) const {
        linear_.jvp(h_, in, out);
        require_finite(dimension_, out);
    }

  private:
    size_t dimension_;
    mutable linearisation<Map> linear_;
    const Scalar* h_;
};

/// The eigenvalues of largest modulus; none if the iteration does not converge.
template <differentiable_map Map, class T = typename Map::scalar>
std::optional<std::vector<std::complex<T>>> leading_values(const Map& map, const search_region<T>& region,
                                                           const T* h, size_t count, size_t iterations) {
    const size_t d = map.dimension();
    spectra_operand<Map> operand(map, region, h);
    Spectra::GenEigsSolver<spectra_operand<Map>> solver(
        operand, static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(std::min(d, 3 * count + 20)));
    try {
        solver.init();
        solver.compute(Spectra::SortRule::LargestMagn, static_cast<Eigen::Index>(iterations));
    } catch (const not_finite&) {
        return {};
    }
    if (solver.info() != Spectra::CompInfo::Successful) return {};
    const auto values = solver.eigenvalues();
    std::vector<std::complex<T>> result(values.data(), values.data() + values.size());
    sort_by_modulus(result);
    return result;
}

/// top - H as an operand of Spectra, H being half of S's Hessian at one state over the coordinates that the
/// box leaves free: the smallest eigenvalue of H is the largest of top - H, and large ones converge fastest.
template <differentiable_map Map>
class curvature_operand {
  public:
    using Scalar = typename Map::scalar;

    /// At a fixed point H = J^T J: the second-order term is a product with g, which is zero there.
    curvature_operand(const Map& map, const search_region<Scalar>& region, const Scalar* h, bool fixed)
        : map_(map),
          region_(region),
          linear_(map, region),
          d_(map.dimension()),
          h_(h),
          g_(d_),
          direction_(d_),
          image_(d_),
          shifted_(d_),
          behind_(d_),
          product_(d_) {
        has_second_order_ =
            squared_speed(map, h, g_.data()) > std::pow(speed_of_rounding(h, d_), 2) && !fixed;
        half_gradient(map, as_row(h, d_), as_row(std::as_const(g_)), as_row(image_));
        require_finite(d_, image_.data());
        product_ = image_;
        remove_blocked(region, h, image_.data(), d_);
        for (size_t i = 0; i < d_; ++i)
            if (image_[i] == product_[i]) free_.push_back(i);
    }

    Scalar top = 0;  ///< shifts the spectrum

    [[nodiscard]] Eigen::Index rows() const { return static_cast<Eigen::Index>(free_.size()); }
    [[nodiscard]] Eigen::Index cols() const { return rows(); }
    void perform_op(const Scalar* in, Scalar* out) const {
        std::ranges::fill(direction_, Scalar(0));
        for (size_t k = 0; k < free_.size(); ++k) direction_[free_[k]] = in[k];
        linear_.jvp(h_, direction_.data(), shifted_.data());
        axpy(d_, Scalar(-1), direction_.data(), shifted_.data());
        half_gradient(map_, as_row(h_, d_), as_row(std::as_const(shifted_)), as_row(image_));
        if (has_second_order_) add_second_order();
        for (size_t k = 0; k < free_.size(); ++k) out[k] = top * in[k] - image_[free_[k]];
        require_finite(free_.size(), out);
    }

  private:
    /// Adds d(J^T g)/dh times the direction, g held constant, by a central difference of the vjp.
    void add_second_order() const {
        const Scalar length = std::sqrt(dot(d_, direction_.data(), direction_.data()));
        const Scalar step = ends_within(region_, h_, direction_.data(), d_, difference_step(h_, d_, length),
                                        shifted_.data(), behind_.data());
        for (const bool forwards : {true, false}) {
            map_.vjp(as_row(std::as_const(forwards ? shifted_ : behind_)), as_row(g_), as_row(product_));
            axpy(d_, (forwards ? Scalar(1) : Scalar(-1)) / (2 * step), product_.data(), image_.data());
        }
    }

    const Map& map_;
    const search_region<Scalar>& region_;
    mutable linearisation<Map> linear_;
    size_t d_;
    const Scalar* h_;
    std::vector<Scalar> g_;
    mutable std::vector<Scalar> direction_, image_, shifted_, behind_, product_;
    std::vector<size_t> free_;
    bool has_second_order_ = false;
};

/// The largest (or smallest) eigenvalue of a symmetric operand; none if the residual, relative to it, does
/// not fall below the tolerance.
template <class Operand, class T = typename Operand::Scalar>
std::optional<T> extreme_value(Operand& operand, Spectra::SortRule which, T tolerance, size_t iterations) {
    Spectra::SymEigsSolver<Operand> solver(operand, 1, std::min<Eigen::Index>(operand.rows(), 60));
    solver.init();
    solver.compute(which, static_cast<Eigen::Index>(iterations), tolerance);
    if (solver.info() != Spectra::CompInfo::Successful) return {};
    return solver.eigenvalues()[0];
}

/// The smallest and the largest eigenvalue of half of S's Hessian; none if an iteration does not converge.
template <differentiable_map Map, class T = typename Map::scalar>
std::optional<std::pair<T, T>> extreme_curvatures(curvature_operand<Map>& half_hessian, size_t iterations) {
    const auto n = static_cast<size_t>(half_hessian.rows());
    if (n == 0) return std::pair(std::numeric_limits<T>::infinity(), std::numeric_limits<T>::infinity());
    if (n <= 60) {  // few enough for a matrix
        auto all = matrix<T>::from_shape({n, n});
        std::vector<T> unit(n);
        for (size_t i = 0; i < n; ++i) {
            unit[i] = -1;
            half_hessian.perform_op(unit.data(), &all(i, 0));
            unit[i] = 0;
        }
        const auto values = symmetric_eigenvalues<T>(all);
        return std::pair(values.front(), values.back());
    }
    const T tolerance = std::cbrt(std::numeric_limits<T>::epsilon());
    const auto lowest = extreme_value(half_hessian, Spectra::SortRule::SmallestAlge, tolerance, iterations);
    if (!lowest) return {};
    half_hessian.top = -*lowest;
    const auto highest = extreme_value(half_hessian, Spectra::SortRule::LargestAlge, tolerance, iterations);
    if (!highest) return {};
    return std::pair(half_hessian.top - *highest, half_hessian.top);
}

}  // namespace engram::detail
