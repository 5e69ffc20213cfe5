/// @file
/// Named arrays of what is known of a list of things, one number each, and of their spectra.
#pragma once

#include <algorithm>
#include <complex>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "engram/io/named_arrays.hpp"

namespace engram::detail {

/// Adds an array of value(thing), one number each.
template <class Things, class Value>
void store_column(named_arrays& arrays, const std::string& name, const Things& things, const Value& value) {
    std::vector<std::decay_t<decltype(value(*things.begin()))>> column;
    for (const auto& thing : things) column.push_back(value(thing));
    arrays.add(name, column);
}

/// Adds spectra as `spectra_real` and `spectra_imaginary`, filled up with NaN to the longest.
template <class T>
void store_spectra(const std::vector<std::vector<std::complex<T>>>& spectra, named_arrays& arrays) {
    constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    size_t width = 0;
    for (const auto& spectrum : spectra) width = std::max(width, spectrum.size());
    std::vector<T> real, imaginary;
    for (const auto& spectrum : spectra)
        for (size_t i = 0; i < width; ++i) {
            real.push_back(i < spectrum.size() ? spectrum[i].real() : nan);
            imaginary.push_back(i < spectrum.size() ? spectrum[i].imag() : nan);
        }
    arrays.add("spectra_real", real, {spectra.size(), width});
    arrays.add("spectra_imaginary", imaginary, {spectra.size(), width});
}

}  // namespace engram::detail
