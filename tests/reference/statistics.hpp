/// @file
/// Statistics of samples whose law is known.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace reference {

/// Kolmogorov's statistic sqrt(n) sup |F_n - F|; above 1.95 in one of a thousand samples.
template <class T, class Law>
double kolmogorov(std::vector<T> x, Law&& law) {
    std::sort(x.begin(), x.end());
    const auto n = static_cast<double>(x.size());
    double distance = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double p = law(static_cast<double>(x[i])), at = static_cast<double>(i);
        distance = std::max({distance, p - at / n, (at + 1) / n - p});
    }
    return distance * std::sqrt(n);
}

/// (chi-squared - freedom) / sqrt(2 freedom) of counts that should be equal; about normal.
inline double unevenness(const std::vector<double>& counts) {
    double total = 0, chi2 = 0;
    for (const double c : counts) total += c;
    const double expected = total / static_cast<double>(counts.size());
    for (const double c : counts) chi2 += (c - expected) * (c - expected) / expected;
    const auto freedom = static_cast<double>(counts.size() - 1);
    return (chi2 - freedom) / std::sqrt(2 * freedom);
}

}  // namespace reference
