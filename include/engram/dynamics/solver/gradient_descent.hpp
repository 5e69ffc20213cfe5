/// @file
/// gradient_descent: the plainest solver, along S's gradient with a step that adapts.
#pragma once

#include "engram/dynamics/solver/solver.hpp"

namespace engram {

/// Follows S's gradient downhill: a step is taken only if S falls by at least half of what the gradient
/// promises, and halved until it does (Armijo 1966); a step that was taken at once makes the next one longer.
/// Slow, but it never strays from the seed's own valley.
struct gradient_descent {
    static constexpr size_t block = 1;

    size_t iterations = 100'000;  ///< at most, for each seed
    /// Longest step, in units of the seed's norm or of 1, whichever is larger.
    double max_step = 0.01;
    /// Norm of the speed's gradient (it has no unit) below which a slow point counts as reached.
    double gradient_tolerance = 1e-9;
    double speed_target = 0;  ///< ends a search as soon as its state is no faster than this

    /// The search from every row of `states`; see solver.hpp.
    template <differentiable_map Map, class T = typename Map::scalar>
    void operator()(const Map& map, matrix_view<T> states, std::span<search_outcome> outcomes,
                    const search_region<T>& region) const {
        detail::check_limits("gradient_descent", *this);
        for (size_t i = 0; i < states.rows(); ++i) outcomes[i] = search(map, states.row(i), region);
    }

  private:
    template <differentiable_map Map, class T>
    search_outcome search(const Map& map, T* h, const search_region<T>& region) const;
};

template <differentiable_map Map, class T>
search_outcome gradient_descent::search(const Map& map, T* h, const search_region<T>& region) const {
    const size_t d = map.dimension();
    const std::vector<T> seed(h, h + d);
    std::vector<T> g(d), trial_g(d), gradient(d), trial(d);
    const T longest = static_cast<T>(max_step) * std::max(T(1), std::sqrt(dot(d, h, h)));
    T squared = detail::squared_speed(map, h, g.data()), rate = T(0.5);
    for (size_t iteration = 0; iteration < iterations; ++iteration) {
        if (!std::isfinite(squared)) return {stop_reason::not_finite, iteration};
        if (std::sqrt(squared) <= detail::speed_of_rounding(h, d)) return {stop_reason::at_rest, iteration};
        if (std::sqrt(squared) <= static_cast<T>(speed_target))
            return {stop_reason::target_reached, iteration};
        detail::half_gradient(map, detail::as_row(h, d), detail::as_row(std::as_const(g)),
                              detail::as_row(gradient));
        detail::remove_blocked(region, h, gradient.data(), d);
        const T slope = std::sqrt(dot(d, gradient.data(), gradient.data()));
        if (!std::isfinite(slope)) return {stop_reason::not_finite, iteration};
        if (slope <= static_cast<T>(gradient_tolerance) * std::sqrt(squared))
            return {stop_reason::gradient_vanished, iteration};
        for (bool first = true;; first = false) {
            const T length = std::min(rate, longest / slope);
            T promised = 0;
            for (size_t i = 0; i < d; ++i) trial[i] = region.clip(i, h[i] - length * gradient[i]);
            detail::draw_back(region, seed.data(), trial.data(), d);
            for (size_t i = 0; i < d; ++i) promised += (h[i] - trial[i]) * gradient[i];
            const T next = detail::squared_speed(map, trial.data(), trial_g.data());
            if (next < squared && next <= squared - promised) {
                std::copy(trial.begin(), trial.end(), h);
                g.swap(trial_g);
                squared = next;
                if (first) rate = 2 * length;
                break;
            }
            if (detail::distance(h, seed.data(), d) >= region.max_distance * T(0.999))
                return {stop_reason::distance_limit, iteration};
            rate = length / 2;
            if (promised <= std::numeric_limits<T>::epsilon() * squared)
                return {stop_reason::no_progress, iteration};
        }
    }
    return {stop_reason::iteration_limit, iterations};
}

}  // namespace engram
