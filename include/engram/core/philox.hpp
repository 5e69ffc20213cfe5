/// @file
/// Philox4x32-10 on one counter, or on many at once by vector instructions, which Random123 does not have.
/// The words are those of Random123.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engram/core/simd.hpp"

namespace engram::detail {

/// words[j][i] is word j of the i-th of consecutive counters.
template <size_t Lanes>
using philox_words = std::array<std::array<std::uint32_t, Lanes>, 4>;

/// The 64-bit product of the low half of a lane with m.
inline std::uint64_t product_of_low_halves(std::uint64_t x, std::uint32_t m) { return (x & 0xffffffffu) * m; }

/// Several 64-bit lanes at once, and the 64-bit products of their low halves with m.
#if defined(ENGRAM_HAS_XSIMD) && defined(__SSE2__)
using lane_pack = simd::pack<std::uint64_t>;
inline lane_pack product_of_low_halves(lane_pack x, std::uint32_t m) {
#if defined(__AVX512F__)
    return _mm512_mul_epu32(x, _mm512_set1_epi64(m));
#elif defined(__AVX2__)
    return _mm256_mul_epu32(x, _mm256_set1_epi64x(m));
#else
    return _mm_mul_epu32(x, _mm_set1_epi64x(m));
#endif
}
#else
using lane_pack = std::uint64_t;
#endif

/// Philox4x32-10 (Salmon et al., SC 2011, section 3.4) of `Lanes` counters that differ in their first word. A
/// word is the low half of a 64-bit lane; what products leave in the high half is never read.
template <size_t Lanes>
void philox(const std::uint32_t* key, const std::array<std::uint32_t, 4>& counter,
            philox_words<Lanes>& words) {
    using pack = std::conditional_t<Lanes == 1, std::uint64_t, lane_pack>;
    constexpr size_t width = Lanes == 1 ? 1 : sizeof(lane_pack) / sizeof(std::uint64_t);
    constexpr size_t packs = std::min<size_t>(width == 1 ? 8 : width < 8 ? 2 : 4, Lanes / width);
    constexpr size_t tile = packs * width;
    for (size_t first = 0; first < Lanes; first += tile) {
        std::uint64_t lanes[4][tile];
        for (size_t i = 0; i < tile; ++i) lanes[0][i] = counter[0] + static_cast<std::uint32_t>(first + i);
        for (size_t j = 1; j < 4; ++j) std::fill_n(lanes[j], tile, counter[j]);
        pack x[4][packs];
        std::memcpy(x, lanes, sizeof(x));
        for (std::uint32_t round = 0; round < 10; ++round) {
            const pack key0(key[0] + round * 0x9E3779B9u), key1(key[1] + round * 0xBB67AE85u);
            for (size_t i = 0; i < packs; ++i) {
                const pack p = product_of_low_halves(x[0][i], 0xD2511F53u);
                const pack q = product_of_low_halves(x[2][i], 0xCD9E8D57u);
                x[0][i] = (q >> 32) ^ x[1][i] ^ key0;
                x[2][i] = (p >> 32) ^ x[3][i] ^ key1;
                x[1][i] = q;
                x[3][i] = p;
            }
        }
        std::memcpy(lanes, x, sizeof(x));
        for (size_t j = 0; j < 4; ++j)
            for (size_t i = 0; i < tile; ++i) words[j][first + i] = static_cast<std::uint32_t>(lanes[j][i]);
    }
}

}  // namespace engram::detail
