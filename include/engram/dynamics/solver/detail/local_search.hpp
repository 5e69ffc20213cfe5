/// @file
/// The search from one seed: a descent and a step control, with stop tests, region and counting.
#pragma once

#include "engram/dynamics/map/fixed_size.hpp"
#include "engram/dynamics/solver/solver.hpp"

#include <vector>

namespace engram::detail {

/// The search from one seed, but for the calls of the map. Those are made by lockstep, which calls the
/// members in the order in which they stand here. All memory is allocated by the constructor.
template <class T, class Descent, class Control, size_t N = 0>
class local_search {
  public:
    /// Whether the descent computes S's gradient itself.
    template <class Linearisation>
    static constexpr bool linearises = requires(Descent& descent, Linearisation& linear,
                                                const search_state<T>& at, std::span<T> b) {
        descent.linearise(linear, at, b);
    };
    /// Whether the descent may need F at another state before a step is tried.
    static constexpr bool probes =
        requires(Descent & descent, const search_state<T>& at, std::span<T> state) {
        descent.probe(at, state);
    };

    /// make_descent() is called here, so that descents need not be movable.
    template <class Make>
    local_search(size_t d, const Make& make_descent, const Control& control, const search_limits& limits,
                 const search_region<T>& region)
        : descent_(make_descent()),
          first_control_(control),
          control_(control),
          limits_(limits),
          region_(region),
          d_(d),
          seed_(d),
          g_(d),
          gradient_(d),
          full_gradient_(d),
          step_(d),
          best_(Control::monotone ? 0 : d) {
        if constexpr (requires { descent_.begin(d); }) descent_.begin(d);
    }

    /// Whether the memory of one search can serve another.
    static constexpr bool restarts = std::is_copy_assignable_v<Control> && requires(Descent & descent) {
        descent.restart();
    };
    /// Forgets the latest search; another one may begin.
    void restart() requires restarts {
        descent_.restart();
        control_ = first_control_;
        best_half_ = std::numeric_limits<T>::infinity();
        moved_ = true;
        below_rounding_ = false;
        outcome_ = {};
    }

    /// Begins at the seed h, which the search will move, with g = F(h) - h there.
    void begin(T* h, const T* g) {
        h_ = h;
        std::copy_n(h, d(), seed_.begin());
        control_.begin(static_cast<double>(std::max(T(1), std::sqrt(dot(d(), h, h)))));
        move_to(h, g, dot(d(), g, g) / 2);
        first_half_ = half_;
    }

    /// Whether the search goes on, as far as can be told without a gradient.
    bool goes_on() { return moved_ ? goes_on_from_new_state() : tries_shorter_step(); }
    /// Whether S's gradient is needed at state(), for residual().
    [[nodiscard]] bool wants_gradient() const { return moved_; }
    [[nodiscard]] const T* state() const { return h_; }
    [[nodiscard]] const T* residual() const { return g_.data(); }
    void set_gradient(const T* b) { std::copy_n(b, d(), full_gradient_.begin()); }

    /// Asks the descent for its next step; false if the search has ended.
    template <class Linearisation>
    bool propose([[maybe_unused]] Linearisation& linear) {
        if (moved_) {
            if constexpr (linearises<Linearisation>)
                descent_.linearise(linear, at(), std::span<T>(full_gradient_));
            gradient_ = full_gradient_;
            remove_blocked(region_, h_, gradient_.data(), d());
            slope_ = std::sqrt(dot(d(), gradient_.data(), gradient_.data()));
            const T relative = slope_ / std::sqrt(2 * half_);
            if (!std::isfinite(relative)) return end(stop_reason::not_finite);
            if (relative <= static_cast<T>(limits_.gradient_tolerance))
                return end(stop_reason::gradient_vanished);
        }
        forecast_ = descent_.propose(at(), static_cast<T>(control_.reach(static_cast<double>(slope_))),
                                     std::span<T>(step_));
        return true;
    }

    bool probe(T* there) requires probes { return descent_.probe(at(), std::span<T>(there, d())); }
    void accelerate(const T* g) requires probes {
        descent_.accelerate(at(), std::span<const T>(g, d()), std::span<T>(step_));
    }

    /// there = h + step, clipped to the region; the step becomes there - h.
    void attempt(T* there) {
        for (size_t i = 0; i < d(); ++i) there[i] = region_.clip(i, h_[i] + step_[i]);
        draw_back(region_, seed_.data(), there, d());
        for (size_t i = 0; i < d(); ++i) step_[i] = there[i] - h_[i];
    }

    /// Accepts or refuses the step to the state `there`, at which F(h) - h = g.
    void decide(const T* there, const T* g) {
        const T half = dot(d(), g, g) / 2, fall = half_ - half;
        const auto length = static_cast<double>(std::sqrt(dot(d(), step_.data(), step_.data())));
        if constexpr (requires { control_.lengthen(length); })
            if (forecast_.fall <= 8 * std::numeric_limits<T>::epsilon() * half_ &&
                control_.lengthen(length)) {
                moved_ = false;
                return;
            }
        moved_ = control_.accept({length, static_cast<double>(forecast_.fall),
                                  -static_cast<double>(dot(d(), gradient_.data(), step_.data())),
                                  static_cast<double>(fall)});
        // Changes of S / 2 up to this are rounding, and shorter steps would change it no more.
        const T rounding = std::sqrt(2 * half_) * speed_of_rounding(h_, d()) / 8;
        below_rounding_ = !moved_ && forecast_.whole && forecast_.fall <= rounding;
        if constexpr (requires { descent_.tried(std::span<const T>(step_), moved_, fall); })
            descent_.tried(std::span<const T>(step_), moved_, fall);
        if (!moved_) return;
        ++outcome_.iterations;
        move_to(there, g, half);
    }

    /// Ends the search at its present state.
    void interrupt() { outcome_.stop = stop_reason::interrupted; }
    /// Leaves the result in the state that begin() was given. Returns why the search ended.
    search_outcome finish() {
        if constexpr (!Control::monotone)
            if (!(half_ <= first_half_))
                std::copy_n(best_half_ <= first_half_ ? best_.data() : seed_.data(), d(), h_);
        return outcome_;
    }

  private:
    search_state<T> at() const {
        return {outcome_.iterations, {h_, d()}, g_, gradient_, full_gradient_, half_};
    }

    void move_to(const T* there, const T* g, T half) {
        if (there != h_) std::copy_n(there, d(), h_);
        std::copy_n(g, d(), g_.begin());
        half_ = half;
        if constexpr (!Control::monotone) {
            if (!(half < best_half_)) return;
            best_half_ = half;
            std::copy_n(there, d(), best_.begin());
        }
    }

    bool end(stop_reason reason) {
        outcome_.stop = reason;
        return false;
    }
    /// Whether the search goes on from the state that it has moved to.
    bool goes_on_from_new_state() {
        const T speed = std::sqrt(2 * half_);
        if (outcome_.iterations == limits_.iterations) return end(stop_reason::iteration_limit);
        if (!std::isfinite(half_)) return end(stop_reason::not_finite);
        if (speed <= speed_of_rounding(h_, d())) return end(stop_reason::at_rest);
        if (speed <= static_cast<T>(limits_.speed_target)) return end(stop_reason::target_reached);
        return true;
    }
    /// Whether a shorter step may help where the latest one was not taken.
    bool tries_shorter_step() {
        if (distance(h_, seed_.data(), d()) >= region_.max_distance * T(0.999))
            return end(stop_reason::distance_limit);
        if (below_rounding_ || control_.exhausted()) return end(stop_reason::no_progress);
        return true;
    }

    [[nodiscard]] size_t d() const { return d_.value; }

    Descent descent_;
    Control first_control_, control_;
    const search_limits& limits_;
    const search_region<T>& region_;
    [[no_unique_address]] dimension_of<N> d_;
    T* h_ = nullptr;
    list_of<T, N> seed_, g_, gradient_, full_gradient_, step_;
    std::vector<T> best_;  ///< the slowest state so far, where S may rise
    T half_ = 0, first_half_ = 0, best_half_ = std::numeric_limits<T>::infinity();
    T slope_ = 0;
    forecast<T> forecast_{};
    bool moved_ = true;  ///< the latest step was taken
    bool below_rounding_ = false;
    search_outcome outcome_;
};

}  // namespace engram::detail
