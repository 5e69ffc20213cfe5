/// @file
/// newton_krylov: a second-order solver that forms no matrix, for tens of thousands of dimensions.
#pragma once

#include "engram/dynamics/solver/descend.hpp"
#include "engram/dynamics/solver/detail/krylov_step.hpp"
#include "engram/dynamics/solver/detail/quasi_newton.hpp"
#include "engram/dynamics/solver/step_control.hpp"

namespace engram {

namespace detail {

/// Newton's steps for F(h) = h while they succeed, otherwise quasi-Newton steps for S: where there is no
/// fixed point, or none that can be reached while S decreases.
template <differentiable_map Map>
class root_or_descent {
  public:
    using T = typename Map::scalar;

    root_or_descent(const Map& map, size_t krylov_dimension, size_t pairs, const search_region<T>& region)
        : for_root_(map, krylov_dimension, region),
          for_speed_(map.dimension(), pairs),
          usual_wait_(std::min(krylov_dimension, map.dimension())) {}

    forecast<T> propose(const search_state<T>& at, T radius, std::span<T> step) {
        if (taken_) for_speed_.learn(at.full_gradient);
        if (seeks_root_ && !taken_) {  // the same step, shorter, takes no products
            if (++cuts_ <= 3) return fall_of(at, for_root_.cut(radius, step));
            give_up();
        }
        seeks_root_ = wait_ == 0;
        if (seeks_root_) {
            const T speed = std::sqrt(2 * at.half_squared_speed);
            const T rounding = speed_of_rounding(at.state.data(), at.state.size()) / speed;
            const T rest = for_root_.solve(at, radius, std::clamp(rounding / 2, forcing, T(0.5)), step);
            cuts_ = 0;
            if (rest < (for_root_.exhausted() ? worth_it : T(0.95))) return fall_of(at, rest);
            give_up();
            seeks_root_ = false;
        } else {
            --wait_;
        }
        return for_speed_.propose(at, radius, step);
    }

    void tried(std::span<const T> step, bool taken, T) {
        taken_ = taken;
        if (taken) for_speed_.tried(step);
        if (seeks_root_ && taken) failures_ = 0;
    }

  private:
    /// The relative residual to which Newton's equation is solved. More products gain no more than those of
    /// the next step.
    static constexpr T forcing = T(0.1);
    /// The relative residual above which a step counts as failed: quasi-Newton steps decrease S as much with
    /// fewer products.
    static constexpr T worth_it = T(0.7);

    static forecast<T> fall_of(const search_state<T>& at, T rest) {
        return {(1 - rest * rest) * at.half_squared_speed};
    }
    /// Switches to quasi-Newton steps, for twice as many as after the last failure, and for at least twice
    /// the products that the failed step took.
    void give_up() {
        failures_ = std::min<size_t>(failures_ + 1, 6);
        wait_ = usual_wait_ << (failures_ - 1);
    }

    krylov_step<Map> for_root_;
    quasi_newton<T> for_speed_;
    size_t usual_wait_;
    bool seeks_root_ = false, taken_ = true;  ///< the latest step
    size_t cuts_ = 0, failures_ = 0, wait_ = 0;
};

}  // namespace detail

/// Goes to a fixed point by Newton's steps for F(h) = h, each solved to a tenth by GMRES (inexact Newton:
/// Dembo, Eisenstat, Steihaug, SIAM J. Numer. Anal. 19, 1982). Where these fail, as they do near a slow point
/// that is no fixed point, it descends S by quasi-Newton steps (limited-memory BFGS), which take two products
/// each. All steps are within a trust radius. A map without jvp gets one from differences of apply. Memory is
/// `krylov_dimension` states, two for each step in `memory`, and a dozen more a seed.
struct newton_krylov {
    static constexpr size_t block = 1;

    static constexpr bool own_units = true;

    size_t iterations = 2000;      ///< at most, for each seed
    size_t krylov_dimension = 60;  ///< products a step of GMRES, at most
    size_t memory = 20;            ///< latest steps from which S's Hessian is estimated, at most
    /// Longest step, in units of the seed's norm or of 1, whichever is larger.
    double max_step = 1;
    /// Norm of the speed's gradient (it has no unit) below which a slow point counts as reached.
    double gradient_tolerance = 1e-9;
    double speed_target = 0;  ///< ends a search as soon as its state is no faster than this

    [[nodiscard]] search_limits limits() const { return detail::checked_limits("newton_krylov", *this); }
    [[nodiscard]] trust_region control() const { return trust_region(max_step); }
    template <differentiable_map Map>
    [[nodiscard]] auto make_descent(const Map& map, const search_region<typename Map::scalar>& region) const {
        return detail::root_or_descent<Map>(map, krylov_dimension, memory, region);
    }
};

}  // namespace engram
