/// @file
/// Leaky units: the discretised rate model of computational neuroscience.
#pragma once

#include <array>
#include <concepts>
#include <numeric>

#include "engram/core/activation.hpp"
#include "engram/core/simd.hpp"
#include "engram/nn/cell/leaky_rate.hpp"
#include "engram/nn/cell/recurrence.hpp"

namespace engram {

/// The activation is applied to a unit's whole input: h' = (1 - a) h + a f(x W + h U + b).
struct activation_of_input {};
/// The activation is applied to the state, which gives the rates r = f(h) that the units exchange:
/// h' = (1 - a) h + a (x W + f(h) U + b). The readout sees h.
struct activation_of_state {};

/// Leaky units with rate a = dt / tau, a forward Euler step of tau dh/dt = -h + ...: the form says where the
/// activation stands, the recurrence how units reach each other. Its parameters stand in a network's block
/// `recurrent`, learned rates in `recurrent_bias`.
template <std::floating_point T, activation F = activations::tanh, class Rate = fixed_rate,
          class Form = activation_of_input, class Recurrence = full_recurrence<T>>
struct leaky {
    using scalar = T;
    template <class U>
    using with_scalar = leaky<U, F, Rate, Form, typename Recurrence::template with_scalar<U>>;
    /// Whether the units exchange f(h).
    static constexpr bool of_state = std::same_as<Form, activation_of_state>;
    static constexpr size_t gates = 1, components = 1, scratch = of_state ? 1 : 0;
    static constexpr size_t recurrent_biases = Rate::learned ? 1 : 0;
    /// Whether all units share one learned rate.
    static constexpr bool shared_rate = requires { Rate::shared; };
    /// [a and later d theta, where rates are learned; of one rate, the sum over the units stands first | r,
    /// where the activation is the state's | the recurrence's].
    static constexpr size_t cache = recurrent_biases + (of_state ? 1 : 0) + Recurrence::cache;

    F f{};                    ///< the activation
    Rate rate{};              ///< how fast the units follow their input
    Recurrence recurrence{};  ///< how they reach each other

    [[nodiscard]] std::array<double, 2> state_range(size_t /*component*/) const {
        if constexpr (of_state)
            return detail::range_of(activations::identity{});
        else
            return detail::range_towards(f);
    }
    template <class U>
    [[nodiscard]] with_scalar<U> converted() const {
        return {f, rate, recurrence.template converted<U>()};
    }
    /// Throws where rates or recurrence do not fit that many units.
    void check(size_t units) const {
        rate.check(units);
        recurrence.check(units);
    }
    [[nodiscard]] size_t recurrent_columns(size_t units) const { return recurrence.columns(units); }
    [[nodiscard]] size_t recurrent_bias_columns(size_t units) const {
        return shared_rate ? 1 : recurrent_biases * units;
    }
    [[nodiscard]] double recurrent_deviation(size_t units) const { return recurrence.deviation(units); }

    /// Adds sqrt(2 / a) of the units' private noise (1 x H) to their drive (1 x H). With sigma its deviation,
    /// the state then meets sqrt(2 a) sigma N(0, 1) in a step where the activation is the state's (Song, Yang
    /// and Wang 2016), and f of the noisy drive where it is the input's (Yang et al. 2019).
    void add_unit_noise(const cell_weights<T>& weights, matrix_view<const T> noise,
                        matrix_view<T> drive) const {
        simd::for_each<T>(drive.columns(), [&, xi = noise.row(0), u = drive.row(0)](auto at) {
            const auto a = rate.template load<T>(at, weights.recurrent_bias);
            at.store(u, at.load(u) + simd::sqrt(simd::pack<T>(T(2)) / a) * at.load(xi));
        });
    }

    void forward(const cell_weights<T>& weights, const cell_step<T>& step) const {
        const size_t units = step.next.columns(), n = step.next.rows();
        if constexpr (of_state)
            for (size_t i = 0; i < n; ++i)
                simd::for_each<T>(units, [&, h = step.state.row(i), r = rates(step).row(i)](auto at) {
                    at.store(r, detail::value_of<T>(f, at.load(h)));
                });
        recurrence.add(sources(step), weights.recurrent, step.gates, own_cache(step));
        for (size_t i = 0; i < n; ++i)
            simd::for_each<T>(units, [&, h = step.state.row(i), u = step.gates.row(i),
                                      next = step.next.row(i), cached = step.cache.row(i)](auto at) {
                const auto a = rate.template load<T>(at, weights.recurrent_bias);
                if constexpr (Rate::learned) at.store(cached, a);
                auto target = at.load(u);
                if constexpr (!of_state) target = detail::value_of<T>(f, target);
                at.store(u, target);
                at.store(next, at.load(h) + a * (target - at.load(h)));
            });
    }

    void backward(const cell_weights<T>& weights, const cell_step<T>& step, matrix_view<T> d_next,
                  matrix_view<T> d_state, matrix_view<T> scratch_block) const {
        const size_t units = step.next.columns(), n = step.next.rows();
        for (size_t i = 0; i < n; ++i)
            simd::for_each<T>(units, [&, h = step.state.row(i), u = step.gates.row(i), d_out = d_next.row(i),
                                      d_h = d_state.row(i), cached = step.cache.row(i)](auto at) {
                const auto a = rate.template load<T>(at, weights.recurrent_bias);
                const auto d = at.load(d_out), target = at.load(u);
                if constexpr (Rate::learned)
                    at.store(cached,
                             d * (target - at.load(h)) * detail::slope_of<T>(activations::logistic{}, a));
                auto d_input = d * a;
                if constexpr (!of_state) d_input = d_input * detail::slope_of<T>(f, target);
                at.store(u, d_input);
                at.store(d_h, d - d * a);
            });
        if constexpr (shared_rate)
            for (size_t i = 0; i < n; ++i) {
                T* const d_theta = step.cache.row(i);
                d_theta[0] = std::accumulate(d_theta, d_theta + units, T(0));
            }
        if constexpr (of_state) {
            recurrence.back(step.gates, weights.recurrent, scratch_block, own_cache(step), T(0));
            for (size_t i = 0; i < n; ++i)
                simd::for_each<T>(units, [&, d_h = d_state.row(i), d_r = scratch_block.row(i),
                                          r = rates(step).row(i)](auto at) {
                    at.store(d_h, at.load(d_h) + at.load(d_r) * detail::slope_of<T>(f, at.load(r)));
                });
        } else {
            recurrence.back(step.gates, weights.recurrent, d_state, own_cache(step), T(1));
        }
    }

    /// dF/dh (H x H) where step.next was reached; `square` (H x H) is working memory.
    void jacobian(matrix_view<const T> transposed_weights, const cell_step<T>& step, matrix_view<T> result,
                  matrix_view<T> square) const {
        const size_t units = step.next.columns();
        const auto full = recurrence.matrix_transposed(transposed_weights, square);
        for (size_t j = 0; j < units; ++j) {
            const T a = rate_of(step, j);
            simd::for_each<T>(units, [&](auto at) {
                auto slope = simd::pack<T>(a);
                if constexpr (of_state)
                    slope = slope * detail::slope_of<T>(f, at.load(rates(step).row(0)));
                else
                    slope = simd::pack<T>(a * detail::slope_at<T>(f, step.gates(0, j)));
                at.store(result.row(j), slope * at.load(full.row(j)));
            });
            result(j, j) += 1 - a;
        }
    }

    [[nodiscard]] auto recurrent_products(const cell_step<T>& step) const {
        return recurrence.products(sources(step), step.gates, own_cache(step));
    }

  private:
    [[nodiscard]] T rate_of(const cell_step<T>& step, size_t unit) const {
        if constexpr (Rate::learned) {
            return step.cache(0, unit);
        } else {
            return rate.template at<T>(unit);
        }
    }
    [[nodiscard]] static matrix_view<T> rates(const cell_step<T>& step) {
        return step.cache.column_block(recurrent_biases * step.next.columns(), step.next.columns());
    }
    /// What the units exchange.
    [[nodiscard]] static matrix_view<const T> sources(const cell_step<T>& step) {
        if constexpr (of_state) {
            return rates(step);
        } else {
            return step.state;
        }
    }
    [[nodiscard]] static matrix_view<T> own_cache(const cell_step<T>& step) {
        const size_t units = step.next.columns();
        return step.cache.column_block((cache - Recurrence::cache) * units, Recurrence::cache * units);
    }
};

}  // namespace engram
