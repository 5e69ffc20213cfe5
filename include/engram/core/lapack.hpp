/// @file
/// The few products and factorisations of square matrices that the dynamics room needs, in place, on
/// row-major memory. Sizes are the caller's duty; nothing is allocated but where it is said.
#pragma once

#include "engram/core/detail/lapack_functions.hpp"
#include "engram/core/tensor.hpp"

#include <cmath>
#include <complex>
#include <vector>

namespace engram::detail {

inline xt::blas_index_t blas_size(size_t n) { return static_cast<xt::blas_index_t>(n); }

/// Up to this size plain loops take less time than the call of a library.
inline constexpr size_t small_size = 10;

/// a . b over n numbers.
template <class T>
T dot(size_t n, const T* a, const T* b) {
    T result = 0;
    if (n <= small_size) {
        for (size_t i = 0; i < n; ++i) result += a[i] * b[i];
        return result;
    }
    cxxblas::dot(blas_size(n), a, 1, b, 1, result);
    return result;
}

/// y += alpha x over n numbers.
template <class T>
void axpy(size_t n, std::type_identity_t<T> alpha, const T* x, T* y) {
    if (n <= small_size) {
        for (size_t i = 0; i < n; ++i) y[i] += alpha * x[i];
        return;
    }
    cxxblas::axpy(blas_size(n), alpha, x, 1, y, 1);
}

/// The loops below take sizes as numbers or, where they are known when compiling, as std::integral_constant,
/// so that compilers unroll them.
template <class T, class Rows, class Columns>
void small_gemv(Rows rows, Columns columns, const T* a, size_t stride, const T* x, T* y) {
    for (size_t i = 0; i < rows; ++i) {
        y[i] = 0;
        for (size_t j = 0; j < columns; ++j) y[i] += a[i * stride + j] * x[j];
    }
}
template <class T, class Rows, class Columns>
void small_transposed_gemv(Rows rows, Columns columns, const T* a, size_t stride, const T* x, T* y) {
    for (size_t j = 0; j < columns; ++j) y[j] = 0;
    for (size_t i = 0; i < rows; ++i)
        for (size_t j = 0; j < columns; ++j) y[j] += a[i * stride + j] * x[i];
}

/// y = a x, or y = a^T x with `transposed(a)`.
template <class T>
void gemv(std::type_identity_t<factor<T>> a, const T* x, T* y) {
    const bool swapped = a.transposed;
    const size_t rows = swapped ? a.columns : a.rows, columns = swapped ? a.rows : a.columns;
    if (rows <= small_size && columns <= small_size) {
        if (swapped)
            small_transposed_gemv(rows, columns, a.data, a.stride, x, y);
        else
            small_gemv(rows, columns, a.data, a.stride, x, y);
        return;
    }
    cxxblas::gemv(cxxblas::RowMajor, swapped ? cxxblas::Trans : cxxblas::NoTrans, blas_size(rows),
                  blas_size(columns), T(1), a.data, blas_size(a.stride), x, 1, T(0), y, 1);
}

template <class T, class Rows, class Columns>
void small_gram(Rows rows, Columns columns, const T* a, size_t stride, matrix_view<T> result) {
    for (size_t i = 0; i < columns; ++i)
        for (size_t j = i; j < columns; ++j) {
            T sum = 0;
            for (size_t k = 0; k < rows; ++k) sum += a[k * stride + i] * a[k * stride + j];
            result(i, j) = sum;
        }
}

/// The upper triangle of result = a^T a.
template <class T>
void gram(matrix_view<const T> a, std::type_identity_t<matrix_view<T>> result) {
    if (a.rows() <= small_size && a.columns() <= small_size)
        return small_gram(a.rows(), a.columns(), a.data(), a.stride(), result);
    cxxblas::syrk(cxxblas::RowMajor, cxxblas::Upper, cxxblas::Trans, blas_size(a.columns()),
                  blas_size(a.rows()), T(1), a.data(), blas_size(a.stride()), T(0), result.data(),
                  blas_size(result.stride()));
}

template <class T, class Size>
bool small_cholesky(Size n, matrix_view<T> a) {
    for (size_t j = 0; j < n; ++j) {
        for (size_t k = 0; k < j; ++k) {
            T sum = a(k, j);
            for (size_t i = 0; i < k; ++i) sum -= a(i, k) * a(i, j);
            a(k, j) = sum / a(k, k);
        }
        T rest = a(j, j);
        for (size_t i = 0; i < j; ++i) rest -= a(i, j) * a(i, j);
        if (!(rest > 0)) return false;
        a(j, j) = std::sqrt(rest);
    }
    return true;
}

/// Replaces the upper triangle of a symmetric matrix a by U, where a = U^T U (Cholesky); false if it is not
/// positive definite. (LAPACK counts columns first: the row-major upper triangle is its lower one.)
template <class T>
bool cholesky(matrix_view<T> a) {
    if (a.rows() <= small_size) return small_cholesky(a.rows(), a);
    const auto n = blas_size(a.rows()), stride = blas_size(a.stride());
    xt::blas_index_t status = 0;
    lapack<T>::potrf("L", &n, a.data(), &stride, &status);
    return status == 0;
}

/// Replaces b by the solution of U^T U x = b, U from cholesky().
template <class T>
void cholesky_solve(matrix_view<const T> u, T* b);

/// The same for each row.
template <class T>
void cholesky_solve(matrix_view<const T> u, std::type_identity_t<matrix_view<T>> rows) {
    if (u.rows() <= small_size) {
        for (size_t i = 0; i < rows.rows(); ++i) cholesky_solve<T>(u, rows.row(i));
        return;
    }
    const auto n = blas_size(u.rows()), count = blas_size(rows.rows());
    const auto u_stride = blas_size(u.stride()), stride = blas_size(rows.stride());
    xt::blas_index_t status = 0;
    lapack<T>::potrs("L", &n, &count, u.data(), &u_stride, rows.data(), &stride, &status);
}

template <class T, class Size>
void small_solve_upper(Size n, matrix_view<const T> u, T* b) {
    for (size_t i = n; i-- > 0;) {
        for (size_t j = i + 1; j < n; ++j) b[i] -= u(i, j) * b[j];
        b[i] /= u(i, i);
    }
}
template <class T, class Size>
void small_solve_transposed_upper(Size n, matrix_view<const T> u, T* b) {
    for (size_t i = 0; i < n; ++i) {
        b[i] /= u(i, i);
        for (size_t j = i + 1; j < n; ++j) b[j] -= u(i, j) * b[i];
    }
}

template <class T>
void solve_upper(cxxblas::Transpose transpose, matrix_view<const T> u, T* b) {
    const size_t n = u.rows();
    if (n <= small_size) {
        if (transpose == cxxblas::NoTrans)
            small_solve_upper(n, u, b);
        else
            small_solve_transposed_upper(n, u, b);
        return;
    }
    cxxblas::trsv(cxxblas::RowMajor, cxxblas::Upper, transpose, cxxblas::NonUnit, blas_size(u.rows()),
                  u.data(), blas_size(u.stride()), b, 1);
}

/// Replaces b by U^-T b, U from cholesky().
template <class T>
void half_cholesky_solve(matrix_view<const T> u, T* b) {
    solve_upper<T>(cxxblas::Trans, u, b);
}
template <class T>
void cholesky_solve(matrix_view<const T> u, T* b) {  // LAPACK's potrs takes twice as long
    half_cholesky_solve<T>(u, b);
    solve_upper<T>(cxxblas::NoTrans, u, b);
}

/// Replaces a square matrix (n x n) by its LU factors, and writes n pivots; false if it is singular to the
/// last bit.
template <class T>
bool lu(matrix_view<T> a, xt::blas_index_t* pivots) {
    const auto n = blas_size(a.rows()), stride = blas_size(a.stride());
    xt::blas_index_t status = 0;
    lapack<T>::getrf(&n, &n, a.data(), &stride, pivots, &status);
    return status == 0;
}

/// Replaces b by the solution of a x = b, with the factors and pivots of lu().
template <class T>
void lu_solve(matrix_view<const T> factors, const xt::blas_index_t* pivots, T* b) {
    const auto n = blas_size(factors.rows()), stride = blas_size(factors.stride());
    const xt::blas_index_t one = 1;
    xt::blas_index_t status = 0;
    lapack<T>::getrs("T", &n, &one, factors.data(), &stride, pivots, b, &n, &status);
}

/// Calls a function of LAPACK twice: to ask how much work space it needs, and with that.
template <class T, class Call>
void call_with_work_space(const char* name, const Call& call) {
    xt::blas_index_t size = -1, status = 0;
    T wanted = 0;
    call(&wanted, &size, &status);
    size = static_cast<xt::blas_index_t>(wanted);
    std::vector<T> work(static_cast<size_t>(size));
    call(work.data(), &size, &status);
    require<divergence_error>(status == 0, "eigenvalues: LAPACK's ", name, " failed with status ", status);
}

/// The eigenvalues of a square matrix, which is overwritten, in no order. Allocates its work space. Where
/// `vectors` (n x n) is given, row i is set to the right eigenvector of value i, or, of two conjugates, row i
/// to the real and row i + 1 to minus the imaginary part of that of the first. Throws divergence_error if the
/// QR iteration does not converge (LAPACK's geev).
template <class T>
std::vector<std::complex<T>> eigenvalues(matrix_view<T> a, T* vectors = nullptr) {
    const auto n = blas_size(a.rows()), stride = blas_size(a.stride());
    std::vector<T> real(a.rows()), imaginary(a.rows());
    // LAPACK sees the transpose of a, whose left eigenvectors are a's right ones, conjugated.
    call_with_work_space<T>("geev", [&](T* work, const auto* size, auto* status) {
        lapack<T>::geev(vectors ? "V" : "N", "N", &n, a.data(), &stride, real.data(), imaginary.data(),
                        vectors, &n, nullptr, &n, work, size, status);
    });
    std::vector<std::complex<T>> result(a.rows());
    for (size_t i = 0; i < result.size(); ++i) result[i] = {real[i], imaginary[i]};
    return result;
}

/// The eigenvalues, ascending, of the symmetric matrix in an upper triangle, which is overwritten: by the
/// eigenvectors as rows where they are asked for. Allocates its work space. Throws divergence_error.
template <class T>
std::vector<T> symmetric_eigenvalues(matrix_view<T> a, bool vectors = false) {
    const auto n = blas_size(a.rows()), stride = blas_size(a.stride());
    std::vector<T> values(a.rows());
    call_with_work_space<T>("syev", [&](T* work, const auto* size, auto* status) {
        lapack<T>::syev(vectors ? "V" : "N", "L", &n, a.data(), &stride, values.data(), work, size, status);
    });
    return values;
}

}  // namespace engram::detail
