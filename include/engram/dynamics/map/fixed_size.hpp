/// @file
/// Vectors and matrices of a size that is known when compiling, in place of those on the heap, for small
/// maps.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/core/tensor.hpp"

#include <array>
#include <type_traits>
#include <vector>

namespace engram::detail {

/// The dimension that a map's type states as its `static_dimension` if loops over it are better unrolled, up
/// to small_size; else 0.
template <class Map>
constexpr size_t known_dimension() {
    if constexpr (requires { std::integral_constant<size_t, Map::static_dimension>{}; })
        return Map::static_dimension <= small_size ? Map::static_dimension : 0;
    else
        return 0;
}

/// N numbers, zero at first.
template <class T, size_t N>
struct fixed_list : std::array<T, N> {
    explicit fixed_list(size_t) : std::array<T, N>{} {}
};

/// A matrix (rows x columns), zero at first.
template <class T, size_t Rows, size_t Columns>
class fixed_matrix {
  public:
    fixed_matrix(size_t, size_t) {}
    T& operator()(size_t i, size_t j) { return values_[i * Columns + j]; }
    const T& operator()(size_t i, size_t j) const { return values_[i * Columns + j]; }
    [[nodiscard]] T* data() { return values_.data(); }
    [[nodiscard]] const T* data() const { return values_.data(); }
    operator matrix_view<T>() { return {values_.data(), Rows, Columns}; }
    operator matrix_view<const T>() const { return {values_.data(), Rows, Columns}; }
    void fill(T value) { values_.fill(value); }

  private:
    std::array<T, Rows * Columns> values_{};
};

/// A matrix on the heap, zero at first.
template <class T>
struct heap_matrix : matrix<T> {
    heap_matrix(size_t rows, size_t columns) : matrix<T>(zeros<T>(rows, columns)) {}
};

/// Products and factorisations as in lapack.hpp, of either.
template <class T>
void multiply(const heap_matrix<T>& a, const T* x, T* y) {
    gemv<T>(matrix_view<const T>(a), x, y);
}
template <class T>
void multiply_transposed(const heap_matrix<T>& a, const T* x, T* y) {
    gemv<T>(transposed(matrix_view<const T>(a)), x, y);
}
template <class T>
void gram(const heap_matrix<T>& a, heap_matrix<T>& result) {
    gram<T>(matrix_view<const T>(a), result);
}
template <class T>
bool cholesky(heap_matrix<T>& a) {
    return cholesky(matrix_view<T>(a));
}
template <class T>
void half_cholesky_solve(const heap_matrix<T>& u, T* b) {
    half_cholesky_solve<T>(matrix_view<const T>(u), b);
}
template <class T>
void cholesky_solve(const heap_matrix<T>& u, T* b) {
    cholesky_solve<T>(matrix_view<const T>(u), b);
}

template <size_t N>
inline constexpr std::integral_constant<size_t, N> known{};

template <class T, size_t N>
void multiply(const fixed_matrix<T, N, N>& a, const T* x, T* y) {
    small_gemv(known<N>, known<N>, a.data(), N, x, y);
}
template <class T, size_t N>
void multiply_transposed(const fixed_matrix<T, N, N>& a, const T* x, T* y) {
    small_transposed_gemv(known<N>, known<N>, a.data(), N, x, y);
}
template <class T, size_t N>
void gram(const fixed_matrix<T, N, N>& a, fixed_matrix<T, N, N>& result) {
    small_gram(known<N>, known<N>, a.data(), N, matrix_view<T>(result));
}
template <class T, size_t N>
bool cholesky(fixed_matrix<T, N, N>& a) {
    return small_cholesky(known<N>, matrix_view<T>(a));
}
template <class T, size_t N>
void half_cholesky_solve(const fixed_matrix<T, N, N>& u, T* b) {
    small_solve_transposed_upper(known<N>, matrix_view<const T>(u), b);
}
template <class T, size_t N>
void cholesky_solve(const fixed_matrix<T, N, N>& u, T* b) {
    half_cholesky_solve(u, b);
    small_solve_upper(known<N>, matrix_view<const T>(u), b);
}

/// d numbers, where d is N unless N is 0.
template <class T, size_t N>
using list_of = std::conditional_t<N == 0, std::vector<T>, fixed_list<T, N>>;
/// A matrix (rows x d), where rows is R and d is N unless N is 0.
template <class T, size_t R, size_t N>
using matrix_of = std::conditional_t<N == 0, heap_matrix<T>, fixed_matrix<T, R, N>>;

/// d, which is N unless N is 0.
template <size_t N>
struct dimension_of {
    explicit dimension_of(size_t) {}
    static constexpr size_t value = N;
};
template <>
struct dimension_of<0> {
    explicit dimension_of(size_t d) : value(d) {}
    size_t value;
};

}  // namespace engram::detail
