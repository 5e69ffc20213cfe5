// Run by mpirun with any number of ranks: training over ranks gives the bits of training on one.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include "engram/distributed/mpi.hpp"
#include "engram/engram.hpp"

namespace {

using namespace engram;

template <class Network, class Objective, class Task>
vector<float> trained(Network network, const Objective& objective, const Task& task,
                      const process_group& ranks, std::size_t threads) {
    trainer{network, objective, adam{.learning_rate = 3e-3}}.fit(task, delay_curriculum{},
                                                                 {.steps = 4,
                                                                  .batch = 22,
                                                                  .seed = seed{4},
                                                                  .threads = threads,
                                                                  .clip_norm = 1,
                                                                  .shard = 3,
                                                                  .ranks = ranks});
    return network.parameters();
}

template <class Cell, class Objective, class Task>
void compare(const char* name, const Objective& objective, const Task& task, const process_group& ranks) {
    const recurrent_network<Cell> network({task.inputs(), 12, task.outputs()}, seed{1});
    const auto alone = trained(network, objective, task, {}, 1);
    for (const std::size_t threads : {1u, 2u})
        if (trained(network, objective, task, ranks, threads) != alone)
            throw error(name + (": other bits on " + std::to_string(ranks.size())) + " ranks with " +
                        std::to_string(threads) + " threads");
}

/// A run that ranks have begun goes on in one process and over ranks, from the checkpoint of rank 0.
void goes_on(const delayed_classification& task, const process_group& ranks) {
    const std::string file = "begun-by-" + std::to_string(ranks.size()) + "-ranks.checkpoint";
    fit_options options{
        .steps = 12, .batch = 22, .shard = 3, .ranks = ranks, .averaging = 0.9, .unit_noise = 0.1};
    const auto new_network = [&] {
        return recurrent_network<gru<float>>({task.inputs(), 12, task.outputs()}, seed{1});
    };
    auto begun = new_network();
    trainer first{begun, cross_entropy{}, adam{}};
    const checkpointer keep{first, options, {.path = file}};
    first.fit(task, delay_curriculum{}, options, [&](const training_report& report) {
        if (report.step == 5) keep.save(report.step);
        return report.step < 5;
    });
    (void)ranks.all_gather(char{0});  // the file is there

    options.ranks = {};
    auto whole = new_network();
    trainer{whole, cross_entropy{}, adam{}}.fit(task, delay_curriculum{}, options);
    for (const auto& who : {process_group{}, ranks}) {
        options.ranks = who;
        auto resumed = new_network();
        trainer second{resumed, cross_entropy{}, adam{}};
        checkpointer{second, options, {.path = file}}.resume();
        if (second.state().step != 5) throw error("the checkpoint is not that of step 5");
        second.fit(task, delay_curriculum{}, options);
        if (resumed.parameters() != whole.parameters())
            throw error("resumed on " + std::to_string(who.size()) + " ranks: other bits");
    }
    (void)ranks.all_gather(char{0});
    if (ranks.rank() == 0) std::filesystem::remove(file);
}

/// Each half of the ranks, split off by MPI, trains a network of its own.
void two_networks(const delayed_classification& task, const process_group& ranks) {
    const unsigned half = ranks.rank() < ranks.size() / 2 ? 0 : 1;
    MPI_Comm communicator = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, static_cast<int>(half), 0, &communicator);
    const recurrent_network<gru<float>> network({task.inputs(), 12, task.outputs()}, seed{half});
    const auto together = trained(network, cross_entropy{}, task, mpi_process_group(communicator), 1);
    MPI_Comm_free(&communicator);
    if (together != trained(network, cross_entropy{}, task, {}, 1))
        throw error("other bits on half of " + std::to_string(ranks.size()) + " ranks");
}

/// The comparison of ranks before the first update leaves a penalty's state as it is: here a pool that is to
/// take new anchors, and knows all of them.
void penalties_stay(const delayed_classification& task, const process_group& ranks) {
    const auto run_from_step_5 = [&](const process_group& group) {
        recurrent_network<gru<float>> network({task.inputs(), 8, task.outputs()}, seed{1});
        trainer student{
            network, cross_entropy{} + 0.5 * attractor_penalty{task, {.refresh = 5, .apart = 0.5}}, adam{}};
        auto state = student.state();
        state.step = 5;
        for (auto& [name, values] : state.penalties[1])
            if (name == "anchors")
                for (std::size_t i = 0; i < values.size(); ++i)
                    values.data()[i] = 0.5f * std::sin(0.7f * static_cast<float>(i));
            else if (name == "known")
                values.fill(1);
            else if (name == "separation")
                values.fill(2);
        student.restore(state);
        student.fit(task, no_curriculum{}, {.steps = 7, .batch = 16, .shard = 8, .ranks = group});
        return vector<float>(network.parameters());
    };
    if (run_from_step_5(ranks) != run_from_step_5({}))
        throw error("anchors on " + std::to_string(ranks.size()) + " ranks: other bits");
}

/// The digits, but for one pixel of the last training image.
image_set one_pixel_off() {
    const image_set digits = optdigits();
    auto pixels = digits.training().pixels();
    auto& last = pixels(pixels.shape(0) - 1, pixels.shape(1) - 1);
    last = static_cast<std::uint8_t>(last == 0 ? 1 : last - 1);
    return image_set({pixels, digits.training().labels()},
                     {digits.held_out().pixels(), digits.held_out().labels()}, {.maximum = 16});
}

/// A run that is to end on all ranks with the message of one.
int fails(const delayed_classification& task, const process_group& ranks, const std::string& fault) {
    const bool last = ranks.rank() == ranks.size() - 1;
    const auto is = [&](const char* name) { return last && fault == name; };
    recurrent_network<gru<float>> network({task.inputs(), 12, task.outputs()},
                                          seed{is("other_weights") ? 2u : 1u});
    const fit_options options{.steps = is("no_steps") ? 0u : 20u,
                              .batch = 16,
                              .threads = is("no_threads") ? 0u : 1u,
                              .shard = 4,
                              .ranks = ranks,
                              .averaging = is("other_options") ? 0.5 : 0};
    if (fault == "other_optimizer") {
        trainer{network, cross_entropy{}, momentum{.decay = last ? 0.8 : 0.9}}.fit(task, no_curriculum{},
                                                                                   options);
        return 0;
    }
    trainer student{network, (is("other_objective") ? 0.5 : 1.0) * cross_entropy{},
                    sgd{.learning_rate = fault == "diverge" ? 1e38 : 1e-3}};
    const auto watch = [&](const training_report& report) {
        if (fault == "callback" && report.step == 3) throw value_error("callback: step = 3");
    };
    if (is("other_callbacks"))
        student.fit(task, no_curriculum{}, options);
    else if (is("other_images"))
        student.fit(delayed_classification{one_pixel_off()}, no_curriculum{}, options, watch);
    else
        student.fit(task, no_curriculum{}, options, watch);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return mpi_main(argc, argv, [&](const process_group& ranks) {
        const std::string fault = argc > 1 ? argv[1] : "";
        const delayed_classification task{optdigits()};
        const bool few = fault == "few";  // of the comparisons
        if (!fault.empty() && !few) return fails(task, ranks, fault);
        const auto objective = cross_entropy{} + 0.01 * weight_decay{} + 0.01 * activity_penalty{};
        compare<gru<float>>("gru", objective, task, ranks);
        compare<lstm<float>>("lstm", objective, task, ranks);
        compare<gru<float>>("attractor penalty", cross_entropy{} + 0.5 * attractor_penalty{task}, task,
                            ranks);
        if (few) {
            if (ranks.rank() == 0) std::puts("passed");
            return 0;
        }
        compare<elman<float>>("elman", objective, task, ranks);
        compare<low_rank<float>>("low rank", objective, task, ranks);
        compare<gru<float, reset_after>>("gru, reset after", objective, task, ranks);
        compare<ugrnn<float>>("ugrnn", objective, task, ranks);
        compare<minimal_gated<float>>("minimal gated", objective, task, ranks);
        compare<constrained<gru<float>, no_self_connections>>("constrained gru", objective, task, ranks);
        compare<stacked<gru<float>, 2>>("stacked gru", objective, task, ranks);
        compare<leaky<float, activations::tanh, learned_rates>>("leaky", objective, task, ranks);
        compare<gru<float>>("flip-flop", mean_squared_error{}, flip_flop{{.horizon = 20}}, ranks);
        matrix<double> points(std::array<std::size_t, 2>{3, 12}, 0.1);
        compare<gru<float>>("speed penalty", cross_entropy{} + 0.1 * speed_penalty{points, task.noise()},
                            task, ranks);

        front_end front{{.image = {1, 8, 8}}, conv<3>{.filters = 3}, activations::relu{}, max_pool<2>{}};
        const recurrent_network<gru<float>, decltype(front)> seeing({task.inputs(), 12, task.outputs()},
                                                                    seed{1}, front);
        if (trained(seeing, objective, task, ranks, 2) != trained(seeing, objective, task, {}, 1))
            throw error("front end: other bits");

        goes_on(task, ranks);
        two_networks(task, ranks);
        penalties_stay(task, ranks);

        // A callback runs on rank 0 and stops all.
        recurrent_network<gru<float>> network({task.inputs(), 12, task.outputs()}, seed{1});
        std::size_t calls = 0;
        const auto ended = trainer{network, cross_entropy{}, adam{}}.fit(
            task, no_curriculum{}, {.steps = 20, .batch = 16, .shard = 4, .ranks = ranks},
            [&](const training_report& report) {
                ++calls;
                return report.step < 7;
            });
        if (ended.steps != 7 || !ended.stopped_by_callback || calls != (ranks.rank() == 0 ? 7u : 0u))
            throw error("a callback should stop all ranks at step 7");
        if (ended.idle_ranks != std::max<std::size_t>(ranks.size(), 4) - 4)
            throw error("four shards are for four ranks");
        const auto one_shard = trainer{network, cross_entropy{}, adam{}}.fit(
            task, no_curriculum{}, {.steps = 1, .batch = 4, .shard = 4, .ranks = ranks});
        if (one_shard.idle_ranks != ranks.size() - 1) throw error("one shard is for one rank");

        if (ranks.rank() == 0) std::puts("passed");
        return 0;
    });
}
