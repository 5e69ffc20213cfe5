/// @file
/// make_map: a differentiable map of a generic callable, its derivatives taken automatically.
#pragma once

#include "engram/dynamics/map/detail/dual.hpp"
#include "engram/dynamics/map/differentiable_map.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace engram {

/// A map of R^d given by a callable that is written once for any scalar type; see make_map().
/// With N = 0 the dimension is a run-time value, and states reach the callable as std::vector.
template <class T, size_t N, class Formula>
class automatic_map {
  public:
    using scalar = T;

    /// Made by make_map().
    explicit automatic_map(Formula formula, size_t dimension) : formula_(formula), dimension_(dimension) {}

    [[nodiscard]] size_t dimension() const { return dimension_; }
    /// The callable.
    [[nodiscard]] const Formula& formula() const { return formula_; }

    /// F(h), row by row. Throws shape_error if the callable returns another number of values.
    void apply(matrix_view<const T> h, matrix_view<T> next) const {
        auto x = zeros<T>();
        for (size_t i = 0; i < h.rows(); ++i) {
            std::copy_n(h.row(i), dimension_, x.begin());
            const auto y = value(x);
            for (size_t j = 0; j < dimension_; ++j) next(i, j) = y[j];
        }
    }

    /// dF/dh v, row by row.
    void jvp(matrix_view<const T> h, matrix_view<const T> v, matrix_view<T> out) const {
        auto x = zeros<dual<T, 1>>();
        for (size_t i = 0; i < h.rows(); ++i) {
            for (size_t j = 0; j < dimension_; ++j) {
                x[j] = h(i, j);
                x[j].partial[0] = v(i, j);
            }
            const auto y = value(x);
            for (size_t j = 0; j < dimension_; ++j) out(i, j) = dual<T, 1>(y[j]).partial[0];
        }
    }

    /// u^T dF/dh, row by row.
    void vjp(matrix_view<const T> h, matrix_view<const T> u, matrix_view<T> out) const {
        for (size_t i = 0; i < h.rows(); ++i)
            for_each_chunk(h.row(i), [&](size_t first, size_t count, const auto& y) {
                for (size_t k = 0; k < count; ++k) {
                    T sum = 0;
                    for (size_t j = 0; j < dimension_; ++j) sum += u(i, j) * several(y[j]).partial[k];
                    out(i, first + k) = sum;
                }
            });
    }

    /// dF/dh at one state h (1 x d).
    void jacobian(matrix_view<const T> h, matrix_view<T> result) const {
        for_each_chunk(h.row(0), [&](size_t first, size_t count, const auto& y) {
            for (size_t j = 0; j < dimension_; ++j)
                for (size_t k = 0; k < count; ++k) result(j, first + k) = several(y[j]).partial[k];
        });
    }

  private:
    static constexpr size_t chunk = N == 0 ? 8 : std::min<size_t>(N, 8);
    using several = dual<T, chunk>;

    template <class Scalar>
    auto zeros() const {
        if constexpr (N == 0)
            return std::vector<Scalar>(dimension_);
        else
            return std::array<Scalar, N>{};
    }

    template <class State>
    auto value(const State& x) const {
        auto y = formula_(x);
        if constexpr (requires { y.size(); })
            require<shape_error>(y.size() == dimension_, "make_map: the callable returned ", y.size(),
                                 " values for a state of ", dimension_);
        return y;
    }

    /// Evaluates the callable at h once for every `chunk` coordinates, with their derivatives.
    template <class Use>
    void for_each_chunk(const T* h, Use&& use) const {
        auto x = zeros<several>();
        for (size_t j = 0; j < dimension_; ++j) x[j] = h[j];
        for (size_t first = 0; first < dimension_; first += chunk) {
            const size_t count = std::min(chunk, dimension_ - first);
            for (size_t k = 0; k < count; ++k) x[first + k].partial[k] = T(1);
            use(first, count, value(x));
            for (size_t k = 0; k < count; ++k) x[first + k].partial[k] = T(0);
        }
    }

    Formula formula_;
    size_t dimension_;
};

/// A map of R^N. The callable gets a std::array of N scalars, of T or of a dual number over T, and returns
/// anything indexable that holds N of the same.
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
