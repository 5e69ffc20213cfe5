/// @file
/// The descent of levenberg_marquardt: steps that minimise a quadratic model of S.
#pragma once

#include "engram/dynamics/solver/detail/model_minimum.hpp"
#include "engram/dynamics/solver/solver.hpp"

namespace engram::detail {

/// Steps to the minimum of a speed_model within a radius and the box, with geodesic acceleration. For that, F
/// is evaluated between h and h + step.
template <class T, size_t N = 0>
class model_descent {
  public:
    model_descent(size_t d, const search_region<T>& region)
        : region_(region),
          d_(d),
          model_(d),
          minimum_(model_),
          full_gradient_(d),
          pulled_back_(d),
          change_(d) {}
    ~model_descent() = default;
    model_descent(const model_descent&) = delete;
    model_descent& operator=(const model_descent&) = delete;

    /// Forgets the latest search; another one may begin.
    void restart() {
        model_.restart();
        minimum_.restart();
        is_new_ = true;
    }

    /// Computes J and b at h, and learns the curvature that the step to there has shown.
    template <class Linearisation>
    void linearise(Linearisation& linear, const search_state<T>& at, std::span<T> b) {
        const bool stepped = at.iteration > 0;
        if (stepped) model_.pull_back(at.residual.data(), pulled_back_.data());
        linear.jacobian(at.state.data(), model_.jacobian);
        for (size_t i = 0; i < d(); ++i) model_.jacobian(i, i) -= T(1);
        model_.pull_back(at.residual.data(), b.data());
        if (stepped) {
            for (size_t i = 0; i < d(); ++i) {
                change_[i] = b[i] - full_gradient_[i];
                pulled_back_[i] = b[i] - pulled_back_[i];
            }
            model_.learn(minimum_.step.data(), change_.data(), pulled_back_.data());
        }
        std::copy_n(b.data(), d(), full_gradient_.begin());
        is_new_ = true;
    }

    forecast<T> propose(const search_state<T>& at, T radius, std::span<T> step) {
        if (std::exchange(is_new_, false)) {
            std::copy_n(at.gradient.data(), d(), model_.gradient.begin());
            model_.square();
        }
        const T* h = at.state.data();
        bool whole = minimise_in_box(h, radius);
        falls_ = model_.predict(minimum_.step.data());
        if (model_.curved && falls_.curved > at.half_squared_speed) {  // S would be negative: C is wrong
            model_.curved = false;
            whole = minimise_in_box(h, radius);
            falls_ = model_.predict(minimum_.step.data());
        }
        std::ranges::copy(minimum_.step, step.begin());
        return {model_.curved ? falls_.curved : falls_.plain, whole};
    }

    /// Asks for F at h + step / 4, unless the step is too short for an acceleration to matter, or the box is
    /// too near.
    bool probe(const search_state<T>& at, std::span<T> there) const {
        const T* h = at.state.data();
        const auto& step = minimum_.step;
        if (!(dot(d(), step.data(), step.data()) > T(1e-6) * std::max(T(1), dot(d(), h, h)))) return false;
        for (size_t i = 0; i < d(); ++i) there[i] = h[i] + part * step[i];
        return within(region_, h, step.data(), d(), part);
    }
    void accelerate(const search_state<T>& at, std::span<const T> g, std::span<T> step) {
        for (size_t i = 0; i < d(); ++i)
            change_[i] = 2 / part * ((g[i] - at.residual[i]) / part - model_.image[i]);
        minimum_.accelerate(change_.data());
        std::ranges::copy(minimum_.step, step.begin());
    }

    void tried(std::span<const T> step, bool taken, T fall) {
        std::ranges::copy(step, minimum_.step.begin());
        // C must have been right by far: where both forecasts were good, it is mostly wrong about the next
        // step.
        const bool trust_curved = std::abs(fall - falls_.curved) < std::abs(fall - falls_.plain) / 10;
        model_.curved = trust_curved && (taken || model_.curved);
    }

  private:
    static constexpr T part =
        T(0.25);  ///< of a step, after which F is evaluated for the second derivative along it

    /// The model's minimum within the radius and, approximately, within the box: coordinates that would leave
    /// the box are held at its edge, and the minimum over the others is found again. True if none had to be.
    bool minimise_in_box(const T* h, T radius) {
        minimum_.release(full_gradient_.data());
        minimum_.minimise(radius);
        for (int round = 0; round < 4; ++round) {
            bool inside = true;
            for (size_t i = 0; i < d(); ++i) {
                const T to = h[i] + minimum_.step[i], edge = region_.clip(i, to);
                if (minimum_.held(i) || edge == to) continue;
                minimum_.hold(i, edge - h[i]);
                inside = false;
            }
            if (inside) return round == 0;
            minimum_.settle(radius);
        }
        return false;
    }

    [[nodiscard]] size_t d() const { return d_.value; }

    const search_region<T>& region_;
    [[no_unique_address]] dimension_of<N> d_;
    speed_model<T, N> model_;
    model_minimum<T, N> minimum_;
    list_of<T, N> full_gradient_;  ///< b where the latest step began, without regard to the box
    list_of<T, N> pulled_back_;    ///< J_old^T g_new, then (J_new - J_old)^T g_new
    list_of<T, N> change_;         ///< the second derivative of g along the step; b_new - b_old
    typename speed_model<T, N>::falls falls_{};
    bool is_new_ = true;  ///< whether J^T J is still to be computed from J
};

}  // namespace engram::detail
