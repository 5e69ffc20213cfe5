/// @file
/// Scratch memory. std::vector and xtensor's arrays would do as well, but can much more, for which every
/// program that searches a map would pay when it is compiled.
#pragma once

#include <new>

#include "engram/core/tensor.hpp"

namespace engram::detail {

/// Numbers in rows, all of them zero at first, in memory that is taken once. (Or other things that need no
/// destructor.)
template <class T>
class buffer {
  public:
    /// None at all.
    buffer() = default;
    [[gnu::cold]] buffer(size_t rows, size_t columns)
        : data_(static_cast<T*>(::operator new(rows* columns * sizeof(T), line))),
          rows_(rows),
          columns_(columns) {
        fill(T());
    }
    /// A single row.
    explicit buffer(size_t n) : buffer(1, n) {}
    buffer(buffer&& other) noexcept { swap(other); }
    buffer& operator=(buffer&& other) noexcept {
        swap(other);
        return *this;
    }
    [[gnu::cold]] ~buffer() { ::operator delete(data_, line); }

    [[nodiscard]] size_t size() const { return rows_ * columns_; }
    [[nodiscard]] T* data() { return data_; }
    [[nodiscard]] const T* data() const { return data_; }
    [[nodiscard]] T* begin() { return data_; }
    [[nodiscard]] T* end() { return data_ + size(); }
    /// Number i of all.
    [[nodiscard]] T& operator[](size_t i) { return data_[i]; }
    [[nodiscard]] const T& operator[](size_t i) const { return data_[i]; }
    /// The number in row i and column j.
    [[nodiscard]] T& operator()(size_t i, size_t j) { return data_[i * columns_ + j]; }
    [[nodiscard]] const T& operator()(size_t i, size_t j) const { return data_[i * columns_ + j]; }

    [[nodiscard]] matrix_view<T> view() { return {data_, rows_, columns_}; }
    [[nodiscard]] matrix_view<const T> view() const { return {data_, rows_, columns_}; }
    operator matrix_view<T>() { return view(); }
    operator matrix_view<const T>() const { return view(); }

    void fill(T value) {
        for (size_t i = 0; i < size(); ++i) data_[i] = value;
    }
    /// Takes over as many numbers from an array.
    void copy(const T* from) { std::copy_n(from, size(), data_); }
    void swap(buffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(rows_, other.rows_);
        std::swap(columns_, other.columns_);
    }

  private:
    static constexpr std::align_val_t line{64};  // what vector instructions like best

    T* data_ = nullptr;
    size_t rows_ = 0, columns_ = 0;
};

}  // namespace engram::detail
