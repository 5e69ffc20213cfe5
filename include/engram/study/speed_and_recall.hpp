/// @file
/// Whether slower points make longer memories: speeds of slow points against recall, over networks.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "engram/study/correlation.hpp"
#include "engram/study/recall_table.hpp"

namespace engram {

/// What is known of the memories of one network.
struct measured_memories {
    recall_table recall;         ///< how long they last
    std::vector<size_t> labels;  ///< of each slow point
    std::vector<double> speeds;  ///< of each slow point, ||F(h) - h|| per step
};

/// Speeds below this are rounding; the logarithm is taken of at least this.
inline constexpr double least_speed = 1e-12;

/// Pairs of log10 speed and recall, over the slow points of networks, at one delay (Haviv et al. 2019, figure
/// on speed and performance).
struct speed_and_recall {
    size_t delay = 0;                    ///< in steps
    std::vector<double> log_speed;       ///< log10, of at least least_speed
    std::vector<double> recall;          ///< of the point's label at the delay
    std::vector<double> corrected;       ///< the same minus false alarms, as recall_table::corrected
    std::vector<size_t> network, label;  ///< whose pair it is
    /// Correlations with `recall` and with `corrected`; none where there are fewer than three pairs, or where
    /// all speeds or all recalls are alike.
    std::optional<correlations> plain, unbiased;
};

/// The pairs at one row of the tables. Throws shape_error if a network's labels and speeds differ in number.
inline speed_and_recall compare_speed_and_recall(std::span<const measured_memories> networks, size_t row) {
    speed_and_recall pairs;
    for (size_t n = 0; n < networks.size(); ++n) {
        const auto& [recall, labels, speeds] = networks[n];
        require<shape_error>(labels.size() == speeds.size(), "compare_speed_and_recall: network ", n, " has ",
                             labels.size(), " labels and ", speeds.size(), " speeds");
        require<shape_error>(row < recall.delays.size(), "compare_speed_and_recall: row ", row, " of ",
                             recall.delays.size(), " delays");
        pairs.delay = recall.delays[row];
        for (size_t i = 0; i < labels.size(); ++i) {
            pairs.log_speed.push_back(std::log10(std::max(speeds[i], least_speed)));
            pairs.recall.push_back(recall.per_class(row, labels[i]));
            pairs.corrected.push_back(recall.corrected(row, labels[i]));
            pairs.network.push_back(n), pairs.label.push_back(labels[i]);
        }
    }
    if (pairs.recall.size() < 3) return pairs;
    const auto plain = correlate(pairs.log_speed, pairs.recall);
    const auto unbiased = correlate(pairs.log_speed, pairs.corrected);
    if (!std::isnan(plain.spearman.value) && !std::isnan(unbiased.spearman.value))
        pairs.plain = plain, pairs.unbiased = unbiased;
    return pairs;
}

/// The row of the delay at which mean recall over networks is nearest one half, where recall is neither at
/// its ceiling nor at its floor: a rule fixed before looking. Throws value_error if there is no network.
inline size_t row_of_half_recall(std::span<const measured_memories> networks) {
    require(!networks.empty(), "row_of_half_recall: no networks");
    std::vector<double> mean(networks[0].recall.delays.size(), 0.0);
    for (const auto& network : networks)
        for (size_t d = 0; d < mean.size(); ++d)
            mean[d] += network.recall.accuracy.at(d) / static_cast<double>(networks.size());
    const auto nearest = std::ranges::min_element(
        mean, [](double a, double b) { return std::abs(a - 0.5) < std::abs(b - 0.5); });
    return static_cast<size_t>(nearest - mean.begin());
}

}  // namespace engram
