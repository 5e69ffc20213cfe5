/// @file
/// Scratch memory. std::vector and xtensor's arrays would do as well, but can much more, for which every
/// program that searches a map would pay when it is compiled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "engram/core/tensor.hpp"

namespace engram::detail {

/// Numbers in rows, all of them zero at first, whose memory is taken when it is made; can be moved, not
/// copied. (Or other things that are no more than their bytes.)
template <class T>
class buffer {
  public:
    static_assert(std::is_trivially_copyable_v<T>);

    /// None at all.
    buffer() = default;
    /// (rows x columns) zeros.
    buffer(size_t rows, size_t columns)
        : data_(static_cast<T*>(::operator new(sizeof(T) * rows * columns, line))),
          rows_(rows),
          columns_(columns) {
        fill(T());
    }
    /// A single row.
    explicit buffer(size_t n) : buffer(1, n) {}
    /// Leaves the other one empty.
    buffer(buffer&& other) noexcept { swap(other); }
    /// Leaves what stood here to the other one.
    buffer& operator=(buffer&& other) noexcept {
        swap(other);
        return *this;
    }
    ~buffer() { ::operator delete(data_, line); }

    /// How many numbers there are in all.
    [[nodiscard]] size_t size() const { return rows_ * columns_; }
    /// The first number, the one after the last, and the same as a range.
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

    /// All of it, to be written. A map is given one of these two, never the buffer: its functions may be
    /// templates.
    [[nodiscard]] matrix_view<T> view() { return {data_, rows_, columns_}; }
    /// All of it, to be read.
    [[nodiscard]] matrix_view<const T> read() const { return {data_, rows_, columns_}; }
    operator matrix_view<T>() { return view(); }
    operator matrix_view<const T>() const { return read(); }

    /// Sets every number.
    void fill(T value) { std::fill_n(data_, size(), value); }
    /// Takes over as many numbers from an array.
    void copy(const T* from) { std::copy_n(from, size(), data_); }
    /// Exchanges two.
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
