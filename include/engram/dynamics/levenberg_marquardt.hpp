/// @file
/// levenberg_marquardt: the default solver, second order and local.
#pragma once

#include "engram/dynamics/solver.hpp"
#include "engram/dynamics/trust_region.hpp"

namespace engram {

/// Descends S by steps that minimise a quadratic model of it within a trust radius. Steps are short, S falls
/// at each, and none leaves the region, so the search ends at the slow point of the seed's own
/// neighbourhood. Steps bend along the valleys that S has about the memories of networks. An iteration costs
/// one Jacobian, one product J^T J and a few Cholesky factorisations: for up to a few thousand dimensions
/// (Levenberg 1944, Marquardt 1963; the part that Gauss and Newton leave out, and the bending, in
/// trust_region.hpp).
struct levenberg_marquardt {
    static constexpr size_t block = 1;

    size_t iterations = 500;  ///< at most, for each seed
    /// Longest step of the model, in units of the seed's norm or of 1, whichever is larger. A step may be a
    /// quarter longer than this, and bending it along a valley may add three quarters of its length.
    double max_step = 0.1;
    /// Norm of the speed's gradient (it has no unit) below which a slow point counts as reached.
    double gradient_tolerance = 1e-9;
    double speed_target = 0;  ///< ends a search as soon as its state is no faster than this

    /// The search from every row of `states`; see solver.hpp.
    template <differentiable_map Map, class T = typename Map::scalar>
    void operator()(const Map& map, matrix_view<T> states, std::span<search_outcome> outcomes,
                    const search_region<T>& region) const;
};

namespace detail {

/// The search from one seed; all its memory is taken when it is made.
template <differentiable_map Map>
class levenberg_marquardt_search {
  public:
    using T = typename Map::scalar;

    [[gnu::cold]] levenberg_marquardt_search(const Map& map, const levenberg_marquardt& options,
                                             const search_region<T>& region)
        : map_(map),
          options_(options),
          region_(region),
          linear_(map),
          d_(map.dimension()),
          model_(d_),
          within_(model_),
          g_(d_),
          trial_(d_),
          trial_g_(d_),
          seed_(d_),
          before_(d_),
          bend_(d_),
          change_(d_) {}

    search_outcome run(T* h) {
        std::copy_n(h, d_, seed_.data());
        const T max_step = static_cast<T>(options_.max_step) * std::max(T(1), std::sqrt(dot(d_, h, h)));
        radius_ = max_step;
        squared_ = squared_speed(map_, h, g_.data());
        for (size_t iteration = 0; iteration < options_.iterations; ++iteration) {
            if (!std::isfinite(squared_)) return {stop_reason::not_finite, iteration};
            if (std::sqrt(squared_) <= speed_of_rounding(h, d_)) return {stop_reason::at_rest, iteration};
            if (std::sqrt(squared_) <= static_cast<T>(options_.speed_target))
                return {stop_reason::target_reached, iteration};
            linearise(h, iteration > 0);
            const T slope = std::sqrt(dot(d_, model_.gradient.data(), model_.gradient.data()) / squared_);
            if (!std::isfinite(slope)) return {stop_reason::not_finite, iteration};
            if (slope <= static_cast<T>(options_.gradient_tolerance))
                return {stop_reason::gradient_vanished, iteration};
            model_.square();
            while (!try_step(h, max_step)) {
                if (distance(h, seed_.data(), d_) >= region_.max_distance * T(0.999))
                    return {stop_reason::distance_limit, iteration};
                if (!(radius_ > std::numeric_limits<T>::epsilon() * max_step))
                    return {stop_reason::no_progress, iteration};
            }
        }
        return {stop_reason::iteration_limit, options_.iterations};
    }

  private:
    /// J and b at h, and after a step from there the curvature that it showed.
    void linearise(const T* h, bool stepped) {
        linear_.jacobian(h, model_.jacobian);
        for (size_t i = 0; i < d_; ++i) model_.jacobian(i, i) -= T(1);
        model_.linearise(g_);
        if (stepped) {
            for (size_t i = 0; i < d_; ++i) {
                change_[i] = model_.gradient[i] - before_[i];
                bend_[i] = model_.gradient[i] - bend_[i];
            }
            model_.learn(within_.step.data(), change_.data(), bend_.data());
        }
        std::copy(model_.gradient.begin(), model_.gradient.end(), before_.begin());
        remove_blocked(region_, h, model_.gradient.data(), d_);
    }

    /// Tries the model's step and adapts the radius; true, with h moved, if S fell.
    bool try_step(T* h, T max_step) {
        bool inside = minimise_in_box(h);
        auto forecast = model_.predict(within_.step);
        if (model_.curved && forecast.curved > squared_ / 2) {  // C is wrong: S would fall below zero
            model_.curved = false;
            inside = minimise_in_box(h);
            forecast = model_.predict(within_.step);
        }
        const T predicted = model_.curved ? forecast.curved : forecast.plain;
        accelerate(h);
        const T length = confine(h);
        const T squared = squared_speed(map_, trial_.data(), trial_g_.data()),
                fell = (squared_ - squared) / 2;
        const bool curved_is_nearer = std::abs(fell - forecast.curved) < std::abs(fell - forecast.plain);
        if (!(squared < squared_)) {
            // Smaller changes of S than this are noise, and so would all shorter steps be.
            const T noise = std::sqrt(squared_) * speed_of_rounding(h, d_) / 8;
            const bool same_model = !model_.curved || curved_is_nearer;
            radius_ = inside && predicted <= noise ? T(0) : std::min(length, radius_) / (same_model ? 4 : 2);
            model_.curved = model_.curved && curved_is_nearer;
            return false;
        }
        if (fell < predicted / 4)
            radius_ = length / 2;
        else if (fell > predicted * 3 / 4)
            radius_ = std::min(std::max(radius_, 2 * length), max_step);
        model_.curved = curved_is_nearer;
        std::copy_n(trial_.data(), d_, h);
        g_.swap(trial_g_);
        squared_ = squared;
        gemv<T>(transposed(matrix_view<const T>(model_.jacobian)), g_.data(), bend_.data());
        return true;
    }

    /// Bends a step that is long enough for it along the valley, with one more application of the map.
    void accelerate(const T* h) {
        auto& step = within_.step;
        if (!(dot(d_, step.data(), step.data()) > T(1e-6) * std::max(T(1), dot(d_, h, h)))) return;
        constexpr T part = T(0.25);
        for (size_t i = 0; i < d_; ++i) trial_[i] = h[i] + part * step[i];
        squared_speed(map_, trial_.data(), trial_g_.data());
        gemv<T>(matrix_view<const T>(model_.jacobian), step.data(), bend_.data());
        for (size_t i = 0; i < d_; ++i) trial_g_[i] = 2 / part * ((trial_g_[i] - g_[i]) / part - bend_[i]);
        within_.accelerate(trial_g_.data());
    }

    /// The model's minimum within the radius and, nearly, within the box: coordinates that would leave it go
    /// to its edge, and the others take account of that. True if none had to.
    bool minimise_in_box(const T* h) {
        within_.release(before_);
        within_.minimise(radius_);
        for (int round = 0; round < 4; ++round) {
            bool inside = true;
            for (size_t i = 0; i < d_; ++i) {
                const T to = h[i] + within_.step[i], edge = region_.clip(i, to);
                if (within_.held(i) || edge == to) continue;
                within_.hold(i, edge - h[i]);
                inside = false;
            }
            if (inside) return round == 0;
            within_.settle(radius_);
        }
        return false;
    }

    /// Puts h + step, brought back into the region, into `trial_`; the length of what is left of the step.
    T confine(const T* h) {
        auto& step = within_.step;
        for (size_t i = 0; i < d_; ++i) trial_[i] = region_.clip(i, h[i] + step[i]);
        draw_back(region_, seed_.data(), trial_.data(), d_);
        for (size_t i = 0; i < d_; ++i) step[i] = trial_[i] - h[i];
        return std::sqrt(dot(d_, step.data(), step.data()));
    }

    const Map& map_;
    const levenberg_marquardt& options_;
    const search_region<T>& region_;
    linearisation<Map> linear_;
    size_t d_;
    speed_model<T> model_;
    trust_region<T> within_;
    std::vector<T> g_, trial_, trial_g_, seed_;
    std::vector<T> before_;  ///< b where the latest step began, the box not regarded
    std::vector<T> bend_;    ///< J step; J_old^T g_new, then (J_new - J_old)^T g_new
    std::vector<T> change_;  ///< b_new - b_old
    T squared_ = 0, radius_ = 0;
};

}  // namespace detail

template <differentiable_map Map, class T>
void levenberg_marquardt::operator()(const Map& map, matrix_view<T> states,
                                     std::span<search_outcome> outcomes,
                                     const search_region<T>& region) const {
    detail::require_max_step("levenberg_marquardt", max_step);
    detail::require_speed_target("levenberg_marquardt", speed_target);
    for (size_t i = 0; i < states.rows(); ++i)
        outcomes[i] = detail::levenberg_marquardt_search<Map>(map, *this, region).run(states.row(i));
}

}  // namespace engram
