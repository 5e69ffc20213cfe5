/// @file
/// What the report says of making memories last: the arms, ways at equal updates, and why held memories hold.
#pragma once

#include "comparison_report.hpp"
#include "stability.hpp"

namespace memory_study {

/// The sections. `figure` makes one of the names of plots and a caption.
template <class Figure>
class tuning_report {
  public:
    tuning_report(const settings& s, const std::vector<network_result>& networks, const Figure& figure)
        : settings_(s), networks_(networks), figure_(figure) {}

    [[nodiscard]] std::string sections() const { return arms_compared() + side_by_side() + why_they_hold(); }

  private:
    [[nodiscard]] double recall(size_t delay, const std::string& arm) const {
        return recall_at(networks_, delay, arm);
    }
    [[nodiscard]] std::string arms_compared() const {
        std::vector<std::vector<std::string>> rows = {delay_head("arm", settings_.delays)};
        for (const char* name : {"median speed", "own class"}) rows[0].push_back(name);
        for (const auto& arm : measured_states) {
            rows.push_back(
                delay_row(arm == "trained" ? "before tuning" : words(arm), mean_recall(networks_, arm)));
            const auto found = all_points(networks_, arm);
            rows.back().push_back(scientific(median_of(found, [](const auto& p) { return p.speed; })));
            rows.back().push_back(of(count_if(found, answers_its_class), found.size()));
        }
        const size_t late = delay_near(settings_, 200);
        const double gain = recall(late, "slow_points") - recall(late, "control");
        return "<h2>Making memories last</h2>\n<p>Every network was then trained on for " +
               std::to_string(settings_.tuning_steps) + " updates in " + std::to_string(arms.size()) +
               " arms from the same weights, on the same trials: <i>control</i> with the loss as before; "
               "<i>centroids</i> and <i>slow points</i> with a penalty on the speed at each class's centroid "
               "or slow point, under fresh noise; <i>attractors</i>, for " +
               std::to_string(settings_.attractor_steps) +
               " updates, with a penalty that draws states which the network itself visits to each class's "
               "centroid. " +
               (settings_.attractor_steps == settings_.tuning_steps ? ""
                : side_by_side().empty()
                    ? "That is not the same number of updates. "
                    : "That is not the same number of updates; below, all ways have the same. ") +
               "At delay " + std::to_string(late) + " recall is " + decimal(recall(late, "control")) +
               " after control, " + decimal(recall(late, "centroids")) + " after centroids and " +
               decimal(recall(late, "slow_points")) + " after slow points: " + decimal(std::abs(gain)) +
               (gain >= 0 ? " above" : " below") + " control. Held as attractors, " +
               decimal(recall(settings_.delays.back(), "attractors")) + " are left at delay " +
               std::to_string(settings_.delays.back()) + ". Beyond delay " +
               std::to_string(settings::far_delay) + " recall is measured on " +
               (settings_.far_recall_images == 0 ? "all" : std::to_string(settings_.far_recall_images)) +
               " images." + waiting() + "</p>\n" +
               figure_({"arms", "arm_speeds"},
                       "<b>The arms.</b> Left: mean recall before tuning and after each arm; the bands reach "
                       "from the worst network to the best. Right: speeds of the slow points, found again "
                       "after each arm.") +
               table(
                   "Mean recall by delay in steps; median speed of the slow points found after each arm, and "
                   "how many of them are read out as their own class",
                   rows);
    }

    /// Ways of making memories last at equal updates, where they were compared.
    [[nodiscard]] std::string side_by_side() const {
        const auto* const network = network_compared(settings_, networks_);
        if (network == nullptr) return {};
        return "<h2>Ways of making memories last, side by side</h2>\n<p>" +
               about_comparison(settings_, *network) + "</p>\n" +
               table("Recall by delay in steps, and what the way took", comparison_rows(settings_, *network));
    }

    /// What the attractor penalty changes in a network.
    [[nodiscard]] std::string why_they_hold() const {
        const auto rows = stability_rows(networks_);
        if (rows.empty()) return {};
        return "<h2>Why held memories hold</h2>\n<p>What the attractor penalty changes where memories "
               "live. " +
               about_stability + "</p>\n" + table("Lowest to highest over classes, and the median", rows);
    }

    /// How networks fare that wait before they see, as sentences; nothing where it was not measured.
    [[nodiscard]] std::string waiting() const {
        double recall = 0, unasked = 0;
        size_t count = 0, steps = 0;
        for (const auto& network : networks_)
            if (const auto& waited = network.after("attractors").waited) {
                recall += waited->recall, unasked += waited->unasked, steps = waited->steps;
                ++count;
            }
        if (count == 0) return {};
        const auto all = static_cast<double>(count);
        return " A network in use waits before it sees: after " + std::to_string(steps) +
               " steps of noise, recall at delay " + std::to_string(steps) + " is " +
               decimal(recall / all, 3) + " in these networks, and " + scientific(unasked / all) +
               " of the steps at which nothing is asked are answered with a class.";
    }

    const settings& settings_;
    const std::vector<network_result>& networks_;
    Figure figure_;
};

}  // namespace memory_study
