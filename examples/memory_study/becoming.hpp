/// @file
/// The report's section on how the slow points came to be.
#pragma once

#include "origins.hpp"

namespace memory_study {

/// Whether something changes from plateau to plateau: Spearman's correlation with their order.
inline std::optional<eg::correlation> trend(const std::vector<double>& values) {
    std::vector<double> order(values.size());
    std::iota(order.begin(), order.end(), 0.0);
    if (values.size() < 3 || !std::isfinite(eg::correlate(order, values).spearman.value)) return {};
    return eg::correlate(order, values).spearman;
}

/// What a curriculum's networks show together.
class becoming_of {
  public:
    becoming_of(const std::string& curriculum, const std::vector<network_result>& networks, const settings& s)
        : curriculum_(curriculum) {
        for (const auto& network : of_curriculum(networks, curriculum))
            if (network.history && !network.history->step.empty()) networks_.push_back(network);
        if (networks_.empty()) return;
        stages_ = plateaus_of(curriculum, s, networks_[0].history->anew[0].size());
        for (const auto& stage : stages_) {
            plateau_facts mean;
            double trail_speed = 0, trailed = 0;
            const auto share = 1 / static_cast<double>(networks_.size());
            for (const auto& network : networks_) {
                const auto facts = facts_of(*network.history, stage);
                mean.separate += share * facts.separate;
                mean.own += share * facts.own;
                mean.log_speed += share * facts.log_speed;
                mean.trails += share * facts.trails;
                if (facts.trail_log_speed) trail_speed += *facts.trail_log_speed, ++trailed;
            }
            if (trailed > 0) mean.trail_log_speed = trail_speed / trailed;
            facts_.push_back(mean);
        }
        for (const auto& network : networks_) origins_.push_back(origins_of(network, s));
    }
    [[nodiscard]] bool empty() const { return networks_.empty(); }

    /// Plateau by plateau.
    [[nodiscard]] std::vector<std::vector<std::string>> rows() const {
        std::vector<std::vector<std::string>> rows = {{curriculum_ + " curriculum", "separate points",
                                                       "own class read out", "median speed", "trails",
                                                       "median speed on trails"}};
        for (size_t i = 0; i < facts_.size(); ++i)
            rows.push_back(
                {stages_[i].name, decimal(facts_[i].separate, 1), decimal(facts_[i].own, 1),
                 scientific(std::pow(10, facts_[i].log_speed)), decimal(facts_[i].trails, 1),
                 facts_[i].trail_log_speed ? scientific(std::pow(10, *facts_[i].trail_log_speed)) : ""});
        return rows;
    }

    /// What that says, by the rules.
    [[nodiscard]] std::string verdict() const {
        if (facts_.size() < 2) return {};
        std::vector<double> separate, speed;
        for (const auto& facts : facts_) separate.push_back(facts.separate), speed.push_back(facts.log_speed);
        const auto more = trend(separate), slower = trend(speed);
        const bool late = separate.front() <= separate.back() / 2;
        const bool branch = more && more->value > 0 && more->p_value < 0.01;
        const bool slow = slower && slower->value < 0 && slower->p_value < 0.01;
        const auto figures = [](const std::optional<eg::correlation>& c) {
            return c ? " (Spearman over the rows " + decimal(c->value) + ", p = " + scientific(c->p_value) +
                           ")"
                     : std::string();
        };
        return "<b>" + curriculum_ + ".</b> Of " + decimal(separate.back(), 1) +
               " separate points at the end " + decimal(separate.front(), 1) +
               " are there before the first change" + figures(more) + ": that " +
               "points branch off while the curriculum grows " +
               (branch && late ? "shows"
                : branch       ? "shows, but most had done so before it"
                               : "does not show") +
               ". Median speed goes from " + scientific(std::pow(10, speed.front())) + " to " +
               scientific(std::pow(10, speed.back())) + figures(slower) + ": that points slow down " +
               (slow ? "shows" : "does not show") + ". " + introductions() + trails();
    }

    /// Class by class.
    [[nodiscard]] std::string tables() const {
        const auto named = [](int label) { return label < 0 ? std::string("") : std::to_string(label); };
        const auto update = [](double step) { return decimal(step, 0); };
        std::string html;
        for (size_t n = 0; n < networks_.size(); ++n) {
            std::vector<std::vector<std::string>> rows = {{"class", "introduced", "separate from",
                                                           "shared with", "own from", "trail begins", "how",
                                                           "speed there", "at the end", "jumps"}};
            const auto& trails = networks_[n].history->trails;
            for (const auto& one : origins_[n]) {
                rows.push_back({std::to_string(one.label), update(one.introduced),
                                one.separate ? update(*one.separate) : "never", named(one.from),
                                one.own ? update(*one.own) : "never"});
                const auto way = std::find_if(trails.begin(), trails.end(),
                                              [&](const auto& t) { return t.label == one.label; });
                if (way == trails.end() || way->step.empty()) continue;
                const std::vector<std::string> more = {
                    update(way->step.front()),
                    way->from < 0 ? "first moment"
                                  : (way->smoothly ? "off " : "by a jump, off ") + named(way->from),
                    scientific(way->speed.front()), scientific(way->speed.back()),
                    std::to_string(way->jumps)};
                rows.back().insert(rows.back().end(), more.begin(), more.end());
            }
            html += table(curriculum_ + ", seed " + std::to_string(networks_[n].seed) +
                              "; moments are in updates, speeds per step",
                          rows);
        }
        return html;
    }

  private:
    /// Whether points part when their classes are introduced.
    [[nodiscard]] std::string introductions() const {
        std::vector<double> introduced, parted, lag;
        for (const auto& network : origins_)
            for (const auto& one : network)
                if (one.introduced > 0 && one.separate) {
                    introduced.push_back(one.introduced), parted.push_back(*one.separate);
                    lag.push_back(parted.back() - introduced.back());
                }
        if (introduced.size() < 3) return {};
        const auto found = eg::correlate(introduced, parted).spearman;
        const auto after = static_cast<size_t>(
            std::count_if(lag.begin(), lag.end(), [](double updates) { return updates >= 0; }));
        return "The points of " + of(after, lag.size()) +
               " classes part from all others after the class is " + "introduced, in the median " +
               decimal(median(lag), 0) +
               " updates later; when they part goes with when the class is introduced with Spearman " +
               decimal(found.value) + " (p = " + scientific(found.p_value) + "). ";
    }
    [[nodiscard]] std::string trails() const {
        size_t all = 0, whole = 0, smooth = 0, jumps = 0;
        std::vector<double> introduced, begins;
        for (size_t n = 0; n < networks_.size(); ++n)
            for (const auto& one : networks_[n].history->trails) {
                ++all, whole += one.from < 0, smooth += one.from >= 0 && one.smoothly, jumps += one.jumps;
                if (one.step.empty() || one.label >= origins_[n].size()) continue;
                introduced.push_back(origins_[n][one.label].introduced), begins.push_back(one.step.front());
            }
        if (all == 0) return {};
        std::string text = "Followed back, " + std::to_string(smooth) + " of " + std::to_string(all) +
                           " trails meet another smoothly, " + std::to_string(all - smooth - whole) +
                           " by a jump, half of them before update " + decimal(median(begins), 0) +
                           "; on the way " + std::to_string(jumps) + " minima vanish. ";
        return text;
    }

    std::string curriculum_;
    std::vector<network_result> networks_;
    std::vector<plateau> stages_;
    std::vector<plateau_facts> facts_;
    std::vector<std::vector<origin>> origins_;
};

/// The section; nothing where no network was followed. `figure` makes one of the names of plots and a
/// caption.
template <class Figure>
std::string becoming(const std::vector<network_result>& networks, const std::vector<std::string>& used,
                     const settings& s, const Figure& figure) {
    std::string figures, tables, verdicts, details;
    for (const auto& curriculum : used) {
        const becoming_of found(curriculum, networks, s);
        if (found.empty()) continue;
        figures +=
            figure({"anew_" + curriculum, "apart_" + curriculum, "track_" + curriculum},
                   "<b>Through training</b>, first network with the " + curriculum +
                       " curriculum; vertical lines are where the curriculum grows. Speed of each "
                       "class's point, searched anew at every moment; distance to the nearest point of "
                       "another class, in units of the norm; speed along the trails that lead back "
                       "from the last points.");
        tables += table("Means over networks, in the second half of each stretch of training", found.rows());
        verdicts += "<p>" + found.verdict() + "</p>\n";
        details += found.tables();
    }
    if (figures.empty()) return {};
    return "<h2>How the points came to be</h2>\n<p>Two views of training. <i>Searched anew</i>: at every "
           "moment that was kept the slow points are searched from that moment's centroids, as they are for "
           "the trained network; points nearer than a tenth of their norm are not separate. <i>Followed "
           "back</i>: from the end, where they are searched on to true minima of the speed, the points are "
           "followed through blends of each two networks in a row, so that a trail jumps only where its "
           "minimum vanishes; where it comes to the point of another trail, it began there.</p>\n" +
           figures + tables + verdicts +
           "<p class=\"soft\">Rules, fixed beforehand: a trend shows if Spearman's correlation with the "
           "order "
           "of the rows has p &lt; 0.01; points branch off with the growth if besides at most half of them "
           "are there before it.</p>\n<details><summary>Every class of every network</summary>" +
           details + "</details>\n";
}

}  // namespace memory_study
