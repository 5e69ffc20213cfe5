/// @file
/// The speed of a network at chosen states: small speeds make lasting memories.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include "engram/nn/unrolled.hpp"
#include "engram/task/input_noise.hpp"
#include "engram/training/detail/add_last_state_cost.hpp"
#include "engram/training/loss/loss_term.hpp"

namespace engram {

/// How far a step moves a state.
enum class speed_metric {
    euclidean,  ///< ||F(h) - h||^2
    published,  ///< of an LSTM, ||h' - h||^2 + ||tanh c' - tanh c||^2 (Haviv et al. 2019); else Euclidean
};

/// How speed_penalty asks.
struct speed_penalty_options {
    size_t repetitions = 10;                        ///< fresh noise frames a point and step
    speed_metric metric = speed_metric::euclidean;  ///< how speeds are measured
    /// Deviation of the starting states around the points. Above 0 the penalty is E ||F(h_i + delta, I) -
    /// h_i||^2, which makes attractors of the points instead of merely slow places.
    double perturbation = 0;
};

/// Sum over points h_i of the mean over fresh noise frames I of S(h_i, I) = ||F(h_i, I) - h_i||^2
/// (Haviv et al. 2019, section 5). The points stay where they are. `noise(stream, frame)` writes a frame, a
/// std::span of the network's inputs: input_noise, the waiting of any memory task (waiting_noise), or a
/// callable of your own.
template <class Noise = input_noise>
class speed_penalty {
  public:
    using is_network_penalty = void;

    /// At the rows of a matrix (points x state size). Throws value_error on no points, on points that are not
    /// finite, and on options out of range.
    speed_penalty(matrix<double> points, Noise noise, speed_penalty_options options = {})
        : points_(std::move(points)), noise_(std::move(noise)), options_(options) {
        require(points_.shape(0) > 0, "speed_penalty: no points");
        require(options.repetitions > 0, "speed_penalty: repetitions = 0, expected at least 1");
        for (size_t i = 0; i < points_.size(); ++i)
            require(std::isfinite(points_.data()[i]), "speed_penalty: coordinate ", i % points_.shape(1),
                    " of point ", i / points_.shape(1), " is ", points_.data()[i],
                    ", expected a finite number");
        require(options.perturbation >= 0, "speed_penalty: perturbation = ", options.perturbation,
                ", expected 0 or more");
    }

    /// At the states of slow points.
    template <std::ranges::sized_range Points>
    requires requires(const Points& points) { points.begin()->state(0); }
    speed_penalty(const Points& points, Noise noise, speed_penalty_options options = {})
        : speed_penalty(states_of(points), std::move(noise), options) {}

    template <class Network>
    class bound {
      public:
        /// Takes all memory that the penalty needs.
        bound(const Network& network, const speed_penalty& penalty)
            : points_(penalty.points_),
              noise_(penalty.noise_),
              options_(penalty.options_),
              rows_(network, {.horizon = 1, .batch = points_.shape(0) * options_.repetitions}),
              costs_(rows_.shards()) {}

        /// Weight times the penalty; adds its gradient.
        double add(const Network& network, double weight, std::span<typename Network::scalar> gradient,
                   const penalty_context& context) {
            return detail::add_last_state_cost(
                network, rows_, gradient, context.workers, costs_,
                [&](size_t shard) { draw(shard, context.random, context.step); },
                [&](size_t shard) {
                    return measure(shard, weight / static_cast<double>(options_.repetitions));
                });
        }

      private:
        using T = typename Network::scalar;

        [[nodiscard]] const double* point(size_t shard, size_t i) const {
            return &points_((rows_.first_trial(shard) + i) % points_.shape(0), 0);
        }

        /// Fresh frames, and the points as initial states.
        void draw(size_t shard, seed random, size_t step) {
            const auto frames = rows_.inputs(shard), start = rows_.states(shard, 0);
            for (size_t i = 0; i < frames.rows(); ++i) {
                random_stream stream(random, purpose::penalty, step, rows_.first_trial(shard) + i);
                noise_(stream, std::span(frames.row(i), frames.columns()));
                const std::span<T> state(start.row(i), start.columns());
                if (options_.perturbation > 0)
                    stream.normals(state, T(0), static_cast<T>(options_.perturbation));
                else
                    std::ranges::fill(state, T(0));
                for (size_t j = 0; j < start.columns(); ++j) state[j] += static_cast<T>(point(shard, i)[j]);
            }
        }

        /// Scale times the sum of S over a shard's rows; its gradient by the next states goes to d_state.
        double measure(size_t shard, double scale) {
            const auto next = rows_.states(shard, 1), d = rows_.d_state(shard);
            const size_t plain = options_.metric == speed_metric::euclidean ? next.columns() : rows_.units();
            double sum = 0;
            for (size_t i = 0; i < next.rows(); ++i) {
                const double* const h = point(shard, i);
                for (size_t j = 0; j < next.columns(); ++j) {
                    const double to = static_cast<double>(next(i, j));
                    const double shown = j < plain ? to : std::tanh(to),
                                 was = j < plain ? h[j] : std::tanh(h[j]);
                    const double slope = j < plain ? 1 : 1 - shown * shown;
                    sum += (shown - was) * (shown - was);
                    d(i, j) = static_cast<T>(2 * scale * (shown - was) * slope);
                }
            }
            return scale * sum;
        }

        matrix<double> points_;
        Noise noise_;
        speed_penalty_options options_;
        unrolled<Network> rows_;
        std::vector<double> costs_;
    };

    /// Throws shape_error unless points and frames fit the network.
    template <class Network>
    requires std::invocable<const Noise&, random_stream&, std::span<typename Network::scalar>>
    [[nodiscard]] bound<Network> bind(const Network& network) const {
        require<shape_error>(points_.shape(1) == network.state_size(), "speed_penalty: points have ",
                             points_.shape(1), " coordinates, the network's states ", network.state_size());
        if constexpr (requires { noise_.inputs(); })
            require<shape_error>(noise_.inputs() == network.sizes().inputs,
                                 "speed_penalty: noise frames have ", noise_.inputs(),
                                 " inputs, the network ", network.sizes().inputs);
        return {network, *this};
    }

  private:
    template <class Points>
    static matrix<double> states_of(const Points& points) {
        require(std::ranges::size(points) > 0, "speed_penalty: no points");
        const size_t width = points.begin()->state.size();
        matrix<double> states(std::array<size_t, 2>{std::ranges::size(points), width});
        double* out = states.data();
        for (const auto& point : points) out = std::copy(point.state.begin(), point.state.end(), out);
        return states;
    }

    matrix<double> points_;
    Noise noise_;
    speed_penalty_options options_;
};

/// The type of the noise from the noise.
template <class Points, class Noise>
speed_penalty(const Points&, Noise, speed_penalty_options = {}) -> speed_penalty<Noise>;

}  // namespace engram
