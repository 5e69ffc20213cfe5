/// @file
/// The study as a short paper: one HTML page that needs nothing else.
#pragma once

#include "history_report.hpp"
#include "plots.hpp"
#include "settings_rows.hpp"
#include "style.hpp"
#include "tuning_report.hpp"

#include <engram/version.hpp>

namespace memory_study {

/// Writes the page, section by section.
class report {
  public:
    report(const settings& s, const image_facts& images, const std::vector<network_result>& networks,
           const speed_and_recall& pairs, const lifetimes_compared& lifetimes, bool partial)
        : settings_(s),
          images_(images),
          networks_(networks),
          pairs_(pairs),
          lifetimes_(lifetimes),
          used_(curricula_used(s, networks)),
          partial_(partial) {
        plots_ = draw(plots_of(s, networks, pairs_, lifetimes_));
    }

    [[nodiscard]] std::string page() const {
        return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<title>How long memories last: an engram study</title>\n<style>" +
               std::string(style) + "</style></head>\n<body><main>\n" + opening() + what_was_run() +
               how_long() + where() + speed() + lifetimes() + spectra() + how_they_came() + tuning() +
               closing() + "</main></body></html>\n";
    }
    /// The SVG elements of its plots, by name.
    [[nodiscard]] const std::map<std::string, std::string>& plots() const { return plots_; }

  private:
    [[nodiscard]] double recall_at(size_t delay, const std::string& arm) const {
        return memory_study::recall_at(networks_, delay, arm);
    }
    [[nodiscard]] std::string figure(const std::vector<std::string>& names,
                                     const std::string& caption) const {
        std::string html = "<figure><div class=\"panels\">\n";
        for (const auto& name : names)
            if (const auto at = plots_.find(name); at != plots_.end())
                html += "<div>" + at->second + "</div>\n";
        return html + "</div><figcaption>" + caption + "</figcaption></figure>\n";
    }
    /// `figure`, for sections that are written elsewhere.
    [[nodiscard]] auto figure_maker() const {
        return [this](const std::vector<std::string>& names, const std::string& caption) {
            return figure(names, caption);
        };
    }
    [[nodiscard]] std::vector<std::string> per_curriculum(const std::string& what) const {
        std::vector<std::string> names;
        for (const auto& curriculum : used_) names.push_back(what + "_" + curriculum);
        return names;
    }
    [[nodiscard]] std::string opening() const {
        const size_t first = settings_.delays.front(), late = delay_near(settings_, 200);
        std::string html =
            "<h1>How long memories last, and why</h1>\n<p class=\"soft\">A study by memory_study, engram " +
            std::string(eg::version_string) + "</p>\n";
        if (partial_)
            html += "<p class=\"warning\">This study is partial: it was stopped after " +
                    std::to_string(networks_.size()) + " networks. What follows is about those.</p>\n";
        if (plots_.empty())
            html +=
                "<p class=\"warning\">The plots are missing because gnuplot could not be run; the tables are "
                "complete. Install gnuplot (on Debian and Ubuntu: gnuplot-nox) and run the study with "
                "--resume to have them.</p>\n";
        html +=
            "<p class=\"lead\">Recurrent networks learned to keep the class of an image in mind through "
            "noise. They were trained on trials of 20 steps at most, and then asked after up to " +
            std::to_string(settings_.delays.back()) +
            " steps. Each memory is looked for as a slow point of the network's dynamics. Does the speed "
            "there foretell how long the memory lasts, and does slowing it down make it last "
            "longer?</p>\n<div class=\"figures\">\n";
        html += key_figure(decimal(recall_at(first, "trained"), 3),
                           "mean recall at delay " + std::to_string(first) + ", held-out images");
        if (pairs_.plain)
            html += key_figure(decimal(pairs_.plain->spearman.value),
                               "Spearman correlation of log speed and recall at delay " +
                                   std::to_string(pairs_.delay) +
                                   " (p = " + scientific(pairs_.plain->spearman.p_value) +
                                   ", n = " + std::to_string(pairs_.plain->n) + ")");
        html += key_figure(
            decimal(recall_at(late, "slow_points")) + " against " + decimal(recall_at(late, "control")),
            "recall at delay " + std::to_string(late) +
                " after tuning with a speed penalty at the slow points, and without it");
        html += key_figure(
            decimal(recall_at(settings_.delays.back(), "attractors"), 3),
            "recall at delay " + std::to_string(settings_.delays.back()) + " of memories held as attractors");
        return html + "</div>\n";
    }
    static std::string key_figure(const std::string& number, const std::string& meaning) {
        return "<div><b>" + number + "</b><span>" + meaning + "</span></div>\n";
    }

    [[nodiscard]] std::string what_was_run() const {
        const eg::delayed_classification_options trial;
        auto rows = settings_rows(settings_, images_, networks_);
        for (auto& row : rows) row[1] = text(row[1]);
        rows[0][1] = "<code>" + rows[0][1] + "</code>";
        rows.insert(rows.begin(), {"setting", "value"});
        return "<h2>What was run</h2>\n<p>A trial has " + std::to_string(trial.horizon) +
               " steps. At one of them an image is shown, at all others noise with the mean and the "
               "deviation of the images' pixels. When a trigger comes, at least " +
               std::to_string(trial.minimal_delay) +
               " steps later, the network must name the image's class; before and after it must answer "
               "&ldquo;null&rdquo;. A curriculum eases the learning: <i>delay</i> lets the trials grow, "
               "<i>vocabulary</i> adds class after class, <i>response</i> at first weighs only the answer at "
               "the trigger. All recall is measured on images that no network was trained on.</p>\n" +
               table("Settings", rows, "prose");
    }

    [[nodiscard]] std::string how_long() const {
        std::vector<std::vector<std::string>> rows = {delay_head("network", settings_.delays)};
        for (const auto& network : networks_)
            rows.push_back(delay_row(titled(network.curriculum) + ", seed " + std::to_string(network.seed),
                                     network.trained.recall.accuracy));
        rows.push_back(delay_row("<b>mean</b>", mean_recall(networks_, "trained")));
        const size_t last = settings_.delays.back();
        std::string html = "<h2>How long memories last</h2>\n<p>";
        for (const auto& curriculum : used_) {
            const auto mean = mean_recall(of_curriculum(networks_, curriculum), "trained");
            html += "With " + titled(curriculum, "the ") + ", mean recall is " + decimal(mean.front(), 3) +
                    " at delay " + std::to_string(settings_.delays.front()) + " and " + decimal(mean.back()) +
                    " at " + std::to_string(last) + ". ";
        }
        html += "The longest delay in training was 19 steps: what lasts longer was never asked for.</p>\n";
        if (const auto stills = about_stills(networks_); !stills.empty()) html += "<p>" + stills + "</p>\n";
        html += figure(
            per_curriculum("recall"),
            "<b>Recall against delay</b> of every network, and their mean. Networks that learned the same "
            "task equally well forget at very different delays.");
        html += figure(
            per_curriculum("classes"),
            "<b>Recall by class</b>, mean over networks, in percent. Not all classes are equal, and at the "
            "longest delays what is left is often a default answer: the class it names looks well "
            "remembered. Recall minus false alarms, used below, takes that away.");
        return html + "<details><summary>Recall of every network</summary>" +
               table("Fraction of held-out images named rightly, by delay in steps", rows) + "</details>\n";
    }

    [[nodiscard]] std::string where() const {
        const auto all = all_points(networks_, "trained");
        const size_t fixed = count_if(all, [](const auto& p) { return p.kind == "fixed"; });
        const size_t own = count_if(all, answers_its_class);
        return "<h2>Where memories live</h2>\n<p>From the mean state in which a network holds a class, a "
               "local descent looks for the nearest minimum of the speed, the distance the state moves in "
               "one step under the mean input. " +
               of(own, all.size()) + " such points are read out as their own class. " +
               (fixed == 0 ? std::string("None") : of(fixed, all.size())) +
               " are fixed points; the others are slow: a state passes them by, but takes its time. The "
               "median speed is " +
               scientific(median_of(all, [](const auto& p) { return p.speed; })) +
               " per step, the median distance from the start of the search " +
               decimal(median_of(all, [](const auto& p) { return p.distance_moved; })) + ".</p>\n" +
               figure(per_curriculum("paths"),
                      "<b>Trajectories.</b> Mean hidden state of each class for 100 steps after its image, "
                      "in the first two principal components of these states, one network of each "
                      "curriculum. All trajectories begin near one place and part; circles with the class's "
                      "number are its slow points.");
    }

    [[nodiscard]] std::string lifetimes() const {
        if (lifetimes_.measured.empty()) return {};
        return "<h2>Lifetimes foretold</h2>\n<p>The speed of a slow point says how a memory drifts where it "
               "is slowest; how long it lasts depends on the whole way to the border of its class, and noise "
               "pushes along that way. " +
               about_lifetimes(lifetimes_) + "</p>\n" +
               figure(
                   {"lifetimes"},
                   "<b>Half-lives foretold against measured</b>, a dot a class; what lasts longer than was "
                   "measured is drawn at the last delay.");
    }

    [[nodiscard]] std::string speed() const {
        const std::string title = "<h2>Slower points, longer memories</h2>\n<p>";
        if (!pairs_.plain) return title + no_correlation + "</p>\n";
        const auto row = [](const std::string& name, const eg::correlation& c) {
            return std::vector<std::string>{name, decimal(c.value), scientific(c.p_value),
                                            decimal(c.low) + " to " + decimal(c.high)};
        };
        const auto& [plain, unbiased] = std::tie(*pairs_.plain, *pairs_.unbiased);
        const bool shown = plain.spearman.value < 0 && plain.spearman.p_value < 0.001;
        return title +
               "Each dot is one class in one network: the speed of its slow point, and how often the class "
               "is recalled at delay " +
               std::to_string(pairs_.delay) +
               ". That delay was chosen by a rule fixed beforehand, the measured delay at which mean recall "
               "(here " +
               decimal(recall_at(pairs_.delay, "trained")) +
               ") is nearest one half; where recall is at its ceiling or floor there is nothing to "
               "explain. " +
               (shown ? "Slower points go with better recall: " : "The figures: ") +
               "Spearman's correlation is " + decimal(plain.spearman.value) + ", and " +
               decimal(unbiased.spearman.value) + " when recall is corrected for response bias.</p>\n" +
               figure({"speed_recall", "speed_corrected"},
                      "<b>Speed against recall</b>, over classes and networks; in the second plot, false "
                      "alarms are subtracted from recall, so that a class that is merely the default answer "
                      "gains nothing.") +
               table("Correlation of log<sub>10</sub> speed with recall at delay " +
                         std::to_string(pairs_.delay) + ", n = " + std::to_string(plain.n) +
                         " (speeds below 10<sup>\u221212</sup> count as that)",
                     {{"", "value", "p", "95 % (bootstrap)"},
                      row("Spearman", plain.spearman),
                      row("Pearson", plain.pearson),
                      row("Spearman, corrected recall", unbiased.spearman),
                      row("Pearson, corrected recall", unbiased.pearson)});
    }

    [[nodiscard]] std::string spectra() const {
        const auto all = all_points(networks_, "trained");
        const size_t stable = count_if(all, [](const auto& p) { return p.unstable_directions == 0; });
        return "<h2>What the points look like nearby</h2>\n<p>The eigenvalues of the step's derivative tell "
               "how a small deviation from a slow point grows or fades: outside the unit circle it grows, "
               "inside it fades, near 1 it neither grows nor fades for long. " +
               of(stable, all.size()) + " points are stable in every direction; the median point has " +
               decimal(median_of(all, [](const auto& p) { return p.unstable_directions; }), 0) +
               " unstable directions and a spectral radius of " +
               decimal(median_of(all, [](const auto& p) { return p.spectral_radius; }), 4) + ".</p>\n" +
               figure({"spectrum", "spectrum_close"},
                      "<b>Spectra</b> of all slow points against the unit circle, and the neighbourhood of 1 "
                      "enlarged.");
    }

    /// How the points came to be, where they were followed.
    [[nodiscard]] std::string how_they_came() const {
        return history_section(networks_, used_, settings_, figure_maker());
    }

    [[nodiscard]] std::string tuning() const {
        return tuning_report(settings_, networks_, figure_maker()).sections();
    }

    [[nodiscard]] std::string closing() const {
        return "<h2>Source</h2>\n<p>The questions, the task and the speed penalty are those of D. Haviv, A. "
               "Rivkind, O. Barak, <i>Understanding and Controlling Memory in Recurrent Neural Networks</i>, "
               "ICML 2019, PMLR 97:2663&ndash;2671, <a "
               "href=\"https://arxiv.org/abs/1902.07275\">arXiv:1902.07275</a>. Images: " +
               source_of(settings_.data) +
               " Response bias: J. G. Snodgrass, J. Corwin, 1988. Colours: M. Okabe, K. Ito, "
               "2008.</p>\n<p>All figures are in <code>study.json</code>, the numbers behind every plot in "
               "<code>arrays.npz</code>.</p>\n";
    }

    const settings& settings_;
    const image_facts& images_;
    const std::vector<network_result>& networks_;
    const speed_and_recall& pairs_;
    const lifetimes_compared& lifetimes_;
    std::vector<std::string> used_;  ///< curricula
    bool partial_;
    std::map<std::string, std::string> plots_;
};

}  // namespace memory_study
