/// @file
/// What the report says of ways of making memories last at equal updates.
#pragma once

#include "plot_parts.hpp"
#include "report_parts.hpp"

namespace memory_study {

/// The rows of a table, the first being its head: recall by delay after each way, and the seconds it took.
/// Nothing where no ways were compared.
inline std::vector<std::vector<std::string>> comparison_rows(const std::vector<network_result>& networks) {
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](const std::string& name, const eg::recall_table& recall, const std::string& time) {
        rows.push_back(delay_row(name, recall.accuracy, 3));
        rows.back().push_back(time);
    };
    for (const auto& network : networks)
        for (const auto& way : network.compared) {
            if (rows.empty()) {
                rows.push_back(delay_head("way", way.recall.delays));
                rows.back().push_back("time");
                add("as trained", network.trained.recall, "");
            }
            add(words(way.name), way.recall, decimal(way.seconds, 0) + " s");
        }
    return rows;
}

/// What the rows mean; no markup.
inline std::string about_comparison(const settings& s) {
    return "One network (" + network_name(s.cell, s.curricula[0], s.first_seed) + ") went on for " +
           std::to_string(s.comparison_steps) +
           " updates in each way, from the same weights, with the step size falling along a cosine. Control, "
           "centroids, slow points and attractors are the arms above; temporal consistency penalises how far "
           "states move within trials (arXiv:2502.07256), pool cross entropy asks the attractors' pool for "
           "its classes (truncated backpropagation), and longer trials ask for longer memories. The time is "
           "that of tuning on the clock, beside other networks where several are worked on at a time.";
}

}  // namespace memory_study
