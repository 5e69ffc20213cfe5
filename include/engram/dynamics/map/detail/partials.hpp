/// @file
/// The partial derivatives that a dual number carries.
#pragma once

#include "engram/core/simd.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace engram::automatic {

/// K numbers, all zero at first. Up to eight of them are an array.
template <class T, std::size_t K>
class partials {
  public:
    constexpr partials() = default;

    [[nodiscard]] constexpr T operator[](std::size_t k) const { return values_[k]; }
    constexpr void set(std::size_t k, T value) { values_[k] = value; }
    /// *this = a x.
    constexpr void assign(T a, const partials& x) {
        for (std::size_t k = 0; k < K; ++k) values_[k] = a * x.values_[k];
    }
    /// *this = a x + b y.
    constexpr void assign(T a, const partials& x, T b, const partials& y) {
        for (std::size_t k = 0; k < K; ++k) values_[k] = a * x.values_[k] + b * y.values_[k];
    }
    /// *this += x or *this -= x.
    constexpr void add(const partials& x) {
        for (std::size_t k = 0; k < K; ++k) values_[k] += x.values_[k];
    }
    constexpr void subtract(const partials& x) {
        for (std::size_t k = 0; k < K; ++k) values_[k] -= x.values_[k];
    }
    /// Calls use(first, values) for runs of numbers that hold all that may be other than zero.
    template <class Use>
    constexpr void for_each_run(Use&& use) const {
        use(std::size_t{0}, std::span<const T>(values_));
    }

  private:
    std::array<T, K> values_{};
};

/// More than eight are kept in blocks of eight, those that are zero being neither computed with nor copied: a
/// number that depends on one variable costs one block, however many variables there are. So the Jacobian of
/// a layer of a network takes as many operations as by hand.
template <class T, std::size_t K>
requires(K > 8) class partials<T, K> {
  public:
    partials() {}  // NOLINT(modernize-use-equals-default): which would set all blocks to zero in a vector
    partials(const partials& x) { *this = x; }
    partials& operator=(const partials& x) {
        active_ = x.active_;
        for_each_block(active_, [&](std::size_t b) { blocks_[b] = x.blocks_[b]; });
        return *this;
    }
    ~partials() = default;

    [[nodiscard]] T operator[](std::size_t k) const {
        return (active_ >> (k / width) & 1) != 0 ? blocks_[k / width][k % width] : T(0);
    }
    void set(std::size_t k, T value) {
        const std::uint64_t bit = std::uint64_t{1} << (k / width);
        if ((active_ & bit) == 0) blocks_[k / width].fill(T(0));
        active_ |= bit;
        blocks_[k / width][k % width] = value;
    }
    void assign(T a, const partials& x) {
        active_ = x.active_;
        scale(active_, a, x);
    }
    void assign(T a, const partials& x, T b, const partials& y) {
        active_ = x.active_ | y.active_;
        scale(x.active_ & ~y.active_, a, x);
        scale(y.active_ & ~x.active_, b, y);
        for_each_block(x.active_ & y.active_, [&](std::size_t k) {
            compute(
                blocks_[k], [a, b](auto v, auto w) { return decltype(v)(a) * v + decltype(v)(b) * w; },
                x.blocks_[k], y.blocks_[k]);
        });
    }
    void add(const partials& x) {
        for_each_block(x.active_ & active_, [&](std::size_t k) {
            compute(
                blocks_[k], [](auto v, auto w) { return v + w; }, blocks_[k], x.blocks_[k]);
        });
        for_each_block(x.active_ & ~active_, [&](std::size_t k) { blocks_[k] = x.blocks_[k]; });
        active_ |= x.active_;
    }
    void subtract(const partials& x) {
        for_each_block(x.active_ & active_, [&](std::size_t k) {
            compute(
                blocks_[k], [](auto v, auto w) { return v - w; }, blocks_[k], x.blocks_[k]);
        });
        scale(x.active_ & ~active_, T(-1), x);
        active_ |= x.active_;
    }
    template <class Use>
    void for_each_run(Use&& use) const {
        for_each_block(active_, [&](std::size_t b) { use(b * width, std::span<const T>(blocks_[b])); });
    }

  private:
    static constexpr std::size_t width = 8;
    static_assert(K % width == 0 && K / width <= 64);
    using block = std::array<T, width>;

    template <class Use>
    static void for_each_block(std::uint64_t bits, Use&& use) {
        for (; bits != 0; bits &= bits - 1) use(static_cast<std::size_t>(std::countr_zero(bits)));
    }
    /// Sets a block to an operation on the numbers of others, several at once where they are plain numbers.
    template <class Operation, class... Blocks>
    static void compute(block& to, const Operation& operation, const Blocks&... from) {
        if constexpr (std::is_floating_point_v<T>)
            simd::for_each<T>(width,
                              [&](auto at) { at.store(to.data(), operation(at.load(from.data())...)); });
        else
            for (std::size_t k = 0; k < width; ++k) to[k] = operation(from[k]...);
    }
    /// The blocks of `bits` are set to a times those of x.
    void scale(std::uint64_t bits, T a, const partials& x) {
        for_each_block(bits, [&](std::size_t k) {
            compute(
                blocks_[k], [a](auto v) { return decltype(v)(a) * v; }, x.blocks_[k]);
        });
    }

    std::uint64_t active_ = 0;  ///< bit b: whether block b may be other than zero; if not, it holds no values
    alignas(width * sizeof(T)) std::array<block, K / width> blocks_;
};

}  // namespace engram::automatic
