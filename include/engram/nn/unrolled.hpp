/// @file
/// A network unrolled through time: a batch of trials forwards, and the loss's gradient backwards.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engram/core/tensor.hpp"
#include "engram/nn/layer/unrolled_front_end.hpp"
#include "engram/nn/recurrent_network.hpp"
#include "engram/nn/unit_noise.hpp"
#include "engram/nn/unrolled_sizes.hpp"

namespace engram {

/// The memory and the work of backpropagation through time (Werbos 1990), shard by shard.
///
/// A batch is cut into shards of trials. Shards share nothing while they go forwards and backwards, so
/// different threads may take them. Within a shard rows are time-major: row t n + i is trial i at step t.
/// Weight gradients are then taken in tiles, each a product over the rows of all shards, in fixed order.
/// All memory is taken by the constructor.
template <class Network>
class unrolled {
  public:
    /// Float or double.
    using scalar = typename Network::scalar;

    /// Takes the memory for runs of those sizes.
    unrolled(const Network& network, unrolled_sizes sizes)
        : most_(sizes),
          horizon_(sizes.horizon),
          batch_(sizes.batch),
          units_(network.sizes().units),
          state_size_(network.state_size()) {
        using cell = typename Network::cell_type;
        const size_t rows = sizes.horizon * sizes.batch, gradients = sizes.trains ? 1 : 0;
        const auto take = [](size_t r, size_t c) {
            return matrix<scalar>(std::array<size_t, 2>{r, c}, scalar(0));
        };
        if constexpr (has_front_end)
            front_end_.emplace(
                network,
                unrolled_front_end_sizes{rows, shards(), std::min(sizes.shard, sizes.batch) * sizes.horizon,
                                         sizes.trains});
        inputs_ = take(rows, network.features() + 1);
        gates_ = take(rows, cell::gates * units_);
        states_ = take(rows + sizes.batch, state_size_);
        cache_ = take(rows, cell::cache * units_);
        outputs_ = take(rows, network.sizes().outputs);
        deviates_ = take(shards(), units_);
        d_outputs_ = take(rows * gradients, network.sizes().outputs);
        d_states_ = take(sizes.state_gradients ? rows * gradients : 0, state_size_);
        d_state_ = take(sizes.batch * gradients, state_size_);
        d_next_ = take(sizes.batch * gradients, state_size_);
        scratch_ = take(sizes.batch * gradients, cell::scratch * units_);
        for (size_t i = 0; i < rows; ++i) inputs_(i, network.features()) = scalar(1);  // meets the bias
    }

    /// Uses fewer steps or trials than memory was taken for.
    void resize(size_t horizon, size_t batch) { horizon_ = horizon, batch_ = batch; }
    /// Steps of the present run.
    [[nodiscard]] size_t horizon() const { return horizon_; }
    /// Trials of the present run.
    [[nodiscard]] size_t batch() const { return batch_; }
    /// H, the network's units.
    [[nodiscard]] size_t units() const { return units_; }

    /// How many shards the batch is cut into.
    [[nodiscard]] size_t shards() const { return (batch_ + most_.shard - 1) / most_.shard; }
    /// The first trial of a shard.
    [[nodiscard]] size_t first_trial(size_t shard) const { return shard * most_.shard; }
    /// How many trials a shard has.
    [[nodiscard]] size_t trials(size_t shard) const {
        return std::min(most_.shard, batch_ - first_trial(shard));
    }

    /// The frames of a shard (horizon n x inputs), for the caller to write before forward.
    [[nodiscard]] matrix_view<scalar> inputs(size_t shard) {
        if constexpr (has_front_end)
            return front_end_->frames(first_trial(shard) * horizon_, trials(shard) * horizon_);
        const auto all = rows_of(inputs_, shard);
        return all.column_block(0, all.columns() - 1);
    }
    /// The states of a shard before step t, or after the last one (n x state_size).
    [[nodiscard]] matrix_view<scalar> states(size_t shard, size_t t) {
        return states_of(shard).row_block(t * trials(shard), trials(shard));
    }
    /// The read-outs of a shard (horizon n x outputs).
    [[nodiscard]] matrix_view<scalar> outputs(size_t shard) { return rows_of(outputs_, shard); }
    /// The loss's gradient by them, for the caller to write before backward.
    [[nodiscard]] matrix_view<scalar> d_outputs(size_t shard) { return rows_of(d_outputs_, shard); }
    /// The states of a shard after each step (horizon n x state size).
    [[nodiscard]] matrix_view<scalar> states_after(size_t shard) {
        return states_of(shard).row_block(trials(shard), horizon_ * trials(shard));
    }
    /// The loss's gradient by them, for the caller to write before backward if `state_gradients` is set.
    [[nodiscard]] matrix_view<scalar> d_states(size_t shard) { return rows_of(d_states_, shard); }
    /// The loss's gradient by the final states of a shard; forward sets it to zero, the caller may change
    /// that. After backward: by the initial states.
    [[nodiscard]] matrix_view<scalar> d_state(size_t shard) { return trials_of(d_state_, shard); }

    /// From initial states and frames to all states and, unless told otherwise, outputs.
    void forward(const Network& network, size_t shard, bool read_out = true, const unit_noise& noise = {}) {
        const auto weights = network.weights();
        if constexpr (has_front_end)
            front_end_->forward(network, shard, inputs(shard),
                                rows_of(inputs_, shard).column_block(0, network.features()));
        gemm<scalar>(rows_of(inputs_, shard), weights.input, rows_of(gates_, shard));
        if (noise.deviation > 0)
            detail::add_unit_noise(network, noise, first_trial(shard), trials(shard), rows_of(gates_, shard),
                                   matrix_view<scalar>(deviates_).row_block(shard, 1));
        for (size_t t = 0; t < horizon_; ++t) network.cell_rule().forward(weights, step(shard, t));
        const size_t n = trials(shard);
        if (read_out) network.read_out(states_of(shard).row_block(n, horizon_ * n), outputs(shard));
        if (most_.trains) fill(d_state(shard), scalar(0));
    }

    /// From the gradients by the outputs (and by the final states) to those by the gates of every step.
    void backward(const Network& network, size_t shard) {
        const auto weights = network.weights();
        const auto readout = network.readout_weights();
        const size_t n = trials(shard);
        auto carried = trials_of(d_state_, shard), d_next = trials_of(d_next_, shard);
        for (size_t t = horizon_; t-- > 0;) {
            std::swap(carried, d_next);
            gemm<scalar>(d_outputs(shard).row_block(t * n, n), transposed(readout),
                         d_next.column_block(0, units_), {.beta = 1});
            if (most_.state_gradients)
                std::transform(d_next.data(), d_next.data() + n * state_size_, d_states(shard).row(t * n),
                               d_next.data(), std::plus<>());
            network.cell_rule().backward(weights, step(shard, t), d_next, carried,
                                         trials_of(scratch_, shard));
        }
        if (horizon_ % 2 == 1) copy(carried, trials_of(d_state_, shard));
        if constexpr (has_front_end)
            front_end_->backward(network, shard, inputs(shard), rows_of(gates_, shard));
    }

    /// How many independent pieces the weight gradient is computed in.
    [[nodiscard]] size_t gradient_tiles() const { return recurrent_tiles() + front_end_tiles(); }

    /// The parameters that a piece is about: those from `first` on, `count` of them.
    struct parameter_range {
        size_t first, count;  ///< the first parameter, and how many
    };
    /// The parameters of one piece. The pieces of all tiles do not overlap.
    [[nodiscard]] parameter_range tile_range(const Network& network, size_t tile) const {
        if constexpr (has_front_end) {
            if (tile >= recurrent_tiles()) {
                const auto [first, count] = front_end_->tile_range(tile - recurrent_tiles());
                return {first, count};
            }
        }
        const scalar* const all = network.parameters().data();
        const auto input = network.input_weights();
        const auto place = [all](const scalar* of) { return static_cast<size_t>(of - all); };
        const size_t recurrent = place(network.recurrent_weights().data()),
                     readout = place(network.readout_weights().data());
        if (tile == 0) return {recurrent, readout - recurrent};
        if (tile > input_tiles()) return {readout, network.layout().size() - readout};
        const size_t row = (tile - 1) * tile_rows, rows = std::min(tile_rows, input.rows() - row);
        return {place(input.row(row)), rows * input.columns()};
    }

    /// Adds one piece of a shard's gradient with respect to the parameters to `gradient`, laid out like them.
    void add_gradient(const Network& network, size_t tile, size_t shard, std::span<scalar> gradient) {
        if constexpr (has_front_end) {
            if (tile >= recurrent_tiles()) {
                front_end_->add_gradient(tile - recurrent_tiles(), shard, gradient);
                return;
            }
        }
        const auto gates = rows_of(gates_, shard);
        if (tile == 0) {
            add_recurrent_gradient(network, shard, gradient);
        } else if (tile <= input_tiles()) {
            const size_t first = (tile - 1) * tile_rows, left = inputs_.shape(1) - first;
            const size_t count = std::min(tile_rows, left);
            gemm<scalar>(transposed(rows_of(inputs_, shard).column_block(first, count)), gates,
                         network.input_weights(gradient).row_block(first, count), {.beta = 1});
        } else {
            add_readout_gradient(network, shard, gradient);
        }
    }
    /// The same of all shards, one after the other.
    void add_gradient(const Network& network, size_t tile, std::span<scalar> gradient) {
        for (size_t shard = 0; shard < shards(); ++shard) add_gradient(network, tile, shard, gradient);
    }

  private:
    // Every tile packs all gates anew for the BLAS: few tiles, and yet enough for some threads.
    static constexpr size_t tile_rows = 264;
    static constexpr bool has_front_end = !Network::front_end_type::shows_pixels;
    using front_end_part = std::conditional_t<has_front_end, unrolled_front_end<Network>, std::nullptr_t>;

    [[nodiscard]] size_t input_tiles() const { return (inputs_.shape(1) + tile_rows - 1) / tile_rows; }
    [[nodiscard]] size_t recurrent_tiles() const { return input_tiles() + 2; }
    [[nodiscard]] size_t front_end_tiles() const {
        if constexpr (has_front_end) return front_end_->gradient_tiles();
        return 0;
    }

    [[nodiscard]] matrix_view<scalar> rows_of(matrix<scalar>& m, size_t shard) const {
        return matrix_view<scalar>(m).row_block(first_trial(shard) * horizon_, trials(shard) * horizon_);
    }
    [[nodiscard]] matrix_view<scalar> trials_of(matrix<scalar>& m, size_t shard) const {
        return matrix_view<scalar>(m).row_block(first_trial(shard), trials(shard));
    }
    [[nodiscard]] matrix_view<scalar> states_of(size_t shard) {
        return matrix_view<scalar>(states_).row_block(first_trial(shard) * (horizon_ + 1),
                                                      trials(shard) * (horizon_ + 1));
    }
    /// Steps t, ..., t + count - 1 of a shard as one step of more rows.
    [[nodiscard]] cell_step<scalar> step(size_t shard, size_t t, size_t count = 1) {
        const size_t n = trials(shard), first = t * n, rows = count * n;
        return {rows_of(gates_, shard).row_block(first, rows), states_of(shard).row_block(first, rows),
                states_of(shard).row_block(first + n, rows), rows_of(cache_, shard).row_block(first, rows)};
    }

    void add_recurrent_gradient(const Network& network, size_t shard, std::span<scalar> gradient) {
        const auto whole = step(shard, 0, horizon_);
        const auto recurrent = network.recurrent_weights(gradient);
        for (const auto& product : network.cell_rule().recurrent_products(whole)) {
            gemm<scalar>(transposed(product.left), product.right,
                         recurrent.column_block(product.first_column, product.right.columns()), {.beta = 1});
        }
        const auto bias = network.recurrent_bias(gradient);
        const std::span sums(bias.data(), bias.columns());
        if (!sums.empty()) detail::add_column_sums<scalar>(whole.cache.column_block(0, sums.size()), sums);
    }
    void add_readout_gradient(const Network& network, size_t shard, std::span<scalar> gradient) {
        const auto d = d_outputs(shard);
        const size_t n = trials(shard);
        gemm<scalar>(transposed(states_of(shard).row_block(n, horizon_ * n).column_block(0, units_)), d,
                     network.readout_weights(gradient), {.beta = 1});
        detail::add_column_sums<scalar>(d, std::span(network.readout_bias(gradient).data(), d.columns()));
    }

    unrolled_sizes most_;
    size_t horizon_, batch_, units_, state_size_;
    std::optional<front_end_part> front_end_;
    matrix<scalar> inputs_, gates_, states_, cache_, outputs_, deviates_, d_outputs_, d_states_, d_state_,
        d_next_, scratch_;
};

}  // namespace engram
