/// @file
/// Elementwise kernels over packs of consecutive numbers: written once, run with xsimd where it is enabled.
#pragma once

#include "engram/core/xsimd.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

/// Functions of packs of numbers: one formula for vector instructions and for plain numbers.
namespace engram::simd {

#ifdef ENGRAM_HAS_XSIMD
/// Several consecutive numbers that are computed with at once.
template <class T>
using pack = xsimd::batch<T>;
using std::abs, std::exp, std::log, std::max, std::min, std::sqrt, std::tanh;
using xsimd::abs, xsimd::exp, xsimd::fma, xsimd::log, xsimd::max, xsimd::min, xsimd::select, xsimd::sqrt,
    xsimd::tanh;
#else
/// One number: without xsimd a pack is a plain scalar.
template <class T>
using pack = T;
using std::abs, std::exp, std::log, std::max, std::min, std::sqrt, std::tanh;
#endif

/// How many numbers a pack holds.
template <class T>
inline constexpr std::size_t pack_size = sizeof(pack<T>) / sizeof(T);

/// a where the condition holds, else b; for a bool and for the mask of a pack.
template <class V>
V choose(bool condition, V a, V b) {
    return condition ? a : b;
}
#ifdef ENGRAM_HAS_XSIMD
/// The same, pack by pack.
template <class T>
xsimd::batch<T> choose(xsimd::batch_bool<T> condition, xsimd::batch<T> a, xsimd::batch<T> b) {
    return xsimd::select(condition, a, b);
}
#endif

/// Whole numbers as the nearest floats.
inline pack<float> to_float(pack<std::int32_t> numbers) {
#ifdef ENGRAM_HAS_XSIMD
    return xsimd::to_float(numbers);
#else
    return static_cast<float>(numbers);
#endif
}

/// A constant of type double as a scalar or a pack of any type.
template <class V>
V constant(double value) {
    if constexpr (requires { typename V::value_type; }) {
        return V(static_cast<typename V::value_type>(value));
    } else {
        return static_cast<V>(value);
    }
}

/// Where a kernel stands: loads and stores the pack at its position.
template <class T>
struct whole_pack {
    std::size_t position;  ///< of the pack's first number

    /// The pack that stands there.
    template <class U>
    pack<U> load(const U* from) const {
        static_assert(pack_size<U> == pack_size<T>);
#ifdef ENGRAM_HAS_XSIMD
        return pack<U>::load_unaligned(from + position);
#else
        return from[position];
#endif
    }
    /// Writes the pack there.
    void store(T* to, pack<T> value) const {
#ifdef ENGRAM_HAS_XSIMD
        value.store_unaligned(to + position);
#else
        to[position] = value;
#endif
    }
};

#ifdef ENGRAM_HAS_XSIMD
/// The last, incomplete pack of a row. It runs the same instructions as a whole one, so that a number's
/// result does not depend on where in a row it stands.
template <class T>
struct partial_pack {
    std::size_t position, count;  ///< of the first number, and how many there are

    /// The pack that stands there.
    template <class U>
    pack<U> load(const U* from) const {
        static_assert(pack_size<U> == pack_size<T>);
        U lanes[pack_size<U>] = {};
        std::copy_n(from + position, count, lanes);
        return pack<U>::load_unaligned(lanes);
    }
    /// Writes the pack there.
    void store(T* to, pack<T> value) const {
        T lanes[pack_size<T>];
        value.store_unaligned(lanes);
        std::copy_n(lanes, count, to + position);
    }
};
#endif

/// Calls kernel(at) for every pack of `count` numbers; `at.load(p)` and `at.store(p, v)` reach the numbers.
template <class T, class Kernel>
void for_each(std::size_t count, Kernel&& kernel) {
    std::size_t i = 0;
    for (; i + pack_size<T> <= count; i += pack_size<T>) kernel(whole_pack<T>{i});
#ifdef ENGRAM_HAS_XSIMD
    if (i < count) kernel(partial_pack<T>{i, count - i});
#endif
}

}  // namespace engram::simd
