/// @file
/// The trials in which attractor_penalty shows memories anew, to networks at rest, to such that have waited
/// and to such that hold another memory.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/nn/unrolled.hpp"
#include "engram/task/memory_task.hpp"
#include "engram/training/detail/add_last_state_cost.hpp"
#include "engram/training/detail/anchor_geometry.hpp"
#include "engram/training/loss/attractor_options.hpp"
#include "engram/training/loss/loss_term.hpp"

namespace engram::detail {

/// Short trials: one step that shows memory c, `settle` steps of waiting. Their cost, the mean over the
/// trials of
///     -log p_c,  p = softmax(-sharpness ||h - a||^2 / separation^2) over the anchors a,
/// asks the last state h to be nearest to c's anchor: within its basin, wherever in it. All memory is taken
/// by the constructor.
template <class Network, class Task>
class written_trials {
    using T = typename Network::scalar;

  public:
    written_trials(const Network& network, const Task& task, const attractor_options& options)
        : task_(task),
          options_(options),
          trials_(network, {.horizon = options.settle + 1, .batch = std::max<size_t>(options.writes, 1)}),
          labels_(trials_.batch()),
          scores_(std::array<size_t, 2>{trials_.batch(), task.labels() + 1}, T(0)),
          costs_(trials_.shards()) {}

    /// Weight times the cost; adds its gradient. `waiting` (n x state size) holds states of networks that
    /// wait, `holding` (m x state size) of networks that hold memories; anchors that are not `known` count
    /// for nothing. Sample numbers of the random streams begin at first_sample.
    double add(const Network& network, double weight, std::span<T> gradient, const penalty_context& context,
               matrix_view<const T> waiting, matrix_view<const T> holding, const matrix<T>& anchors,
               const matrix<T>& known, double separation, size_t first_sample) {
        if (options_.writes == 0 || separation <= 0) return 0;
        const double slope = sharpness / (separation * separation);
        const double scale = weight / static_cast<double>(options_.writes);
        return add_last_state_cost(
            network, trials_, gradient, context.workers, costs_,
            [&](size_t s) { show(s, context, waiting, holding, first_sample); },
            [&](size_t s) { return measure(s, scale, slope, anchors, known); });
    }

  private:
    static constexpr double sharpness = 4;

    /// Writes a shard's initial states and frames. Memories take turns, so that each comes equally often.
    void show(size_t s, const penalty_context& context, matrix_view<const T> waiting,
              matrix_view<const T> holding, size_t first_sample) {
        const size_t n = trials_.trials(s);
        const auto frames = trials_.inputs(s), states = trials_.states(s, 0);
        for (size_t i = 0; i < n; ++i) {
            const size_t trial = trials_.first_trial(s) + i;
            const size_t label = (trial + context.step) % task_.labels();
            labels_[trial] = label;
            random_stream stream(context.random, purpose::pool, context.step, first_sample + trial);
            if (options_.shown_holding > 0 && stream.uniform() < options_.shown_holding)
                std::copy_n(holding.row(stream.below(holding.rows())), states.columns(), states.row(i));
            else if (waiting.rows() > 0 && stream.uniform() < options_.shown_waiting)
                std::copy_n(waiting.row(stream.below(waiting.rows())), states.columns(), states.row(i));
            else
                std::fill_n(states.row(i), states.columns(), T(0));
            for (size_t t = 0; t < trials_.horizon(); ++t) {
                const std::span<T> frame(frames.row(t * n + i), frames.columns());
                if (t == 0)
                    task_.show(example_set::training, label,
                               stream.below(task_.examples(example_set::training, label)), frame);
                else
                    task_.wait(stream, 1.0, frame);
            }
        }
    }

    /// Scale times the sum of a shard's costs; its gradient with respect to the last states goes to d_state,
    /// which forward has set to 0. With z_c = -slope ||h - a_c||^2 it is 2 slope sum_c (p_c - [c = label])
    /// a_c.
    double measure(size_t s, double scale, double slope, const matrix<T>& anchors, const matrix<T>& known) {
        const auto last = trials_.states(s, trials_.horizon()), d = trials_.d_state(s);
        const auto scores = matrix_view<T>(scores_).row_block(trials_.first_trial(s), last.rows());
        score_by_distance<T>(last, anchors, known, scores);
        double total = 0;
        for (size_t i = 0; i < last.rows(); ++i) {
            const size_t label = labels_[trials_.first_trial(s) + i];
            if (known(label, 0) == T(0)) continue;
            const std::span<T> p(scores.row(i), scores.columns());
            const T nearest = *std::min_element(p.begin(), p.end());
            const double own = static_cast<double>(p[label] - nearest);
            double sum = 0;
            for (T& x : p) {
                x = static_cast<T>(std::exp(-slope * static_cast<double>(x - nearest)));
                sum += static_cast<double>(x);
            }
            total += slope * own + std::log(sum);
            for (size_t c = 0; c < p.size(); ++c) {
                if (known(c, 0) == T(0)) continue;
                const double miss = static_cast<double>(p[c]) / sum - (c == label ? 1.0 : 0.0);
                const auto factor = static_cast<T>(2 * scale * slope * miss);
                for (size_t j = 0; j < last.columns(); ++j) d(i, j) += factor * anchors(c, j);
            }
        }
        return scale * total;
    }

    const Task& task_;
    attractor_options options_;
    unrolled<Network> trials_;
    std::vector<size_t> labels_;
    matrix<T> scores_;
    std::vector<double> costs_;
};

}  // namespace engram::detail
