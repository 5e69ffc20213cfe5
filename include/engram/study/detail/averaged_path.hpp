/// @file
/// The way of a memory's mean state under averaged noise, until it is no longer named.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "engram/core/lapack.hpp"
#include "engram/core/tensor.hpp"
#include "engram/study/detail/answer_boundary.hpp"

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

/// Follows paths h_{t+1} = mean over K frames of F(h_t, I_k), with new frames at every step. The frames of
/// `maps` (maps_in_turn) are used up in turn and then again. One that takes the memory is used by one thread.
template <class Maps, class Asking>
class averaged_path {
  public:
    averaged_path(const Maps& maps, const Asking& asking, size_t frames_a_step, size_t longest)
        : maps_(maps), asking_(asking), frames_(frames_a_step), longest_(longest), d_(maps.dimension()) {
        const auto take = [this](size_t rows) { return matrix<double>::from_shape({rows, d_}); };
        states_ = take(longest + 1), repeated_ = take(frames_), images_ = take(frames_), u_ = take(frames_);
        asked_ = take(1);
    }

    /// From a state (d) for at most the longest number of steps, until `named(outputs)` is false of the
    /// outputs one asked step later. It is asked now and then, at every ninth of the way: what is not named
    /// in between and named again by then is not noticed.
    template <class Named>
    path_end follow(std::span<const double> start, const Named& named) {
        std::ranges::copy(start, &states_(0, 0));
        const size_t round = std::max<size_t>(maps_.size() / frames_, 1);
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
    /// State t + 1, and in images_ the states after single frames.
    void advance(size_t t) {
        images_under_frames(t);
        std::fill_n(state(t + 1), d_, 0.0);
        for (size_t k = 0; k < frames_; ++k)
            axpy(d_, 1 / static_cast<double>(frames_), &images_(k, 0), state(t + 1));
    }
    void images_under_frames(size_t t) {
        for (size_t k = 0; k < frames_; ++k) std::copy_n(state(t), d_, &repeated_(k, 0));
        maps_.apply(repeated_, images_, first_frame(t));
    }
    [[nodiscard]] size_t first_frame(size_t t) const { return t * frames_ % maps_.size(); }

    /// Whether a whole round of frames has led back to where it began.
    [[nodiscard]] bool rests(size_t before, size_t now) {
        double moved = 0, size = 0;
        for (size_t j = 0; j < d_; ++j) {
            moved = std::hypot(moved, states_(now, j) - states_(before, j));
            size = std::hypot(size, states_(now, j));
        }
        return moved <= 1e-9 * (1 + size);
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
            std::max(1.0, static_cast<double>(t * frames_) / static_cast<double>(maps_.size()));
        return end;
    }
    /// The gradient by state t from that by state t + 1, and what this step's noise adds.
    void pull_back(size_t t, path_end& end) {
        const auto& p = end.gradient;
        images_under_frames(t);
        // How far single frames would displace the end, and how far antithetic pairs of them.
        const double mean = dot(d_, p.data(), state(t + 1));
        double squares = 0, of_pairs = 0, first = 0;
        for (size_t k = 0; k < frames_; ++k) {
            const double y = dot(d_, p.data(), &images_(k, 0)) - mean;
            squares += y * y;
            if (k % 2 == 0)
                first = y;
            else
                of_pairs += (first + y) * (first + y) / 4;
            std::copy(p.begin(), p.end(), &u_(k, 0));
        }
        const auto count = static_cast<double>(frames_);
        // The mean of the pairs has a variance of its own, which `squares` leaves out.
        const double of_mean = frames_ > 2 ? of_pairs / (count / 2 * (count / 2 - 1)) : 0;
        end.noise_variance += squares / count + of_mean;
        end.frame_variance += of_mean;
        maps_.vjp(repeated_, u_, images_, first_frame(t));
        std::ranges::fill(end.gradient, 0.0);
        for (size_t k = 0; k < frames_; ++k) axpy(d_, 1 / count, &images_(k, 0), end.gradient.data());
    }

    const Maps& maps_;
    const Asking& asking_;
    size_t frames_, longest_, d_;
    matrix<double> states_, repeated_, images_, u_, asked_, outputs_ = matrix<double>::from_shape({0, 0});
};

}  // namespace engram::detail
