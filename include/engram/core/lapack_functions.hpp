/// @file
/// The functions of LAPACK that engram calls, as Fortran has them: columns first, arguments by their address.
/// (xtensor-blas declares them too, among 1,300 others that take as long to compile as a tenth of xtensor. A
/// program may read both.)
#pragma once

#include "engram/core/tensor.hpp"

namespace engram::detail {

extern "C" {
using lapack_int = xt::blas_index_t;

// The factor of a positive definite matrix (Cholesky), and solutions with it.
void spotrf_(const char* triangle, const lapack_int* n, float* a, const lapack_int* lda, lapack_int* info);
void dpotrf_(const char* triangle, const lapack_int* n, double* a, const lapack_int* lda, lapack_int* info);
void spotrs_(const char* triangle, const lapack_int* n, const lapack_int* columns, const float* a,
             const lapack_int* lda, float* b, const lapack_int* ldb, lapack_int* info);
void dpotrs_(const char* triangle, const lapack_int* n, const lapack_int* columns, const double* a,
             const lapack_int* lda, double* b, const lapack_int* ldb, lapack_int* info);

// The factors of a square matrix (LU), and solutions with them.
void sgetrf_(const lapack_int* m, const lapack_int* n, float* a, const lapack_int* lda, lapack_int* pivots,
             lapack_int* info);
void dgetrf_(const lapack_int* m, const lapack_int* n, double* a, const lapack_int* lda, lapack_int* pivots,
             lapack_int* info);
void sgetrs_(const char* transposed, const lapack_int* n, const lapack_int* columns, const float* a,
             const lapack_int* lda, const lapack_int* pivots, float* b, const lapack_int* ldb,
             lapack_int* info);
void dgetrs_(const char* transposed, const lapack_int* n, const lapack_int* columns, const double* a,
             const lapack_int* lda, const lapack_int* pivots, double* b, const lapack_int* ldb,
             lapack_int* info);

// Eigenvalues and eigenvectors of a square matrix, and of a symmetric one.
void sgeev_(const char* left, const char* right, const lapack_int* n, float* a, const lapack_int* lda,
            float* real, float* imaginary, float* left_vectors, const lapack_int* ldl, float* right_vectors,
            const lapack_int* ldr, float* work, const lapack_int* size, lapack_int* info);
void dgeev_(const char* left, const char* right, const lapack_int* n, double* a, const lapack_int* lda,
            double* real, double* imaginary, double* left_vectors, const lapack_int* ldl,
            double* right_vectors, const lapack_int* ldr, double* work, const lapack_int* size,
            lapack_int* info);
void ssyev_(const char* vectors, const char* triangle, const lapack_int* n, float* a, const lapack_int* lda,
            float* values, float* work, const lapack_int* size, lapack_int* info);
void dsyev_(const char* vectors, const char* triangle, const lapack_int* n, double* a, const lapack_int* lda,
            double* values, double* work, const lapack_int* size, lapack_int* info);
}

/// Those for numbers of type T.
template <class T>
struct lapack;
template <>
struct lapack<float> {
    static constexpr auto potrf = spotrf_;
    static constexpr auto potrs = spotrs_;
    static constexpr auto getrf = sgetrf_;
    static constexpr auto getrs = sgetrs_;
    static constexpr auto geev = sgeev_;
    static constexpr auto syev = ssyev_;
};
template <>
struct lapack<double> {
    static constexpr auto potrf = dpotrf_;
    static constexpr auto potrs = dpotrs_;
    static constexpr auto getrf = dgetrf_;
    static constexpr auto getrs = dgetrs_;
    static constexpr auto geev = dgeev_;
    static constexpr auto syev = dsyev_;
};

}  // namespace engram::detail
