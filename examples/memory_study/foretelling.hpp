/// @file
/// Lifetimes of a trained network's memories, foretold and measured.
#pragma once

#include "progress.hpp"
#include "results.hpp"

#include <engram/study/half_life.hpp>
#include <engram/study/lifetimes.hpp>
#include <engram/study/recall_curve.hpp>
#include <engram/task/delayed_classification.hpp>

namespace memory_study {

/// How a class's trials are answered at delays that are spaced more finely than those of the recall curves,
/// up to settings::last_half_life. Where delays are far, each image has one trial, and none if no class lasts
/// so long. Throws `interrupted` where the user wants an end meanwhile.
template <class Network>
eg::recall_table recall_by_class(const Network& trained, const eg::delayed_classification& task,
                                 const settings& s, eg::recall_options options) {
    const size_t last = s.last_half_life(), near = std::min(last, settings::far_delay);
    options.watcher = until_stop_asked;
    auto table = eg::recall_curve(trained, task, eg::spaced_delays(std::min<size_t>(4, near), near), options);
    stop_if_asked();
    bool lasts = false;
    for (size_t c = 0; c < task.labels(); ++c) lasts = lasts || std::isinf(eg::half_life(table, c));
    if (!lasts || near == last) return table;
    options.repetitions = 1;
    table.append(eg::recall_curve(trained, task, eg::spaced_delays(near + 1, last), options));
    stop_if_asked();
    return table;
}

/// What is foretold and measured of each class of a trained network. Behind a front end trials cost much, and
/// each image has one instead of three. Throws `interrupted` where the user wants an end meanwhile.
template <class Network>
std::vector<class_lifetime> lifetimes_of(const Network& trained, const eg::delayed_classification& task,
                                         const settings& s, size_t seed, size_t threads) {
    const size_t repetitions = s.has_front_end() ? 1 : 3;
    const size_t examples = s.recall_images > 0 ? std::max<size_t>(s.recall_images / task.labels(), 1) : 0;
    const auto foretold = eg::predicted_lifetimes(
        trained, task,
        {.horizon = std::max<size_t>(2 * s.last_half_life(), 100),  // an interval may reach beyond
         .examples = examples,
         .repetitions = repetitions,
         .seed = eg::seed{seed},
         .threads = threads});
    stop_if_asked();
    const auto measured = recall_by_class(trained, task, s,
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
