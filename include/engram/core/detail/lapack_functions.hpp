/// @file
/// The functions of LAPACK that engram calls, by the type of their numbers.
#pragma once

#include "engram/core/tensor.hpp"

namespace engram::detail {

/// The functions of LAPACK for numbers of type T, as xtensor-blas declares them. (Its own functions around
/// them include <iostream>, and print.)
template <class T>
struct lapack;
template <>
struct lapack<float> {
    static constexpr auto potrf = cxxlapack::LAPACK_IMPL(spotrf);
    static constexpr auto potrs = cxxlapack::LAPACK_IMPL(spotrs);
    static constexpr auto getrf = cxxlapack::LAPACK_IMPL(sgetrf);
    static constexpr auto getrs = cxxlapack::LAPACK_IMPL(sgetrs);
    static constexpr auto geev = cxxlapack::LAPACK_IMPL(sgeev);
    static constexpr auto syev = cxxlapack::LAPACK_IMPL(ssyev);
};
template <>
struct lapack<double> {
    static constexpr auto potrf = cxxlapack::LAPACK_IMPL(dpotrf);
    static constexpr auto potrs = cxxlapack::LAPACK_IMPL(dpotrs);
    static constexpr auto getrf = cxxlapack::LAPACK_IMPL(dgetrf);
    static constexpr auto getrs = cxxlapack::LAPACK_IMPL(dgetrs);
    static constexpr auto geev = cxxlapack::LAPACK_IMPL(dgeev);
    static constexpr auto syev = cxxlapack::LAPACK_IMPL(dsyev);
};

}  // namespace engram::detail
