/// @file
/// Includes xsimd where it is enabled. Comes before any other header that might include it.
#pragma once

#ifdef XTENSOR_USE_XSIMD
#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 warns of its own AVX-512 headers (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
// Without optimisation, xsimd before version 9 does not compile for AVX-512; packs are plain scalars then.
#if XSIMD_VERSION_MAJOR >= 9 || defined(__OPTIMIZE__) || !defined(__AVX512BW__)
/// Defined where packs are xsimd's.
#define ENGRAM_HAS_XSIMD
#endif
#endif
