/// @file
/// Numbers written so that reading them gives the same numbers.
#pragma once

#include <limits>
#include <ostream>

namespace engram::detail {

/// While it lives, a stream writes every digit that a double has, in decimal. Then the stream's own format
/// is restored, also where an exception ends the writing.
class full_digits {
  public:
    explicit full_digits(std::ostream& out)
        : out_(out),
          flags_(out.flags(std::ios_base::dec | std::ios_base::skipws)),
          precision_(out.precision(std::numeric_limits<double>::max_digits10)) {}
    ~full_digits() {
        out_.flags(flags_);
        out_.precision(precision_);
    }
    full_digits(const full_digits&) = delete;
    full_digits& operator=(const full_digits&) = delete;

  private:
    std::ostream& out_;
    std::ios_base::fmtflags flags_;
    std::streamsize precision_;
};

}  // namespace engram::detail
