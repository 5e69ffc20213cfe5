/// @file
/// Fine-tuning a trained network in several ways that are compared: the arms of a study.
#pragma once

#include <string>
#include <tuple>
#include <utility>

#include "engram/training/curriculum.hpp"
#include "engram/training/loss/speed_penalty.hpp"
#include "engram/training/trainer.hpp"

namespace engram {

/// One way of fine-tuning.
template <objective_part Objective>
struct tuning_arm {
    std::string name;     ///< what it is called
    Objective objective;  ///< what it trains for
};

/// The types from the members.
template <objective_part Objective>
tuning_arm(std::string, Objective) -> tuning_arm<Objective>;

/// Calls use(arm) for each of several arms, in their order.
template <class... Objectives, class Use>
void for_each_arm(const std::tuple<tuning_arm<Objectives>...>& arms, Use&& use) {
    std::apply([&](const auto&... arm) { (use(arm), ...); }, arms);
}

/// Where the arms with a speed penalty hold a network, and how hard.
struct speed_arms_options {
    matrix<double> centroids, slow_points;  ///< a point a memory (points x state size)
    double weight = 0.001;                  ///< lambda, of the penalty (Haviv et al. 2019, MNIST)
    speed_penalty_options penalty = {};     ///< how speeds are penalised
};

/// The arms of Haviv et al. 2019, section 5: "control" goes on with the loss, "centroids" and "slow_points"
/// add a penalty on the speed at those states under a noise, as task.noise() or waiting_noise{task}. Throws
/// as speed_penalty does. std::tuple_cat adds arms of your own.
template <objective_part Loss, class Noise>
auto speed_arms(const Loss& loss, const Noise& noise, const speed_arms_options& options) {
    const auto at = [&](const matrix<double>& points) {
        return loss + options.weight * speed_penalty{points, noise, options.penalty};
    };
    return std::tuple{tuning_arm{"control", loss}, tuning_arm{"centroids", at(options.centroids)},
                      tuning_arm{"slow_points", at(options.slow_points)}};
}

/// Trains a copy of a network in each arm, all from the same weights and on the same trials, and calls
/// use(name, tuned). Throws as trainer does.
template <class Network, class Task, class... Objectives, class Optimizer, class Use, class... Callbacks>
void fine_tune(const Network& network, const Task& task, const std::tuple<tuning_arm<Objectives>...>& arms,
               const Optimizer& optimizer, const fit_options& options, Use&& use, Callbacks&&... callbacks) {
    for_each_arm(arms, [&](const auto& arm) {
        Network tuned = network;
        trainer{tuned, arm.objective, optimizer}.fit(task, no_curriculum{}, options, callbacks...);
        use(arm.name, std::as_const(tuned));
    });
}

}  // namespace engram
