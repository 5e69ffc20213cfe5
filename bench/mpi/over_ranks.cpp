// What running over ranks costs: mpirun -n N over_ranks mnist|cifar10 ROUNDS STEPS, or seeds|states COUNT
// [THREADS].
//
// Training: N ranks of one thread and one rank of N threads take turns; the medians of both, of their ratio
// and of the share of time that sums over ranks take, and what sending as many bytes takes by itself.
// Searches: time and memory of a search from so many seeds over all ranks; `states` has each make one step of
// Adam's only and end in one point, so that what remains is what a search does besides.
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>

#include "../measure.hpp"
#include "engram/distributed/mpi.hpp"
#include "engram/engram.hpp"

namespace {

using namespace engram;
using bench::median;
using bench::stopwatch;

/// Passes on what it is asked, and counts the seconds and bytes.
struct counting_transport : process_transport {
    explicit counting_transport(process_group to) : all(std::move(to)) {}
    [[nodiscard]] size_t rank() const override { return all.rank(); }
    [[nodiscard]] size_t size() const override { return all.size(); }
    void all_gather(std::span<const std::byte> mine, std::span<std::byte> to,
                    std::span<const size_t> counts) override {
        const stopwatch watch;
        all.all_gather(mine, to, counts);
        seconds += watch.wall();
    }
    void exchange(std::span<const std::byte> out, std::span<const size_t> to, std::span<std::byte> in,
                  std::span<const size_t> from) override {
        const stopwatch watch;
        all.exchange(out, to, in, from);
        seconds += watch.wall();
    }
    process_group all;
    double seconds = 0;
};

/// Waits for rank 0 without taking its processor.
class turns {
  public:
    /// On rank 0 does the work; on others sleeps meanwhile.
    template <class Work>
    void of_first(const process_group& ranks, const Work& work) {
        const size_t target = ++done_;
        if (ranks.rank() == 0) {
            work();
            counter_.add(1);
        } else {
            while (counter_.add(0) < target) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }

  private:
    shared_counter counter_;
    size_t done_ = 0;
};

/// Seconds a step, the median of a run.
template <class Network, class Task>
double seconds_a_step(Network& network, const Task& task, fit_options options) {
    std::vector<double> seconds;
    stopwatch watch;
    trainer{network, cross_entropy{}, adam{.learning_rate = 1e-5}}.fit(task, no_curriculum{}, options,
                                                                       [&](const training_report&) {
                                                                           seconds.push_back(watch.wall());
                                                                           watch.restart();
                                                                       });
    if (seconds.size() > 1) seconds.erase(seconds.begin());  // it warms up
    return seconds.empty() ? 0 : median(seconds);
}

template <class Network, class Task>
void train(Network& network, const Task& task, const process_group& ranks, size_t batch, size_t rounds,
           size_t steps) {
    const auto counted = std::make_shared<counting_transport>(ranks);
    turns turn;
    std::vector<double> over_ranks, over_threads, processor, ratios, shares;
    const fit_options options{.steps = steps, .batch = batch, .seed = seed{1}, .shard = 32};
    for (size_t round = 0; round < rounds; ++round) {
        auto together = options, alone = options;
        together.ranks = process_group(counted);
        alone.threads = ranks.size();
        counted->seconds = 0;
        const stopwatch watch;
        const double one = seconds_a_step(network, task, together);
        const double share = counted->seconds / watch.wall();
        turn.of_first(ranks, [&] {
            const stopwatch of_alone;
            const double other = seconds_a_step(network, task, alone);
            processor.push_back(of_alone.cpu() / static_cast<double>(steps));
            over_ranks.push_back(one);
            over_threads.push_back(other);
            ratios.push_back(other / one);
            shares.push_back(share);
        });
    }
    // A gradient there and back, as in a step.
    const size_t size = network.parameters().size(), n = ranks.size();
    std::vector<float> out(size), in(size);
    std::vector<size_t> to(n);
    for (size_t r = 0; r < n; ++r) to[r] = ranks.first_of(size, r + 1) - ranks.first_of(size, r);
    const std::vector<size_t> from(n, to[ranks.rank()]);
    in.resize(n * from[0]);
    std::vector<double> sending, greeting;
    for (int i = 0; i < 40; ++i) {
        stopwatch watch;
        ranks.exchange(std::span<const float>(out), to, std::span(in), from);
        const auto mine = std::span(out).subspan(ranks.first_of(size, ranks.rank()), from[0]);
        ranks.all_gather(std::span<const float>(mine), std::span(out), to);
        sending.push_back(watch.wall());
        watch.restart();
        (void)ranks.all_gather(char{0});
        greeting.push_back(watch.wall());
    }
    if (ranks.rank() == 0)
        std::printf(
            "%zu ranks x 1 thread %.4f s a step, 1 rank x %zu threads %.4f s (%.4f s of "
            "processors), ratio %.3f; "
            "sums over ranks take %.1f %% of the time; %zu parameters, %.2f MB there and back in "
            "%.3f ms, a byte in %.4f ms\n",
            n, median(over_ranks), n, median(over_threads), median(processor), median(ratios),
            100 * median(shares), size, 4e-6 * static_cast<double>(size), 1e3 * median(sending),
            1e3 * median(greeting));
}

template <class Solver>
void search(const process_group& ranks, size_t count, size_t threads, const Solver& solver,
            double merge_distance) {
    const recurrent_network<gru<float>> network({784, 200, 11}, seed{1});
    const constant_input_map map(network, vector<double>(std::array<size_t, 1>{784}, 0.1307));
    const uniform_seeds<double> seeds(std::vector<double>(200, -1), std::vector<double>(200, 1));
    const stopwatch watch;
    const auto found = find_slow_points(
        map, seeds, count, solver,
        {.merge_distance = merge_distance, .curvature = false, .threads = threads, .ranks = ranks});
    const double seconds = watch.wall();
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto peaks = ranks.all_gather(used.ru_maxrss);
    const auto processors = ranks.all_gather(watch.cpu());
    double cpu = 0;
    for (const double each : processors) cpu += each;
    if (ranks.rank() == 0)
        std::printf(
            "%zu seeds on %zu ranks: %zu points, %zu failures, %.2f s, %.2f processor seconds; at most "
            "%ld MB a rank\n",
            count, ranks.size(), found.size(), found.failures.size(), seconds, cpu,
            *std::ranges::max_element(peaks) / 1024);
}

}  // namespace

int main(int argc, char** argv) {
    return mpi_main(argc, argv, [&](const process_group& ranks) {
        const std::string what = argc > 1 ? argv[1] : "";
        const auto number = [&](int i, size_t otherwise) {
            return argc > i ? std::strtoul(argv[i], nullptr, 10) : otherwise;
        };
        if (what == "seeds") {
            search(ranks, number(2, 256), number(3, 1), levenberg_marquardt{}, 1e-4);
        } else if (what == "states") {
            search(ranks, number(2, 100'000), number(3, 1), adam_descent{.iterations = 1}, 1e3);
        } else if (what == "mnist") {
            const delayed_classification task{bench::made_up_images()};
            recurrent_network<gru<float>> network({task.inputs(), 200, task.outputs()}, seed{1});
            train(network, task, ranks, 128, number(2, 5), number(3, 20));
        } else if (what == "cifar10") {
            const delayed_classification task{bench::made_up_images(100, 3072)};
            const auto front = make_cifar10_front_end({.frames = {.image = {3, 32, 32}}});
            recurrent_network<gru<float>, cifar10_front_end> network({task.inputs(), 512, task.outputs()},
                                                                     seed{1}, front);
            train(network, task, ranks, 64, number(2, 2), number(3, 2));
        } else {
            throw value_error(
                detail::concatenate("over_ranks: '", what, "', expected mnist, cifar10, seeds or states"));
        }
        return 0;
    });
}
