/// @file
/// What the measurements over ranks share: turns of ranks on one machine, and the training that is measured.
#pragma once

#include "../measure.hpp"
#include "engram/distributed/mpi.hpp"
#include "engram/engram.hpp"

namespace bench {

/// Work of the first ranks only, while the others wait without taking their processors.
class turns {
  public:
    /// On the first `count` ranks does the work, of which they end together; on others sleeps meanwhile.
    template <class Work>
    void of_first(const engram::process_group& ranks, const Work& work, size_t count = 1) {
        const size_t target = ++done_;
        if (ranks.rank() < count) {
            work();
            if (ranks.rank() == 0) counter_.add(1);
        } else {
            while (counter_.add(0) < target) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }

  private:
    engram::shared_counter counter_;
    size_t done_ = 0;
};

/// Passes on what it is asked, and counts the seconds that it takes: on the clock, and of the processor.
struct counting_transport : engram::process_transport {
    explicit counting_transport(engram::process_group to) : all(std::move(to)) {}
    [[nodiscard]] size_t rank() const override { return all.rank(); }
    [[nodiscard]] size_t size() const override { return all.size(); }
    void all_gather(std::span<const std::byte> mine, std::span<std::byte> to,
                    std::span<const size_t> counts) override {
        const stopwatch watch;
        all.all_gather(mine, to, counts);
        count(watch);
    }
    void exchange(std::span<const std::byte> out, std::span<const size_t> to, std::span<std::byte> in,
                  std::span<const size_t> from) override {
        const stopwatch watch;
        all.exchange(out, to, in, from);
        count(watch);
    }
    void count(const stopwatch& watch) { seconds += watch.wall(), processor += watch.cpu(); }
    engram::process_group all;
    double seconds = 0, processor = 0;
};

/// Of each step of a run but the first, which warms up: seconds on the clock, and of the processors.
struct step_times {
    std::vector<double> wall, cpu;
};

/// Trains a copy of the network. `not_counted()` gives processor seconds so far that are not to be counted.
/// Callbacks are rank 0's: on other ranks the times are none.
template <class Network, class Task, class NotCounted>
step_times times_of_steps(Network network, const Task& task, const engram::fit_options& options,
                          const NotCounted& not_counted) {
    step_times times;
    stopwatch watch;
    double before = not_counted();
    engram::trainer{network, engram::cross_entropy{}, engram::adam{.learning_rate = 1e-5}}.fit(
        task, engram::no_curriculum{}, options, [&](const engram::training_report& report) {
            if (report.step > 1) {
                times.wall.push_back(watch.wall());
                times.cpu.push_back(watch.cpu() - (not_counted() - before));
            }
            before = not_counted();
            watch.restart();
        });
    return times;
}
template <class Network, class Task>
step_times times_of_steps(const Network& network, const Task& task, const engram::fit_options& options) {
    return times_of_steps(network, task, options, [] { return 0.0; });
}

/// Calls use(network, task, batch) with a GRU of 200 units on images of MNIST's size.
template <class Use>
void with_mnist(const Use& use) {
    const engram::delayed_classification task{made_up_images()};
    engram::recurrent_network<engram::gru<float>> network({task.inputs(), 200, task.outputs()},
                                                          engram::seed{1});
    use(network, task, engram::paper_mnist.batch);
}

/// The same with the paper's network for CIFAR-10.
template <class Use>
void with_cifar10(const Use& use) {
    const engram::delayed_classification task{made_up_images(100, 3072)};
    const auto front = engram::make_cifar10_front_end({.frames = {.image = {3, 32, 32}}});
    engram::recurrent_network<engram::gru<float>, engram::cifar10_front_end> network(
        {task.inputs(), engram::paper_cifar10.units, task.outputs()}, engram::seed{1}, front);
    use(network, task, engram::paper_cifar10.batch);
}

}  // namespace bench
