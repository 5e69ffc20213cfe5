/// @file
/// adam_descent: first order, the solver of the published protocol.
#pragma once

#include "engram/core/adam_step.hpp"
#include "engram/dynamics/solver/descend.hpp"
#include "engram/dynamics/solver/step_control.hpp"

namespace engram {

namespace detail {

/// The descent of Adam: along the running mean of S's gradient, each coordinate divided by its root mean
/// square.
template <class T>
class adam_direction {
  public:
    adam_direction(size_t d, double beta1, double beta2, double epsilon)
        : mean_(d), square_(d), beta1_(beta1), beta2_(beta2), epsilon_(epsilon) {}

    forecast<T> propose(const search_state<T>& at, T rate, std::span<T> step) {
        // The state holds half of S's gradient.
        const adam_step<T> down({static_cast<double>(rate), beta1_, beta2_, epsilon_}, at.iteration + 1, 2);
        simd::for_each<T>(step.size(), [&](auto place) {
            place.store(step.data(), simd::pack<T>(T(0)) -
                                         down(place, at.full_gradient.data(), mean_.data(), square_.data()));
        });
        return {at.half_squared_speed};
    }

  private:
    std::vector<T> mean_, square_;
    double beta1_, beta2_, epsilon_;
};

}  // namespace detail

/// Adam (Kingma, Ba, ICLR 2015) on S, clipped to the box after each step, for a fixed number of steps: by
/// default 100,000 of learning rate 1e-3, and 1e-4 from step 40,000 on (Haviv, Rivkind, Barak, ICML 2019). S
/// may increase meanwhile; the result is the last state, or the slowest one if the last is faster than the
/// seed. A search ends early only at rest or at its speed_target.
struct adam_descent {
    static constexpr size_t block = 16;

    double learning_rate = 1e-3;  ///< the step size
    size_t iterations = 100'000;  ///< at most, for each seed
    double decay_at = 0.4;        ///< fraction of the iterations after which the learning rate is decayed
    double decay = 0.1;           ///< the factor of that decay
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< as in Adam
    double speed_target = 0;  ///< ends a search as soon as its state is no faster than this

    [[nodiscard]] search_limits limits() const {
        detail::require_at_least_zero("adam_descent", "speed_target", speed_target);
        detail::require_positive("adam_descent", "learning_rate", learning_rate);
        detail::require_positive("adam_descent", "decay", decay);
        detail::require_at_least_zero("adam_descent", "decay_at", decay_at);
        detail::require_positive("adam_descent", "epsilon", epsilon);
        for (const double beta : {beta1, beta2})
            require(beta >= 0 && beta < 1, "adam_descent: beta = ", beta,
                    ", expected a number from 0 to below 1");
        return {iterations, 0, speed_target};
    }
    [[nodiscard]] learning_schedule control() const {
        return {learning_rate, learning_rate * decay, decay_at * static_cast<double>(iterations)};
    }
    template <differentiable_map Map, class T = typename Map::scalar>
    [[nodiscard]] auto make_descent(const Map& map, const search_region<T>&) const {
        return detail::adam_direction<T>(map.dimension(), beta1, beta2, epsilon);
    }
};

}  // namespace engram
