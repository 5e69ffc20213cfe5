/// @file
/// What the histories of slow points say about a curriculum: whether its growth makes points branch off, and
/// whether they slow down, by rules fixed before the networks that are reported were looked at.
#pragma once

#include "plot_parts.hpp"
#include "report_parts.hpp"

#include <engram/task/delayed_classification.hpp>

namespace memory_study {

/// A stretch of training on which a curriculum stays as it is, with what is grown there.
struct plateau {
    std::string name;
    eg::training_stretch stretch;
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
        all.push_back(
            {curriculum == "delay"        ? std::to_string(level.horizon) + " steps"
             : curriculum == "vocabulary" ? std::to_string(level.classes) + " classes"
             : curriculum == "response"   ? "weight " + decimal(1 - level.response_only)
                                          : "part " + std::to_string(i + 1),
             {begin * static_cast<double>(s.steps), end * static_cast<double>(s.steps), level.classes}});
    }
    return all;
}

/// The update after which a curriculum shows a class.
inline double introduced(const std::vector<plateau>& plateaus, size_t label) {
    double begin = 0;
    for (size_t i = plateaus.size(); i-- > 0 && label < plateaus[i].stretch.labels;)
        begin = plateaus[i].stretch.begin;
    return begin;
}

/// The mean over networks.
inline eg::stretch_facts mean_of(const std::vector<eg::stretch_facts>& all) {
    eg::stretch_facts mean;
    const auto share = 1 / static_cast<double>(all.size());
    const auto add = [&](std::optional<double>& sum, double value) { sum = sum.value_or(0) + share * value; };
    for (const auto& one : all) {
        mean.separate += one.separate;
        mean.own += share * one.own;
        mean.log_speed += share * one.log_speed;
        mean.apart += share * one.apart;
        mean.paths += share * one.paths;
        if (one.hidden_apart) add(mean.hidden_apart, *one.hidden_apart);
        if (one.path_log_speed) add(mean.path_log_speed, *one.path_log_speed);
    }
    mean.separate /= static_cast<double>(all.size());
    return mean;
}

}  // namespace memory_study
