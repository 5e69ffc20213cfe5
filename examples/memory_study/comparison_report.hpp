/// @file
/// What the reports say of ways of making memories last at equal updates.
#pragma once

#include "phase.hpp"
#include "plot_parts.hpp"
#include "pool_cross_entropy.hpp"
#include "report_parts.hpp"

namespace memory_study {

/// The network that the ways were compared on; null where they were not.
inline const network_result* network_compared(const settings& s,
                                              const std::vector<network_result>& networks) {
    for (const auto& network : networks)
        if (is_compared(s, network.curriculum, network.seed) && !network.compared.empty()) return &network;
    return nullptr;
}

/// The rows of a table, the first being its head: recall by delay after each way, and how long it took.
inline std::vector<std::vector<std::string>> comparison_rows(const network_result& network) {
    static const std::map<std::string, std::string> titles = {
        {"control", "control"},
        {"centroids", "speed penalty at the centroids"},
        {"slow_points", "speed penalty at the slow points"},
        {"temporal_consistency", "temporal consistency"},
        {"pool_cross_entropy", "cross-entropy on a pool"},
        {"trials_of_100_steps", "trials of 100 steps"},
        {"trials_of_300_steps", "trials of 300 steps"},
        {"attractors", "attractor penalty"}};
    std::vector<std::vector<std::string>> rows = {
        delay_head("way", network.trained.recall.delays),
        delay_row("as trained", network.trained.recall.accuracy, 3)};
    rows[0].push_back("time"), rows[1].push_back("");
    const auto add = [&](const compared_way& way) {
        rows.push_back(delay_row(titles.at(way.name), way.recall.accuracy, 3));
        rows.back().push_back(std::isfinite(way.seconds) ? decimal(way.seconds, 0) + " s" : "");
    };
    for (const auto& way : network.compared)
        if (way.name != "attractors") add(way);
    for (const auto& way : network.compared)
        if (way.name == "attractors") add(way);
    return rows;
}

/// What the rows mean; no markup.
inline std::string about_comparison(const settings& s, const network_result& network) {
    const pool_options pool;
    return "One network (" + network.name() + ") went on for " + std::to_string(s.comparison_steps) +
           " updates in each way, from the same weights, with a step size that falls along a cosine from " +
           text_of(s.tuning_rate) +
           ". Temporal consistency penalises how far states move within trials "
           "(arXiv:2502.07256; weight " +
           text_of(settings::consistency_weight) + "). Cross-entropy on a pool is asked of " +
           std::to_string(pool.rows) +
           " trials that go on from update to update as the attractor penalty's do, but under the task's own "
           "noise, without kicks and without anchors (truncated backpropagation; weight 1). The weights of "
           "the "
           "penalties are the arms'. Recall at delays beyond " +
           std::to_string(settings::far_delay) + " is that of " +
           (s.far_recall_images == 0 ? "all" : std::to_string(s.far_recall_images)) +
           " images. The time is that of tuning on the clock, beside other networks where several are worked "
           "on "
           "at once; none is given where a way was stopped and gone on with.";
}

}  // namespace memory_study
