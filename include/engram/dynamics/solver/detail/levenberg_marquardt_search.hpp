/// @file
/// The search of levenberg_marquardt from one seed.
#pragma once

#include "engram/core/buffer.hpp"
#include "engram/dynamics/solver/detail/trust_region.hpp"
#include "engram/dynamics/solver/solver.hpp"

namespace engram::detail {

/// The search of levenberg_marquardt, which is the Options, from one seed: the phases of a round in the order
/// in which lockstep calls them. All memory is taken when it is made.
template <class T, class Options>
class levenberg_marquardt_search {
  public:
    levenberg_marquardt_search(size_t d, const Options& options, const search_region<T>& region)
        : options_(options),
          region_(region),
          d_(d),
          model_(d),
          within_(model_),
          g_(d),
          seed_(d),
          before_(d),
          bend_(d),
          change_(d) {}

    void begin(T* h, const T* g) {
        h_ = h;
        seed_.copy(h);
        max_step_ = static_cast<T>(options_.max_step) * std::max(T(1), std::sqrt(dot(d_, h, h)));
        radius_ = max_step_;
        g_.copy(g);
        squared_ = dot(d_, g, g);
    }

    /// The next step of the model, which is a new one where the latest step was taken; false at the end.
    template <class Linearisation>
    bool propose(Linearisation& linear) {
        if (moved_ ? !arrive(linear) : !insist()) return false;
        inside_ = minimise_in_box();
        forecast_ = model_.predict(within_.step.data());
        if (model_.curved && forecast_.curved > squared_ / 2) {  // C is wrong: S would fall below zero
            model_.curved = false;
            inside_ = minimise_in_box();
            forecast_ = model_.predict(within_.step.data());
        }
        return true;
    }

    /// A quarter of the way, if the step is long enough to be bent along the valley, and the box holds it.
    bool probe(T* at) const {
        const auto& step = within_.step;
        if (!(dot(d_, step.data(), step.data()) > T(1e-6) * std::max(T(1), dot(d_, h_, h_)))) return false;
        for (size_t i = 0; i < d_; ++i) at[i] = h_[i] + part * step[i];
        return within(region_, h_, step.data(), d_, part);
    }

    void bend(const T* g) {
        for (size_t i = 0; i < d_; ++i) change_[i] = 2 / part * ((g[i] - g_[i]) / part - model_.image[i]);
        within_.accelerate(change_.data());
    }

    /// h + step, brought back into the region; leaves in the step what is left of it.
    void attempt(T* at) {
        auto& step = within_.step;
        for (size_t i = 0; i < d_; ++i) at[i] = region_.clip(i, h_[i] + step[i]);
        draw_back(region_, seed_.data(), at, d_);
        for (size_t i = 0; i < d_; ++i) step[i] = at[i] - h_[i];
    }

    /// Adapts the radius, and moves h if S fell.
    void judge(const T* at, const T* g) {
        const T length = std::sqrt(dot(d_, within_.step.data(), within_.step.data()));
        const T predicted = model_.curved ? forecast_.curved : forecast_.plain;
        const T squared = dot(d_, g, g), fell = (squared_ - squared) / 2;
        // Where both are near, C is mostly wrong about the next step: it must have been right by far.
        const bool trust_curved = std::abs(fell - forecast_.curved) < std::abs(fell - forecast_.plain) / 10;
        moved_ = squared < squared_;
        if (!moved_) {
            // Smaller changes of S than this are noise, and so would all shorter steps be.
            const T noise = std::sqrt(squared_) * speed_of_rounding(h_, d_) / 8;
            radius_ = inside_ && predicted <= noise ? T(0) : std::min(length, radius_) / 2;
            model_.curved = model_.curved && trust_curved;
            return;
        }
        if (fell < predicted / 10)
            radius_ = length / 2;
        else if (fell > predicted * 3 / 4)
            radius_ = std::min(std::max(radius_, 2 * length), max_step_);
        model_.curved = trust_curved;
        std::copy_n(at, d_, h_);
        g_.copy(g);
        squared_ = squared;
        ++outcome_.iterations;
    }

    [[nodiscard]] const search_outcome& outcome() const { return outcome_; }

  private:
    static constexpr T part = T(0.25);  ///< of a step, where its bend is measured

    bool end(stop_reason reason) {
        outcome_.stop = reason;
        return false;
    }

    /// Whether a shorter step may help where the latest one was too long.
    bool insist() {
        if (distance(h_, seed_.data(), d_) >= region_.max_distance * T(0.999))
            return end(stop_reason::distance_limit);
        if (!(radius_ > std::numeric_limits<T>::epsilon() * max_step_)) return end(stop_reason::no_progress);
        return true;
    }

    /// Whether the search goes on from where it has come to, with a model there.
    template <class Linearisation>
    bool arrive(Linearisation& linear) {
        if (outcome_.iterations == options_.iterations) return end(stop_reason::iteration_limit);
        if (!std::isfinite(squared_)) return end(stop_reason::not_finite);
        if (std::sqrt(squared_) <= speed_of_rounding(h_, d_)) return end(stop_reason::at_rest);
        if (std::sqrt(squared_) <= static_cast<T>(options_.speed_target))
            return end(stop_reason::target_reached);
        linearise(linear);
        const T slope = std::sqrt(dot(d_, model_.gradient.data(), model_.gradient.data()) / squared_);
        if (!std::isfinite(slope)) return end(stop_reason::not_finite);
        if (slope <= static_cast<T>(options_.gradient_tolerance)) return end(stop_reason::gradient_vanished);
        model_.square();
        return true;
    }

    /// J and b at h, and after a step to there the curvature that it showed.
    template <class Linearisation>
    void linearise(Linearisation& linear) {
        const bool stepped = outcome_.iterations > 0;
        if (stepped) gemv<T>(transposed(model_.jacobian.read()), g_.data(), bend_.data());
        linear.jacobian(h_, model_.jacobian);
        for (size_t i = 0; i < d_; ++i) model_.jacobian(i, i) -= T(1);
        model_.linearise(g_.data());
        if (stepped) {
            for (size_t i = 0; i < d_; ++i) {
                change_[i] = model_.gradient[i] - before_[i];
                bend_[i] = model_.gradient[i] - bend_[i];
            }
            model_.learn(within_.step.data(), change_.data(), bend_.data());
        }
        before_.copy(model_.gradient.data());
        remove_blocked(region_, h_, model_.gradient.data(), d_);
    }

    /// The model's minimum within the radius and, nearly, within the box: coordinates that would leave it go
    /// to its edge, and the others take account of that. True if none had to.
    bool minimise_in_box() {
        within_.release(before_.data());
        within_.minimise(radius_);
        for (int round = 0; round < 4; ++round) {
            bool inside = true;
            for (size_t i = 0; i < d_; ++i) {
                const T to = h_[i] + within_.step[i], edge = region_.clip(i, to);
                if (within_.held(i) || edge == to) continue;
                within_.hold(i, edge - h_[i]);
                inside = false;
            }
            if (inside) return round == 0;
            within_.settle(radius_);
        }
        return false;
    }

    const Options& options_;
    const search_region<T>& region_;
    size_t d_;
    T* h_ = nullptr;
    speed_model<T> model_;
    trust_region<T> within_;
    buffer<T> g_, seed_;
    buffer<T> before_;  ///< b where the latest step began, the box not regarded
    buffer<T> bend_;    ///< J_old^T g_new, then (J_new - J_old)^T g_new
    buffer<T> change_;  ///< the second derivative of g along the step; b_new - b_old
    T squared_ = 0, max_step_ = 0, radius_ = 0;
    typename speed_model<T>::forecast forecast_{};
    bool inside_ = false;  ///< the step reaches no new edge of the box
    bool moved_ = true;    ///< the latest step was taken
    search_outcome outcome_;
};

}  // namespace engram::detail
