/// @file
/// newton_krylov: a second-order solver that forms no matrix, for tens of thousands of dimensions.
#pragma once

#include "engram/dynamics/solver/descend.hpp"
#include "engram/dynamics/solver/detail/krylov_step.hpp"
#include "engram/dynamics/solver/detail/truncated_newton.hpp"
#include "engram/dynamics/solver/step_control.hpp"

namespace engram {

namespace detail {

/// Newton's steps for F(h) = h as long as they lead on, and Newton's steps for S where they do not: where
/// there is no fixed point, or no way to it on which S falls.
template <differentiable_map Map>
class root_or_descent {
  public:
    using T = typename Map::scalar;

    root_or_descent(const Map& map, size_t krylov_dimension, size_t inner_iterations,
                    const search_region<T>& region)
        : for_root_(map, krylov_dimension, region), for_speed_(map, inner_iterations, region) {}

    forecast<T> propose(const search_state<T>& at, T radius, std::span<T> step) {
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
            if (rest < T(0.95)) return fall_of(at, rest);
            give_up();
            seeks_root_ = false;
        } else {
            --wait_;
        }
        return for_speed_.propose(at, radius, step);
    }

    void judged(std::span<const T>, bool taken, T) {
        taken_ = taken;
        if (seeks_root_ && taken) failures_ = 0;
    }

  private:
    /// How exactly Newton's equation is solved. Products would be wasted on more: the next step's are as
    /// good.
    static constexpr T forcing = T(0.1);

    static forecast<T> fall_of(const search_state<T>& at, T rest) {
        return {(1 - rest * rest) * at.half_squared_speed};
    }
    /// Steps for S for a while, for twice as long as after the last failure.
    void give_up() {
        failures_ = std::min<size_t>(failures_ + 1, 6);
        wait_ = size_t{1} << failures_;
    }

    krylov_step<Map> for_root_;
    truncated_newton<Map> for_speed_;
    bool seeks_root_ = false, taken_ = true;  ///< the latest step
    size_t cuts_ = 0, failures_ = 0, wait_ = 0;
};

}  // namespace detail

/// Goes to a fixed point by Newton's steps for F(h) = h, each solved to a tenth by GMRES (inexact Newton:
/// Dembo, Eisenstat, Steihaug, SIAM J. Numer. Anal. 19, 1982). Where these fail, as they do near a slow point
/// that is no fixed point, it descends S by Newton's steps for S, solved by conjugate gradients. All steps
/// are within a trust radius. Both need products with dF/dh alone; a map without jvp gets one from
/// differences of apply. Memory is `krylov_dimension` states and a dozen more a seed.
struct newton_krylov {
    static constexpr size_t block = 1;

    static constexpr bool own_units = true;

    size_t iterations = 200;       ///< at most, for each seed
    size_t krylov_dimension = 60;  ///< products a step of GMRES, at most
    size_t inner_iterations = 50;  ///< iterations of conjugate gradients a step, of three products each
    /// Longest step, in units of the seed's norm or of 1, whichever is larger.
    double max_step = 1;
    /// Norm of the speed's gradient (it has no unit) below which a slow point counts as reached.
    double gradient_tolerance = 1e-9;
    double speed_target = 0;  ///< ends a search as soon as its state is no faster than this

    [[nodiscard]] search_limits limits() const { return detail::checked_limits("newton_krylov", *this); }
    [[nodiscard]] trust_region control() const { return trust_region(max_step); }
    template <differentiable_map Map>
    [[nodiscard]] auto make_descent(const Map& map, const search_region<typename Map::scalar>& region) const {
        return detail::root_or_descent<Map>(map, krylov_dimension, inner_iterations, region);
    }
};

}  // namespace engram
