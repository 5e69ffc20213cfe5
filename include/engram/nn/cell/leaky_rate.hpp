/// @file
/// The rates of leaky units: one or one a unit, fixed or learned.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "engram/core/activation.hpp"
#include "engram/core/error.hpp"
#include "engram/core/simd.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// One rate a = dt / tau for all units.
struct fixed_rate {
    /// Whether the rates are parameters of the network.
    static constexpr bool learned = false;
    double value = 0.5;  ///< a, in (0, 1]

    void check(size_t /*units*/) const {
        require(value > 0 && value <= 1, "leaky: rate = ", value, ", expected a number in (0, 1]");
    }
    /// The rate of a unit.
    template <class T>
    [[nodiscard]] T at(size_t /*unit*/) const {
        return static_cast<T>(value);
    }
    /// The rates of the units at a position.
    template <class T, class At>
    [[nodiscard]] simd::pack<T> load(At /*at*/, matrix_view<const T> /*learned*/) const {
        return simd::pack<T>(static_cast<T>(value));
    }
};

/// A rate of its own for each unit.
struct fixed_rates {
    /// Whether the rates are parameters of the network.
    static constexpr bool learned = false;
    std::vector<double> values;  ///< a (H), each in (0, 1]

    void check(size_t units) const {
        require<shape_error>(values.size() == units, "leaky: ", values.size(), " rates for ", units,
                             " units");
        for (size_t i = 0; i < units; ++i)
            require(values[i] > 0 && values[i] <= 1, "leaky: the rate of unit ", i, " is ", values[i],
                    ", expected a number in (0, 1]");
    }
    /// The rate of a unit.
    template <class T>
    [[nodiscard]] T at(size_t unit) const {
        return static_cast<T>(values[unit]);
    }
    /// The rates of the units at a position.
    template <class T, class At>
    [[nodiscard]] simd::pack<T> load(At at, matrix_view<const T> /*learned*/) const {
        T lanes[simd::pack_size<T>] = {};
        const size_t count = std::min(simd::pack_size<T>, values.size() - at.position);
        for (size_t k = 0; k < count; ++k) lanes[k] = static_cast<T>(values[at.position + k]);
        return simd::whole_pack<T>{0}.load(lanes);
    }
};

/// Rates that are learned, one a unit: a = logistic(theta + logit(initial)), theta being the network's block
/// `recurrent_bias`.
struct learned_rates {
    /// Whether the rates are parameters of the network.
    static constexpr bool learned = true;
    double initial = 0.5;  ///< a before training, up to the small draws of theta; in (0, 1)

    void check(size_t /*units*/) const {
        require(initial > 0 && initial < 1, "leaky: initial rate = ", initial,
                ", expected a number in (0, 1)");
    }
    /// The rates of the units at a position.
    template <class T, class At>
    [[nodiscard]] simd::pack<T> load(At at, matrix_view<const T> theta) const {
        using pack = simd::pack<T>;
        return detail::value_of<T>(
            activations::logistic{},
            at.load(theta.row(0)) + pack(static_cast<T>(std::log(initial / (1 - initial)))));
    }
};

/// One rate for all units that is learned: a = logistic(theta + logit(initial)), theta being the one number
/// of the network's block `recurrent_bias`.
struct learned_rate {
    /// Whether the rates are parameters of the network.
    static constexpr bool learned = true;
    /// Whether there is one parameter for all units.
    static constexpr bool shared = true;
    double initial = 0.5;  ///< a before training, up to the small draw of theta; in (0, 1)

    void check(size_t units) const { learned_rates{initial}.check(units); }
    /// The rates of the units at a position.
    template <class T, class At>
    [[nodiscard]] simd::pack<T> load(At /*at*/, matrix_view<const T> theta) const {
        const T logit = static_cast<T>(std::log(initial / (1 - initial)));
        return detail::value_of<T>(activations::logistic{}, simd::pack<T>(theta(0, 0) + logit));
    }
};

}  // namespace engram
