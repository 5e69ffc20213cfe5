/// @file
/// Callbacks: what may watch a run, and stop it.
#pragma once

#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "engram/core/progress_bar.hpp"
#include "engram/task/task.hpp"

namespace engram {

/// What a run tells after every update.
struct training_report {
    size_t step, steps;       ///< updates done, and to do in all
    double loss;              ///< of this update's batch, before it
    double accuracy;          ///< fraction of the answers asked for that are right, as the loss term counts
    engram::stage stage;      ///< how hard the task was
    double seconds;           ///< since fit began
    double steps_per_second;  ///< on average
    /// How long the rest will take at this pace.
    [[nodiscard]] double seconds_left() const { return static_cast<double>(steps - step) / steps_per_second; }
    /// The report in words.
    [[nodiscard]] std::string line() const {
        char text[160];
        std::snprintf(text, sizeof text, "step %zu/%zu  loss %.4f  accuracy %.3f  %.0f steps/s  %.0f s left",
                      step, steps, loss, accuracy, steps_per_second, seconds_left());
        return text;
    }
};

/// Anything that can be called with a training_report. One that returns false ends the run.
template <class C>
concept callback = requires(C& call, const training_report& report) {
    call(report);
};

/// Keeps what a run told every so many updates. Pass it by name to read it afterwards.
struct history {
    size_t every = 1;                        ///< updates between two reports that are kept
    std::vector<training_report> reports{};  ///< what was kept

    /// Throws value_error if `every` is 0.
    void operator()(const training_report& r) {
        require(every > 0, "history: every = 0, expected at least 1");
        if (r.step % every == 0 || r.step == r.steps) reports.push_back(r);
    }
};

/// Ends a run when the loss, averaged over `window` updates, has not fallen for `patience` windows. Another
/// run begins anew.
class early_stop {
  public:
    /// Throws value_error if one of them is 0.
    explicit early_stop(size_t window = 100, size_t patience = 10) : window_(window), patience_(patience) {
        require(window > 0 && patience > 0, "early_stop: window = ", window, " and patience = ", patience,
                ", expected at least 1 each");
    }

    bool operator()(const training_report& r) {
        if (r.step <= step_) *this = early_stop(window_, patience_);
        step_ = r.step;
        sum_ += r.loss;
        if (++count_ < window_) return true;
        const double mean = sum_ / static_cast<double>(window_);
        sum_ = 0, count_ = 0;
        waited_ = mean < best_ ? 0 : waited_ + 1;
        best_ = std::min(best_, mean);
        return waited_ < patience_;
    }

  private:
    size_t window_, patience_, step_ = 0, count_ = 0, waited_ = 0;
    double sum_ = 0, best_ = std::numeric_limits<double>::infinity();
};

}  // namespace engram
