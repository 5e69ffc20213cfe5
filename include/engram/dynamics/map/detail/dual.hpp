/// @file
/// A number that carries K partial derivatives with it: forward-mode automatic differentiation.
#pragma once

#include "engram/dynamics/map/detail/partials.hpp"

#include <cmath>
#include <compare>
#include <concepts>
#include <cstddef>
#include <type_traits>

namespace engram {

/// Home of the dual numbers, where the functions of cmath are visible beside those found by their arguments.
namespace automatic {

using std::abs, std::acos, std::acosh, std::asin, std::asinh, std::atan, std::atan2, std::atanh, std::cbrt;
using std::cos, std::cosh, std::erf, std::erfc, std::exp, std::exp2, std::expm1, std::isfinite, std::log;
using std::log10, std::log1p, std::log2, std::pow, std::sin, std::sinh, std::sqrt, std::tan, std::tanh;

/// value + sum_k partial[k] e_k with e_j e_k = 0. Works in any code written for a generic scalar: arithmetic,
/// comparisons (of values), mixed with plain numbers, and the functions of cmath below, found by their
/// arguments, so write `tanh(x)` after `using std::tanh;`.
template <class T, std::size_t K>
struct dual {
    T value = T(0);          ///< the number
    partials<T, K> partial;  ///< its partial derivatives

    constexpr dual() {}  // NOLINT(modernize-use-equals-default): which would set all partials to zero
    /// A constant.
    template <class Number>
    requires std::convertible_to<Number, T>
    constexpr dual(Number v) : value(static_cast<T>(v)) {}

    /// f(x) for an f with the given value and derivative at x.value.
    static constexpr dual chain(const dual& x, T value, T derivative) {
        dual result(value);
        result.partial.assign(derivative, x.partial);
        return result;
    }
    /// f(x, y) for an f with the given value and derivatives at x.value and y.value.
    static constexpr dual chain(const dual& x, const dual& y, T value, T by_x, T by_y) {
        dual result(value);
        result.partial.assign(by_x, x.partial, by_y, y.partial);
        return result;
    }

    /// Adds, with the derivatives.
    constexpr dual& operator+=(const dual& b) {
        value += b.value;
        partial.add(b.partial);
        return *this;
    }
    /// Subtracts, with the derivatives.
    constexpr dual& operator-=(const dual& b) {
        value -= b.value;
        partial.subtract(b.partial);
        return *this;
    }
    /// Multiplies, by the product rule.
    constexpr dual& operator*=(const dual& b) { return *this = *this * b; }
    /// Divides, by the quotient rule.
    constexpr dual& operator/=(const dual& b) { return *this = *this / b; }

    friend constexpr dual operator+(const dual& a, const dual& b) {
        return chain(a, b, a.value + b.value, T(1), T(1));
    }
    friend constexpr dual operator-(const dual& a, const dual& b) {
        return chain(a, b, a.value - b.value, T(1), T(-1));
    }
    friend constexpr dual operator*(const dual& a, const dual& b) {
        return chain(a, b, a.value * b.value, b.value, a.value);
    }
    friend constexpr dual operator/(const dual& a, const dual& b) {
        const T ratio = a.value / b.value;
        return chain(a, b, ratio, T(1) / b.value, -ratio / b.value);
    }
    friend constexpr dual operator+(const dual& a) { return a; }
    friend constexpr dual operator-(const dual& a) { return chain(a, -a.value, T(-1)); }

    friend constexpr bool operator==(const dual& a, const dual& b) { return a.value == b.value; }
    friend constexpr auto operator<=>(const dual& a, const dual& b) { return a.value <=> b.value; }

    friend dual sqrt(const dual& x) {
        const T root = sqrt(x.value);
        return chain(x, root, T(1) / (2 * root));
    }
    friend dual cbrt(const dual& x) {
        const T root = cbrt(x.value);
        return chain(x, root, T(1) / (3 * root * root));
    }
    friend dual exp(const dual& x) {
        const T e = exp(x.value);
        return chain(x, e, e);
    }
    friend dual exp2(const dual& x) {
        const T e = exp2(x.value);
        return chain(x, e, e * log(T(2)));
    }
    friend dual expm1(const dual& x) { return chain(x, expm1(x.value), exp(x.value)); }
    friend dual log(const dual& x) { return chain(x, log(x.value), T(1) / x.value); }
    friend dual log1p(const dual& x) { return chain(x, log1p(x.value), T(1) / (T(1) + x.value)); }
    friend dual log2(const dual& x) { return chain(x, log2(x.value), T(1) / (x.value * log(T(2)))); }
    friend dual log10(const dual& x) { return chain(x, log10(x.value), T(1) / (x.value * log(T(10)))); }
    friend dual sin(const dual& x) { return chain(x, sin(x.value), cos(x.value)); }
    friend dual cos(const dual& x) { return chain(x, cos(x.value), -sin(x.value)); }
    friend dual tan(const dual& x) {
        const T t = tan(x.value);
        return chain(x, t, T(1) + t * t);
    }
    friend dual asin(const dual& x) { return chain(x, asin(x.value), T(1) / sqrt(T(1) - x.value * x.value)); }
    friend dual acos(const dual& x) {
        return chain(x, acos(x.value), T(-1) / sqrt(T(1) - x.value * x.value));
    }
    friend dual atan(const dual& x) { return chain(x, atan(x.value), T(1) / (T(1) + x.value * x.value)); }
    friend dual sinh(const dual& x) { return chain(x, sinh(x.value), cosh(x.value)); }
    friend dual cosh(const dual& x) { return chain(x, cosh(x.value), sinh(x.value)); }
    friend dual tanh(const dual& x) {
        const T t = tanh(x.value);
        return chain(x, t, T(1) - t * t);
    }
    friend dual asinh(const dual& x) {
        return chain(x, asinh(x.value), T(1) / sqrt(x.value * x.value + T(1)));
    }
    friend dual acosh(const dual& x) {
        return chain(x, acosh(x.value), T(1) / sqrt((x.value - T(1)) * (x.value + T(1))));
    }
    friend dual atanh(const dual& x) {
        return chain(x, atanh(x.value), T(1) / ((T(1) - x.value) * (T(1) + x.value)));
    }
    friend dual erf(const dual& x) { return chain(x, erf(x.value), bell(x.value)); }
    friend dual erfc(const dual& x) { return chain(x, erfc(x.value), -bell(x.value)); }
    friend dual abs(const dual& x) { return chain(x, abs(x.value), x.value < 0 ? T(-1) : T(x.value > 0)); }
    friend dual fabs(const dual& x) { return abs(x); }
    friend dual max(const dual& a, const dual& b) { return a < b ? b : a; }
    friend dual min(const dual& a, const dual& b) { return b < a ? b : a; }
    friend dual hypot(const dual& a, const dual& b) { return sqrt(a * a + b * b); }
    template <class Number>
    requires std::is_arithmetic_v<Number>
    friend dual pow(const dual& x, Number exponent) {
        if (exponent == Number(0)) return chain(x, T(1), T(0));
        if constexpr (std::is_floating_point_v<T>) {
            const T e = static_cast<T>(exponent);
            return chain(x, pow(x.value, e), e * pow(x.value, e - 1));
        } else {
            return chain(x, pow(x.value, exponent), exponent * pow(x.value, exponent - Number(1)));
        }
    }
    friend dual pow(const dual& x, const dual& y) {
        if constexpr (std::is_floating_point_v<T>) {
            // A constant base or exponent has no part in it, finite or not.
            const T power = pow(x.value, y.value), by_x = y.value * pow(x.value, y.value - 1),
                    by_y = power * log(x.value);
            dual result(power);
            const auto add = [&result](const partials<T, K>& from, T factor) {
                from.for_each_run([&](std::size_t first, std::span<const T> slopes) {
                    for (std::size_t k = 0; k < slopes.size(); ++k)
                        if (slopes[k] != 0)
                            result.partial.set(first + k, result.partial[first + k] + factor * slopes[k]);
                });
            };
            add(x.partial, by_x);
            add(y.partial, by_y);
            return result;
        } else {
            return exp(y * log(x));
        }
    }
    friend dual atan2(const dual& y, const dual& x) {
        const T square = x.value * x.value + y.value * y.value;
        return chain(y, x, atan2(y.value, x.value), x.value / square, -y.value / square);
    }
    friend bool isfinite(const dual& x) { return isfinite(x.value); }

  private:
    /// The derivative of erf, 2 / sqrt(pi) exp(-x^2).
    static T bell(const T& x) { return T(1) / sqrt(atan(T(1))) * exp(-x * x); }
};

}  // namespace automatic

using automatic::dual;

}  // namespace engram
