/// @file
/// Every constant of a study, in words, for its reports.
#pragma once

#include "presets.hpp"
#include "report_parts.hpp"

#include <engram/dynamics/solver/adam_descent.hpp>
#include <engram/task/delayed_classification.hpp>
#include <engram/training/optimizer/schedule.hpp>

namespace memory_study {

/// A few values with commas between them.
template <class Values>
std::string listed(const Values& values) {
    std::string list;
    for (const auto& value : values) list += (list.empty() ? "" : ", ") + text_of(value);
    return list;
}

/// The command that runs the study: its data set and preset, and the options that differ from it.
inline std::string command_of(const settings& s) {
    std::string command = "bash examples/run.sh --data " + s.data + " --preset " + s.preset;
    const json own = to_json(s), usual = to_json(preset_named(s.preset, s.data));
    for (const auto& [key, value] : own.items()) {
        if (key == "threads" || key == "images" || key == "curriculum_steps" || value == usual.at(key))
            continue;
        std::string option = key == "curricula" ? "curriculum" : key, text = value.dump();
        std::replace(option.begin(), option.end(), '_', '-');
        std::erase_if(text, [](char c) { return c == '"' || c == '[' || c == ']'; });
        command += " --" + option + (value.is_boolean() ? "" : " " + text);
    }
    return command;
}

/// Where the images come from, as HTML.
inline std::string source_of(const std::string& data) {
    static const std::map<std::string, std::string> sources = {
        {"optdigits",
         "E. Alpaydin, C. Kaynak, <i>Optical Recognition of Handwritten Digits</i>, UCI, 1998, "
         "doi:10.24432/C50P49, CC BY 4.0."},
        {"mnist",
         "Y. LeCun, C. Cortes, C. J. C. Burges, <i>The MNIST database of handwritten digits</i>, 1998."},
        {"fashion-mnist", "H. Xiao, K. Rasul, R. Vollgraf, <i>Fashion-MNIST</i>, 2017, arXiv:1708.07747."},
        {"cifar10",
         "A. Krizhevsky, <i>Learning Multiple Layers of Features from Tiny Images</i> (CIFAR-10), 2009."}};
    return sources.at(data);
}

/// How long the networks took, several at a time, in all runs of the study together.
inline double wall_seconds(const settings& s, const std::vector<network_result>& networks) {
    double sum = 0;
    for (const auto& network : networks) sum += network.seconds;
    return sum / static_cast<double>(s.networks_at_a_time());
}

/// Name and value of all that was set, and how long it took, a row each.
inline std::vector<std::vector<std::string>> settings_rows(const settings& s, const image_facts& images,
                                                           const std::vector<network_result>& networks) {
    const auto number = [](auto x) { return text_of(x); };
    const auto several = [&](size_t n, const std::string& what) {
        return number(n) + " " + what + (n == 1 ? "" : "s");
    };
    const eg::delayed_classification_options trial;
    std::vector<std::vector<std::string>> rows = {
        {"command", command_of(s)},
        {"images", images.name + ": " + number(images.training) + " for training, " +
                       number(images.held_out) + " held out, " + number(images.classes) + " classes, " +
                       number(images.pixels) + " pixels with mean " + decimal(images.mean, 4) +
                       " and deviation " + decimal(images.deviation, 4)},
        {"trial", number(trial.horizon) + " steps, delays from " + number(trial.minimal_delay) +
                      ", noise with the pixels' mean and deviation"},
        {"networks", (s.seeds == 1 ? "seed " + number(s.first_seed) + ","
                                   : "seeds " + number(s.first_seed) + " to " +
                                         number(s.first_seed + s.seeds - 1) + ", each") +
                         (s.curricula.size() == 1 ? " with the curriculum " : " with the curricula ") +
                         listed(s.curricula)},
        {"cell", s.cell + ", " + number(s.units) + " units"}};
    if (s.has_front_end())
        rows.push_back(
            {"front end", "3 x 3 convolutions of " + listed(s.filters) +
                              " filters, each with leaky ReLU and 2 x 2 max-pooling; dense layers of " +
                              listed(s.dense) + " units with leaky ReLU"});
    rows.push_back({"initial weights", std::string("N(0, 1) / sqrt(fan in), biases 0.01 N(0, 1)") +
                                           (s.has_front_end() ? "; filters truncated normal / sqrt(in out), "
                                                                "their biases 0.1 N(0, 1) / sqrt(out)"
                                                              : "")});
    const eg::step_decay step;
    rows.push_back(
        {"training", number(s.steps) + " updates of " + number(s.batch) + " trials, Adam, step size " +
                         number(s.learning_rate) +
                         (s.decay == "step" ? ", times " + number(step.factor_after) + " from update " +
                                                  number(std::llround(step.at * double(s.steps))) + " on"
                          : s.decay == "cosine" ? ", falling along half a cosine"
                                                : "")});
    rows.push_back({"loss", s.loss == "softmax"
                                ? "cross-entropy of the softmax"
                                : "cross-entropy of the softmax of logistic outputs (published)"});
    for (const auto& name : s.curricula) {
        std::vector<long long> steps = steps_of(any_curriculum::named(name, s), s.steps);
        if (!steps.empty()) rows.push_back({name + " curriculum", "grows at updates " + listed(steps)});
    }
    rows.push_back(
        {"tuning", number(s.tuning_steps) + " updates, Adam, step size " + number(s.tuning_rate) +
                       ", speed weight " + number(s.speed_weight) + ", " + s.speed_metric + " speed" +
                       (s.penalty_distance > 0
                            ? "; slow points within " + number(s.penalty_distance) + " of the centroids"
                            : "")});
    rows.push_back({"attractors", number(s.attractor_steps) + " updates, Adam, step size " +
                                      number(s.attractor_rate) + " falling along a cosine, weight " +
                                      number(s.attractor_weight)});
    for (const auto& network : networks)
        if (!network.compared.empty())
            rows.push_back({"comparison", number(s.comparison_steps) + " updates of " + network.name() +
                                              " in each way, Adam, step size " + number(s.tuning_rate) +
                                              " falling along a cosine"});
    rows.push_back({"centroids", number(s.centroid_images) + " images a class, noise of " +
                                     decimal(s.centroid_noise) + " times the deviation"});
    const eg::adam_descent adam;
    rows.push_back(
        {"slow points", s.solver + ", at most " + number(s.iterations) + " iterations" +
                            (s.solver == "adam" ? " of step size " + number(adam.learning_rate) + ", times " +
                                                      number(adam.decay) + " after " +
                                                      decimal(100 * adam.decay_at, 0) + " % of them"
                                                : "")});
    rows.push_back({"recall", (s.recall_images == 0 ? "all" : number(s.recall_images)) +
                                  " held-out images, delays " + listed(s.delays)});
    rows.push_back({"time", decimal(wall_seconds(s, networks), 0) + " s on " +
                                (s.ranks > 1 ? several(s.ranks, "rank") + " of " : "") +
                                several(s.threads, "thread") + ", " +
                                several(s.networks_at_a_time(), "network") + " at a time; " +
                                decimal(median_of(networks, [](const auto& n) { return n.seconds; }), 0) +
                                " s a network"});
    return rows;
}

}  // namespace memory_study
