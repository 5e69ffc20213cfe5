/// @file
/// Whether slower points make longer memories: the correlation that the study reports, by a rule fixed
/// before looking.
#pragma once

#include "json.hpp"

#include <engram/study/speed_and_recall.hpp>

#include <numeric>
#include <optional>

namespace memory_study {

using eg::speed_and_recall;

/// Recall averaged over networks, by delay.
inline std::vector<double> mean_recall(const std::vector<network_result>& networks, const std::string& arm) {
    std::vector<double> mean(networks.at(0).trained.recall.delays.size(), 0.0);
    for (const auto& network : networks)
        for (size_t d = 0; d < mean.size(); ++d)
            mean[d] += network.after(arm).recall.accuracy[d] / static_cast<double>(networks.size());
    return mean;
}

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

/// What is known of the trained networks' memories.
inline std::vector<eg::measured_memories> memories_of(const std::vector<network_result>& networks) {
    std::vector<eg::measured_memories> all;
    for (const auto& network : networks) {
        auto& [recall, labels, speeds] = all.emplace_back();
        recall = network.trained.recall;
        for (const auto& point : network.trained.points)
            labels.push_back(point.label), speeds.push_back(point.speed);
    }
    return all;
}

/// The pairs at one of the measured delays, counted from 0.
inline speed_and_recall pairs_at(const std::vector<network_result>& networks, size_t at) {
    return eg::compare_speed_and_recall(memories_of(networks), at);
}

/// The pairs at the measured delay where mean recall over all networks is nearest one half.
inline speed_and_recall compare(const std::vector<network_result>& networks) {
    return pairs_at(networks, eg::row_of_half_recall(memories_of(networks)));
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
