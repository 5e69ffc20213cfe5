// What makes memories last: ways of fine-tuning one network, side by side, at equal updates.
// side_by_side [SEED [UPDATES]]: trains a GRU of 100 units on the embedded digits by the delay curriculum,
// then goes on from the same weights in each way; prints recall by delay and the seconds that the way took.
#include <engram/engram.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <tuple>

#include "pool_cross_entropy.hpp"

namespace eg = engram;

namespace {

/// Mean squared step of the state within a trial (temporal consistency, arXiv:2502.07256).
struct temporal_consistency : eg::term {
    using is_state_loss = void;

    template <class T>
    eg::outcome evaluate(eg::matrix_view<const T> states, const eg::trial_block<T>& block, T scale,
                         eg::matrix_view<T> d_states) const {
        eg::outcome found;
        for (std::size_t row = block.count; row < states.rows(); ++row)
            for (std::size_t j = 0; j < states.columns(); ++j) {
                const T step = states(row, j) - states(row - block.count, j);
                found.loss += static_cast<double>(scale * step * step);
                d_states(row, j) += 2 * scale * step;
                d_states(row - block.count, j) -= 2 * scale * step;
            }
        return found;
    }
};

using network_type = eg::recurrent_network<eg::gru<float>>;

struct comparison {
    network_type trained;
    eg::delayed_classification task;
    std::size_t seed, updates;

    /// Fine-tunes a copy on trials of a task, and prints what it recalls.
    template <class Objective>
    void tune(const char* name, const Objective& objective, const eg::delayed_classification& trials) const {
        network_type network = trained;
        const auto begin = std::chrono::steady_clock::now();
        eg::trainer{network, objective, eg::scheduled{eg::adam{}, eg::cosine_decay{}}}.fit(
            trials, eg::no_curriculum{}, {.steps = updates, .batch = 64, .seed = eg::seed{1000 + seed}});
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
        const auto near = eg::recall_curve(network, task, {19, 200, 1000});
        const auto far = eg::recall_curve(network, task, {10'000}, {.examples = 50});
        std::printf("| %s | %.3f | %.3f | %.3f | %.2f | %.0f |\n", name, near.accuracy[0], near.accuracy[1],
                    near.accuracy[2], far.accuracy[0], spent.count());
        std::fflush(stdout);
    }
};

}  // namespace

int main(int argc, char** argv) {
    const std::size_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const std::size_t updates = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 4800;
    const eg::delayed_classification task{eg::optdigits()};
    network_type network({task.inputs(), 100, task.outputs()}, eg::seed{seed});
    const eg::cross_entropy loss;
    eg::trainer{network, loss, eg::adam{}}.fit(task, eg::delay_curriculum{},
                                               {.steps = 6000, .batch = 64, .seed = eg::seed{seed}});
    const auto centroids = eg::class_centroids(network, task);
    const auto points =
        eg::find_slow_points(eg::mean_map(network, task), centroids.states, {.merge_distance = 0});
    const comparison all{network, task, seed, updates};
    std::printf("| way | 19 | 200 | 1,000 | 10,000 | seconds |\n|---|---|---|---|---|---|\n");
    all.tune("control", loss, task);
    all.tune("speed penalty at centroids", loss + 0.3 * eg::speed_penalty{centroids.states, task.noise()},
             task);
    all.tune("speed penalty at slow points", loss + 0.3 * eg::speed_penalty{points, task.noise()}, task);
    all.tune("temporal consistency", loss + 0.1 * temporal_consistency{}, task);
    all.tune("cross-entropy on the pool", loss + eg::weighted(1.0, pool_cross_entropy{{&task}}), task);
    all.tune("trials of 100 steps", loss, eg::delayed_classification{task.images(), {.horizon = 100}});
    all.tune("trials of 300 steps", loss, eg::delayed_classification{task.images(), {.horizon = 300}});
    all.tune("attractor penalty", loss + 1.0 * eg::attractor_penalty{task}, task);
}
