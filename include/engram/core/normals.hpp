/// @file
/// Normal deviates by the thousand: Philox4x32-10 and the Box-Muller transform on many counters at once.
/// The words are those of Random123; only the order of the work differs, so that compilers vectorise it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "engram/core/simd.hpp"

namespace engram::detail {

/// words[j][i] is word j of the i-th of consecutive counters.
template <size_t Lanes>
using philox_words = std::array<std::array<std::uint32_t, Lanes>, 4>;

/// Philox4x32-10 (Salmon et al., SC 2011, section 3.4) of `Lanes` counters that differ in their first word.
template <size_t Lanes>
void philox(const std::uint32_t* key, const std::array<std::uint32_t, 4>& counter, philox_words<Lanes>& x) {
    for (size_t i = 0; i < Lanes; ++i) x[0][i] = counter[0] + static_cast<std::uint32_t>(i);
    for (size_t j = 1; j < 4; ++j) x[j].fill(counter[j]);
    for (std::uint32_t round = 0; round < 10; ++round) {
        const std::uint32_t key0 = key[0] + round * 0x9E3779B9u, key1 = key[1] + round * 0xBB67AE85u;
        for (size_t i = 0; i < Lanes; ++i) {
            const std::uint64_t p = std::uint64_t{0xD2511F53u} * x[0][i];
            const std::uint64_t q = std::uint64_t{0xCD9E8D57u} * x[2][i];
            x[0][i] = static_cast<std::uint32_t>(q >> 32) ^ x[1][i] ^ key0;
            x[2][i] = static_cast<std::uint32_t>(p >> 32) ^ x[3][i] ^ key1;
            x[1][i] = static_cast<std::uint32_t>(q);
            x[3][i] = static_cast<std::uint32_t>(p);
        }
    }
}

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

/// Uniform numbers from the words of counter i: `radius` on (0, 1], `angle` on [-1, 1].
template <class T, size_t Lanes>
void uniforms(const philox_words<Lanes>& words, size_t pair, size_t first, T* radius, T* angle) {
    for (size_t i = 0; i < counters_a_group; ++i) {
        const std::uint32_t u = words[2 * pair][first + i], v = words[2 * pair + 1][first + i];
        if constexpr (sizeof(T) == 4) {
            radius[i] = static_cast<T>(static_cast<std::int32_t>(u >> 1)) * T(0x1p-31) + T(0x1p-32);
            angle[i] = static_cast<T>(static_cast<std::int32_t>(v)) * T(0x1p-31);
        } else {
            const std::uint32_t u2 = words[2][first + i], v2 = words[3][first + i];
            radius[i] = (static_cast<T>(u) + static_cast<T>(u2) * T(0x1p-32)) * T(0x1p-32) + T(0x1p-65);
            angle[i] = (static_cast<T>(v) + static_cast<T>(v2) * T(0x1p-32)) * T(0x1p-31) - T(1);
        }
    }
}

/// The groups of deviates of `Lanes` counters, one after the other.
template <class T, size_t Lanes>
void box_muller(const philox_words<Lanes>& words, T* out, T mean, T deviation) {
    T radius[counters_a_group], angle[counters_a_group];
    for (size_t first = 0; first < Lanes; first += counters_a_group) {
        for (size_t pair = 0; pair < normals_a_group<T> / (2 * counters_a_group); ++pair) {
            uniforms(words, pair, first, radius, angle);
            simd::for_each<T>(counters_a_group, [&](auto at) {
                using V = simd::pack<T>;
                const V length = V(deviation) * simd::sqrt(V(T(-2)) * simd::log(at.load(radius)));
                const auto [sine, cosine] = sincos_pi<T>(at.load(angle));
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
