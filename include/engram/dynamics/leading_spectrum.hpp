/// @file
/// leading_spectrum: the largest eigenvalues of a Jacobian that is never formed, by Spectra, and
/// describe_leading: the same, and the smallest curvature of S, for all that a search found. An optional
/// header: it needs Spectra and Eigen, and dynamics.hpp does not include it.
#pragma once

#if !__has_include(<Spectra/GenEigsSolver.h>) || !__has_include(<Eigen/Core>)
#error \
    "engram/dynamics/leading_spectrum.hpp needs Spectra and Eigen in the include path (Debian: libspectra-dev, libeigen3-dev)"
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

#include "engram/core/parallel.hpp"
#include "engram/dynamics/describe.hpp"

#include <optional>

namespace engram {

namespace detail {

/// Ends an iteration that has come upon numbers that are not finite.
struct not_finite {};
template <class T>
void require_finite(size_t n, const T* numbers) {
    if (!std::isfinite(dot(n, numbers, numbers))) throw not_finite{};
}

/// dF/dh at one state, as Spectra asks for it.
template <differentiable_map Map>
class spectra_operand {
  public:
    using Scalar = typename Map::scalar;

    spectra_operand(const Map& map, const Scalar* h) : dimension_(map.dimension()), linear_(map), h_(h) {}
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
std::optional<std::vector<std::complex<T>>> leading_values(const Map& map, const T* h, size_t count,
                                                           size_t iterations) {
    const size_t d = map.dimension();
    spectra_operand<Map> operand(map, h);
    Spectra::GenEigsSolver<spectra_operand<Map>> solver(
        operand, static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(std::min(d, 3 * count + 20)));
    solver.init();
    solver.compute(Spectra::SortRule::LargestMagn, static_cast<Eigen::Index>(iterations));
    if (solver.info() != Spectra::CompInfo::Successful) return {};
    const auto values = solver.eigenvalues();
    std::vector<std::complex<T>> result(values.data(), values.data() + values.size());
    sort_by_modulus(result);
    return result;
}

/// Half of S's Hessian at one state over the coordinates that the box leaves free, H, as Spectra asks for it:
/// top - H, since the smallest eigenvalue of H is then the largest one, which iterations find best.
template <differentiable_map Map>
class curvature_operand {
  public:
    using Scalar = typename Map::scalar;

    /// At a fixed point J^T J is all: the rest is a product with g, which is zero there.
    curvature_operand(const Map& map, const search_region<Scalar>& region, const Scalar* h, bool fixed)
        : map_(map),
          linear_(map),
          d_(map.dimension()),
          h_(h),
          g_(d_),
          direction_(d_),
          image_(d_),
          shifted_(d_),
          bend_(d_) {
        bent_ = squared_speed(map, h, g_.data()) > std::pow(speed_of_rounding(h, d_), 2) && !fixed;
        half_gradient(map, as_row(h, d_), as_row(std::as_const(g_)), as_row(image_));
        bend_ = image_;
        remove_blocked(region, h, image_.data(), d_);
        for (size_t i = 0; i < d_; ++i)
            if (image_[i] == bend_[i]) free_.push_back(i);
    }

    Scalar top = 0;

    [[nodiscard]] Eigen::Index rows() const { return static_cast<Eigen::Index>(free_.size()); }
    [[nodiscard]] Eigen::Index cols() const { return rows(); }
    void perform_op(const Scalar* in, Scalar* out) const {
        std::ranges::fill(direction_, Scalar(0));
        for (size_t k = 0; k < free_.size(); ++k) direction_[free_[k]] = in[k];
        linear_.jvp(h_, direction_.data(), shifted_.data());
        axpy(d_, Scalar(-1), direction_.data(), shifted_.data());
        half_gradient(map_, as_row(h_, d_), as_row(std::as_const(shifted_)), as_row(image_));
        if (bent_) add_bend();
        for (size_t k = 0; k < free_.size(); ++k) out[k] = top * in[k] - image_[free_[k]];
        require_finite(free_.size(), out);
    }

  private:
    /// Adds d(J^T g)/dh times the direction, with g held, by a central difference of the vjp.
    void add_bend() const {
        const Scalar length = std::sqrt(dot(d_, direction_.data(), direction_.data()));
        const Scalar step = difference_step(h_, d_, length);
        for (const Scalar side : {step, -step}) {
            for (size_t i = 0; i < d_; ++i) shifted_[i] = h_[i] + side * direction_[i];
            map_.vjp(as_row(std::as_const(shifted_)), as_row(g_), as_row(bend_));
            axpy(d_, 1 / (2 * side), bend_.data(), image_.data());
        }
    }

    const Map& map_;
    mutable linearisation<Map> linear_;
    size_t d_;
    const Scalar* h_;
    std::vector<Scalar> g_;
    mutable std::vector<Scalar> direction_, image_, shifted_, bend_;
    std::vector<size_t> free_;
    bool bent_ = false;
};

/// The largest (or smallest) eigenvalue of a symmetric operand, the tolerance being that of the residual,
/// relative to it; none if the iteration does not converge.
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
    if (n <= 60) {  // few enough to write down
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

}  // namespace detail

/// The `count` eigenvalues of dF/dh of largest modulus, by falling modulus, from products with dF/dh alone
/// (implicitly restarted Arnoldi; memory 3 count + 20 states). `count` is at most d - 2. A conjugate pair
/// may be cut in two at the end of the list. Throws shape_error, value_error, and divergence_error if the
/// iteration does not converge.
template <differentiable_map Map, class T = typename Map::scalar>
std::vector<std::complex<T>> leading_spectrum(const Map& map, const vector<T>& state, size_t count,
                                              size_t iterations = 1000) {
    const size_t d = map.dimension();
    require<shape_error>(state.size() == d, "leading_spectrum: a state of ", state.size(),
                         " numbers for a map of dimension ", d);
    require(count > 0 && count + 2 <= d, "leading_spectrum: count = ", count,
            ", but it must be between 1 and ", d < 2 ? 0 : d - 2);
    auto values = detail::leading_values(map, state.data(), count, iterations);
    require<divergence_error>(values.has_value(),
                              "leading_spectrum: the Arnoldi iteration did not converge in ", iterations,
                              " restarts");
    return *std::move(values);
}

/// What describe_leading asks for.
template <class T>
struct leading_options {
    size_t count = 10;         ///< eigenvalues of dF/dh a point
    size_t iterations = 1000;  ///< restarts of an iteration, at most
    /// What the points were searched with: its bounds, `spectrum`, `curvature` and `threads` count here too.
    search_options<T> search = {};
};

namespace detail {

/// Fills in what is said of one point.
template <differentiable_map Map, class T = typename Map::scalar>
void describe_leading_at(const Map& map, const leading_options<T>& options, const search_region<T>& region,
                         slow_point<T>& point) {
    const size_t d = map.dimension();
    const T* h = point.state.data();
    set_spectrum({}, point);
    point.smallest_curvature = std::numeric_limits<T>::quiet_NaN();
    point.is_minimum = point.kind == point_kind::fixed;
    try {
        if (options.search.spectrum) {
            auto values = options.count + 2 <= d ? leading_values(map, h, options.count, options.iterations)
                                                 : std::optional(spectrum(map, point.state));
            if (values) set_spectrum(*std::move(values), point);
        }
        if (options.search.curvature) {
            curvature_operand<Map> half_hessian(map, region, h, point.is_minimum);
            const auto extremes = extreme_curvatures(half_hessian, options.iterations);
            if (extremes) set_curvature(2 * extremes->first, 2 * extremes->second, point);
        }
    } catch (const not_finite&) {  // what is known so far stays
    }
}

}  // namespace detail

/// Completes the points of a search above `dense_limit` by products with dF/dh alone, by the rules for
/// smaller ones: `spectrum` by leading_spectrum(), `unstable_directions` (among these `count`),
/// `smallest_curvature` and `is_minimum` by Lanczos's iteration on S's Hessian, to a residual of 6e-6 (in
/// double) of its largest eigenvalue. Where an iteration does not converge, or a derivative is not finite,
/// the other points are done none the less, and that point's spectrum is empty, or its smallest_curvature not
/// a number: it is not shown to be a minimum, unless it is fixed. Where the box leaves no coordinate free,
/// the curvature is infinite. Throws shape_error and value_error; whatever the map throws passes through.
template <differentiable_map Map, class T = typename Map::scalar>
void describe_leading(const Map& map, slow_points<T>& found,
                      const std::type_identity_t<leading_options<T>>& options = {}) {
    const size_t d = map.dimension();
    const auto& o = options.search;
    require(options.count > 0 && o.threads > 0, "describe_leading: count = ", options.count,
            " and threads = ", o.threads, ", but both must be at least 1");
    for (const auto& point : found)
        require<shape_error>(point.state.size() == d, "describe_leading: a state of ", point.state.size(),
                             " numbers for a map of dimension ", d);
    for (const auto* bounds : {&o.lower_bounds, &o.upper_bounds})
        require<shape_error>(bounds->empty() || bounds->size() == d, "describe_leading: ", bounds->size(),
                             " bounds for a map of dimension ", d);
    const search_region<T> region{o.lower_bound, o.upper_bound, o.lower_bounds, o.upper_bounds};
    team workers(o.threads);
    const std::vector<Map> maps(o.threads, map);
    workers.for_each(found.size(), [&](size_t i, size_t worker) {
        detail::describe_leading_at(maps[worker], options, region, found.points[i]);
    });
}

}  // namespace engram
