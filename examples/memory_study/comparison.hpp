/// @file
/// Ways of making the memories of one network last, side by side at equal updates.
#pragma once

#include "fit.hpp"
#include "pool_cross_entropy.hpp"
#include "temporal_consistency.hpp"

#include <engram/study/fine_tuning.hpp>

#include <algorithm>

namespace memory_study {

/// Goes on from a trained network in each of its arms of tuning and in the ways that have none: temporal
/// consistency, cross-entropy asked of a pool, and longer trials. `recall_of(tuned)` measures.
template <class Network, class Arms, class Measure>
std::vector<compared_way> compare_ways(const Network& trained, const eg::delayed_classification& task,
                                       const Arms& arms, size_t seed, fit_context& work,
                                       const Measure& recall_of) {
    std::vector<compared_way> found;
    const auto go = [&](const std::string& name, const auto& objective, const auto& trials) {
        Network tuned = trained;
        const double begin = work.shown.seconds();
        fit(tuned, trials, objective, comparison_of(work.options, name, seed), work);
        const double seconds = work.shown.seconds() - begin;
        found.push_back({name, recall_of(tuned), seconds});
    };
    const auto longer = [&](size_t horizon) {
        return eg::delayed_classification{task.images(), {.horizon = horizon}};
    };
    const auto loss = loss_of(work.options);
    eg::for_each_arm(arms, [&](const auto& arm) { go(arm.name, arm.objective, task); });
    go("temporal_consistency", loss + 0.1 * temporal_consistency{}, task);
    go("pool_cross_entropy", loss + eg::weighted(1.0, pool_cross_entropy{task}), task);
    go("trials_of_100_steps", loss, longer(100));
    go("trials_of_300_steps", loss, longer(300));
    const auto held = std::ranges::find(found, "attractors", &compared_way::name);
    std::rotate(held, held + 1, found.end());
    return found;
}

}  // namespace memory_study
