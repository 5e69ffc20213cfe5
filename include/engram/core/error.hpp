/// @file
/// The exceptions engram throws, and the check that throws them.
#pragma once

#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "engram needs NaN and infinity: compile without -ffast-math and -ffinite-math-only"
#endif

#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>

namespace engram {

/// Base of every exception that engram throws.
class error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// A matrix, vector or file has another shape than the operation needs.
class shape_error : public error {
  public:
    using error::error;
};

/// An option or an argument lies outside its allowed range.
class value_error : public error {
  public:
    using error::error;
};

/// A file cannot be read or written, or does not hold what it should.
class file_error : public error {
  public:
    using error::error;
};

/// A computation left the finite numbers.
class divergence_error : public error {
  public:
    using error::error;
};

namespace detail {

/// The parts written one after the other, as to a stream.
/// (Taken by value, so that literals of all lengths share one instance.)
template <class... Parts>
std::string concatenate(Parts... parts) {
    std::ostringstream text;
    (text << ... << parts);
    return text.str();
}

/// The words of the exception that is being handled; to be called in a handler.
inline std::string words_of_exception() {
    try {
        throw;
    } catch (const std::exception& reason) {
        return reason.what();
    } catch (...) {
        return "no std::exception";
    }
}

}  // namespace detail

/// Throws Error with the given message parts unless the condition holds.
template <class Error = value_error, class... Parts>
void require(bool condition, const Parts&... parts) {
    if (!condition) throw Error(detail::concatenate(parts...));
}

}  // namespace engram
