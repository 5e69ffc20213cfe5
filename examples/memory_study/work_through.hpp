/// @file
/// The work on the networks of a study, for the files that compile it for a cell.
#pragma once

#include "one_network.hpp"
#include "output.hpp"
#include "work.hpp"

#include <engram/nn/layer/cifar10.hpp>

#include <iomanip>
#include <mutex>
#include <sstream>

namespace memory_study {

/// How a network did, in a line.
inline std::string in_short(const network_result& n) {
    const auto& recall = n.trained.recall;
    std::ostringstream line;
    line << std::fixed << std::setprecision(2) << n.cell << ", " << titled(n.curriculum) << ", seed "
         << n.seed << ": recall " << recall.accuracy.front() << " at delay " << recall.delays.front()
         << "; at " << recall.delays[recall.delays.size() / 2];
    for (const auto& arm : arms)
        line << (arm == arms[0] ? " after " : ", ") << arm << ' '
             << n.after(arm).recall.accuracy[recall.delays.size() / 2];
    return line.str();
}

/// The front end of colour images, or none. Small ones keep what they computed of all frames that a thread
/// works on, which spares them computing it again on the way back; of large ones that would be gigabytes.
template <class FrontEnd>
FrontEnd front_end_of(const settings& s, const eg::image_set& images) {
    if constexpr (FrontEnd::shows_pixels) {
        return {};
    } else {
        eg::front_end_options frames{.image = {images.channels(), images.height(), images.width()}};
        if (s.filters[0] <= 32) frames.piece = settings::shard * eg::delayed_classification_options{}.horizon;
        return eg::make_cifar10_front_end({.frames = frames, .filters = s.filters, .dense_units = s.dense});
    }
}

/// A `worker`.
template <class Cell, class FrontEnd>
std::string work_through(const settings& s, const eg::delayed_classification& task, std::vector<job>& jobs,
                         progress& shown) {
    const auto front_end = front_end_of<FrontEnd>(s, task.images());
    const size_t at_a_time = std::min(s.threads, jobs.size());
    std::mutex mutex;
    std::string failure;
    eg::team workers(at_a_time);
    workers.for_each(jobs.size(), [&](size_t index, size_t) {
        auto& [curriculum, seed, result] = jobs[index];
        try {
            stop_if_asked();
            result = read_network(s, network_name(s.cell, curriculum, seed));
            if (result) {
                shown.skip_updates(updates_of(s, curriculum, seed));
                return;
            }
            network_study<Cell, FrontEnd> study(s, task, front_end, s.threads / at_a_time, shown);
            result = study(curriculum, seed);
            write_network(s, *result);
            shown.count_network(in_short(*result));
        } catch (const interrupted&) {
        } catch (const std::exception& problem) {
            const std::lock_guard guard(mutex);
            if (failure.empty())
                failure = titled(curriculum) + ", seed " + std::to_string(seed) + ": " + problem.what();
            stop_asked = true;
        }
    });
    return failure;
}

}  // namespace memory_study
