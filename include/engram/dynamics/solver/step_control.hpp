/// @file
/// Step controls: how long the steps of a search may be, and which of them are taken.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "engram/dynamics/solver/solver.hpp"

namespace engram {

/// Takes every step that lowers S, and bounds steps by a radius that follows how right the descent's model of
/// S is: half of the step after one that was not taken or gained less than a tenth of the forecast, up to
/// twice the step after one that gained more than three quarters of it.
class trust_region {
  public:
    static constexpr bool monotone = true;

    /// The longest radius, which is also the first, in units of the seed's norm or of 1, whichever is larger.
    explicit trust_region(double max_step = 0.1) : max_step_(max_step) {}

    void begin(double size) { longest_ = radius_ = max_step_ * size; }
    [[nodiscard]] double reach(double) const { return radius_; }
    bool accept(const tried_step& step) {
        const bool taken = step.fall > 0;
        if (!taken)
            radius_ = std::min(step.length, radius_) / 2;
        else if (step.fall < step.forecast / 10)
            radius_ = step.length / 2;
        else if (step.fall > step.forecast * 3 / 4)
            radius_ = std::min(std::max(radius_, 2 * step.length), longest_);
        // Steps that are as long as they may be, and right, one after the other: the way is long.
        long_steps_ = taken && step.length > longest_ / 2 && step.fall > step.forecast * 3 / 4 &&
                              step.fall < step.forecast * 5 / 4
                          ? long_steps_ + 1
                          : 0;
        if (long_steps_ >= 32) radius_ = longest_ *= 2;
        return taken;
    }
    /// After a step whose change of S rounding hides: allows longer ones, if the radius kept it short.
    bool lengthen(double length) {
        if (radius_ < longest_ || length < longest_ / 2) return false;
        radius_ = longest_ *= 1024;
        return true;
    }
    [[nodiscard]] bool exhausted() const {
        return !(radius_ > std::numeric_limits<double>::epsilon() * longest_);
    }

  private:
    double max_step_, longest_ = 0, radius_ = 0;
    int long_steps_ = 0;  ///< the latest ones, without a break
};

/// Takes a step if S falls by at least half of what the gradient promises, and halves it until it does
/// (Armijo, Pacific J. Math. 16, 1966); a step that was taken at once makes the next one longer.
class backtracking {
  public:
    static constexpr bool monotone = true;

    /// The longest step, in units of the seed's norm or of 1, whichever is larger.
    explicit backtracking(double max_step = 0.01) : max_step_(max_step) {}

    void begin(double size) { longest_ = max_step_ * size; }
    double reach(double slope) {
        length_ = std::min(rate_, longest_ / slope);
        return length_ * slope;
    }
    bool accept(const tried_step& step) {
        const bool taken = step.fall > 0 && step.fall >= step.slope / 2;
        if (!taken)
            rate_ = length_ / 2;
        else if (first_)
            rate_ = 2 * length_;
        first_ = taken;
        return taken;
    }
    [[nodiscard]] bool exhausted() const { return !(rate_ > std::numeric_limits<double>::min()); }

  private:
    double max_step_, longest_ = 0;
    double rate_ = 0.5, length_ = 0;  ///< in units of half of S's gradient: the next step, and the latest
    bool first_ = true;               ///< whether the next step is the first one from its state
};

/// Takes every step that lowers S, of whatever length, and ends the search at the first that does not.
class full_step {
  public:
    static constexpr bool monotone = true;

    void begin(double) {}
    [[nodiscard]] double reach(double) const { return std::numeric_limits<double>::infinity(); }
    bool accept(const tried_step& step) {
        exhausted_ = !(step.fall > 0);
        return !exhausted_;
    }
    [[nodiscard]] bool exhausted() const { return exhausted_; }

  private:
    bool exhausted_ = false;
};

/// Takes every step, also one that raises S. Its reach is a learning rate, which is smaller from some step
/// on.
struct learning_schedule {
    static constexpr bool monotone = false;

    double learning_rate = 1e-3;  ///< at first
    double decayed_rate = 1e-4;   ///< from the step numbered `decay_after` on
    double decay_after = 40'000;  ///< steps at the first rate
    double taken = 0;             ///< steps so far

    void begin(double) {}
    [[nodiscard]] double reach(double) const {
        return taken + 1 > decay_after ? decayed_rate : learning_rate;
    }
    bool accept(const tried_step&) {
        ++taken;
        return true;
    }
    [[nodiscard]] bool exhausted() const { return false; }
};

}  // namespace engram
