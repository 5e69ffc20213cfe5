/// @file
/// What every fuzz target has in common. A target includes this and defines `fuzz`, which reads an input and
/// checks what it got. A file_error is a reader's proper answer to bad input; anything else is a finding.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "engram/core/error.hpp"
#include "engram/io/named_arrays.hpp"

/// Reads the input, and throws file_error if it is not what the reader expects.
void fuzz(engram::byte_span input);

/// Ends the program as a crash unless the condition holds.
inline void insist(bool condition, const char* what) {
    if (condition) return;
    std::cerr << "violated: " << what << '\n';
    std::abort();
}

/// The two have the same elements.
inline void insist_same(const engram::stored_array& a, const engram::stored_array& b) {
    insist(a.type == b.type && a.shape == b.shape && a.data == b.data, "what is written is read back");
}
inline void insist_same(const engram::named_arrays& a, const engram::named_arrays& b) {
    insist(a.size() == b.size(), "as many arrays are read back as are written");
    for (const auto& [name, array] : a) insist_same(array, b.at(name));
}

/// Uses every element, so that a sanitizer sees each read.
inline void use(const engram::stored_array& array) {
    if (array.type == engram::element_type::other) return;
    const auto numbers = array.values<std::complex<double>>();
    insist(numbers.size() == array.size() && engram::checked_size(array.shape, 1, "array") == array.size(),
           "an array holds what its shape says");
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        fuzz({data, size});
    } catch (const engram::file_error&) {
    }
    return 0;
}
