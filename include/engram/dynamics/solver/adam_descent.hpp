/// @file
/// adam_descent: the solver of the published protocol, first order.
#pragma once

#include "engram/core/simd.hpp"
#include "engram/dynamics/solver/solver.hpp"

namespace engram {

/// Adam (Kingma, Ba, ICLR 2015) on S with clipping to the box after each step, for a fixed number of steps:
/// 100,000 of 1e-3, a tenth of it from step 40,000, by default (Haviv, Rivkind, Barak, ICML 2019). S may rise
/// on the way; the result is the last state, or the best one seen if the last is worse than the seed.
/// A seed that would leave the search region's ball is drawn back onto it.
struct adam_descent {
    static constexpr size_t block = 16;

    double learning_rate = 1e-3;  ///< the step size
    size_t iterations = 100'000;  ///< at most, for each seed
    double decay_at = 0.4;        ///< fraction of the iterations after which the step is smaller
    double decay = 0.1;           ///< how much smaller
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< as in Adam
    double speed_target = 0;  ///< ends a block of seeds early once all of it is slower than this

    /// The search from every row of `states`; see solver.hpp.
    template <differentiable_map Map, class T = typename Map::scalar>
    void operator()(const Map& map, matrix_view<T> states, std::span<search_outcome> outcomes,
                    const search_region<T>& region) const;
};

namespace detail {

/// Adam's update of `count` numbers h with their gradient's half.
template <class T>
void adam_update(const adam_descent& options, size_t iteration, size_t count, const T* half_gradient, T* mean,
                 T* square, T* h) {
    using V = simd::pack<T>;
    const double step_number = static_cast<double>(iteration + 1);
    const double correction = std::sqrt(1 - std::pow(options.beta2, step_number));
    const bool late = step_number > options.decay_at * static_cast<double>(options.iterations);
    const double rate = options.learning_rate * (late ? options.decay : 1.0) * correction /
                        (1 - std::pow(options.beta1, step_number));
    const V keep1(static_cast<T>(options.beta1)), take1(static_cast<T>(2 * (1 - options.beta1)));
    const V keep2(static_cast<T>(options.beta2)), take2(static_cast<T>(4 * (1 - options.beta2)));
    const V step(static_cast<T>(rate)), floor(static_cast<T>(options.epsilon * correction));
    simd::for_each<T>(count, [&](auto at) {
        const V gradient = at.load(half_gradient);
        const V m = keep1 * at.load(mean) + take1 * gradient;
        const V v = keep2 * at.load(square) + take2 * gradient * gradient;
        at.store(mean, m);
        at.store(square, v);
        at.store(h, at.load(h) - step * m / (simd::sqrt(v) + floor));
    });
}

}  // namespace detail

template <differentiable_map Map, class T>
void adam_descent::operator()(const Map& map, matrix_view<T> states, std::span<search_outcome> outcomes,
                              const search_region<T>& region) const {
    detail::require_at_least_zero("adam_descent", "speed_target", speed_target);
    detail::require_positive("adam_descent", "learning_rate", learning_rate);
    detail::require_positive("adam_descent", "decay", decay);
    detail::require_at_least_zero("adam_descent", "decay_at", decay_at);
    detail::require_positive("adam_descent", "epsilon", epsilon);
    for (const double beta : {beta1, beta2})
        require(beta >= 0 && beta < 1, "adam_descent: beta = ", beta,
                ", expected a number from 0 to below 1");
    const size_t n = states.rows(), d = states.columns();
    const auto block_of_zeros = [&] {
        auto m = matrix<T>::from_shape({n, d});
        m.fill(T(0));
        return m;
    };
    auto h = block_of_zeros(), g = block_of_zeros(), gradient = block_of_zeros();
    auto mean = block_of_zeros(), square = block_of_zeros(), best = block_of_zeros();
    std::vector<T> first(n), least(n, std::numeric_limits<T>::infinity());
    copy(states, h);

    // Before each step, and once after the last: how good is every state?
    const auto assess = [&](size_t iteration) {
        detail::residual(map, h, g);
        T fastest = 0;
        for (size_t i = 0; i < n; ++i) {
            const T squared = dot(d, &g(i, 0), &g(i, 0));
            if (iteration == 0) first[i] = squared;
            if (squared < least[i]) {
                least[i] = squared;
                std::copy_n(&h(i, 0), d, &best(i, 0));
            }
            outcomes[i].iterations = iteration;
            outcomes[i].stop =
                std::isfinite(squared) ? stop_reason::iteration_limit : stop_reason::not_finite;
            if (squared > fastest) fastest = squared;  // never true of NaN
        }
        return std::sqrt(fastest);
    };
    const bool bounded = std::isfinite(region.lower_bound) || std::isfinite(region.upper_bound) ||
                         !region.lower_bounds.empty() || !region.upper_bounds.empty();
    T fastest = assess(0);
    for (size_t iteration = 0; iteration < iterations && !(fastest <= static_cast<T>(speed_target));
         ++iteration) {
        detail::half_gradient(map, h, g, gradient);
        detail::adam_update(*this, iteration, n * d, gradient.data(), mean.data(), square.data(), h.data());
        for (size_t i = 0; i < n && bounded; ++i)
            for (size_t j = 0; j < d; ++j) h(i, j) = region.clip(j, h(i, j));
        for (size_t i = 0; i < n && std::isfinite(region.max_distance); ++i)
            detail::draw_back(region, states.row(i), &h(i, 0), d);
        fastest = assess(iteration + 1);
    }
    for (size_t i = 0; i < n; ++i) {
        const T last = dot(d, &g(i, 0), &g(i, 0));
        std::copy_n(last <= first[i]       ? &h(i, 0)
                    : least[i] <= first[i] ? &best(i, 0)
                                           : states.row(i),
                    d, states.row(i));
        if (last <= static_cast<T>(speed_target * speed_target))
            outcomes[i].stop = last == 0 ? stop_reason::at_rest : stop_reason::target_reached;
    }
}

}  // namespace engram
