/// @file
/// What the histories of slow points say about a curriculum: whether its growth makes points branch off, and
/// whether they slow down, by rules fixed before the networks that are reported were looked at.
#pragma once

#include "plot_parts.hpp"
#include "report_parts.hpp"

namespace memory_study {

/// A point is a class's own where no other class's is nearer than this, in units of the norm. Searches that
/// are stopped after some iterations do not end in exactly one place.
inline constexpr double separate_from = 0.1;

/// A stretch of training on which a curriculum stays as it is.
struct plateau {
    std::string name;
    double begin, end;  ///< in updates; it begins after the first
    size_t classes;     ///< how many classes are shown
};

/// The plateaus of a curriculum. Training without one is cut where the delay curriculum would grow.
inline std::vector<plateau> plateaus_of(const std::string& curriculum, const settings& s, size_t classes) {
    const auto plan = any_curriculum::named(curriculum == "none" ? "delay" : curriculum, s);
    const auto breaks = plan.breaks();
    const eg::stage full{eg::delayed_classification_options{}.horizon, classes};
    std::vector<plateau> all;
    for (size_t i = 0; i <= breaks.size(); ++i) {
        const double begin = i == 0 ? 0 : breaks[i - 1], end = i == breaks.size() ? 1 : breaks[i];
        const auto level = plan.at((begin + end) / 2, full);
        all.push_back({curriculum == "delay"        ? std::to_string(level.horizon) + " steps"
                       : curriculum == "vocabulary" ? std::to_string(level.classes) + " classes"
                       : curriculum == "response"   ? "weight " + decimal(1 - level.response_only)
                                                    : "part " + std::to_string(i + 1),
                       begin * static_cast<double>(s.steps), end * static_cast<double>(s.steps),
                       level.classes});
    }
    return all;
}

/// The moments in a plateau's second half, when its growth has had time to work; else the last one before
/// its end.
inline std::vector<size_t> moments_in(const plateau& p, const std::vector<double>& steps) {
    std::vector<size_t> inside;
    size_t last = 0;
    for (size_t i = 0; i < steps.size(); ++i) {
        if (steps[i] > (p.begin + p.end) / 2 && steps[i] <= p.end) inside.push_back(i);
        if (steps[i] <= p.end) last = i;
    }
    if (inside.empty() && !steps.empty()) inside.push_back(last);
    return inside;
}

/// The place that best divides a history into moments without a property, before it, and with it.
inline size_t since(const std::vector<char>& has) {
    long without = 0, with = std::count(has.begin(), has.end(), char(1)), most = with;
    size_t place = 0;
    for (size_t i = 0; i < has.size(); ++i) {
        has[i] ? --with : ++without;
        if (with + without > most) most = with + without, place = i + 1;
    }
    return place;
}

/// When and from where a class's slow point came, as the points of every moment show it.
struct origin {
    size_t label;
    double introduced = 0;           ///< the update after which the curriculum shows the class
    std::optional<double> separate;  ///< the update from which its point is separate; none if never
    std::optional<double> own;       ///< the update from which the class is read out there; none if never
    int from = -1;                   ///< the class whose point it mostly shared before; -1 if none
};

inline std::vector<origin> origins_of(const network_result& network, const settings& s) {
    const auto& history = *network.history;
    const size_t moments = history.step.size(), classes = moments > 0 ? history.anew[0].size() : 0;
    const auto stages = plateaus_of(network.curriculum, s, classes);
    std::vector<origin> all;
    for (size_t label = 0; label < classes; ++label) {
        origin one{label, 0, {}, {}, -1};
        for (size_t i = stages.size(); i-- > 0 && label < stages[i].classes;)
            one.introduced = stages[i].begin;
        std::vector<char> separate, own;
        for (const auto& moment : history.anew) {
            separate.push_back(moment[label].apart >= separate_from);
            own.push_back(moment[label].readout == static_cast<int>(label));
        }
        const size_t parts = since(separate), owns = since(own);
        if (parts < moments) one.separate = history.step[parts];
        if (owns < moments) one.own = history.step[owns];
        // Of the ten last moments at which it shared a point: with which one most often.
        std::map<size_t, size_t> shared;
        for (size_t i = parts, seen = 0; i-- > 0 && seen < 10;)
            if (!separate[i]) ++shared[history.anew[i][label].nearest], ++seen;
        size_t most = 0;
        for (const auto& [other, times] : shared)
            if (times > most) most = times, one.from = static_cast<int>(other);
        all.push_back(one);
    }
    return all;
}

/// What a plateau shows.
struct plateau_facts {
    double separate = 0, own = 0;             ///< separate points; classes read out at their own
    double log_speed = 0;                     ///< log10, median over the classes that are shown
    double apart = 0;                         ///< how far the nearest other point is, median over the same
    std::optional<double> hidden_apart{};     ///< the same of the classes that are not shown yet
    double trails = 0;                        ///< trails of the last points that are separate
    std::optional<double> trail_log_speed{};  ///< log10, median over these trails
};

inline double median(std::vector<double> values) {
    return median_of(values, [](double x) { return x; });
}
inline double log_of_speed(double speed) { return std::log10(std::max(speed, eg::least_speed)); }

/// Adds a share of a value to a mean of which there may be none yet.
inline void add(std::optional<double>& mean, double value) { mean = mean.value_or(0) + value; }

/// One network's, the mean over a plateau's moments.
inline plateau_facts facts_of(const history_of_points& h, const plateau& p) {
    plateau_facts facts;
    const auto inside = moments_in(p, h.step);
    const auto share = 1 / static_cast<double>(inside.size());
    for (const size_t i : inside) {
        std::vector<double> speeds, apart, hidden, on_trails;
        for (size_t label = 0; label < h.anew[i].size(); ++label) {
            const auto& point = h.anew[i][label];
            facts.separate += point.apart >= separate_from;
            facts.own += share * (point.readout == static_cast<int>(label));
            (label < p.classes ? apart : hidden).push_back(point.apart);
            if (label < p.classes) speeds.push_back(log_of_speed(point.speed));
        }
        for (const auto& one : h.trails) {
            const auto at = std::find(one.step.begin(), one.step.end(), h.step[i]);
            if (at != one.step.end())
                on_trails.push_back(log_of_speed(one.speed[static_cast<size_t>(at - one.step.begin())]));
        }
        facts.log_speed += share * median(speeds);
        facts.apart += share * median(apart);
        if (!hidden.empty()) add(facts.hidden_apart, share * median(hidden));
        facts.trails += share * static_cast<double>(on_trails.size());
        if (!on_trails.empty()) add(facts.trail_log_speed, share * median(on_trails));
    }
    facts.separate /= static_cast<double>(inside.size());  // exact where all moments agree: ties stay ties
    return facts;
}

/// The mean over networks.
inline plateau_facts mean_of(const std::vector<plateau_facts>& all) {
    plateau_facts mean;
    const auto share = 1 / static_cast<double>(all.size());
    for (const auto& one : all) {
        mean.separate += one.separate;
        mean.own += share * one.own;
        mean.log_speed += share * one.log_speed;
        mean.apart += share * one.apart;
        mean.trails += share * one.trails;
        if (one.hidden_apart) add(mean.hidden_apart, share * *one.hidden_apart);
        if (one.trail_log_speed) add(mean.trail_log_speed, share * *one.trail_log_speed);
    }
    mean.separate /= static_cast<double>(all.size());
    return mean;
}

}  // namespace memory_study
