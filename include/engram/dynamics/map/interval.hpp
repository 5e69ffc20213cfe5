/// @file
/// interval: a number known to lie between two others; every operation rounds outwards.
#pragma once

#include "engram/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <concepts>
#include <limits>
#include <type_traits>

namespace engram {

/// Thrown where a formula of intervals has no answer: it compares intervals that overlap, divides by one that
/// holds 0, or leaves a function's domain. certify() takes it for a proof that failed.
struct interval_undecided : error {
    interval_undecided() : error("undecided within an interval") {}
};

/// A closed interval of real numbers. Works in code written for a generic scalar. The C library's functions
/// are taken to be right to four units in the last place (erfc to eight), as glibc's are. A comparison whose
/// answer depends on where in the interval the number is throws interval_undecided, as what is not defined on
/// the whole interval does.
struct interval {
    double lower = 0, upper = 0;  ///< the two ends

    constexpr interval() = default;
    /// A single number.
    template <class Number>
    requires std::is_arithmetic_v<Number>
    constexpr interval(Number v) : lower(static_cast<double>(v)), upper(static_cast<double>(v)) {}
    /// From its two ends.
    constexpr interval(double l, double u) : lower(l), upper(u) {}

    /// Largest absolute value.
    [[nodiscard]] double magnitude() const { return std::max(std::abs(lower), std::abs(upper)); }

    /// [l, u] widened by so many units in the last place that a rounded l and u enclose the exact ones.
    static interval around(double l, double u, int units = 1) {
        const double step = units * std::numeric_limits<double>::epsilon();
        constexpr double least = std::numeric_limits<double>::min();
        return {l - std::abs(l) * step - least, u + std::abs(u) * step + least};
    }

    friend interval operator+(interval a, interval b) { return around(a.lower + b.lower, a.upper + b.upper); }
    friend interval operator-(interval a, interval b) { return around(a.lower - b.upper, a.upper - b.lower); }
    friend interval operator*(interval a, interval b) {
        const double p = a.lower * b.lower, q = a.lower * b.upper, r = a.upper * b.lower,
                     s = a.upper * b.upper;
        return around(std::min({p, q, r, s}), std::max({p, q, r, s}));
    }
    friend interval operator/(interval a, interval b) {
        if (b.lower <= 0 && b.upper >= 0) throw interval_undecided();
        const double p = a.lower / b.lower, q = a.lower / b.upper, r = a.upper / b.lower,
                     s = a.upper / b.upper;
        return around(std::min({p, q, r, s}), std::max({p, q, r, s}));
    }
    friend interval operator-(interval a) { return {-a.upper, -a.lower}; }
    /// Adds, rounding outwards.
    interval& operator+=(interval b) { return *this = *this + b; }
    /// Subtracts, rounding outwards.
    interval& operator-=(interval b) { return *this = *this - b; }
    /// Multiplies, rounding outwards.
    interval& operator*=(interval b) { return *this = *this * b; }
    /// Divides, rounding outwards.
    interval& operator/=(interval b) { return *this = *this / b; }

    friend std::partial_ordering operator<=>(interval a, interval b) {
        if (a.upper < b.lower) return std::partial_ordering::less;
        if (a.lower > b.upper) return std::partial_ordering::greater;
        if (a.lower == a.upper && b.lower == b.upper) return std::partial_ordering::equivalent;
        throw interval_undecided();
    }
    friend bool operator==(interval a, interval b) { return (a <=> b) == 0; }

    friend interval exp(interval x) {
        return rising(x, [](double v) { return std::exp(v); });
    }
    friend interval expm1(interval x) {
        return rising(x, [](double v) { return std::expm1(v); });
    }
    friend interval exp2(interval x) {
        return rising(x, [](double v) { return std::exp2(v); });
    }
    friend interval log(interval x) {
        return rising(above(x, 0), [](double v) { return std::log(v); });
    }
    friend interval log1p(interval x) {
        return rising(above(x, -1), [](double v) { return std::log1p(v); });
    }
    friend interval log2(interval x) {
        return rising(above(x, 0), [](double v) { return std::log2(v); });
    }
    friend interval log10(interval x) {
        return rising(above(x, 0), [](double v) { return std::log10(v); });
    }
    friend interval sqrt(interval x) {
        return rising(above(x, 0), [](double v) { return std::sqrt(v); });
    }
    friend interval cbrt(interval x) {
        return rising(x, [](double v) { return std::cbrt(v); });
    }
    friend interval tanh(interval x) {
        return rising(x, [](double v) { return std::tanh(v); });
    }
    friend interval sinh(interval x) {
        return rising(x, [](double v) { return std::sinh(v); });
    }
    friend interval asinh(interval x) {
        return rising(x, [](double v) { return std::asinh(v); });
    }
    friend interval acosh(interval x) {
        if (!(x.lower >= 1)) throw interval_undecided();
        return rising(x, [](double v) { return std::acosh(v); });
    }
    friend interval atanh(interval x) {
        if (!(x.lower > -1 && x.upper < 1)) throw interval_undecided();
        return rising(x, [](double v) { return std::atanh(v); });
    }
    friend interval atan(interval x) {
        return rising(x, [](double v) { return std::atan(v); });
    }
    friend interval asin(interval x) {
        return rising(within_one(x), [](double v) { return std::asin(v); });
    }
    friend interval acos(interval x) {
        return -rising(within_one(x), [](double v) { return -std::acos(v); });
    }
    friend interval erf(interval x) {
        return rising(x, [](double v) { return std::erf(v); });
    }
    friend interval erfc(interval x) { return around(std::erfc(x.upper), std::erfc(x.lower), 8); }
    friend interval cosh(interval x) {
        return rising(abs(x), [](double v) { return std::cosh(v); });
    }
    friend interval abs(interval x) {
        if (x.lower >= 0) return x;
        return x.upper <= 0 ? -x : interval(0, x.magnitude());
    }
    friend interval fabs(interval x) { return abs(x); }
    friend interval max(interval a, interval b) {
        return {std::max(a.lower, b.lower), std::max(a.upper, b.upper)};
    }
    friend interval min(interval a, interval b) {
        return {std::min(a.lower, b.lower), std::min(a.upper, b.upper)};
    }
    friend interval cos(interval x) {
        return wave(x, 0.0, [](double v) { return std::cos(v); });
    }
    friend interval sin(interval x) {
        return wave(x, 0.5, [](double v) { return std::sin(v); });
    }
    friend interval tan(interval x) { return sin(x) / cos(x); }
    friend interval hypot(interval a, interval b) {
        const interval x = abs(a), y = abs(b);
        return around(std::hypot(x.lower, y.lower), std::hypot(x.upper, y.upper), 4);
    }
    template <class Number>
    requires std::is_arithmetic_v<Number>
    friend interval pow(interval x, Number exponent) {
        const auto e = static_cast<double>(exponent);
        if (e != std::floor(e) || std::abs(e) > 64) return exp(interval(e) * log(x));
        interval result = 1;
        for (int k = 0; k < static_cast<int>(std::abs(e)); ++k) result *= x;
        return e < 0 ? interval(1) / result : result;
    }
    friend interval pow(interval x, interval y) {
        return y.lower == y.upper ? pow(x, y.lower) : exp(y * log(x));
    }
    // The angle of (x, y), where x is positive throughout.
    friend interval atan2(interval y, interval x) { return atan(y / above(x, 0)); }

  private:
    template <class Function>
    static interval rising(interval x, Function f) {
        return around(f(x.lower), f(x.upper), 4);
    }
    static interval above(interval x, double limit) {
        if (!(x.lower > limit)) throw interval_undecided();
        return x;
    }
    static interval within_one(interval x) {
        if (!(x.lower >= -1 && x.upper <= 1)) throw interval_undecided();
        return x;
    }
    /// Encloses a wave that is 1 at (2 k + shift) pi, -1 at (2 k + 1 + shift) pi, and monotonic in between.
    template <class Function>
    static interval wave(interval x, double shift, Function f) {
        constexpr double pi = 3.141592653589793;
        const double margin = 1e-12 * (1 + x.magnitude());
        const double first = std::ceil(x.lower / pi - shift - margin),
                     last = std::floor(x.upper / pi - shift + margin);
        if (!(last - first < 2)) return {-1, 1};
        interval ends = around(std::min(f(x.lower), f(x.upper)), std::max(f(x.lower), f(x.upper)), 4);
        for (double k = first; k <= last; ++k)
            (std::fmod(k, 2) == 0 ? ends.upper : ends.lower) = std::fmod(k, 2) == 0 ? 1 : -1;
        return ends;
    }
};

}  // namespace engram
