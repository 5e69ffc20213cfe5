/// @file
/// Ways of making the memories of one network last, side by side at equal updates.
#pragma once

#include "fit.hpp"
#include "pool_cross_entropy.hpp"
#include "temporal_consistency.hpp"

#include <engram/study/fine_tuning.hpp>

namespace memory_study {

/// Goes on from a trained network towards each of the objectives of its arms, and in the ways that have no
/// arm: temporal consistency, cross-entropy asked of a pool, and longer trials. `recall_of(tuned)` measures.
template <class Network, class Arms, class Measure>
std::vector<compared_way> compare_ways(const Network& trained, const eg::delayed_classification& task,
                                       const Arms& tuned_arms, size_t seed, fit_context& work,
                                       const Measure& recall_of) {
    const settings& s = work.options;
    std::vector<compared_way> found;
    const auto go = [&](const std::string& name, const auto& objective, const auto& trials) {
        Network tuned = trained;
        const double seconds = fit(tuned, trials, objective, comparison_of(s, name, seed), work);
        found.push_back({name, recall_of(tuned), seconds});
    };
    const auto longer = [&](size_t horizon) {
        auto options = task.options();
        options.horizon = horizon;
        return eg::delayed_classification{task.images(), options};
    };
    const auto loss = loss_of(s);
    eg::for_each_arm(tuned_arms, [&](const auto& arm) { go(arm.name, arm.objective, task); });
    go("temporal_consistency", loss + settings::consistency_weight * temporal_consistency{}, task);
    go("pool_cross_entropy", loss + 1.0 * pool_cross_entropy{task, loss}, task);
    go("trials_of_100_steps", loss, longer(100));
    go("trials_of_300_steps", loss, longer(300));
    return found;
}

}  // namespace memory_study
