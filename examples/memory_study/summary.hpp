/// @file
/// The findings in a few tables: as JSON for programs, as Markdown for a page of documentation.
#pragma once

#include "comparison_report.hpp"
#include "settings_rows.hpp"
#include "stability.hpp"

namespace memory_study {

/// A table in Markdown; the first row is its head.
inline std::string markdown_table(const std::vector<std::vector<std::string>>& rows) {
    std::string text;
    for (size_t i = 0; i < rows.size(); ++i) {
        text += "|";
        for (const auto& cell : rows[i]) text += " " + cell + " |";
        text += "\n";
        if (i > 0) continue;
        text += "|";
        for (size_t column = 0; column < rows[0].size(); ++column) text += " --- |";
        text += "\n";
    }
    return text + "\n";
}

/// The three findings, computed once for both forms.
class summary {
  public:
    summary(const settings& s, const image_facts& images, const std::vector<network_result>& networks)
        : settings_(s),
          images_(images),
          networks_(networks),
          pairs_(compare(networks)),
          lifetimes_(compare_lifetimes(networks, s.last_half_life())),
          used_(curricula_used(s, networks)) {
        for (const auto& curriculum : used_)
            own_pairs_.push_back(compare(of_curriculum(networks, curriculum)));
        for (size_t d = 0; d < delays().size(); ++d) at_delay_.push_back(pairs_at(networks, d));
    }

    /// Speed and recall over all networks.
    [[nodiscard]] const speed_and_recall& pairs() const { return pairs_; }

    /// Lifetimes foretold and measured, over all networks.
    [[nodiscard]] const lifetimes_compared& lifetimes() const { return lifetimes_; }

    [[nodiscard]] json as_json() const {
        json found;
        auto& beyond = found["recall"];
        beyond["delays"] = delays();
        for (const auto& curriculum : used_)
            beyond[curriculum] = mean_recall(of_curriculum(networks_, curriculum), "trained");
        const auto [lowest, highest] = classes();
        beyond["lowest_class"] = lowest, beyond["highest_class"] = highest;
        auto& speed = found["speed_and_recall"];
        speed["all"] = to_json(pairs_);
        for (size_t i = 0; i < used_.size(); ++i) speed[used_[i]] = to_json(own_pairs_[i]);
        for (const auto& pairs : at_delay_) speed["by_delay"].push_back(to_json(pairs));
        auto& tuning = found["tuning"];
        tuning["delays"] = delays();
        for (const std::string& arm : measured_states) tuning[arm] = mean_recall(networks_, arm);
        tuning["networks_with_slow_points_above_control"] = wins();
        return found;
    }

    [[nodiscard]] std::string as_markdown() const {
        auto about = settings_rows(settings_, images_, networks_);
        about[0][1] = "`" + about[0][1] + "`";
        about.insert(about.begin(), {"setting", "value"});
        return markdown_table(about) + beyond_training() + speed_and_recall_part() + lifetimes_part() +
               tuning_part();
    }

  private:
    [[nodiscard]] const std::vector<size_t>& delays() const { return networks_[0].trained.recall.delays; }

    /// Recall of the class that is recalled worst and of the one recalled best, by delay, mean over networks.
    [[nodiscard]] std::pair<std::vector<double>, std::vector<double>> classes() const {
        std::pair<std::vector<double>, std::vector<double>> range;
        for (size_t d = 0; d < delays().size(); ++d) {
            double lowest = 0, highest = 0;
            for (const auto& network : networks_) {
                const auto& recall = network.trained.recall.per_class;
                const auto [least, most] =
                    std::minmax_element(&recall(d, 0), &recall(d, 0) + recall.shape(1));
                lowest += *least / static_cast<double>(networks_.size());
                highest += *most / static_cast<double>(networks_.size());
            }
            range.first.push_back(lowest), range.second.push_back(highest);
        }
        return range;
    }
    /// In how many networks tuning at the slow points leaves more recall than control, by delay.
    [[nodiscard]] std::vector<size_t> wins() const {
        std::vector<size_t> count(delays().size());
        for (const auto& network : networks_)
            for (size_t d = 0; d < count.size(); ++d)
                count[d] += network.after("slow_points").recall.accuracy[d] >
                            network.after("control").recall.accuracy[d];
        return count;
    }

    [[nodiscard]] std::string beyond_training() const {
        std::vector<std::vector<std::string>> rows = {delay_head("mean recall at delay", delays())};
        for (const auto& curriculum : used_)
            rows.push_back(delay_row(titled(curriculum),
                                     mean_recall(of_curriculum(networks_, curriculum), "trained"), 3));
        const auto stills = about_stills(networks_);
        const auto [lowest, highest] = classes();
        rows.push_back(delay_row("worst class of a network", lowest, 2));
        rows.push_back(delay_row("best class of a network", highest, 2));
        return "**A. How long memories last.** Training never asked for more "
               "than " +
               std::to_string(eg::delayed_classification_options{}.horizon - 1) + " steps.\n\n" +
               markdown_table(rows) + (stills.empty() ? "" : stills + "\n\n");
    }

    [[nodiscard]] std::string speed_and_recall_part() const {
        if (!pairs_.plain) return "**B. Speed of the slow points, and recall.** " + no_correlation + "\n\n";
        const auto& c = pairs_.plain->spearman;
        std::string text =
            "**B. Speed of the slow points, and recall.** At delay " + std::to_string(pairs_.delay) +
            ", where mean recall is nearest one half, log speed and recall correlate over " +
            std::to_string(pairs_.plain->n) + " classes with Spearman " + decimal(c.value) +
            " (p = " + scientific(c.p_value) + ", bootstrap interval " + decimal(c.low) + " to " +
            decimal(c.high) + "), and with " + decimal(pairs_.unbiased->spearman.value) +
            " where recall is corrected for response bias.";
        for (size_t i = 0; i < used_.size(); ++i)
            if (const auto& own = own_pairs_[i]; used_.size() > 1 && own.plain)
                text += " With " + titled(used_[i], "the ") +
                        " alone: " + decimal(own.plain->spearman.value) + " at delay " +
                        std::to_string(own.delay) + ".";
        std::vector<double> plain, unbiased;
        for (const auto& pairs : at_delay_) {
            constexpr double none = std::numeric_limits<double>::quiet_NaN();
            plain.push_back(pairs.plain ? pairs.plain->spearman.value : none);
            unbiased.push_back(pairs.unbiased ? pairs.unbiased->spearman.value : none);
        }
        const auto points = all_points(networks_, "trained");
        const auto speed = [](const auto& p) { return p.speed; };
        return text + " Of the slow points " + of(count_if(points, answers_its_class), points.size()) +
               " are read out as their class, " +
               of(count_if(points, [](const auto& p) { return p.kind == "fixed"; }), points.size()) +
               " are fixed points; their median speed is " + scientific(median_of(points, speed)) +
               ", their median distance from the centroid " +
               decimal(median_of(points, [](const auto& p) { return p.distance_moved; })) + ".\n\n" +
               markdown_table({delay_head("Spearman at delay", delays()), delay_row("recall", plain, 2),
                               delay_row("recall corrected for response bias", unbiased, 2)});
    }

    [[nodiscard]] std::string lifetimes_part() const {
        return "**Lifetimes foretold.** " + about_lifetimes(lifetimes_) + "\n\n";
    }

    [[nodiscard]] std::string tuning_part() const {
        std::vector<std::vector<std::string>> rows = {
            delay_head("mean recall at delay", delays()),
            delay_row("as trained", mean_recall(networks_, "trained"), 3)};
        for (const auto& arm : arms)
            rows.push_back(delay_row(arm == "control"      ? "tuned, control"
                                     : arm == "attractors" ? "tuned, memories held as attractors"
                                                           : "tuned, penalty at the " + words(arm),
                                     mean_recall(networks_, arm), 3));
        rows.push_back({"networks with slow points above control"});
        for (const size_t count : wins()) rows.back().push_back(of(count, networks_.size()));
        const auto why = stability_rows(networks_);
        const auto* const compared = network_compared(settings_, networks_);
        return "**C. Tuning.**\n\n" + markdown_table(rows) +
               (compared == nullptr
                    ? ""
                    : "**Side by side, at equal updates.** " + about_comparison(settings_, *compared) +
                          "\n\n" + markdown_table(comparison_rows(settings_, *compared))) +
               (why.empty()
                    ? ""
                    : "**Why held memories hold.** " + about_stability + "\n\n" + markdown_table(why));
    }

    const settings& settings_;
    const image_facts& images_;
    const std::vector<network_result>& networks_;
    speed_and_recall pairs_;
    lifetimes_compared lifetimes_;
    std::vector<std::string> used_;            ///< curricula
    std::vector<speed_and_recall> own_pairs_;  ///< of each curriculum by itself
    std::vector<speed_and_recall> at_delay_;
};

}  // namespace memory_study
