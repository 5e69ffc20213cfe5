/// @file
/// Recurrent networks in straight loops, one trial at a time: what the library's networks must agree with.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace reference {

enum class kind { elman, gru_before, gru_after, lstm };

/// A network for any number type; parameters lie in the order in which the library documents them:
/// input (I x G H), bias, recurrent (H x G H), recurrent bias, readout (H x O), readout bias.
template <class Number>
struct network {
    kind cell;
    std::size_t inputs, units, outputs;
    std::vector<Number> parameters;

    [[nodiscard]] std::size_t gates() const { return cell == kind::elman ? 1 : cell == kind::lstm ? 4 : 3; }

    /// Takes one step from `state` (for an LSTM [h | c]) under one frame.
    void step(const std::vector<double>& frame, std::vector<Number>& state) const {
        using std::tanh;
        const std::size_t H = units;
        const auto logistic = [](Number x) {
            using std::exp;
            return Number(1) / (Number(1) + exp(Number(0) - x));
        };
        const std::vector<Number> h(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(H));
        for (std::size_t u = 0; u < H; ++u) {
            if (cell == kind::elman) {
                state[u] = tanh(drive(frame, u) + recurrence(h, u));
            } else if (cell == kind::gru_after) {
                const Number z = logistic(drive(frame, u) + recurrence(h, u));
                const Number r = logistic(drive(frame, H + u) + recurrence(h, H + u));
                const Number own = recurrence(h, 2 * H + u) + parameters[recurrent_bias() + u];
                const Number n = tanh(drive(frame, 2 * H + u) + r * own);
                state[u] = (Number(1) - z) * h[u] + z * n;
            } else if (cell == kind::lstm) {
                const Number f = logistic(drive(frame, u) + recurrence(h, u));
                const Number i = logistic(drive(frame, H + u) + recurrence(h, H + u));
                const Number o = logistic(drive(frame, 2 * H + u) + recurrence(h, 2 * H + u));
                const Number g = tanh(drive(frame, 3 * H + u) + recurrence(h, 3 * H + u));
                state[H + u] = f * state[H + u] + i * g;
                state[u] = o * tanh(state[H + u]);
            }
        }
        if (cell != kind::gru_before) return;
        std::vector<Number> reset(H);
        for (std::size_t u = 0; u < H; ++u)
            reset[u] = logistic(drive(frame, H + u) + recurrence(h, H + u)) * h[u];
        for (std::size_t u = 0; u < H; ++u) {
            const Number z = logistic(drive(frame, u) + recurrence(h, u));
            const Number n = tanh(drive(frame, 2 * H + u) + recurrence(reset, 2 * H + u));
            state[u] = (Number(1) - z) * h[u] + z * n;
        }
    }

    /// What a state is read out as.
    [[nodiscard]] std::vector<Number> read_out(const std::vector<Number>& state) const {
        const std::size_t weights = recurrent_bias() + (cell == kind::gru_after ? units : 0);
        std::vector<Number> result;
        for (std::size_t j = 0; j < outputs; ++j) {
            Number sum = parameters[weights + units * outputs + j];
            for (std::size_t u = 0; u < units; ++u)
                sum = sum + state[u] * parameters[weights + u * outputs + j];
            result.push_back(sum);
        }
        return result;
    }

  private:
    [[nodiscard]] std::size_t bias() const { return inputs * gates() * units; }
    [[nodiscard]] std::size_t recurrent() const { return bias() + gates() * units; }
    [[nodiscard]] std::size_t recurrent_bias() const { return recurrent() + units * gates() * units; }

    [[nodiscard]] Number drive(const std::vector<double>& frame, std::size_t column) const {
        Number sum = parameters[bias() + column];
        for (std::size_t i = 0; i < inputs; ++i)
            sum = sum + Number(frame[i]) * parameters[i * gates() * units + column];
        return sum;
    }
    [[nodiscard]] Number recurrence(const std::vector<Number>& h, std::size_t column) const {
        Number sum = 0;
        for (std::size_t u = 0; u < units; ++u)
            sum = sum + h[u] * parameters[recurrent() + u * gates() * units + column];
        return sum;
    }
};

}  // namespace reference
