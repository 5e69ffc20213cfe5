/// @file
/// A slow curve followed from one of its points, both ways, until it closes, ends or leaves the box.
#pragma once

#include "engram/dynamics/continuation/detail/manifold_corrector.hpp"
#include "engram/dynamics/continuation/slow_manifold.hpp"
#include "engram/dynamics/continuation/step_size_control.hpp"

#include <algorithm>

namespace engram::detail {

/// Predicts along the curve's direction and corrects across it. Steps are halved where the curve bends or
/// ends, down to a small fraction of the spacing, so that ends are located to that.
template <differentiable_map Map>
class curve_trace {
  public:
    using T = typename Map::scalar;

    explicit curve_trace(manifold_corrector<Map>& correct, const manifold_options<T>& options)
        : correct_(correct),
          options_(options),
          d_(correct.dimension()),
          most_(options.max_states),
          nodes_(matrix<T>::from_shape({most_ + 1, d_})),
          tangents_(nodes_),
          arc_(most_ + 1) {}

    /// The shortest step of a trace, in units of the longest.
    static constexpr T shortest = T(1) / 16384;

    /// Traces the curve through a state on it with a direction (both d); the result has its states, tangents,
    /// length and how it ends.
    slow_manifold<T> operator()(const T* state, const T* direction) {
        slow_manifold<T> result;
        result.dimension = 1;
        const T step = options_.spacing * correct_.size();
        count_ = 1;
        std::copy_n(state, d_, &nodes_(0, 0));
        std::copy_n(direction, d_, &tangents_(0, 0));
        result.closed = follow(step, true, result);
        if (!result.closed) {
            turn_round();
            follow(step, false, result);
        }
        if (result.closed) {  // the first node once more, at the end
            std::copy_n(&nodes_(0, 0), d_, &nodes_(count_, 0));
            std::copy_n(&tangents_(0, 0), d_, &tangents_(count_++, 0));
        }
        arc_[0] = 0;
        for (size_t i = 1; i < count_; ++i) arc_[i] = arc_[i - 1] + arc_length(i);
        result.length = arc_[count_ - 1];
        space_evenly(step, result);
        return result;
    }

  private:
    T* last() { return &nodes_(count_ - 1, 0); }

    /// Appends nodes from the last one on; gives whether the curve has closed.
    bool follow(T longest, bool may_close, slow_manifold<T>& result) {
        // As the directions converge linearly, whatever the step, only failures make it shorter.
        const step_size_control control{.first = longest,
                                        .shortest = longest * shortest,
                                        .longest = longest,
                                        .growth = 2,
                                        .target_iterations = manifold_corrector<Map>::most_iterations};
        double step = control.first;
        bool ends = false;  // an end was seen: from then on steps only shrink
        for (size_t tries = 0; tries < 4 * most_ && count_ < most_; ++tries) {
            T* const next = &nodes_(count_, 0);
            T* const direction = &tangents_(count_, 0);
            const T* const here = &tangents_(count_ - 1, 0);
            const T length = static_cast<T>(step);
            std::copy_n(last(), d_, next);
            axpy(d_, length, here, next);
            std::copy_n(here, d_, direction);
            const auto verdict = correct_(next, direction, length / 4);
            if (verdict == correction::done && dot(d_, here, direction) > std::cos(control.largest_angle)) {
                if (may_close && passes_start(length)) return true;
                ++count_;
                if (!ends) step = control.after_success(step, correct_.iterations());
                continue;
            }
            if (verdict == correction::ended) return false;
            ends = ends || verdict == correction::not_slow || verdict == correction::outside ||
                   verdict == correction::threw;
            if (control.exhausted(step)) {
                result.left_box = result.left_box || verdict == correction::outside;
                result.incomplete = result.incomplete || !ends || verdict == correction::threw;
                if (verdict == correction::threw) result.note = correct_.thrown();
                return false;
            }
            step = control.after_failure(step);
        }
        result.incomplete = true;
        return false;
    }

    /// Whether the first node lies between the last one and the next, and the curve runs the same way there.
    bool passes_start(T step) {
        if (count_ < 3 || distance<T>(last(), &nodes_(0, 0), d_) > T(1.1) * step) return false;
        const T* const next = &nodes_(count_, 0);
        const T* const start = &nodes_(0, 0);
        T before = 0, after = 0;
        for (size_t j = 0; j < d_; ++j) {
            before += (start[j] - last()[j]) * tangents_(count_ - 1, j);
            after += (next[j] - start[j]) * tangents_(0, j);
        }
        return before > 0 && after >= 0 && dot(d_, &tangents_(0, 0), &tangents_(count_ - 1, 0)) > T(0.8);
    }

    /// The last node becomes the first, and the way on is the other way.
    void turn_round() {
        for (size_t i = 0; i < count_ / 2; ++i) {
            std::swap_ranges(&nodes_(i, 0), &nodes_(i, 0) + d_, &nodes_(count_ - 1 - i, 0));
            std::swap_ranges(&tangents_(i, 0), &tangents_(i, 0) + d_, &tangents_(count_ - 1 - i, 0));
        }
        for (size_t i = 0; i < count_ * d_; ++i) tangents_.data()[i] *= -1;
    }

    /// Of the piece that ends at node i: the arc of a circle that turns by as much, good to the fourth order.
    T arc_length(size_t i) {
        const T chord = distance<T>(&nodes_(i - 1, 0), &nodes_(i, 0), d_);
        const T half = std::asin(std::min(T(1), distance<T>(&tangents_(i - 1, 0), &tangents_(i, 0), d_) / 2));
        return half > 0 ? chord * half / std::sin(half) : chord;
    }

    /// States at equal distances along the curve, by cubic interpolation between nodes and a correction.
    void space_evenly(T step, slow_manifold<T>& result) {
        const T wanted = std::ceil(std::max(T(32), result.length / step));
        const size_t pieces = std::min(most_ - 1, static_cast<size_t>(wanted)),
                     n = result.closed ? pieces : pieces + 1;
        result.states = matrix<T>::from_shape({n, d_});
        result.tangents = matrix<T>::from_shape({n, d_});
        result.spacing = result.length / static_cast<T>(pieces);
        size_t node = 0;  // the piece from this one to the next holds the position
        for (size_t i = 0; i < n; ++i) {
            const T position = i == pieces ? result.length : static_cast<T>(i) * result.spacing;
            while (node + 2 < count_ && arc_[node + 1] < position) ++node;
            T* const state = &result.states(i, 0);
            T* const tangent = &result.tangents(i, 0);
            const size_t near = position - arc_[node] < arc_[node + 1] - position ? node : node + 1;
            for (const bool corrected : {true, false}) {
                interpolate(node, position, state);
                std::copy_n(&tangents_(near, 0), d_, tangent);
                // At its ends a curve may be lost by rounding; the node there is as good.
                if (!corrected || correct_(state, tangent, step) == correction::done) break;
            }
        }
    }

    void interpolate(size_t node, T position, T* state) {
        const T length = arc_[node + 1] - arc_[node],
                u = length > 0 ? (position - arc_[node]) / length : T(0);
        const T w = u * u * (3 - 2 * u), from = u * (1 - u) * (1 - u) * length, to = u * u * (u - 1) * length;
        for (size_t j = 0; j < d_; ++j)
            state[j] = (1 - w) * nodes_(node, j) + w * nodes_(node + 1, j) + from * tangents_(node, j) +
                       to * tangents_(node + 1, j);
    }

    manifold_corrector<Map>& correct_;
    const manifold_options<T>& options_;
    size_t d_, most_, count_ = 0;
    matrix<T> nodes_, tangents_;
    std::vector<T> arc_;  ///< length up to each node
};

}  // namespace engram::detail
