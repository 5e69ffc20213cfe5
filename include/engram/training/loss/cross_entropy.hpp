/// @file
/// The cross-entropy of the classes read out.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "engram/core/simd.hpp"
#include "engram/training/loss/loss_term.hpp"

namespace engram {

/// How outputs become probabilities.
enum class probability {
    softmax,          ///< p = softmax(outputs), loss -log p
    sigmoid_softmax,  ///< p = softmax(logistic(outputs)), loss -log(p + 1e-4): Haviv et al. 2019, published
                      ///< code
};

/// Sum over rows of weight times the target class's weight times -log p(target class). Outputs that are not
/// active take no part. Throws value_error on a target that is no output.
struct cross_entropy {
    /// It reads target classes.
    static constexpr bool real_targets = false;

    probability form = probability::softmax;  ///< how outputs become probabilities

    template <class T>
    outcome evaluate(matrix_view<const T> outputs, const trial_block<T>& block, std::type_identity_t<T> scale,
                     std::type_identity_t<matrix_view<T>> d_outputs) const {
        outcome result;
        double loss = 0;
        for (size_t i = 0; i < outputs.rows(); ++i) {
            const auto target = static_cast<size_t>(block.classes[i]);
            require(target < outputs.columns(), "cross_entropy: target class ", block.classes[i], " in row ",
                    i, ", expected one of ", outputs.columns(), " outputs");
            const T weight = scale * block.weights[i] * block.output_weight(i, target);
            const std::span<const T> scores(outputs.row(i), outputs.columns());
            const std::span<T> d(d_outputs.row(i), outputs.columns());
            loss += form == probability::softmax ? row(scores, block.active, target, weight, d)
                                                 : published_row(scores, block.active, target, weight, d);
            if (target == 0) continue;
            ++result.asked;
            if (answer(scores, block.active) == target) ++result.right;
        }
        result.loss = loss;
        return result;
    }

    /// The active output that is largest.
    template <class T>
    static size_t answer(std::span<const T> outputs, std::span<const char> active) {
        size_t best = 0;
        for (size_t j = 1; j < active.size(); ++j)
            if (active[j] && outputs[j] > outputs[best]) best = j;
        return best;
    }

  private:
    static constexpr double epsilon = 1e-4;
    static constexpr size_t piece = 64;

    /// Writes exp(outputs - largest) of the active outputs, a piece at a time, to `use`; returns their sum.
    template <class T, class Use>
    static T exponentials(std::span<const T> outputs, std::span<const char> active, T largest, Use&& use) {
        T sum = 0, e[piece];
        for (size_t first = 0; first < active.size(); first += piece) {
            const size_t count = std::min(piece, active.size() - first);
            simd::for_each<T>(count, [&](auto at) {
                at.store(e, simd::exp(at.load(outputs.data() + first) - simd::pack<T>(largest)));
            });
            for (size_t j = 0; j < count; ++j) {
                const T value = active[first + j] ? e[j] : T(0);
                sum += value;
                use(first + j, value);
            }
        }
        return sum;
    }
    template <class T>
    static T largest_active(std::span<const T> outputs, std::span<const char> active) {
        return outputs[answer(outputs, active)];
    }

    template <class T>
    static double row(std::span<const T> outputs, std::span<const char> active, size_t target, T weight,
                      std::span<T> d) {
        const T largest = largest_active(outputs, active);
        const T sum = exponentials(outputs, active, largest, [](size_t, T) {});
        const T factor = weight / sum;
        exponentials(outputs, active, largest, [&](size_t j, T e) { d[j] += factor * e; });
        d[target] -= weight;
        return static_cast<double>(weight * (largest + std::log(sum) - outputs[target]));
    }

    template <class T>
    static double published_row(std::span<const T> outputs, std::span<const char> active, size_t target,
                                T weight, std::span<T> d) {
        const auto logistic = [](T x) { return T(1) / (T(1) + std::exp(-x)); };
        T sum = 0;
        for (size_t j = 0; j < active.size(); ++j) sum += active[j] ? std::exp(logistic(outputs[j])) : T(0);
        const T p = std::exp(logistic(outputs[target])) / sum, d_p = -weight / (p + T(epsilon));
        for (size_t j = 0; j < active.size(); ++j) {
            if (!active[j]) continue;
            const T q = logistic(outputs[j]), p_j = std::exp(q) / sum;
            d[j] += d_p * p * ((j == target ? T(1) : T(0)) - p_j) * q * (T(1) - q);
        }
        return static_cast<double>(-weight * std::log(p + T(epsilon)));
    }
};

}  // namespace engram
