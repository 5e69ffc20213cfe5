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

/// The rows of a table, the first being its head: recall at some delays after each way, and how long it took.
inline std::vector<std::vector<std::string>> comparison_rows(const settings& s,
                                                             const network_result& network) {
    static const std::map<std::string, std::string> titles = {
        {"control", "control"},
        {"centroids", "speed penalty at the centroids"},
        {"slow_points", "speed penalty at the slow points"},
        {"temporal_consistency", "temporal consistency"},
        {"pool_cross_entropy", "cross-entropy on a pool"},
        {"trials_of_100_steps", "trials of 100 steps"},
        {"trials_of_300_steps", "trials of 300 steps"},
        {"attractors", "attractor penalty"}};
    std::vector<size_t> delays;
    for (const size_t delay :
         {s.delays.front(), delay_near(s, 100), delay_near(s, 200), delay_near(s, 1000), s.delays.back()})
        if (delays.empty() || delay > delays.back()) delays.push_back(delay);
    std::vector<std::vector<std::string>> rows = {delay_head("way", delays)};
    rows[0].push_back("time");
    const auto add = [&](const std::string& name, const eg::recall_table& recall, const std::string& time) {
        std::vector<double> shown;
        for (const size_t delay : delays) shown.push_back(recall.accuracy[recall.row_of(delay)]);
        rows.push_back(delay_row(name, shown, 3));
        rows.back().push_back(time);
    };
    const auto add_way = [&](const compared_way& way) {
        add(titles.at(way.name), way.recall,
            std::isfinite(way.seconds) ? decimal(way.seconds, 0) + " s" : "");
    };
    add("as trained", network.trained.recall, "");
    for (const auto& way : network.compared)
        if (way.name != "attractors") add_way(way);
    for (const auto& way : network.compared)
        if (way.name == "attractors") add_way(way);
    return rows;
}

/// What the rows mean; no markup.
inline std::string about_comparison(const settings& s, const network_result& network) {
    const pool_options pool;
    return text_of(
        "One network (", network.name(), ") went on for ", s.comparison_steps,
        " updates in each way, from the same weights, with a step size that falls along a cosine "
        "from ",
        s.tuning_rate,
        ". Temporal consistency penalises how far states move within trials (arXiv:2502.07256; "
        "weight ",
        settings::consistency_weight, "). Cross-entropy on a pool is asked of ", pool.rows,
        " trials that go on from update to update as the attractor penalty's do, but under the "
        "task's own noise, without kicks and without anchors (truncated backpropagation; weight "
        "1). The weights of the penalties are the arms'. Recall at delays beyond ",
        settings::far_delay, " is that of ",
        s.far_recall_images == 0 ? "all" : std::to_string(s.far_recall_images),
        " images. The time is that of tuning on the clock, beside other networks where several are "
        "worked on at once; none is given where a way was stopped and gone on with.");
}

}  // namespace memory_study
