/// @file
/// progress_bar: shows how far any long call is.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>

namespace engram {

/// Shows a long call on a terminal as one line that changes, elsewhere as some twenty plain lines: of
/// training, as a callback of fit(), or of a search, as its `watcher`. It takes any report that has `step`,
/// `steps`, `seconds` and a `line()`, and never ends a call.
class progress_bar {
  public:
    progress_bar() : out_(&std::cerr), terminal_(isatty(STDERR_FILENO) == 1) {}
    /// Writes plain lines, each after `label`, to a stream.
    explicit progress_bar(std::ostream& out, std::string label = {}) : out_(&out), label_(std::move(label)) {}

    /// Shows the report, unless it comes too soon after another.
    template <class Report>
    bool operator()(const Report& r) {
        const bool last = r.step == r.steps;
        const std::size_t twentieth = std::max<std::size_t>(1, r.steps / 20);
        if (r.seconds < shown_) shown_ = -1, part_ = 0;  // another run
        if (terminal_ ? r.seconds < shown_ + 0.1 && !last : r.step / twentieth == part_ && !last) return true;
        shown_ = r.seconds, part_ = r.step / twentieth;
        const std::string line = label_ + r.line();
        if (!terminal_) {
            *out_ << line + '\n' << std::flush;
            return true;
        }
        constexpr std::size_t width = 20;
        const std::size_t done = r.steps == 0 ? width : width * r.step / r.steps;
        *out_ << "\r\033[K[" << std::string(done, '=') << std::string(width - done, ' ') << "] " << line
              << (last ? "\n" : "") << std::flush;
        return true;
    }

  private:
    std::ostream* out_;
    std::string label_;
    bool terminal_ = false;
    double shown_ = -1;
    std::size_t part_ = 0;  ///< twentieths that were shown
};

}  // namespace engram
