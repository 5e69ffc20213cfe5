// What running over ranks costs: mpirun -n N over_ranks mnist|cifar10 ROUNDS STEPS, or seeds|states COUNT
// [THREADS].
//
// Training: N ranks of one thread and one rank of N threads take turns; the medians of both, of their ratio,
// of the processor's time that both use (less sensitive to what others do) and of the share of time that sums
// over ranks take, and what sending as many bytes takes by itself. Start it with mpirun's --bind-to none, or
// the N threads may share one core. Searches: time and memory of a search from so many seeds over all ranks;
// `states` has each make one step of Adam's only and end in one point, so that what remains is what a search
// does besides.
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>

#include "steps.hpp"

namespace {

using namespace engram;
using bench::median;
using bench::stopwatch;

template <class Network, class Task>
void train(Network& network, const Task& task, const process_group& ranks, size_t batch, size_t rounds,
           size_t steps) {
    const auto counted = std::make_shared<bench::counting_transport>(ranks);
    bench::turns turn;
    std::vector<double> over_ranks, over_threads, of_ranks, of_threads, ratios, shares;
    const fit_options options{.steps = steps, .batch = batch, .seed = seed{1}, .shard = 32};
    for (size_t round = 0; round < rounds; ++round) {
        auto together = options, alone = options;
        together.ranks = process_group(counted);
        alone.threads = ranks.size();
        counted->seconds = 0;
        const stopwatch watch;
        const auto one = bench::times_of_steps(network, task, together, [&] { return counted->processor; });
        const double share = counted->seconds / watch.wall();
        turn.of_first(ranks, [&] {
            const auto other = bench::times_of_steps(network, task, alone);
            over_ranks.push_back(median(one.wall));
            over_threads.push_back(median(other.wall));
            of_ranks.push_back(median(one.cpu));
            of_threads.push_back(median(other.cpu) / static_cast<double>(ranks.size()));
            ratios.push_back(over_threads.back() / over_ranks.back());
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
            "%zu ranks x 1 thread %.4f s a step, 1 rank x %zu threads %.4f s, ratio %.3f;\n"
            "without sums a rank uses %.4f s of its processor, a thread %.4f s; "
            "sums over ranks take %.1f %% of the time;\n"
            "%zu parameters, %.2f MB there and back in %.3f ms, a byte in %.4f ms\n",
            n, median(over_ranks), n, median(over_threads), median(ratios), median(of_ranks),
            median(of_threads), 100 * median(shares), size, 4e-6 * static_cast<double>(size),
            1e3 * median(sending), 1e3 * median(greeting));
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
            bench::with_mnist([&](auto& network, const auto& task, size_t batch) {
                train(network, task, ranks, batch, number(2, 5), number(3, 20));
            });
        } else if (what == "cifar10") {
            bench::with_cifar10([&](auto& network, const auto& task, size_t batch) {
                train(network, task, ranks, batch, number(2, 2), number(3, 2));
            });
        } else {
            throw value_error(
                detail::concatenate("over_ranks: '", what, "', expected mnist, cifar10, seeds or states"));
        }
        return 0;
    });
}
