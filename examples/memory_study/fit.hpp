/// @file
/// One phase of the work on a network: training that goes on where it was killed.
#pragma once

#include "network_files.hpp"
#include "phase.hpp"
#include "progress.hpp"

#include <engram/nn/weights.hpp>
#include <engram/training/checkpoint.hpp>
#include <engram/training/loss/cross_entropy.hpp>
#include <engram/training/optimizer/adam.hpp>
#include <engram/training/optimizer/schedule.hpp>
#include <engram/training/trainer.hpp>

#include <functional>
#include <limits>

namespace memory_study {

/// How the step size falls during a run, chosen at run time.
struct any_decay {
    std::string name;

    [[nodiscard]] double factor(double progress) const {
        return name == "step"     ? eg::step_decay{}.factor(progress)
               : name == "cosine" ? eg::cosine_decay{}.factor(progress)
                                  : 1;
    }
};

/// Adam with a step size that falls as it is told to.
inline auto adam_with(double learning_rate, const std::string& decay) {
    return eg::scheduled{eg::adam{.learning_rate = learning_rate}, any_decay{decay}};
}

/// The loss of the answers.
inline eg::cross_entropy loss_of(const settings& s) {
    return {.form = s.loss == "published" ? eg::probability::sigmoid_softmax : eg::probability::softmax};
}

/// What all phases of the work on a network share.
struct fit_context {
    const settings& options;
    const network_files& files;
    size_t threads;
    progress& shown;
    double begin;      ///< on the clock of `shown`, had it gone on between runs
    double noted = 0;  ///< the seconds of work that were noted last
};

/// Leaves a checkpoint where the disk allows it.
template <class Checkpointer>
void save_if_possible(const Checkpointer& keep, size_t step) {
    try {
        keep.save(step);
    } catch (const eg::file_error& failure) {
        std::cerr << "memory_study: checkpoint not written: " << failure.what() << '\n';
    }
}

/// Trains, going on from a checkpoint if there is one, and leaves the weights for the user. `watch` sees
/// every update. Returns the seconds that it took; NaN if an earlier run has done a part of it.
template <class Network, class Task, class Objective>
double fit(
    Network& trained, const Task& task, const Objective& objective, const phase& p, fit_context& work,
    const std::function<void(const eg::training_report&)>& watch = [](const auto&) {}) {
    const double patience = work.options.checkpoint_seconds;
    const eg::fit_options options{.steps = p.steps,
                                  .batch = work.options.batch,
                                  .seed = eg::seed{p.seed},
                                  .threads = work.threads,
                                  .shard = settings::shard};
    eg::trainer trainer{trained, objective, adam_with(p.learning_rate, p.decay)};
    eg::checkpointer keep{
        trainer, options, {.path = work.files.checkpoint(p.name), .every_seconds = patience}};
    keep.resume();
    const size_t done_before = trainer.state().step;
    work.shown.skip_updates(done_before);
    const double begin = work.shown.seconds();
    const auto go_on = [&](const eg::training_report& report) {
        work.shown.count_update();
        if (stop_asked) save_if_possible(keep, report.step);
        const double spent = work.shown.seconds() - work.begin;
        if (stop_asked || spent >= work.noted + patience) work.files.note_seconds(work.noted = spent);
        return !stop_asked;
    };
    trainer.fit(task, p.curriculum, options, watch, keep, go_on);
    stop_if_asked();
    const double seconds = work.shown.seconds() - begin;
    eg::save_weights(trained, work.files.weights(p.name));
    return done_before == 0 ? seconds : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace memory_study
