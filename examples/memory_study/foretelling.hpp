/// @file
/// Lifetimes of a trained network's memories, foretold and measured.
#pragma once

#include "results.hpp"

#include <engram/study/half_life.hpp>
#include <engram/study/lifetimes.hpp>
#include <engram/study/recall_curve.hpp>
#include <engram/task/delayed_classification.hpp>

namespace memory_study {

/// Where the half-lives of the study are measured: more finely than its recall curves, up to their last
/// delay.
inline std::vector<size_t> half_life_delays(const settings& s) {
    return eg::spaced_delays(std::min<size_t>(4, s.delays.back()), s.delays.back(), 1.1);
}

/// What is foretold and measured of each class of a trained network. Behind a front end trials cost much, and
/// each image has one instead of three.
template <class Network>
std::vector<class_lifetime> lifetimes_of(const Network& trained, const eg::delayed_classification& task,
                                         const settings& s, size_t seed, size_t threads) {
    const size_t repetitions = s.has_front_end() ? 1 : 3;
    const size_t examples = s.recall_images > 0 ? std::max<size_t>(s.recall_images / task.labels(), 1) : 0;
    const auto foretold = eg::predicted_lifetimes(
        trained, task,
        {.examples = examples, .repetitions = repetitions, .seed = eg::seed{seed}, .threads = threads});
    const auto measured = eg::recall_curve(trained, task, half_life_delays(s),
                                           {.examples = s.recall_images,
                                            .repetitions = repetitions,
                                            .seed = eg::seed{seed},
                                            .threads = threads});
    std::vector<class_lifetime> lifetimes;
    for (const auto& l : foretold)
        lifetimes.push_back(
            {l.label, eg::half_life(measured, l.label), l.half_life, l.low, l.high, l.spread});
    return lifetimes;
}

}  // namespace memory_study
