/// @file
/// What an activation function is to a cell, and the ones that ship.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <limits>

#include "engram/core/simd.hpp"

namespace engram {

/// A function applied to every unit. `value(x)` is the function; `slope(y)` its derivative, written in terms
/// of the value y = value(x), which is all that a cell keeps for the backward pass.
/// Both take and give a scalar; written with `auto` and the functions of engram::simd they also take packs
/// of scalars, and then run as vector instructions. A member `range`, two doubles, may say between which
/// numbers the values are.
template <class A>
concept activation = std::copyable<A> && requires(const A a, double x) {
    { a.value(x) } -> std::convertible_to<double>;
    { a.slope(x) } -> std::convertible_to<double>;
};

/// The activations that ship; each satisfies @ref engram::activation.
namespace activations {

/// The hyperbolic tangent.
struct tanh {
    static constexpr std::array<double, 2> range{-1, 1};
    template <class V>
    V value(V x) const {
        return simd::tanh(x);
    }
    template <class V>
    V slope(V y) const {
        return V(1) - y * y;
    }
};

/// The logistic function 1 / (1 + exp(-x)).
struct logistic {
    static constexpr std::array<double, 2> range{0, 1};
    template <class V>
    V value(V x) const {
        return V(1) / (V(1) + simd::exp(-x));
    }
    template <class V>
    V slope(V y) const {
        return y * (V(1) - y);
    }
};

/// max(x, 0).
struct relu {
    static constexpr std::array<double, 2> range{0, std::numeric_limits<double>::infinity()};
    template <class V>
    V value(V x) const {
        return simd::choose(x < V(0), V(0), x);  // unlike a maximum, keeps what is not a number
    }
    template <class V>
    V slope(V y) const {
        return simd::choose(y > V(0), V(1), V(0));
    }
};

/// x where x > 0, else `leak` times x.
struct leaky_relu {
    double leak = 0.2;  ///< the slope below 0
    template <class V>
    V value(V x) const {
        return simd::choose(x > V(0), x, simd::constant<V>(leak) * x);
    }
    template <class V>
    V slope(V y) const {
        return simd::choose(y > V(0), V(1), simd::constant<V>(leak));
    }
};

/// x / (1 + |x|).
struct softsign {
    static constexpr std::array<double, 2> range{-1, 1};
    template <class V>
    V value(V x) const {
        return x / (V(1) + simd::abs(x));
    }
    template <class V>
    V slope(V y) const {
        const V rest = V(1) - simd::abs(y);
        return rest * rest;
    }
};

/// x itself.
struct identity {
    template <class V>
    V value(V x) const {
        return x;
    }
    template <class V>
    V slope(V) const {
        return V(1);
    }
};

}  // namespace activations

namespace detail {

/// Between which numbers an activation's values are; any where it does not say.
template <activation A>
constexpr std::array<double, 2> range_of(const A&) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if constexpr (requires { std::array<double, 2>(A::range); })
        return A::range;
    else
        return {-infinity, infinity};
}

/// Calls f on each number of a pack.
template <class T, class F>
simd::pack<T> lane_by_lane(const F& f, simd::pack<T> x) {
    std::array<T, simd::pack_size<T>> lanes;
    const simd::whole_pack<T> start{0};
    start.store(lanes.data(), x);
    for (T& lane : lanes) lane = static_cast<T>(f(lane));
    return start.load(lanes.data());
}

/// An activation's value and slope on packs, also where its author wrote them for scalars only.
template <class T, activation A>
simd::pack<T> value_of(const A& a, simd::pack<T> x) {
    if constexpr (requires {
                      { a.value(x) } -> std::same_as<simd::pack<T>>;
                  }) {
        return a.value(x);
    } else {
        return lane_by_lane<T>([&](T lane) { return a.value(lane); }, x);
    }
}
template <class T, activation A>
simd::pack<T> slope_of(const A& a, simd::pack<T> y) {
    if constexpr (requires {
                      { a.slope(y) } -> std::same_as<simd::pack<T>>;
                  }) {
        return a.slope(y);
    } else {
        return lane_by_lane<T>([&](T lane) { return a.slope(lane); }, y);
    }
}

/// The slope at one value.
template <class T, activation A>
T slope_at(const A& a, T y) {
    return static_cast<T>(a.slope(y));
}

}  // namespace detail
}  // namespace engram
