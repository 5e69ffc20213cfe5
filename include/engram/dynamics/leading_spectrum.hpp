/// @file
/// leading_spectrum: the largest eigenvalues of a Jacobian that is never formed, by Spectra. An optional
/// header: it needs Spectra and Eigen, and dynamics.hpp does not include it.
#pragma once

#if !__has_include(<Spectra/GenEigsSolver.h>) || !__has_include(<Eigen/Core>)
#error \
    "engram/dynamics/leading_spectrum.hpp needs Spectra and Eigen in the include path (Debian: libspectra-dev, libeigen3-dev)"
#endif
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#endif
#include <Spectra/GenEigsSolver.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "engram/dynamics/spectrum.hpp"

namespace engram {

namespace detail {

/// dF/dh at one state, as Spectra asks for it.
template <differentiable_map Map>
class spectra_operand {
  public:
    using Scalar = typename Map::scalar;

    spectra_operand(const Map& map, const Scalar* h) : dimension_(map.dimension()), linear_(map), h_(h) {}
    [[nodiscard]] Eigen::Index rows() const { return static_cast<Eigen::Index>(dimension_); }
    [[nodiscard]] Eigen::Index cols() const { return rows(); }
    void perform_op(const Scalar* in, Scalar* out) const { linear_.jvp(h_, in, out); }

  private:
    size_t dimension_;
    mutable linearisation<Map> linear_;
    const Scalar* h_;
};

}  // namespace detail

/// The `count` eigenvalues of dF/dh of largest modulus, by falling modulus, from products with dF/dh alone
/// (implicitly restarted Arnoldi; memory 3 count + 20 states). `count` is at most d - 2. A conjugate pair
/// may be cut in two at the end of the list. Throws shape_error, value_error, and divergence_error if the
/// iteration does not converge.
template <differentiable_map Map, class T = typename Map::scalar>
std::vector<std::complex<T>> leading_spectrum(const Map& map, const vector<T>& state, size_t count,
                                              size_t iterations = 1000) {
    const size_t d = map.dimension();
    require<shape_error>(state.size() == d, "leading_spectrum: a state of ", state.size(),
                         " numbers for a map of dimension ", d);
    require(count > 0 && count + 2 <= d, "leading_spectrum: count = ", count,
            ", but it must be between 1 and ", d < 2 ? 0 : d - 2);
    const detail::spectra_operand<Map> operand(map, state.data());
    const auto wanted = static_cast<Eigen::Index>(count);
    const auto kept = static_cast<Eigen::Index>(std::min(d, 3 * count + 20));
    auto writable = operand;
    Spectra::GenEigsSolver<detail::spectra_operand<Map>> solver(writable, wanted, kept);
    solver.init();
    solver.compute(Spectra::SortRule::LargestMagn, static_cast<Eigen::Index>(iterations));
    require<divergence_error>(solver.info() == Spectra::CompInfo::Successful,
                              "leading_spectrum: the Arnoldi iteration did not converge in ", iterations,
                              " restarts");
    const auto values = solver.eigenvalues();
    std::vector<std::complex<T>> result(values.data(), values.data() + values.size());
    detail::sort_by_modulus(result);
    return result;
}

}  // namespace engram
