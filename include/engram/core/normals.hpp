/// @file
/// Normal deviates by the thousand: the Box-Muller transform of Philox's words, on many counters at once.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "engram/core/philox.hpp"
#include "engram/core/simd.hpp"

namespace engram::detail {

/// sin and cos of pi t for t in [-1, 1], from those of the half angle by their Taylor series.
template <class T, class V>
std::pair<V, V> sincos_pi(V t) {
    const V half = t * V(T(1.5707963267948966)), square = half * half;
    // 1/(2k+1)! and 1/(2k)!, to the last term that either type can hold
    constexpr double odd[] = {1.0,
                              -1.6666666666666667e-1,
                              8.3333333333333333e-3,
                              -1.9841269841269841e-4,
                              2.7557319223985893e-6,
                              -2.5052108385441719e-8,
                              1.6059043836821615e-10,
                              -7.6471637318198165e-13,
                              2.8114572543455208e-15,
                              -8.2206352466243297e-18};
    constexpr double even[] = {1.0,
                               -0.5,
                               4.1666666666666667e-2,
                               -1.3888888888888889e-3,
                               2.4801587301587302e-5,
                               -2.7557319223985891e-7,
                               2.0876756987868099e-9,
                               -1.1470745597729725e-11,
                               4.7794773323873853e-14,
                               -1.5619206968586226e-16};
    constexpr int last = sizeof(T) == 4 ? 6 : 9;
    V sine = V(T(odd[last])), cosine = V(T(even[last]));
    for (int k = last - 1; k >= 0; --k) {
        sine = sine * square + V(T(odd[k]));
        cosine = cosine * square + V(T(even[k]));
    }
    sine = sine * half;
    return {V(T(2)) * sine * cosine, V(T(1)) - V(T(2)) * sine * sine};
}

/// Sixteen counters make one group: 64 floats, or 32 doubles of two words each.
inline constexpr size_t counters_a_group = 16;
template <class T>
inline constexpr size_t normals_a_group = counters_a_group * 16 / sizeof(T);

/// log r = exponent log 2 + log(1 + fraction), with 1 + fraction between the roots of 1/2 and 2.
struct split_number {
    simd::pack<float> exponent, fraction;
};
inline split_number split(simd::pack<float> r) {
    using V = simd::pack<float>;
    using W = simd::pack<std::int32_t>;
    const W bits = std::bit_cast<W>(r);
    const W power = (bits - W(std::bit_cast<std::int32_t>(0.70710678f))) >> 23;
    return {simd::to_float(power), std::bit_cast<V>(bits - power * W(1 << 23)) - V(1.0f)};
}

/// log(1 + f) where `split` puts f, by a minimax polynomial; its relative error is below 3e-8.
template <class V>
V log_of_fraction(V f) {
    constexpr float terms[] = {0.0872235708f, -0.143668438f, 0.149522665f, -0.16562393f, 0.199568336f,
                               -0.250020741f, 0.333341856f,  -0.49999988f, 0.999999974f};
    V sum = V(terms[0]);
    for (size_t k = 1; k < std::size(terms); ++k) sum = sum * f + V(terms[k]);
    return sum * f;
}

/// Uniform numbers of a group of counters, from two (float) or all four (double) of their words.
template <class T>
struct uniforms {
    T radius[counters_a_group], angle[counters_a_group];  ///< on (0, 1] and [-1, 1]

    template <size_t Lanes>
    uniforms(const philox_words<Lanes>& words, size_t, size_t first) {
        for (size_t i = 0; i < counters_a_group; ++i) {
            const auto word = [&](size_t j) { return static_cast<T>(words[j][first + i]); };
            radius[i] = (word(0) + word(2) * T(0x1p-32)) * T(0x1p-32) + T(0x1p-65);
            angle[i] = (word(1) + word(3) * T(0x1p-32)) * T(0x1p-31) - T(1);
        }
    }
    template <class At>
    auto log_radius(At at) const {
        return simd::log(at.load(radius));
    }
    template <class At>
    auto angles(At at) const {
        return at.load(angle);
    }
};
template <>
struct uniforms<float> {
    const std::uint32_t *radius, *angle;

    template <size_t Lanes>
    uniforms(const philox_words<Lanes>& words, size_t pair, size_t first)
        : radius(&words[2 * pair][first]), angle(&words[2 * pair + 1][first]) {}
    template <class At>
    auto log_radius(At at) const {
        using V = simd::pack<float>;
        const auto half = std::bit_cast<simd::pack<std::int32_t>>(at.load(radius) >> 1);
        const auto [exponent, fraction] = split(simd::to_float(half) * V(0x1p-31f) + V(0x1p-32f));
        return exponent * V(0.693147181f) + log_of_fraction(fraction);
    }
    template <class At>
    auto angles(At at) const {
        const auto word = std::bit_cast<simd::pack<std::int32_t>>(at.load(angle));
        return simd::to_float(word) * simd::pack<float>(0x1p-31f);
    }
};

/// The groups of deviates of `Lanes` counters, one after the other.
template <class T, size_t Lanes>
void box_muller(const philox_words<Lanes>& words, T* out, T mean, T deviation) {
    for (size_t first = 0; first < Lanes; first += counters_a_group) {
        for (size_t pair = 0; pair < normals_a_group<T> / (2 * counters_a_group); ++pair) {
            const uniforms<T> uniform(words, pair, first);
            simd::for_each<T>(counters_a_group, [&](auto at) {
                using V = simd::pack<T>;
                const V length = V(deviation) * simd::sqrt(V(T(-2)) * uniform.log_radius(at));
                const auto [sine, cosine] = sincos_pi<T>(uniform.angles(at));
                at.store(out, V(mean) + length * cosine);
                at.store(out + counters_a_group, V(mean) + length * sine);
            });
            out += 2 * counters_a_group;
        }
    }
}

/// `count` deviates from the counters that start at `counter`; whole groups of counters are used up.
template <class T>
void normals(const std::uint32_t* key, std::array<std::uint32_t, 4> counter, T* out, size_t count, T mean,
             T deviation) {
    constexpr size_t many = 4 * counters_a_group;
    const auto groups = [&]<size_t Lanes>(std::integral_constant<size_t, Lanes>) {
        constexpr size_t made = Lanes / counters_a_group * normals_a_group<T>;
        philox_words<Lanes> words;
        for (; count >= made; count -= made, out += made, counter[0] += Lanes) {
            philox(key, counter, words);
            box_muller(words, out, mean, deviation);
        }
    };
    groups(std::integral_constant<size_t, many>{});
    groups(std::integral_constant<size_t, counters_a_group>{});
    if (count > 0) {
        philox_words<counters_a_group> words;
        T rest[normals_a_group<T>];
        philox(key, counter, words);
        box_muller(words, rest, mean, deviation);
        std::copy_n(rest, count, out);
    }
}

}  // namespace engram::detail
