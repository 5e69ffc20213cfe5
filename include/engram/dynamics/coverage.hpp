/// @file
/// How many points a search from random seeds has not seen.
#pragma once

#include "engram/dynamics/point/slow_point.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <vector>

namespace engram {

/// What the seeds that led to each point say about points that no seed led to, if seeds are drawn
/// independently from one distribution. Intervals are of 95 %.
struct search_coverage {
    size_t seeds = 0;   ///< n, those that led to a point
    size_t points = 0;  ///< seen
    size_t once = 0;    ///< f1, points that one seed led to
    size_t twice = 0;   ///< f2, points that two led to
    /// The probability that the next seed leads to a new point, f1 / n (Good, Biometrika 40, 1953), and the
    /// upper end of its interval (Esty, Ann. Stat. 11, 1983; 3 / n where f1 = 0).
    double unseen_share = 1, unseen_share_at_most = 1;
    /// The number of points not seen, f1 (f1 - 1) / (2 (f2 + 1)), of which Chao showed that it is a lower
    /// bound in the mean (Scand. J. Stat. 11, 1984), and its interval (Chao, Biometrics 43, 1987). Where it
    /// is 0, the upper end is the number if each attracts as many seeds as those seen do on average. Where
    /// some points attract hardly any seeds there may be many more, which nothing tells.
    double unseen_points = 0, unseen_points_at_least = 0, unseen_points_at_most = 0;
};

/// The coverage of a search that led so many seeds to each of the points.
inline search_coverage coverage_of(const std::vector<size_t>& seeds_of_points) {
    search_coverage c;
    for (const size_t seeds : seeds_of_points) {
        c.seeds += seeds;
        c.points += seeds > 0 ? 1 : 0;
        c.once += seeds == 1 ? 1 : 0;
        c.twice += seeds == 2 ? 1 : 0;
    }
    if (c.seeds == 0) return c;
    constexpr double deviations = 1.96;
    const auto n = static_cast<double>(c.seeds), f1 = static_cast<double>(c.once),
               f2 = static_cast<double>(c.twice), seen = static_cast<double>(c.points);
    c.unseen_share = f1 / n;
    const double deviation = std::sqrt(f1 * (1 - f1 / n) + 2 * f2) / n;
    c.unseen_share_at_most =
        std::min(1.0, c.once == 0 ? 3 / n : std::max(3 / n, c.unseen_share + deviations * deviation));
    const double g = f2 + 1;
    c.unseen_points = c.once < 2 ? 0 : f1 * (f1 - 1) / (2 * g);
    if (c.unseen_points > 0) {
        const double variance = c.unseen_points + f1 * std::pow((2 * f1 - 1) / (2 * g), 2) +
                                f1 * f1 * f2 * std::pow((f1 - 1) / (2 * g * g), 2);
        const double spread =
            std::exp(deviations * std::sqrt(std::log1p(variance / std::pow(c.unseen_points, 2))));
        c.unseen_points_at_least = c.unseen_points / spread;
        c.unseen_points_at_most = c.unseen_points * spread;
    } else {
        c.unseen_points_at_most = seen * c.unseen_share_at_most / std::max(1 - c.unseen_share_at_most, 1 / n);
    }
    return c;
}
/// The same of the points that a search found.
template <class T>
search_coverage coverage_of(const slow_points<T>& found) {
    std::vector<size_t> seeds;
    for (const auto& point : found) seeds.push_back(point.seeds.size());
    return coverage_of(seeds);
}

/// Prints a coverage in one line.
inline std::ostream& operator<<(std::ostream& out, const search_coverage& c) {
    return out << c.points << " points from " << c.seeds << " seeds, " << c.once
               << " of them from one; the next seed leads to a new one with probability " << c.unseen_share
               << " (at most " << c.unseen_share_at_most << "), about " << c.unseen_points << " not seen ("
               << c.unseen_points_at_least << " to " << c.unseen_points_at_most << ")\n";
}

}  // namespace engram
