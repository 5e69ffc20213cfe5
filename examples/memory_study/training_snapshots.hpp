/// @file
/// A network as it was at some moments of its training.
#pragma once

#include "network_files.hpp"

#include <engram/nn/weights.hpp>
#include <engram/training/callback.hpp>

namespace memory_study {

/// A network at some moments of its training, kept in files so that a run can go on after it was killed.
class training_snapshots {
  public:
    training_snapshots(const network_files& files, size_t steps) : files_(files), steps_(steps) {}

    /// Keeps the network if one is due.
    template <class Network>
    void keep_if_due(const Network& network, const eg::training_report& report) const {
        if (is_kept(report.step)) eg::save_weights(network, files_.snapshot(report.step));
    }
    /// The updates after which it was kept.
    [[nodiscard]] std::vector<double> steps() const {
        std::vector<double> kept;
        for (size_t step = 1; step <= steps_; ++step)
            if (is_kept(step)) kept.push_back(static_cast<double>(step));
        return kept;
    }
    /// Makes a network of the same sizes what it was after an update.
    template <class Network>
    void load(double step, Network& network) const {
        eg::load_weights(network, files_.snapshot(static_cast<size_t>(step)));
    }

  private:
    static constexpr size_t most = 120;

    [[nodiscard]] bool is_kept(size_t step) const {
        return step == steps_ || step % std::max<size_t>(1, steps_ / most) == 0;
    }

    const network_files& files_;
    size_t steps_;
};

}  // namespace memory_study
