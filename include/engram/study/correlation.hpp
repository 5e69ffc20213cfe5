/// @file
/// Correlation of two measurements: Pearson's and Spearman's, with p-values and bootstrap intervals.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/core/random.hpp"

namespace engram {

/// One coefficient with its uncertainty.
struct correlation {
    double value;      ///< in [-1, 1]; not a number if either measurement is constant
    double p_value;    ///< two-sided, by Student's t with n - 2 degrees of freedom
    double low, high;  ///< 95 percent bootstrap interval, by percentiles
};

/// Both coefficients of n pairs.
struct correlations {
    correlation pearson, spearman;  ///< the two coefficients
    size_t n;                       ///< how many pairs there are
};

/// How the bootstrap is drawn.
struct bootstrap_options {
    size_t resamples = 2000;  ///< of the bootstrap
    engram::seed seed{0};     ///< of the bootstrap
};

namespace detail {

inline double pearson(const std::vector<double>& x, const std::vector<double>& y) {
    const auto n = static_cast<double>(x.size());
    const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
    double xy = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean_x) * (y[i] - mean_y);
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
    }
    return xx > 0 && yy > 0 ? std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0)
                            : std::numeric_limits<double>::quiet_NaN();
}

/// Ranks from 1, equal values sharing their mean rank.
inline std::vector<double> ranks(const std::vector<double>& x) {
    std::vector<size_t> order(x.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return x[a] < x[b]; });
    std::vector<double> rank(x.size());
    for (size_t i = 0, j = 0; i < order.size(); i = j) {
        while (j < order.size() && x[order[j]] == x[order[i]]) ++j;
        for (size_t k = i; k < j; ++k) rank[order[k]] = static_cast<double>(i + j + 1) / 2;
    }
    return rank;
}

/// The regularised incomplete beta function I_x(a, b), by Lentz's method on its continued fraction
/// (DLMF 8.17.22), for 0 < x < 1.
inline double incomplete_beta(double a, double b, double x) {
    if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
    const double front = std::exp(a * std::log(x) + b * std::log1p(-x) + std::lgamma(a + b) - std::lgamma(a) -
                                  std::lgamma(b)) /
                         a;
    constexpr double tiny = 1e-300;
    double value = 1, upper = 1, lower = 0;
    for (int k = 0; k < 1000; ++k) {
        const int m = k / 2;
        const double term = k == 0       ? 1
                            : k % 2 == 0 ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                                         : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        lower = 1 + term * lower;
        lower = 1 / (std::abs(lower) < tiny ? tiny : lower);
        upper = 1 + term / upper;
        if (std::abs(upper) < tiny) upper = tiny;
        value *= upper * lower;
        if (std::abs(upper * lower - 1) < 1e-15) break;
    }
    return front * (value - 1);
}

/// Two-sided: how often Student's t with n - 2 degrees of freedom lies farther out than that of r.
inline double p_value(double r, size_t n) {
    if (std::isnan(r)) return r;
    if (std::abs(r) == 1) return 0;
    if (r == 0) return 1;
    return incomplete_beta(static_cast<double>(n - 2) / 2, 0.5, 1 - r * r);
}

}  // namespace detail

/// Pearson's and Spearman's correlation of pairs (x_i, y_i). Throws shape_error on lists of different length,
/// value_error on fewer than three pairs or a value that is not finite.
inline correlations correlate(const std::vector<double>& x, const std::vector<double>& y,
                              const bootstrap_options& options = {}) {
    require<shape_error>(x.size() == y.size(), "correlate: ", x.size(), " values against ", y.size());
    require(x.size() >= 3, "correlate: ", x.size(), " pairs, expected at least 3");
    const auto finite = [](double v) { return std::isfinite(v); };
    require(std::all_of(x.begin(), x.end(), finite) && std::all_of(y.begin(), y.end(), finite),
            "correlate: a value is not finite");
    const auto spearman = [](const auto& a, const auto& b) {
        return detail::pearson(detail::ranks(a), detail::ranks(b));
    };
    const size_t n = x.size();
    std::vector<double> pearsons, spearmans, xs(n), ys(n);
    for (size_t b = 0; b < options.resamples; ++b) {
        random_stream draws(options.seed, purpose::bootstrap, b);
        for (size_t i = 0; i < n; ++i) {
            const size_t pick = draws.below(n);
            xs[i] = x[pick], ys[i] = y[pick];
        }
        if (const double r = detail::pearson(xs, ys); std::isfinite(r)) {
            pearsons.push_back(r);
            spearmans.push_back(spearman(xs, ys));
        }
    }
    const auto with_interval = [&](double value, std::vector<double>& drawn) {
        std::sort(drawn.begin(), drawn.end());
        const auto at = [&](double q) {
            return drawn.empty() ? value
                                 : drawn[static_cast<size_t>(q * static_cast<double>(drawn.size() - 1))];
        };
        return correlation{value, detail::p_value(value, n), at(0.025), at(0.975)};
    };
    return {with_interval(detail::pearson(x, y), pearsons), with_interval(spearman(x, y), spearmans), n};
}

}  // namespace engram
