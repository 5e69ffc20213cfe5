/// @file
/// newton_krylov: a second-order solver that forms no matrix, for tens of thousands of dimensions.
#pragma once

#include "engram/dynamics/solver/solver.hpp"

namespace engram {

/// Descends S by Newton steps within a trust radius, each found by conjugate gradients from products with
/// dF/dh alone and cut short at the radius or at negative curvature (Steihaug, SIAM J. Numer. Anal. 20,
/// 1983). Memory is a dozen states a seed. A map without jvp gets one from differences of apply.
struct newton_krylov {
    static constexpr size_t block = 1;

    size_t iterations = 200;        ///< at most, for each seed
    size_t inner_iterations = 200;  ///< products a step
    /// Longest step, in units of the seed's norm or of 1, whichever is larger.
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
class newton_krylov_search {
  public:
    using T = typename Map::scalar;

    newton_krylov_search(const Map& map, const newton_krylov& options, const search_region<T>& region)
        : map_(map),
          options_(options),
          region_(region),
          linear_(map, region),
          d_(map.dimension()),
          seed_(d_),
          g_(d_),
          raw_(d_),
          gradient_(d_),
          step_(d_),
          residual_(d_),
          direction_(d_),
          image_(d_),
          shifted_(d_),
          trial_(d_),
          trial_g_(d_) {}

    search_outcome run(T* h) {
        std::copy_n(h, d_, seed_.data());
        const T max_step = static_cast<T>(options_.max_step) * std::max(T(1), norm(seed_));
        T radius = max_step, squared = squared_speed(map_, h, g_.data()), first_slope = 0;
        for (size_t iteration = 0; iteration < options_.iterations; ++iteration) {
            if (!std::isfinite(squared)) return {stop_reason::not_finite, iteration};
            if (std::sqrt(squared) <= speed_of_rounding(h, d_)) return {stop_reason::at_rest, iteration};
            if (std::sqrt(squared) <= static_cast<T>(options_.speed_target))
                return {stop_reason::target_reached, iteration};
            half_gradient(map_, as_row(h, d_), as_row(std::as_const(g_)), as_row(raw_));
            gradient_ = raw_;
            remove_blocked(region_, h, gradient_.data(), d_);
            const T slope = norm(gradient_);
            if (!std::isfinite(slope)) return {stop_reason::not_finite, iteration};
            if (slope <= static_cast<T>(options_.gradient_tolerance) * std::sqrt(squared))
                return {stop_reason::gradient_vanished, iteration};
            first_slope = std::max(first_slope, slope);
            for (bool fell = false; !fell;) {
                const T predicted =
                    descend(h, radius, std::min(T(0.1), std::sqrt(slope / first_slope)) * slope);
                for (size_t i = 0; i < d_; ++i) trial_[i] = region_.clip(i, h[i] + step_[i]);
                draw_back(region_, seed_.data(), trial_.data(), d_);
                const T length = distance(trial_.data(), h, d_);
                const T next = squared_speed(map_, trial_.data(), trial_g_.data());
                fell = next < squared;
                const T gained = (squared - next) / 2;
                if (!fell)
                    radius = std::min(length, radius) / 4;
                else if (gained < predicted / 4)
                    radius = length / 2;
                else if (gained > predicted * 3 / 4)
                    radius = std::min(std::max(radius, 2 * length), max_step);
                if (fell) continue;
                if (distance(h, seed_.data(), d_) >= region_.max_distance * T(0.999))
                    return {stop_reason::distance_limit, iteration};
                const T noise = std::sqrt(squared) * speed_of_rounding(h, d_) / 8;
                if (predicted <= noise || !(radius > std::numeric_limits<T>::epsilon() * max_step))
                    return {stop_reason::no_progress, iteration};
            }
            std::copy_n(trial_.data(), d_, h);
            g_.swap(trial_g_);
            squared = dot(d_, g_.data(), g_.data());
        }
        return {stop_reason::iteration_limit, options_.iterations};
    }

  private:
    static T norm(const std::vector<T>& v) { return std::sqrt(dot(v.size(), v.data(), v.data())); }

    /// image_ = (J^T J + d(J^T g)/dh) direction_, the second part by a difference of vjps; with zeros where
    /// the box blocks the way.
    void multiply(const T* h) {
        linear_.jvp(h, direction_.data(), trial_.data());
        axpy(d_, T(-1), direction_.data(), trial_.data());
        half_gradient(map_, as_row(h, d_), as_row(std::as_const(trial_)), as_row(image_));
        add_bend(h);
        for (size_t i = 0; i < d_; ++i)
            if (gradient_[i] == 0 && raw_[i] != 0) image_[i] = 0;
    }

    /// The second part; beside an edge of the box by a difference that stays within it.
    void add_bend(const T* h) {
        const T step = difference_step(h, d_, norm(direction_)) / 8;
        const auto pull = [&](const std::vector<T>& at, std::vector<T>& result) {
            half_gradient(map_, as_row(at), as_row(std::as_const(g_)), as_row(result));
        };
        if (within(region_, h, direction_.data(), d_, step)) {
            for (size_t i = 0; i < d_; ++i) shifted_[i] = h[i] + step * direction_[i];
            pull(shifted_, trial_);
            for (size_t i = 0; i < d_; ++i) image_[i] += (trial_[i] - raw_[i]) / step;
        } else {
            const T half =
                ends_within(region_, h, direction_.data(), d_, step, shifted_.data(), trial_.data());
            pull(shifted_, trial_g_);
            pull(trial_, shifted_);
            for (size_t i = 0; i < d_; ++i) image_[i] += (trial_g_[i] - shifted_[i]) / (2 * half);
        }
    }

    /// Sets step_ to a step that lowers the model, no longer than the radius; by how much S / 2 should fall.
    T descend(const T* h, T radius, T tolerance) {
        std::ranges::fill(step_, T(0));
        for (size_t i = 0; i < d_; ++i) direction_[i] = residual_[i] = -gradient_[i];
        T square = dot(d_, residual_.data(), residual_.data()), predicted = 0;
        for (size_t k = 0; k < options_.inner_iterations && std::sqrt(square) > tolerance; ++k) {
            multiply(h);
            const T bend = dot(d_, direction_.data(), image_.data());
            const T slope = dot(d_, direction_.data(), residual_.data());
            const T edge = to_edge(radius);
            const T length = bend > 0 ? std::min(square / bend, edge) : edge;
            axpy(d_, length, direction_.data(), step_.data());
            predicted += length * slope - length * length * bend / 2;
            if (length == edge) break;
            axpy(d_, -length, image_.data(), residual_.data());
            const T next = dot(d_, residual_.data(), residual_.data());
            for (size_t i = 0; i < d_; ++i) direction_[i] = residual_[i] + next / square * direction_[i];
            square = next;
        }
        return predicted;
    }

    /// The t > 0 at which step_ + t direction_ has the length of the radius.
    T to_edge(T radius) const {
        const T a = dot(d_, direction_.data(), direction_.data()),
                b = dot(d_, direction_.data(), step_.data());
        const T c = dot(d_, step_.data(), step_.data()) - radius * radius;
        const T root = std::sqrt(std::max(T(0), b * b - a * c));
        return b > 0 ? -c / (b + root) : (root - b) / a;
    }

    const Map& map_;
    const newton_krylov& options_;
    const search_region<T>& region_;
    linearisation<Map> linear_;
    size_t d_;
    std::vector<T> seed_, g_;
    std::vector<T> raw_, gradient_;  ///< half of S's gradient, and the same with zeros where the box blocks
    std::vector<T> step_, residual_, direction_, image_, shifted_, trial_, trial_g_;
};

}  // namespace detail

template <differentiable_map Map, class T>
void newton_krylov::operator()(const Map& map, matrix_view<T> states, std::span<search_outcome> outcomes,
                               const search_region<T>& region) const {
    detail::check_limits("newton_krylov", *this);
    for (size_t i = 0; i < states.rows(); ++i)
        outcomes[i] = detail::newton_krylov_search<Map>(map, *this, region).run(states.row(i));
}

}  // namespace engram
