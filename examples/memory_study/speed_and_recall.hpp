/// @file
/// Whether slower points make longer memories: the correlation that the study reports, by a rule fixed
/// before looking.
#pragma once

#include "json.hpp"

#include <numeric>
#include <optional>

namespace memory_study {

/// Speeds below this are rounding; the logarithm is taken of at least this.
inline constexpr double speed_floor = 1e-12;

/// Recall averaged over networks, by delay.
inline std::vector<double> mean_recall(const std::vector<network_result>& networks, const std::string& arm) {
    std::vector<double> mean(networks.at(0).trained.recall.delays.size(), 0.0);
    for (const auto& network : networks)
        for (size_t d = 0; d < mean.size(); ++d)
            mean[d] += network.after(arm).recall.accuracy[d] / static_cast<double>(networks.size());
    return mean;
}

/// Pairs of log10 speed and recall, over the slow points of all trained networks, at one delay.
struct speed_and_recall {
    size_t delay;
    std::vector<double> log_speed, recall, corrected;  ///< corrected: hits minus false alarms
    std::vector<size_t> network, label;
    /// None where there are fewer than three pairs, or where all speeds or all recalls are alike.
    std::optional<eg::correlations> plain, unbiased;
};

/// The line y = offset + slope x through pairs.
struct line {
    double offset, slope;
};
inline line least_squares(const std::vector<double>& x, const std::vector<double>& y) {
    const auto n = static_cast<double>(x.size());
    const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
    double xx = 0, xy = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    const double slope = xx > 0 ? xy / xx : 0;
    return {mean_y - slope * mean_x, slope};
}

/// The pairs at one of the measured delays, counted from 0.
inline speed_and_recall pairs_at(const std::vector<network_result>& networks, size_t at) {
    speed_and_recall pairs{networks[0].trained.recall.delays[at], {}, {}, {}, {}, {}, {}, {}};
    for (size_t n = 0; n < networks.size(); ++n)
        for (const auto& point : networks[n].trained.points) {
            const auto& recall = networks[n].trained.recall;
            pairs.log_speed.push_back(std::log10(std::max(point.speed, speed_floor)));
            pairs.recall.push_back(recall.per_class(at, point.label));
            pairs.corrected.push_back(recall.corrected(at, point.label));
            pairs.network.push_back(n);
            pairs.label.push_back(point.label);
        }
    if (pairs.recall.size() >= 3) {
        const auto plain = eg::correlate(pairs.log_speed, pairs.recall);
        const auto unbiased = eg::correlate(pairs.log_speed, pairs.corrected);
        if (!std::isnan(plain.spearman.value) && !std::isnan(unbiased.spearman.value))
            pairs.plain = plain, pairs.unbiased = unbiased;
    }
    return pairs;
}

/// The pairs at the measured delay where mean recall over all networks is nearest one half.
inline speed_and_recall compare(const std::vector<network_result>& networks) {
    const auto mean = mean_recall(networks, "trained");
    const auto nearest = std::min_element(
        mean.begin(), mean.end(), [](double a, double b) { return std::abs(a - 0.5) < std::abs(b - 0.5); });
    return pairs_at(networks, static_cast<size_t>(nearest - mean.begin()));
}

inline json to_json(const eg::correlations& c) {
    const auto interval = [](const eg::correlation& one) { return json{one.low, one.high}; };
    return {{"spearman", c.spearman.value},
            {"p_value", c.spearman.p_value},
            {"spearman_interval", interval(c.spearman)},
            {"pearson", c.pearson.value},
            {"pearson_p_value", c.pearson.p_value},
            {"pearson_interval", interval(c.pearson)},
            {"n", c.n}};
}

inline json to_json(const speed_and_recall& pairs) {
    if (!pairs.plain) return nullptr;
    json result = to_json(*pairs.plain);
    result["delay"] = pairs.delay;
    result["corrected_for_bias"] = to_json(*pairs.unbiased);
    return result;
}

}  // namespace memory_study
