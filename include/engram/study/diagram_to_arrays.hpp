/// @file
/// Bifurcation diagrams and curves of folds as named arrays: for write_npz, and from there for NumPy.
#pragma once

#include <algorithm>
#include <complex>
#include <cstdint>
#include <limits>
#include <vector>

#include "engram/dynamics/continuation/branch_diagram.hpp"
#include "engram/dynamics/continuation/fold_curve.hpp"
#include "engram/study/detail/store_column.hpp"

namespace engram {

namespace detail {

/// Adds arrays of what is known of bifurcations, one each, under a prefix.
template <class T>
void store_bifurcations(named_arrays& arrays, const std::string& prefix,
                        const std::vector<bifurcation<T>>& found) {
    const auto column = [&](const char* name, auto value) {
        store_column(arrays, prefix + name, found, value);
    };
    const auto integer = [](auto value) { return static_cast<std::int64_t>(value); };
    column("kind", [&](const auto& b) { return integer(b.kind); });
    column("criticality", [&](const auto& b) { return integer(b.criticality); });
    column("parameter", [](const auto& b) { return b.parameter; });
    column("second_parameter", [](const auto& b) { return b.second_parameter; });
    column("period", [&](const auto& b) { return integer(b.period); });
    column("multiplier_real", [](const auto& b) { return b.multiplier.real(); });
    column("multiplier_imaginary", [](const auto& b) { return b.multiplier.imag(); });
    column("coefficient", [](const auto& b) { return b.coefficient; });
    column("outside_box", [](const auto& b) { return std::uint8_t{b.outside_box}; });
    column("converged", [](const auto& b) { return std::uint8_t{b.converged}; });
    column("branch", [&](const auto& b) { return integer(b.branches[0]); });
    column("point", [&](const auto& b) { return integer(b.point); });
    std::vector<T> states;
    for (const auto& b : found) states.insert(states.end(), b.state.begin(), b.state.end());
    arrays.add(prefix + "states", states, {found.size(), found.empty() ? 0 : found[0].state.size()});
}

}  // namespace detail

/// The points of all branches (n, of dimension d), one after the other, as arrays for write_npz: `branch`,
/// `period`, `parameter` (n), `states` (n x d), `unstable_directions` (n, -1 where spectra are not known),
/// `spectra_real` and `spectra_imaginary` (n x d, by descending modulus; n x 0 where none are known),
/// `outputs` (n x m, n x 0 without a read-out), `outside_box` (n); and of the bifurcations `bifurcation_kind`
/// (numbers of bifurcation_kind), `_criticality`, `_parameter`, `_period`, `_multiplier_real`,
/// `_multiplier_imaginary`,
/// `_coefficient`, `_outside_box`, `_converged`, `_branch` (the first of its branches), `_point` (its index
/// on that) and `_states`.
template <class T>
named_arrays to_arrays(const branch_diagram<T>& found) {
    named_arrays arrays("bifurcation diagram");
    constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    std::vector<std::int64_t> branch, period, unstable;
    std::vector<std::uint8_t> outside;
    std::vector<double> parameter;
    std::vector<T> states, outputs;
    std::vector<std::vector<std::complex<T>>> spectra;
    size_t d = 0, width = 0;
    for (const auto& b : found.branches) {
        d = b.states.shape(1);
        width = std::max(width, b.outputs.shape(1));
    }
    for (size_t k = 0; k < found.branches.size(); ++k) {
        const auto& b = found.branches[k];
        states.insert(states.end(), b.states.begin(), b.states.end());
        outside.insert(outside.end(), b.outside_box.begin(), b.outside_box.end());
        for (size_t i = 0; i < b.size(); ++i) {
            branch.push_back(static_cast<std::int64_t>(k));
            period.push_back(static_cast<std::int64_t>(b.period));
            parameter.push_back(b.parameters[i]);
            unstable.push_back(b.stability_known() ? static_cast<std::int64_t>(b.unstable_directions[i])
                                                   : -1);
            const auto* const spectrum = b.spectra.data() + i * b.spectra.shape(1);
            spectra.emplace_back(spectrum, spectrum + b.spectra.shape(1));
            for (size_t j = 0; j < width; ++j)
                outputs.push_back(j < b.outputs.shape(1) ? b.outputs(i, j) : nan);
        }
    }
    const size_t n = parameter.size();
    arrays.add("branch", branch);
    arrays.add("period", period);
    arrays.add("parameter", parameter);
    arrays.add("states", states, {n, d});
    arrays.add("unstable_directions", unstable);
    detail::store_spectra(spectra, arrays);
    arrays.add("outputs", outputs, {n, width});
    arrays.add("outside_box", outside);
    detail::store_bifurcations(arrays, "bifurcation_", found.bifurcations);
    return arrays;
}

/// Folds (n) along a curve as arrays for write_npz: `first`, `second`, `coefficient` and `outside_box` (n),
/// `states` (n x d), and of the cusps and Bogdanov-Takens points on it the arrays of bifurcations, as
/// `cusp_parameter`, `cusp_second_parameter`, `bogdanov_takens_parameter` and so on.
template <class T>
named_arrays to_arrays(const fold_branch<T>& found) {
    named_arrays arrays("curve of folds");
    arrays.add("first", found.first);
    arrays.add("second", found.second);
    arrays.add("coefficient", found.coefficients);
    arrays.add("states", found.states);
    arrays.add("outside_box", found.outside_box);
    detail::store_bifurcations(arrays, "cusp_", found.cusps);
    detail::store_bifurcations(arrays, "bogdanov_takens_", found.bogdanov_takens);
    return arrays;
}

}  // namespace engram
