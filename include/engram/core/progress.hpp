/// @file
/// How far a long call is: what it tells, and who may end it.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

#include "engram/core/error.hpp"

namespace engram {

/// What a long call tells of itself.
struct progress_report {
    std::size_t step, steps;  ///< done, and to do in all
    double seconds;           ///< since the call began
    std::string_view unit;    ///< what a step is, in the plural: "seeds"

    /// How long the rest will take at this pace; infinite before the first step.
    [[nodiscard]] double seconds_left() const {
        if (step == 0) return std::numeric_limits<double>::infinity();
        return seconds * static_cast<double>(steps - step) / static_cast<double>(step);
    }
    /// The same in words; before the first step without what is left.
    [[nodiscard]] std::string line() const {
        char text[120];
        std::snprintf(text, sizeof text, "%zu/%zu %.*s  %.0f s", step, steps, static_cast<int>(unit.size()),
                      unit.data(), seconds);
        if (step == 0) return text;
        char left[40];
        std::snprintf(left, sizeof left, "  %.0f s left", seconds_left());
        return std::string(text) + left;
    }
};

/// Is told of a long call's progress, by one thread at a time; false ends the call, which returns what it
/// has.
using progress_watcher = std::function<bool(const progress_report&)>;

namespace detail {

/// Watches a long call: counts its steps, tells the watcher, and says whether to go on. Any thread may call.
class progress_watch {
  public:
    /// Throws value_error, in the name of a function, for a time limit that is not above 0.
    progress_watch(const char* function, std::string_view unit, std::size_t steps,
                   const progress_watcher& watcher, double time_limit)
        : unit_(unit), steps_(steps), watcher_(watcher), time_limit_(time_limit) {
        require(time_limit > 0, function, ": time_limit = ", time_limit,
                ", expected a number of seconds above 0");
    }

    /// Whether the call may go on; one comparison where there is no limit.
    bool goes_on() {
        if (time_limit_ < std::numeric_limits<double>::infinity() && !stopped_ && seconds() > time_limit_) {
            const std::scoped_lock lock(mutex_);
            stop(concatenate("the time limit of ", time_limit_, " s was reached"));
        }
        return !stopped_;
    }
    /// Until the time limit, above 0: past it hardly.
    [[nodiscard]] double seconds_left() const {
        return std::max(time_limit_ - seconds(), std::numeric_limits<double>::min());
    }
    /// Counts steps that are done. What the watcher throws ends the call as if it had returned false.
    void add(std::size_t count) {
        if (!watcher_) return;
        const std::scoped_lock lock(mutex_);
        step_ += count;
        try {
            if (!stopped_ && !watcher_({step_, steps_, seconds(), unit_})) stop("the watcher ended it");
        } catch (...) {
            stop(concatenate("the watcher threw: ", words_of_exception()));
        }
    }
    /// Why the call was ended; empty if it was not.
    [[nodiscard]] const std::string& reason() const { return reason_; }

  private:
    void stop(std::string reason) {
        if (!stopped_) reason_ = std::move(reason);
        stopped_ = true;
    }
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    }

    std::string_view unit_;
    std::size_t steps_, step_ = 0;
    const progress_watcher& watcher_;
    double time_limit_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::mutex mutex_;
    std::atomic<bool> stopped_ = false;
    std::string reason_;
};

}  // namespace detail
}  // namespace engram
