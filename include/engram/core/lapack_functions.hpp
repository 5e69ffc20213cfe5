/// @file
/// The six functions of LAPACK that engram calls, in float and in double, as Fortran has them: columns first,
/// arguments by their address. (xtensor-blas declares them too, in the same words, among 1,600 others, which
/// take a tenth of the time that xtensor takes to compile. A program may read both.)
#pragma once

#include "engram/core/tensor.hpp"

namespace engram::detail {

using fortran_int = xt::blas_index_t;

// NOLINTBEGIN(readability-identifier-naming): as Fortran has them
extern "C" {
// The factor of a positive definite matrix (Cholesky), and solutions with it.
void spotrf_(const char* triangle, const fortran_int* n, float* a, const fortran_int* lda, fortran_int* info);
void dpotrf_(const char* triangle, const fortran_int* n, double* a, const fortran_int* lda,
             fortran_int* info);
void spotrs_(const char* triangle, const fortran_int* n, const fortran_int* columns, const float* a,
             const fortran_int* lda, float* b, const fortran_int* ldb, fortran_int* info);
void dpotrs_(const char* triangle, const fortran_int* n, const fortran_int* columns, const double* a,
             const fortran_int* lda, double* b, const fortran_int* ldb, fortran_int* info);

// The factors of a square matrix (LU), and solutions with them.
void sgetrf_(const fortran_int* m, const fortran_int* n, float* a, const fortran_int* lda,
             fortran_int* pivots, fortran_int* info);
void dgetrf_(const fortran_int* m, const fortran_int* n, double* a, const fortran_int* lda,
             fortran_int* pivots, fortran_int* info);
void sgetrs_(const char* transposed, const fortran_int* n, const fortran_int* columns, const float* a,
             const fortran_int* lda, const fortran_int* pivots, float* b, const fortran_int* ldb,
             fortran_int* info);
void dgetrs_(const char* transposed, const fortran_int* n, const fortran_int* columns, const double* a,
             const fortran_int* lda, const fortran_int* pivots, double* b, const fortran_int* ldb,
             fortran_int* info);

// Eigenvalues and eigenvectors of a square matrix, and of a symmetric one.
void sgeev_(const char* left, const char* right, const fortran_int* n, float* a, const fortran_int* lda,
            float* real, float* imaginary, float* left_vectors, const fortran_int* ldl, float* right_vectors,
            const fortran_int* ldr, float* work, const fortran_int* size, fortran_int* info);
void dgeev_(const char* left, const char* right, const fortran_int* n, double* a, const fortran_int* lda,
            double* real, double* imaginary, double* left_vectors, const fortran_int* ldl,
            double* right_vectors, const fortran_int* ldr, double* work, const fortran_int* size,
            fortran_int* info);
void ssyev_(const char* vectors, const char* triangle, const fortran_int* n, float* a, const fortran_int* lda,
            float* values, float* work, const fortran_int* size, fortran_int* info);
void dsyev_(const char* vectors, const char* triangle, const fortran_int* n, double* a,
            const fortran_int* lda, double* values, double* work, const fortran_int* size, fortran_int* info);
}
// NOLINTEND(readability-identifier-naming)

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
