/// @file
/// One run of a trainer: the memory of its batches and gradients, taken once, and the work of one update.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/nn/unrolled.hpp"
#include "engram/task/task.hpp"
#include "engram/training/detail/bound_terms.hpp"
#include "engram/training/detail/shard_sum.hpp"
#include "engram/training/fit_options.hpp"
#include "engram/training/loss/loss_term.hpp"
#include "engram/training/optimizer/optimizer.hpp"

namespace engram::detail {

/// The memory of one run, and the two phases of an update: the gradient, and the step along it.
template <class Network, class Objective, class Optimizer, class Task>
class training_run {
    using T = typename Network::scalar;

  public:
    /// Takes all memory that the run needs. What penalties carry is referred to.
    training_run(const Network& network, const Task& task, const Objective& objective,
                 const fit_options& options, std::vector<penalty_state<T>>& carried)
        : workers_(options.threads),
          ranks_(options.ranks),
          sum_(ranks_, (options.batch + options.shard - 1) / options.shard, network.parameters().size()),
          first_trial_(std::min(options.batch, sum_.first() * options.shard)),
          own_trials_(std::min(options.batch, sum_.last() * options.shard) - first_trial_),
          trials_(network, {.horizon = task.full_stage().horizon,
                            .batch = std::max<size_t>(1, own_trials_),
                            .shard = options.shard,
                            .state_gradients = has_state_loss<Objective>}),
          bound_(bind_terms(objective, network, carried)),
          gradient_(network.parameters().size(), T(0)),
          good_(network.parameters().begin(), network.parameters().end()),
          found_((options.batch + options.shard - 1) / options.shard),
          squares_((gradient_.size() + chunk - 1) / chunk) {
        const size_t rows = task.full_stage().horizon * own_trials_;
        classes_.resize(rows);
        weights_.resize(rows);
        active_.resize(trials_.shards() * task.outputs());
        if constexpr (requires { requires Task::real_targets; })
            values_ = matrix<T>::from_shape({rows, task.outputs()});
        if constexpr (requires { requires Task::weighs_outputs; })
            output_weights_ = matrix<T>::from_shape({rows, task.outputs()});
    }

    /// The objective and its gradient on the trials of one step. Shards are numbered among this process's
    /// own.
    outcome gradient(const Network& network, const Task& task, const Objective& objective, const stage& level,
                     const fit_options& options, size_t step) {
        trials_.resize(level.horizon, own_trials_);
        workers_.for_each(trials_.shards(), [&](size_t shard, size_t) {
            const auto block = block_of(shard, level.horizon, task.outputs());
            task.fill(block, level, options.seed, step);
            // Where a shard's rows lie depends on the horizon: these may have held other states before.
            fill(trials_.states(shard, 0), T(0));
            trials_.forward(network, shard, true,
                            {.deviation = options.unit_noise,
                             .seed = options.seed,
                             .step = step,
                             .first_sample = first_trial_});
            fill(trials_.d_outputs(shard), T(0));
            if constexpr (has_state_loss<Objective>) fill(trials_.d_states(shard), T(0));
            const double mean = 1 / static_cast<double>(level.horizon * options.batch);
            outcome& found = found_[sum_.first() + shard];
            found = {};
            std::apply([&](const auto&... terms) { (evaluate(terms, shard, block, mean, found), ...); },
                       objective.terms);
            trials_.backward(network, shard);
        });
        workers_.for_each(trials_.gradient_tiles(), [&](size_t tile, size_t) {
            const auto [first, count] = trials_.tile_range(network, tile);
            sum_.add_up(first, first + count, gradient_, [&](size_t shard, T* gradient) {
                trials_.add_gradient(network, tile, shard - sum_.first(),
                                     std::span(gradient, gradient_.size()));
            });
        });
        sum_.combine(gradient_);
        gather_outcomes();
        outcome total;
        for (const outcome& part : found_) total += part;
        const penalty_context context{options.seed, step, workers_};
        [&]<size_t... I>(std::index_sequence<I...>) {
            ((total.loss += penalise(std::get<I>(objective.terms), std::get<I>(bound_), network, context)),
             ...);
        }
        (std::make_index_sequence<std::tuple_size_v<decltype(bound_)>>{});
        return total;
    }

    /// Moves the parameters, and makes the gradient zero again.
    void update(Network& network, const Optimizer& optimizer, training_state<T>& state, run_position position,
                double loss, const fit_options& options) {
        T* const parameters = network.parameters().data();
        const size_t size = gradient_.size();
        const auto count_at = [&](size_t c) { return std::min(chunk, size - c * chunk); };
        workers_.for_each(squares_.size(), [&](size_t c, size_t) {
            squares_[c] = sum_of_squares(gradient_.data() + c * chunk, count_at(c));
        });
        double norm = 0;
        for (const double square : squares_) norm += square;
        norm = std::sqrt(norm);
        if (!std::isfinite(loss) || !std::isfinite(norm))
            diverged(parameters, position.step, loss, optimizer);
        const T shrink = options.clip_norm > 0 && norm > options.clip_norm
                             ? static_cast<T>(options.clip_norm / norm)
                             : T(1);
        const simd::pack<T> news(static_cast<T>(1 - options.averaging));
        workers_.for_each(squares_.size(), [&](size_t c, size_t) {
            const size_t first = c * chunk, count = count_at(c);
            T* const g = gradient_.data() + first;
            if (shrink < T(1)) std::transform(g, g + count, g, [&](T x) { return x * shrink; });
            std::copy_n(parameters + first, count, good_.data() + first);
            optimizer_chunk<T> piece{{parameters + first, count}, {g, count}, {}};
            for (size_t m = 0; m < Optimizer::slots; ++m) piece.slots[m] = {&state.slots(m, first), count};
            optimizer.update(piece, position);
            std::fill_n(g, count, T(0));
            if (!state.averaged.empty())
                simd::for_each<T>(count, [&, mean = state.averaged.data() + first](auto at) {
                    at.store(mean, at.load(mean) + news * (at.load(parameters + first) - at.load(mean)));
                });
        });
        std::apply([](auto&... terms) { (keep(terms), ...); }, bound_);
    }

  private:
    static constexpr size_t chunk = size_t{1} << 14;

    [[nodiscard]] trial_block<T> block_of(size_t shard, size_t horizon, size_t outputs) {
        const size_t first = trials_.first_trial(shard), count = trials_.trials(shard);
        const size_t first_row = first * horizon, rows = count * horizon;
        return {first_trial_ + first,
                count,
                horizon,
                trials_.inputs(shard),
                std::span(classes_).subspan(first_row, rows),
                std::span(weights_).subspan(first_row, rows),
                std::span(active_).subspan(shard * outputs, outputs),
                rows_if_any(values_, first_row, rows),
                rows_if_any(output_weights_, first_row, rows)};
    }

    static matrix_view<T> rows_if_any(matrix<T>& m, size_t first, size_t rows) {
        return m.size() > 0 ? matrix_view<T>(m).row_block(first, rows) : matrix_view<T>();
    }

    /// What all ranks found, in the order of the shards.
    void gather_outcomes() {
        if (ranks_.alone()) return;
        std::vector<size_t> counts(ranks_.size());
        for (size_t r = 0; r < counts.size(); ++r)
            counts[r] = ranks_.first_of(found_.size(), r + 1) - ranks_.first_of(found_.size(), r);
        const std::span<outcome> all(found_);
        ranks_.all_gather(std::span<const outcome>(all.subspan(sum_.first(), sum_.last() - sum_.first())),
                          all, counts);
    }

    template <class Weighted>
    void evaluate(const Weighted& part, size_t shard, const trial_block<T>& block, double mean,
                  outcome& found) {
        if constexpr (output_loss<decltype(part.term), T>) {
            found += part.term.evaluate(matrix_view<const T>(trials_.outputs(shard)), block,
                                        static_cast<T>(part.weight * mean), trials_.d_outputs(shard));
        } else if constexpr (state_loss<decltype(part.term), T>) {
            found += part.term.evaluate(matrix_view<const T>(trials_.states_after(shard)), block,
                                        static_cast<T>(part.weight * mean), trials_.d_states(shard));
        }
    }
    template <class Weighted, class Bound>
    double penalise(const Weighted& part, Bound& bound, const Network& network,
                    const penalty_context& context) {
        if constexpr (network_penalty<decltype(part.term)>) {
            return bound.add(network, part.weight, std::span(gradient_), context);
        } else {
            return 0;
        }
    }

    template <class Bound>
    static void keep(Bound& bound) {
        if constexpr (requires { bound.keep(); }) bound.keep();
    }

    static double sum_of_squares(const T* x, size_t count) {
        simd::pack<T> sums(T(0));
        simd::for_each<T>(count, [&](auto at) { sums += at.load(x) * at.load(x); });
        std::array<T, simd::pack_size<T>> lanes;
        simd::whole_pack<T>{0}.store(lanes.data(), sums);
        double sum = 0;
        for (const T lane : lanes) sum += static_cast<double>(lane);
        return sum;
    }

    [[noreturn]] void diverged(T* parameters, size_t step, double loss, const Optimizer& optimizer) const {
        std::copy(good_.begin(), good_.end(), parameters);
        throw divergence_error(concatenate(
            "fit: at step ", step, " the ", std::isfinite(loss) ? "gradient" : "loss",
            " stopped being finite (loss ", loss,
            "); the likely cause is a step size that is too large (learning_rate ", optimizer.learning_rate,
            "): lower it or set clip_norm; the weights are those of the step before"));
    }

    team workers_;
    process_group ranks_;
    shard_sum<T> sum_;
    size_t first_trial_, own_trials_;  ///< of this process's shards, which alone take memory
    unrolled<Network> trials_;
    decltype(bind_terms(std::declval<const Objective&>(), std::declval<const Network&>(),
                        std::declval<std::vector<penalty_state<T>>&>())) bound_;
    std::vector<T> gradient_, good_, weights_;
    std::vector<int> classes_;
    std::vector<char> active_;
    matrix<T> values_, output_weights_;
    std::vector<outcome> found_;
    std::vector<double> squares_;
};

}  // namespace engram::detail
