/// @file
/// The one door to xtensor and xtensor-blas: array types, views of row blocks, matrix products.
#pragma once

#include "engram/core/xsimd.hpp"

#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xnoalias.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>
#endif
// The products of xtensor-blas without its expressions, which take long to compile. The configuration comes
// first: without it products are plain loops.
#include <xtensor-blas/xblas_config.hpp>

#ifdef HAVE_CBLAS
#include <xflens/cxxblas/drivers/drivers.tcc>
#include <xflens/cxxblas/level1/axpy.tcc>
#include <xflens/cxxblas/level1/dot.tcc>
#include <xflens/cxxblas/level2/gemv.tcc>
#include <xflens/cxxblas/level2/trsv.tcc>
#include <xflens/cxxblas/level3/gemm.tcc>
#include <xflens/cxxblas/level3/syrk.tcc>
#else
#include <xflens/cxxblas/cxxblas.cxx>  // NOLINT(bugprone-suspicious-include)
#endif
#include <xflens/cxxlapack/netlib/netlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "engram/core/error.hpp"

namespace engram {

using std::size_t;

/// A row-major array of two axes. Batches are matrices whose rows are states or samples.
template <class T>
using matrix = xt::xtensor<T, 2>;

/// An array of one axis.
template <class T>
using vector = xt::xtensor<T, 1>;

/// A non-owning block (rows x columns) of a row-major matrix, its rows `stride` elements apart.
/// Made implicitly from a matrix<T>; passed by value; never checks shapes (public functions do).
template <class T>
class matrix_view {
  public:
    /// The type of an element, without const.
    using value_type = std::remove_const_t<T>;

    matrix_view() = default;
    /// A block (rows x columns), its rows `stride` elements apart.
    matrix_view(T* data, size_t rows, size_t columns, size_t stride)
        : data_(data), rows_(rows), columns_(columns), stride_(stride) {}
    /// A block (rows x columns) without gaps between the rows.
    matrix_view(T* data, size_t rows, size_t columns) : matrix_view(data, rows, columns, columns) {}
    /// All of a matrix.
    matrix_view(matrix<value_type>& m) : matrix_view(m.data(), m.shape(0), m.shape(1)) {}
    /// All of a matrix, to be read.
    matrix_view(const matrix<value_type>& m) requires std::is_const_v<T>
        : matrix_view(m.data(), m.shape(0), m.shape(1)) {}
    /// A view that may write is also one that may only read.
    operator matrix_view<const value_type>() const { return {data_, rows_, columns_, stride_}; }

    /// How many rows it has.
    [[nodiscard]] size_t rows() const { return rows_; }
    /// How many columns it has.
    [[nodiscard]] size_t columns() const { return columns_; }
    /// How many elements apart its rows are.
    [[nodiscard]] size_t stride() const { return stride_; }
    /// Whether there are no gaps between the rows.
    [[nodiscard]] bool contiguous() const { return stride_ == columns_; }
    /// The first element.
    [[nodiscard]] T* data() const { return data_; }
    /// The first element of row i.
    [[nodiscard]] T* row(size_t i) const { return data_ + i * stride_; }
    /// The element in row i and column j.
    [[nodiscard]] T& operator()(size_t i, size_t j) const { return data_[i * stride_ + j]; }

    /// The `count` rows from `first` on.
    [[nodiscard]] matrix_view row_block(size_t first, size_t count) const {
        return {row(first), count, columns_, stride_};
    }
    /// The `count` columns from `first` on.
    [[nodiscard]] matrix_view column_block(size_t first, size_t count) const {
        return {data_ + first, rows_, count, stride_};
    }
    /// The same elements as an xtensor expression; assign to it through xt::noalias.
    [[nodiscard]] auto expression() const {
        return xt::adapt(data_, rows_ * columns_, xt::no_ownership(), std::array<size_t, 2>{rows_, columns_},
                         std::array<size_t, 2>{stride_, 1});
    }

  private:
    T* data_ = nullptr;
    size_t rows_ = 0, columns_ = 0, stride_ = 0;
};

/// Copies a block of rows; both have the same shape.
template <class T>
void copy(matrix_view<const T> from, std::type_identity_t<matrix_view<T>> to) {
    for (size_t i = 0; i < from.rows(); ++i) std::copy_n(from.row(i), from.columns(), to.row(i));
}
/// The same from a block that could be written.
template <class T>
requires(!std::is_const_v<T>) void copy(matrix_view<T> from, std::type_identity_t<matrix_view<T>> to) {
    copy<T>(matrix_view<const T>(from), to);
}

/// Sets every element of a block.
template <class T>
void fill(matrix_view<T> block, std::type_identity_t<T> value) {
    for (size_t i = 0; i < block.rows(); ++i) std::fill_n(block.row(i), block.columns(), value);
}

/// A factor of a product that is read transposed.
template <class T>
struct transposed_view {
    matrix_view<const T> of;  ///< the factor before it is transposed
};

/// Marks a factor of gemm as read transposed.
template <class T>
transposed_view<std::remove_const_t<T>> transposed(matrix_view<T> m) {
    return {m};
}

/// How a product is combined with what stands in the result: result = alpha a b + beta result.
template <class T>
struct gemm_scale {
    T alpha = T(1), beta = T(0);  ///< the two factors
};

namespace detail {

/// A matrix of zeros.
template <class T>
matrix<T> zeros(size_t rows, size_t columns) {
    auto result = matrix<T>::from_shape({rows, columns});
    result.fill(T(0));
    return result;
}

template <class T>
struct factor {
    const T* data;
    size_t rows, columns, stride;
    bool transposed;
    factor(matrix_view<const T> m)
        : data(m.data()), rows(m.rows()), columns(m.columns()), stride(m.stride()), transposed(false) {}
    factor(matrix_view<T> m) : factor(matrix_view<const T>(m)) {}
    factor(const matrix<T>& m) : factor(matrix_view<const T>(m)) {}
    factor(transposed_view<T> m) : factor(m.of) {
        std::swap(rows, columns);
        transposed = true;
    }
};

}  // namespace detail

/// result = alpha a b + beta result, in place, by the BLAS. Either factor may be `transposed(m)`.
/// The shapes (m x k)(k x n) = (m x n) are the caller's duty; nothing is allocated.
template <class T>
void gemm(std::type_identity_t<detail::factor<T>> a, std::type_identity_t<detail::factor<T>> b,
          matrix_view<T> result, std::type_identity_t<gemm_scale<T>> scale = {}) {
    if (result.rows() == 0 || result.columns() == 0) return;
    using index = xt::blas_index_t;
    const auto transpose = [](const auto& f) { return f.transposed ? cxxblas::Trans : cxxblas::NoTrans; };
    cxxblas::gemm(cxxblas::RowMajor, transpose(a), transpose(b), static_cast<index>(result.rows()),
                  static_cast<index>(result.columns()), static_cast<index>(a.columns), scale.alpha, a.data,
                  static_cast<index>(a.stride), b.data, static_cast<index>(b.stride), scale.beta,
                  result.data(), static_cast<index>(result.stride()));
}

}  // namespace engram
