/// @file
/// The trials that attractor_penalty keeps alive, and the cost of their states.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engram/nn/unrolled.hpp"
#include "engram/training/detail/add_last_state_cost.hpp"
#include "engram/training/detail/anchor_geometry.hpp"
#include "engram/training/detail/anchors.hpp"
#include "engram/training/detail/written_trials.hpp"
#include "engram/training/loss/loss_term.hpp"
#include "engram/training/penalty_state.hpp"

namespace engram::detail {

/// How many of the pool's trials are shown nothing; they are its first rows.
inline size_t waiting_rows(const attractor_options& options) {
    return static_cast<size_t>(options.waiting * static_cast<double>(options.rows));
}

/// The state of a pool before the first update, in the order of the enumerators of attractor_pool.
template <class T>
penalty_state<T> new_pool(const attractor_options& options, size_t labels, size_t state_size) {
    const auto array = [](size_t rows, size_t columns, T value) {
        return matrix<T>(std::array<size_t, 2>{rows, columns}, value);
    };
    return {{"states", array(options.rows, state_size, T(0))},
            {"ages", array(options.rows, 1, T(-1))},
            {"anchors", array(labels + 1, state_size, T(0))},
            {"known", array(labels + 1, 1, T(0))},
            {"separation", array(1, 1, T(0))}};
}

/// attractor_penalty bound to a network. Memories are 0, ..., labels() - 1, waiting is labels().
template <class Network, class Task>
class attractor_pool {
    using T = typename Network::scalar;

  public:
    attractor_pool(const Network& network, const Task& task, const attractor_options& options,
                   penalty_state<T>& state)
        : task_(task),
          options_(options),
          waiting_(waiting_rows(options)),
          noise_(largest_noise(options)),
          states_(state[0].values),
          ages_(state[1].values),
          anchors_(state[2].values),
          known_(state[3].values),
          separation_(state[4].values),
          trials_(network, {.horizon = 1, .batch = options.rows}),
          scores_(std::array<size_t, 2>{options.rows, task.labels() + 1}, T(0)),
          written_(network, task, options),
          estimate_(network, task, options),
          next_ages_(options.rows),
          scratch_(task.labels() + 1),
          costs_(trials_.shards()) {}

    /// Weight times the penalty; adds its gradient. Anchors are taken anew every `refresh` updates; trials
    /// stay as they were until keep is called.
    double add(const Network& network, double weight, std::span<T> gradient, const penalty_context& context) {
        if (context.step % options_.refresh == 0) take_anchors(network, context);
        const double of_pool = add_last_state_cost(
            network, trials_, gradient, context.workers, costs_,
            [&](size_t s) { begin_or_go_on(s, context.random, context.step); },
            [&](size_t s) { return measure(s, weight / static_cast<double>(options_.rows)); });
        return of_pool +
               written_.add(network, weight, gradient, context,
                            matrix_view<const T>(states_).row_block(0, waiting_),
                            matrix_view<const T>(states_).row_block(waiting_, options_.rows - waiting_),
                            anchors_, known_, static_cast<double>(separation_(0, 0)),
                            options_.rows + anchors_.shape(0) * options_.anchor_examples);
    }

    /// Takes the step that add has measured. Trials that are lost go on from their anchors.
    void keep() {
        for (size_t s = 0; s < trials_.shards(); ++s) {
            const auto next = trials_.states(s, 1);
            for (size_t i = 0; i < next.rows(); ++i) {
                const size_t row = trials_.first_trial(s) + i;
                const bool is_lost = next_ages_[row] == lost;
                std::copy_n(is_lost ? &anchors_(label_of(row), 0) : next.row(i), next.columns(),
                            &states_(row, 0));
                ages_(row, 0) = is_lost ? settled_age(row) : next_ages_[row];
            }
        }
    }

  private:
    static constexpr T lost = T(-1);  // in place of an age
    static constexpr bool one_component = Network::cell_type::components == 1;

    static double largest_noise(const attractor_options& options) {
        if (options.noise > 0) return options.noise;
        return one_component && Network::cell_type::gates > 1 ? 3 : 1.5;
    }

    [[nodiscard]] size_t label_of(size_t row) const {
        return row < waiting_ ? task_.labels() : (row - waiting_) % task_.labels();
    }

    void take_anchors(const Network& network, const penalty_context& context) {
        for (size_t label = 0; label <= task_.labels(); ++label) {
            if (label == task_.labels() && waiting_ == 0) continue;
            const std::span<T> anchor(&anchors_(label, 0), anchors_.shape(1));
            const size_t first_sample = options_.rows + label * options_.anchor_examples;
            if (estimate_(network, label, anchor, context.random, context.step, first_sample,
                          context.workers))
                known_(label, 0) = T(1);
            require<divergence_error>(
                std::all_of(anchor.begin(), anchor.end(), [](T x) { return std::isfinite(x); }),
                "attractor_penalty: at update ", context.step + 1, " the anchor of ",
                label < task_.labels() ? "label " + std::to_string(label) : "waiting",
                " is not finite: the network's states grow without bound");
        }
        // Measured once: anchors that have been moved apart would be moved further each time.
        if (separation_(0, 0) == T(0))
            separation_(0, 0) = static_cast<T>(median_separation(anchors_, known_, scratch_));
        if (options_.apart <= 0) return;
        spread_anchors(anchors_, known_, options_.apart * static_cast<double>(separation_(0, 0)));
        keep_in_state_range(network, anchors_);
    }

    /// Writes states, ages and frames of the next step of a shard's trials.
    void begin_or_go_on(size_t s, seed random, size_t step) {
        const auto frames = trials_.inputs(s), states = trials_.states(s, 0);
        for (size_t i = 0; i < frames.rows(); ++i) {
            const size_t row = trials_.first_trial(s) + i, label = label_of(row);
            random_stream stream(random, purpose::pool, step, row);
            const std::span<T> frame(frames.row(i), frames.columns());
            const T* from = &states_(row, 0);
            const bool ends = stream.uniform() * options_.life < 1;
            if (ages_(row, 0) >= T(0) && !ends) {
                next_ages_[row] = std::min(ages_(row, 0) + T(1), T(1 << 20));
                task_.wait(stream, noise_ > 1 ? 1 + (noise_ - 1) * stream.uniform() : 1.0, frame);
            } else {
                next_ages_[row] = T(0);
                const bool after_waiting = stream.uniform() < options_.shown_waiting;
                from = row >= waiting_ && waiting_ > 0 && after_waiting ? &states_(stream.below(waiting_), 0)
                                                                        : nullptr;
                if (row < waiting_)
                    task_.wait(stream, 1.0, frame);
                else
                    task_.show(example_set::training, label,
                               stream.below(task_.examples(example_set::training, label)), frame);
            }
            if (from == nullptr)
                std::fill_n(states.row(i), states.columns(), T(0));
            else
                std::copy_n(from, states.columns(), states.row(i));
            if (one_component && has_settled(row) && stream.uniform() < options_.kicks)
                kick(stream, label, std::span<T>(states.row(i), states.columns()));
        }
    }
    [[nodiscard]] bool has_settled(size_t row) const { return next_ages_[row] >= settled_age(row); }
    [[nodiscard]] T settled_age(size_t row) const {
        return static_cast<T>(row < waiting_ ? options_.waiting_steps : options_.settle);
    }
    /// Moves a state some of the way to where another anchor, chosen by chance, becomes the nearer one.
    void kick(random_stream& stream, size_t label, std::span<T> state) const {
        const size_t to = stream.below(anchors_.shape(0) - (waiting_ > 0 ? 0 : 1));
        const auto fraction = static_cast<T>(options_.reach * stream.uniform());
        if (to != label && is_known(to) && is_known(label))
            kick_towards(state, anchor(label), anchor(to), fraction);
    }
    [[nodiscard]] bool is_known(size_t label) const { return known_(label, 0) != T(0); }
    [[nodiscard]] std::span<const T> anchor(size_t label) const {
        return {&anchors_(label, 0), anchors_.shape(1)};
    }

    /// Scale times the sum of a shard's costs; its gradient by the next states goes to d_state.
    double measure(size_t s, double scale) {
        const auto states = trials_.states(s, 0), next = trials_.states(s, 1), d = trials_.d_state(s);
        const auto kappa = static_cast<T>(options_.kappa);
        score_by_distance<T>(states, anchors_, known_,
                             matrix_view<T>(scores_).row_block(trials_.first_trial(s), states.rows()));
        double total = 0;
        for (size_t i = 0; i < states.rows(); ++i) {
            const size_t row = trials_.first_trial(s) + i, label = label_of(row);
            // Waiting needs no time to settle: nothing can be misread on the way to it.
            if ((row >= waiting_ && !has_settled(row)) || !is_known(label)) continue;
            if (has_settled(row) && is_lost(row, label)) {
                next_ages_[row] = lost;
                continue;
            }
            const T* const anchor = &anchors_(label, 0);
            for (size_t j = 0; j < states.columns(); ++j) {
                const T miss = next(i, j) - states(i, j) - kappa * (anchor[j] - states(i, j));
                total += static_cast<double>(miss * miss);
                d(i, j) = static_cast<T>(2 * scale) * miss;
            }
        }
        return scale * total;
    }
    [[nodiscard]] bool is_lost(size_t row, size_t label) const {
        for (size_t c = 0; c < scores_.shape(1); ++c)
            if (scores_(row, c) < scores_(row, label)) return true;
        return false;
    }

    const Task& task_;
    attractor_options options_;
    size_t waiting_;
    double noise_;
    matrix<T>&states_, &ages_, &anchors_, &known_, &separation_;
    unrolled<Network> trials_;
    matrix<T> scores_;
    written_trials<Network, Task> written_;
    anchor_estimate<Network, Task> estimate_;
    std::vector<T> next_ages_;
    std::vector<double> scratch_, costs_;
};

}  // namespace engram::detail
