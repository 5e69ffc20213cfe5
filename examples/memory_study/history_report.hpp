/// @file
/// The report's section on how the slow points came to be.
#pragma once

#include "plateaus.hpp"

namespace memory_study {

/// Whether something changes from plateau to plateau: Spearman's correlation with their order.
inline std::optional<eg::correlation> trend(const std::vector<double>& values) {
    std::vector<double> order(values.size());
    std::iota(order.begin(), order.end(), 0.0);
    if (values.size() < 3 || !std::isfinite(eg::correlate(order, values).spearman.value)) return {};
    return eg::correlate(order, values).spearman;
}

/// What a curriculum's networks show together.
class curriculum_history {
  public:
    curriculum_history(const std::string& curriculum, const std::vector<network_result>& networks,
                       const settings& s)
        : curriculum_(curriculum) {
        for (const auto& network : of_curriculum(networks, curriculum))
            if (network.history && !network.history->step.empty()) networks_.push_back(network);
        if (networks_.empty()) return;
        stages_ = plateaus_of(curriculum, s, networks_[0].history->searched[0].size());
        for (const auto& stage : stages_) {
            auto& all = of_networks_.emplace_back();
            for (const auto& network : networks_)
                all.push_back(eg::facts_of(*network.history, stage.stretch));
            facts_.push_back(mean_of(all));
        }
        for (const auto& network : networks_) separations_.push_back(eg::point_separations(*network.history));
    }
    [[nodiscard]] bool empty() const { return networks_.empty(); }

    /// Plateau by plateau.
    [[nodiscard]] std::vector<std::vector<std::string>> rows() const {
        std::vector<std::vector<std::string>> rows = {
            {titled(curriculum_), "own points", "own class read out", "median speed", "distance",
             "of classes not yet shown", "paths", "median speed on paths"}};
        const auto speed = [](double log_speed) { return scientific(std::pow(10, log_speed)); };
        for (size_t i = 0; i < facts_.size(); ++i) {
            const auto& f = facts_[i];
            rows.push_back({stages_[i].name, decimal(f.separate, 1), decimal(f.own, 1), speed(f.log_speed),
                            decimal(f.apart), f.hidden_apart ? decimal(*f.hidden_apart) : "",
                            decimal(f.paths, 1), f.path_log_speed ? speed(*f.path_log_speed) : ""});
        }
        return rows;
    }

    /// What that says, by the rules.
    [[nodiscard]] std::string verdict() const {
        if (facts_.size() < 2) return {};
        std::vector<double> separate, speed;
        for (const auto& facts : facts_) separate.push_back(facts.separate), speed.push_back(facts.log_speed);
        const auto more = trend(separate), slower = trend(speed);
        const bool branched = goes(more, 1) && separate.front() <= separate.back() / 2;
        return "<b>" + titled(curriculum_) + ".</b> " + decimal(separate.front(), 1) +
               " classes have a point of their own on the first stretch, " + decimal(separate.back(), 1) +
               " on the last" + in_words(more) + ": most points " +
               (branched ? "<b>branched off</b>" : "did <b>not</b> branch off") +
               " from one stretch to the next. Median speed goes from " +
               scientific(std::pow(10, speed.front())) + " to " + scientific(std::pow(10, speed.back())) +
               in_words(slower) + ": " +
               (goes(slower, -1) ? "they <b>slowed down</b>" : "that they slowed down is <b>not</b> shown") +
               ". " + introductions() + paths();
    }

    /// Class by class.
    [[nodiscard]] std::string tables() const {
        const auto named = [](int label) { return label < 0 ? std::string("") : std::to_string(label); };
        const auto update = [](double step) { return decimal(step, 0); };
        std::string html;
        for (size_t n = 0; n < networks_.size(); ++n) {
            std::vector<std::vector<std::string>> rows = {{"class", "introduced", "separate from",
                                                           "shared with", "own from", "path begins", "how",
                                                           "speed there", "at the end", "jumps"}};
            const auto& followed = networks_[n].history->followed;
            for (const auto& one : separations_[n]) {
                rows.push_back({std::to_string(one.label), update(introduced(stages_, one.label)),
                                one.separate ? update(*one.separate) : "never", named(one.from),
                                one.own ? update(*one.own) : "never"});
                const auto way = std::find_if(followed.begin(), followed.end(),
                                              [&](const auto& t) { return t.label == one.label; });
                if (way == followed.end() || way->step.empty()) continue;
                const std::vector<std::string> more = {
                    update(way->step.front()),
                    way->from < 0 ? "first moment"
                                  : (way->smoothly ? "off " : "by a jump, off ") + named(way->from),
                    scientific(way->speed.front()), scientific(way->speed.back()),
                    std::to_string(way->jumps)};
                rows.back().insert(rows.back().end(), more.begin(), more.end());
            }
            html += table(titled(curriculum_) + ", seed " + std::to_string(networks_[n].seed) +
                              "; moments are in updates, speeds per step",
                          rows);
        }
        return html;
    }

  private:
    /// Whether there is a trend in a direction, 1 or -1.
    static bool goes(const std::optional<eg::correlation>& c, double direction) {
        return c && c->value * direction > 0 && c->p_value < 0.01;
    }
    static std::string in_words(const std::optional<eg::correlation>& c) {
        if (!c) return {};
        return " (Spearman over the stretches " + decimal(c->value) +
               (c->p_value > 0 ? ", p = " + scientific(c->p_value) : "") + ")";
    }
    /// Whether the points of classes that are shown have parted from others more than those that are not yet.
    [[nodiscard]] std::string introductions() const {
        std::vector<double> shown, hidden;
        size_t farther = 0;
        for (const auto& networks : of_networks_)
            for (const auto& one : networks)
                if (one.hidden_apart) {
                    shown.push_back(one.apart), hidden.push_back(*one.hidden_apart);
                    farther += shown.back() > hidden.back();
                }
        if (shown.empty()) return {};
        return "The nearest other point is " + decimal(median_of(shown, std::identity{})) +
               " norms away from the points of classes that are shown, " +
               decimal(median_of(hidden, std::identity{})) +
               " from those that are not yet (medians; farther in " + of(farther, shown.size()) +
               " stretches of a network's training). ";
    }
    [[nodiscard]] std::string paths() const {
        size_t all = 0, whole = 0, smooth = 0, jumps = 0;
        for (const auto& network : networks_)
            for (const auto& one : network.history->followed)
                ++all, whole += one.from < 0, smooth += one.from >= 0 && one.smoothly, jumps += one.jumps;
        if (all == 0) return {};
        return "Followed back, " + decimal(facts_.front().paths, 1) +
               " separate paths are left on the first stretch of training; " + std::to_string(smooth) +
               " of " + std::to_string(all) + " paths meet another smoothly, " +
               std::to_string(all - smooth - whole) + " come to it by a jump, and on the way " +
               std::to_string(jumps) + " minima vanish. ";
    }

    std::string curriculum_;
    std::vector<network_result> networks_;
    std::vector<plateau> stages_;
    std::vector<std::vector<eg::stretch_facts>> of_networks_;  ///< for each plateau
    std::vector<eg::stretch_facts> facts_;                     ///< their means
    std::vector<std::vector<eg::point_separation>> separations_;
};

/// The section; nothing where no network was followed. `figure` makes one of the names of plots and a
/// caption.
template <class Figure>
std::string history_section(const std::vector<network_result>& networks, const std::vector<std::string>& used,
                            const settings& s, const Figure& figure) {
    std::string figures, tables, verdicts, details;
    for (const auto& curriculum : used) {
        const curriculum_history found(curriculum, networks, s);
        if (found.empty()) continue;
        figures +=
            figure({"searched_" + curriculum, "apart_" + curriculum, "track_" + curriculum},
                   "<b>Through training</b>, first network with " + titled(curriculum, "the ") +
                       (curriculum == "none" ? "" : "; vertical lines are where the curriculum grows") +
                       ". Speed of each class's point, searched for at every moment; distance to the "
                       "nearest point of another class, in units of the norm; speed along the paths that "
                       "lead back from the last points.");
        tables += table(
            "Means over networks, in the second half of each stretch of training; speed and "
            "distance to the nearest other point, in norms, of the classes that are shown",
            found.rows());
        verdicts += "<p>" + found.verdict() + "</p>\n";
        details += found.tables();
    }
    if (figures.empty()) return {};
    return "<h2>How the points came to be</h2>\n<p>Two views of training. <i>Searched for again</i>: at "
           "every moment that was kept the slow points are searched from that moment's centroids, as they "
           "are for the trained network; a class has a point of its own where no other is nearer than a "
           "tenth of the norm. <i>Followed back</i>: from the end, where they are searched on to true minima "
           "of the speed, the points are followed through blends of each two networks in a row, so that a "
           "path jumps only where its minimum vanishes; where it comes to the point of another path, it "
           "began there.</p>\n" +
           figures + tables + verdicts +
           "<p class=\"soft\">The rules for the words in bold were fixed on the networks of seed 101: a "
           "trend counts where Spearman's correlation with the order of the stretches has p &lt; 0.01, and "
           "most points branched off if at most half of them are there on the "
           "first.</p>\n<details><summary>Every class of every network</summary>" +
           details + "</details>\n";
}

}  // namespace memory_study
