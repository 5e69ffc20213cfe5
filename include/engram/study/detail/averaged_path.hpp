/// @file
/// The way of a memory's mean state under averaged noise, until it is no longer named.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "engram/core/lapack.hpp"
#include "engram/core/tensor.hpp"
#include "engram/study/detail/answer_boundary.hpp"
#include "engram/study/detail/driven_steps.hpp"

namespace engram::detail {

/// Where a path ends, and to first order how its end depends on where it starts and on single trials' noise.
struct path_end {
    bool lost = false;               ///< whether the label stopped being named
    bool rests = false;              ///< whether the path came to rest instead
    double steps = 0;                ///< after how many steps
    std::vector<double> gradient{};  ///< of `steps`, by the state at the start (state size)
    double noise_variance = 0;       ///< of `steps`, by the noise on the way
    double frame_variance = 0;       ///< of `steps`, by the choice of the frames that are averaged over
};

/// Follows paths h_{t+1} = mean over K frames of F(h_t, I_k), with new frames at every step, in the network's
/// own precision. The frames, known by their drives (drives_of), are used up in turn and then again: K
/// divides their number. `asking` is the map under a frame that asks. Takes its memory up front; used by one
/// thread.
template <class Network, class Asking>
class averaged_path {
    using T = typename Network::scalar;

  public:
    averaged_path(const Network& network, const matrix<T>& drives, const Asking& asking, size_t frames_a_step,
                  size_t longest)
        : step_(network, drives, frames_a_step),
          asking_(asking),
          all_frames_(drives.shape(0)),
          frames_(frames_a_step),
          longest_(longest),
          d_(network.state_size()) {
        states_ = matrix<double>::from_shape({longest + 1, d_});
        asked_ = matrix<double>::from_shape({1, d_});
    }

    /// From a state (d) for at most the longest number of steps, until `named(outputs)` is false of the
    /// outputs one asked step later. It is asked now and then, at every ninth of the way: what is not named
    /// in between and named again by then is not noticed.
    template <class Named>
    path_end follow(std::span<const double> start, const Named& named) {
        std::ranges::copy(start, &states_(0, 0));
        const size_t round = all_frames_ / frames_;
        // Asked now and then, and at every step in between once the label is not named.
        for (size_t t = 0, unasked = 0, ask = 0;; ++t) {
            const bool ends = t == longest_ || (t >= round && t % round == 0 && rests(t - round, t));
            if (t == ask || ends) {
                if (!named(outputs_at(t))) {
                    while (unasked < t && named(outputs_at(unasked))) ++unasked;
                    return unasked == 0 ? path_end{.lost = true} : end_at(unasked, named);
                }
                unasked = t + 1, ask = t + 1 + t / 8;
            }
            if (ends) return {.rests = t != longest_};
            advance(t);
        }
    }

  private:
    [[nodiscard]] double* state(size_t t) { return &states_(t, 0); }

    /// The outputs when the trial is asked at state t.
    [[nodiscard]] std::span<const double> outputs_at(size_t t) {
        asking_.apply({state(t), 1, d_}, asked_);
        outputs_ = asking_.read_out(asked_);
        return {outputs_.data(), outputs_.size()};
    }
    /// State t + 1.
    void advance(size_t t) {
        step_under_frames(t);
        average(step_.next(), state(t + 1));
    }
    /// From state t under each of its frames.
    void step_under_frames(size_t t) {
        repeat(state(t), step_.states());
        step_.forward(t * frames_ % all_frames_);
    }
    static void repeat(const double* values, matrix<T>& rows) {
        for (size_t k = 0; k < rows.shape(0); ++k)
            std::transform(values, values + rows.shape(1), &rows(k, 0),
                           [](double x) { return static_cast<T>(x); });
    }
    static void average(const matrix<T>& rows, double* mean) {
        for (size_t j = 0; j < rows.shape(1); ++j) {
            double sum = 0;
            for (size_t k = 0; k < rows.shape(0); ++k) sum += static_cast<double>(rows(k, j));
            mean[j] = sum / static_cast<double>(rows.shape(0));
        }
    }

    /// Whether a whole round of frames has led back to where it began, as far as the precision tells.
    [[nodiscard]] bool rests(size_t before, size_t now) {
        double moved = 0, size = 0;
        for (size_t j = 0; j < d_; ++j) {
            moved = std::hypot(moved, states_(now, j) - states_(before, j));
            size = std::hypot(size, states_(now, j));
        }
        const double precision = std::max(1e-9, 10 * static_cast<double>(std::numeric_limits<T>::epsilon()));
        return moved <= precision * (1 + size);
    }

    /// The end of a path whose label is named at state t - 1 and no longer at state t > 0.
    template <class Named>
    path_end end_at(size_t t, const Named& named) {
        const auto copied = [](std::span<const double> y) { return std::vector<double>(y.begin(), y.end()); };
        const auto last = copied(outputs_at(t - 1)), first = copied(outputs_at(t));
        path_end end{.lost = true,
                     .steps = static_cast<double>(t - 1) + find_crossing(last, first, named).moment};
        // How fast the outputs change: over several steps, since single ones jump with their frames.
        size_t around = std::clamp(t / 10, size_t{1}, size_t{10});
        around = std::min({around, t, longest_ - t + 1});
        for (size_t ahead = t; ahead + 1 < t + around; ++ahead) advance(ahead);
        for (; around > 1; --around)
            if (named(outputs_at(t - around)) && !named(outputs_at(t + around - 1))) break;
        const auto earlier = copied(outputs_at(t - around)), later = copied(outputs_at(t + around - 1));
        const auto crossing = find_crossing(earlier, later, named);

        matrix<double> d_outputs = matrix<double>::from_shape({1, earlier.size()});
        for (size_t j = 0; j < earlier.size(); ++j)
            d_outputs(0, j) = static_cast<double>(2 * around - 1) * crossing.gradient[j];
        const auto d_asked = asking_.read_out_vjp(d_outputs);
        end.gradient.resize(d_);
        asking_.vjp({state(t), 1, d_}, d_asked, matrix_view<double>(end.gradient.data(), 1, d_));
        for (size_t back = t; back-- > 0;) pull_back(back, end);
        // The same frames displace it again in every round.
        end.frame_variance *=
            std::max(1.0, static_cast<double>(t * frames_) / static_cast<double>(all_frames_));
        return end;
    }
    /// The gradient by state t from that by state t + 1, and what this step's noise adds.
    void pull_back(size_t t, path_end& end) {
        const auto& p = end.gradient;
        step_under_frames(t);
        // How far single frames would displace the end, and how far antithetic pairs of them.
        const double mean = dot(d_, p.data(), state(t + 1));
        double squares = 0, of_pairs = 0, first = 0;
        for (size_t k = 0; k < frames_; ++k) {
            double y = -mean;
            for (size_t j = 0; j < d_; ++j) y += p[j] * static_cast<double>(step_.next()(k, j));
            squares += y * y;
            if (k % 2 == 0)
                first = y;
            else
                of_pairs += (first + y) * (first + y) / 4;
        }
        const auto count = static_cast<double>(frames_);
        // The mean of the pairs has a variance of its own, which `squares` leaves out.
        const double of_mean = frames_ > 2 ? of_pairs / (count / 2 * (count / 2 - 1)) : 0;
        end.noise_variance += squares / count + of_mean;
        end.frame_variance += of_mean;
        repeat(p.data(), step_.d_next());
        step_.backward();
        average(step_.d_states(), end.gradient.data());
    }

    driven_steps<Network> step_;
    const Asking& asking_;
    size_t all_frames_, frames_, longest_, d_;
    matrix<double> states_, asked_, outputs_ = matrix<double>::from_shape({0, 0});
};

}  // namespace engram::detail
