/// @file
/// make_map: a differentiable map from a generic callable, by automatic differentiation.
#pragma once

#include "engram/dynamics/map/detail/dual.hpp"
#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/search_region.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <vector>

namespace engram {

/// A map of R^d given by a callable that is written once for any scalar type; see make_map().
/// With N = 0 the dimension is a run-time value, and states reach the callable as std::vector.
template <class T, size_t N, class Formula>
class automatic_map {
  public:
    using scalar = T;

    /// Where it is known when compiling, N; see differentiable_map.
    static constexpr size_t static_dimension = N;

    /// Made by make_map().
    explicit automatic_map(Formula formula, size_t dimension) : formula_(formula), dimension_(dimension) {}

    [[nodiscard]] size_t dimension() const { return N > 0 ? N : dimension_; }
    /// The box that the callable states, by a member of that name; see bounded_map.
    [[nodiscard]] search_region<T> state_bounds() const requires requires(const Formula& f) {
        { f.state_bounds() } -> std::convertible_to<search_region<T>>;
    }
    { return formula_.state_bounds(); }
    /// The callable.
    [[nodiscard]] const Formula& formula() const { return formula_; }

    /// F(h), row by row. Throws shape_error if the callable returns another number of values.
    void apply(matrix_view<const T> h, matrix_view<T> next) const {
        auto&& x = state<T>();
        for (size_t i = 0; i < h.rows(); ++i) {
            std::copy_n(h.row(i), dimension(), x.begin());
            const auto y = value(x);
            for (size_t j = 0; j < dimension(); ++j) next(i, j) = y[j];
        }
    }

    /// dF/dh v, row by row.
    void jvp(matrix_view<const T> h, matrix_view<const T> v, matrix_view<T> out) const {
        auto&& x = state<dual<T, 1>>();
        for (size_t i = 0; i < h.rows(); ++i) {
            for (size_t j = 0; j < dimension(); ++j) {
                x[j] = h(i, j);
                x[j].partial.set(0, v(i, j));
            }
            const auto y = value(x);
            for (size_t j = 0; j < dimension(); ++j) out(i, j) = dual<T, 1>(y[j]).partial[0];
        }
    }

    /// u^T dF/dh, row by row.
    void vjp(matrix_view<const T> h, matrix_view<const T> u, matrix_view<T> out) const {
        fill(out, T(0));
        for (size_t i = 0; i < h.rows(); ++i)
            differentiate(h.row(i), [&](size_t j, size_t first, std::span<const T> slopes) {
                for (size_t k = 0; k < slopes.size(); ++k) out(i, first + k) += u(i, j) * slopes[k];
            });
    }

    /// dF/dh at one state h (1 x d).
    void jacobian(matrix_view<const T> h, matrix_view<T> result) const {
        fill(result, T(0));
        differentiate(h.row(0), [&](size_t j, size_t first, std::span<const T> slopes) {
            std::copy(slopes.begin(), slopes.end(), result.row(j) + first);
        });
    }

  private:
    /// A state of any scalar type. If the dimension is a run-time value, it is kept from call to call:
    /// allocating one takes longer than some formulas.
    template <class Scalar>
    decltype(auto) state() const {
        if constexpr (N == 0) {
            auto& kept = std::get<std::vector<Scalar>>(states_);
            kept.resize(dimension());
            return (kept);
        } else {
            return std::array<Scalar, N>{};
        }
    }

    template <class State>
    auto value(const State& x) const {
        auto y = formula_(x);
        if constexpr (requires { y.size(); })
            require<shape_error>(y.size() == dimension(), "make_map: the callable returned ", y.size(),
                                 " values for a state of ", dimension());
        return y;
    }

    /// Calls use(j, k, {dF_j/dh_k, dF_j/dh_(k+1), ...}) for runs that hold all derivatives that may be other
    /// than zero.
    template <class Use>
    void differentiate(const T* h, Use&& use) const {
        if constexpr (N > 0)
            sweep<(N <= 8 ? N : some)>(h, use);
        else if (dimension() <= some)
            sweep<some>(h, use);
        else
            sweep<many>(h, use);
    }
    /// The same, by one evaluation of the callable for every K coordinates.
    template <size_t K, class Use>
    void sweep(const T* h, Use&& use) const {
        auto&& x = state<dual<T, K>>();
        for (size_t first = 0; first < dimension(); first += K) {
            for (size_t j = 0; j < dimension(); ++j) x[j] = h[j];
            const size_t count = std::min(K, dimension() - first);
            for (size_t k = 0; k < count; ++k) x[first + k].partial.set(k, T(1));
            const auto y = value(x);
            for (size_t j = 0; j < dimension(); ++j) {
                const dual<T, K>& component = y[j];
                component.partial.for_each_run([&](size_t k, std::span<const T> slopes) {
                    if (k < count) use(j, first + k, slopes.first(std::min(slopes.size(), count - k)));
                });
            }
        }
    }

    static constexpr size_t some = 64, many = 512;  ///< derivatives of a sweep
    using states = std::tuple<std::vector<T>, std::vector<dual<T, 1>>, std::vector<dual<T, some>>,
                              std::vector<dual<T, many>>>;

    Formula formula_;
    size_t dimension_;
    mutable std::conditional_t<N == 0, states, std::tuple<>> states_;
};

/// A map of R^N with the derivatives of a formula, by automatic differentiation in forward mode: a Jacobian
/// or a vjp evaluates the callable once for every 64 coordinates, or 512 if there are more than 64 and the
/// dimension is a run-time value, and each operation takes as long as its operands depend on coordinates. So
/// the Jacobian of one layer of a network costs some ten times what it costs by hand, as in rate_network, and
/// that of two layers d / 8 times the layers' value. The callable gets a std::array of N scalars, of T or of
/// a dual number over T, and returns anything indexable that holds N of the same.
template <class T, size_t N, class Formula>
requires(N > 0) automatic_map<T, N, Formula> make_map(Formula formula) {
    return automatic_map<T, N, Formula>(formula, N);
}

/// A map of R^n, n known at run time. The callable gets a std::vector of n scalars, of T or of a dual number
/// over T, and returns anything indexable that holds n of the same. Throws value_error if n is zero.
template <class T, class Formula>
automatic_map<T, 0, Formula> make_map(Formula formula, size_t n) {
    require(n > 0, "make_map: n = 0, but a map needs at least one dimension");
    return automatic_map<T, 0, Formula>(formula, n);
}

}  // namespace engram
