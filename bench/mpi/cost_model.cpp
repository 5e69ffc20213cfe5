// A model of what a training step over ranks costs, fitted on one machine and checked on it:
// mpirun -n 4 cost_model [mnist|cifar10] [STEPS] [SHARD]
//
// P ranks of one thread on K cores, n shards, B bytes of parameters:
//     seconds = max(F + C ceil(n / P), (P F + C n) / min(P, K))      what is computed
//               + max(1, P / K) (2 (P - 1) / P B / W + A B)          the sum's bytes: sent, and added up
//               + 4 (P - 1) L                                        four collective calls
// F and C are fitted on the processor seconds of one rank with n / 4, n / 2 and n shards, L and W on two
// ranks that exchange messages of several lengths, A on the sum of gradients over two ranks. Steps on 2 and 4
// ranks are measured to compare only: a rank's processor seconds without sums, and the shortest step on the
// clock, which is what the model is about and needs a machine that nobody else uses.
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <thread>

#include "steps.hpp"

namespace {

using namespace engram;
using bench::stopwatch;

/// y = first + second * x, by least squares of relative errors.
struct line {
    double first, second;

    line(const std::vector<double>& x, const std::vector<double>& y) {
        double w = 0, wx = 0, wxx = 0, wy = 0, wxy = 0;
        for (size_t i = 0; i < x.size(); ++i) {
            const double weight = 1 / (y[i] * y[i]);
            w += weight, wx += weight * x[i], wxx += weight * x[i] * x[i];
            wy += weight * y[i], wxy += weight * x[i] * y[i];
        }
        second = (w * wxy - wx * wy) / (w * wxx - wx * wx);
        first = (wy - second * wx) / w;
    }
};

/// The first 1, 2, 4, ... ranks, each as a group of their own.
class smaller_groups {
  public:
    explicit smaller_groups(const process_group& all) : all_(all) {
        for (size_t size = 1; size <= all.size(); size *= 2) {
            MPI_Comm some = MPI_COMM_NULL;
            MPI_Comm_split(MPI_COMM_WORLD, all.rank() < size ? 0 : MPI_UNDEFINED, 0, &some);
            sizes.push_back(size);
            groups_.push_back(some == MPI_COMM_NULL
                                  ? process_group{}
                                  : process_group(std::make_shared<detail::mpi_transport>(some)));
        }
    }
    /// Calls work(group) on the ranks of the first group of that size.
    template <class Work>
    void on(size_t size, const Work& work) {
        const auto which = static_cast<size_t>(std::ranges::find(sizes, size) - sizes.begin());
        turn_.of_first(
            all_, [&] { work(groups_[which]); }, size);
    }
    std::vector<size_t> sizes;

  private:
    process_group all_;
    std::vector<process_group> groups_;
    bench::turns turn_;
};

/// The shortest of some times that work takes on all ranks of a group.
template <class Work>
double shortest(const process_group& ranks, size_t times, const Work& work) {
    double least = INFINITY;
    for (size_t i = 0; i < times; ++i) {
        (void)ranks.all_gather(char{0});
        const stopwatch watch;
        work();
        (void)ranks.all_gather(char{0});
        least = std::min(least, watch.wall());
    }
    return least;
}

/// Seconds of sending `count` numbers there and back, as the sum of gradients does.
double seconds_of_sending(const process_group& ranks, size_t count) {
    std::vector<float> out(count);
    std::vector<size_t> to(ranks.size());
    for (size_t r = 0; r < to.size(); ++r) to[r] = ranks.first_of(count, r + 1) - ranks.first_of(count, r);
    const size_t mine = to[ranks.rank()], begin = ranks.first_of(count, ranks.rank());
    std::vector<float> in(mine * ranks.size());
    const std::vector<size_t> from(ranks.size(), mine);
    const auto times = std::clamp<size_t>((size_t{1} << 26) / count, 40, 400);
    return shortest(ranks, times, [&] {
        ranks.exchange(std::span<const float>(out), to, std::span(in), from);
        ranks.all_gather(std::span<const float>(out).subspan(begin, mine), std::span(out), to);
    });
}

void append(const std::vector<double>& more, std::vector<double>& to) {
    to.insert(to.end(), more.begin(), more.end());
}

struct cost_model {
    double fixed = 0, shard = 0;        ///< F, C: seconds
    double latency = 0, bandwidth = 0;  ///< L: seconds; W: bytes a second
    double adding = 0;                  ///< A: seconds a byte
    double bytes = 0;                   ///< B
    size_t shards = 1, cores = 1;       ///< n, K

    /// What P ranks compute on so many cores.
    [[nodiscard]] double computed(size_t ranks, size_t on_cores) const {
        const auto p = static_cast<double>(ranks), n = static_cast<double>(shards),
                   k = static_cast<double>(std::min(ranks, on_cores));
        return std::max(fixed + shard * std::ceil(n / p), (p * fixed + n * shard) / k);
    }
    [[nodiscard]] double seconds(size_t ranks) const {
        if (ranks == 1) return computed(1, 1);
        const auto p = static_cast<double>(ranks), k = static_cast<double>(std::min(ranks, cores));
        return computed(ranks, cores) + p / k * (2 * (p - 1) / p * bytes / bandwidth + adding * bytes) +
               4 * (p - 1) * latency;
    }
    /// The most ranks, up to one a shard, each of which is worth at least half of the only one.
    [[nodiscard]] size_t useful_ranks() const {
        size_t most = 1;
        for (size_t p = 2; p <= shards; ++p)
            if (seconds(1) / seconds(p) >= 0.5 * static_cast<double>(p)) most = p;
        return most;
    }
};

template <class Network, class Task>
void fit_and_check(Network& network, const Task& task, const process_group& ranks, size_t batch, size_t shard,
                   size_t steps) {
    smaller_groups groups(ranks);
    require(groups.sizes.size() >= 2, "cost_model: 1 rank, expected 2 or more");
    cost_model model;
    model.shards = batch / shard;
    model.cores = std::thread::hardware_concurrency();
    model.bytes = 4 * static_cast<double>(network.parameters().size());
    require(model.shards >= 4, "cost_model: ", model.shards, " shards, expected at least 4: a smaller SHARD");

    std::vector<double> lengths, sending;
    for (size_t count = 1 << 12; count <= 1 << 22; count *= 4) {
        groups.on(2, [&](const process_group& two) { sending.push_back(seconds_of_sending(two, count)); });
        lengths.push_back(4.0 * static_cast<double>(count));
    }
    std::vector<double> adding;
    groups.on(2, [&](const process_group& two) {
        const auto counted = std::make_shared<bench::counting_transport>(two);
        const size_t size = network.parameters().size();
        std::vector<float> total(size);
        detail::shard_sum<float> sums(process_group(counted), model.shards, size);
        for (int i = 0; i < 20; ++i) {
            const double before = counted->processor;
            const stopwatch watch;
            sums.combine(total);
            adding.push_back(watch.cpu() - (counted->processor - before));
        }
    });

    const auto options = [&](size_t some_shards) {
        return fit_options{.steps = steps + 1, .batch = some_shards * shard, .seed = seed{1}, .shard = shard};
    };
    const std::array<size_t, 3> counts{model.shards / 4, model.shards / 2, model.shards};
    std::vector<std::vector<double>> alone(counts.size()), used(groups.sizes.size());
    std::vector<double> shortest_step(groups.sizes.size(), INFINITY);
    for (int round = 0; round < 3; ++round) {  // in turns, as what others use changes
        for (size_t i = 0; i + 1 < counts.size(); ++i)
            groups.on(1, [&](const process_group&) {
                append(bench::times_of_steps(network, task, options(counts[i])).cpu, alone[i]);
            });
        for (size_t i = 0; i < groups.sizes.size(); ++i)
            groups.on(groups.sizes[i], [&](const process_group& some) {
                const auto counted = std::make_shared<bench::counting_transport>(some);
                auto over_ranks = options(model.shards);
                if (i > 0) over_ranks.ranks = process_group(counted);
                const auto times =
                    bench::times_of_steps(network, task, over_ranks, [&] { return counted->processor; });
                append(times.cpu, used[i]);
                for (const double each : times.wall) shortest_step[i] = std::min(shortest_step[i], each);
            });
    }
    if (ranks.rank() > 0) return;
    alone.back() = used[0];
    std::vector<double> seconds_alone;
    for (const auto& each : alone) seconds_alone.push_back(bench::median(each));
    const line compute({counts.begin(), counts.end()}, seconds_alone), message(lengths, sending);
    model.fixed = std::max(0.0, compute.first), model.shard = compute.second;
    model.latency = std::max(0.0, message.first / 2), model.bandwidth = 1 / message.second;
    model.adding = bench::median(adding) / model.bytes;
    std::printf("%zu shards of %zu trials, %.2f MB of parameters, %zu cores\n", model.shards, shard,
                1e-6 * model.bytes, model.cores);
    std::printf("F %.2f ms a step, C %.2f ms a shard, L %.1f us, W %.2f GB/s, A %.3f ms a MB\n",
                1e3 * model.fixed, 1e3 * model.shard, 1e6 * model.latency, 1e-9 * model.bandwidth,
                1e9 * model.adding);
    std::printf("there and back, bytes and ms:");
    for (size_t i = 0; i < lengths.size(); ++i) std::printf("  %.0f %.3f", lengths[i], 1e3 * sending[i]);
    std::printf("\n");
    const auto compare = [](double predicted, double measured) {
        std::printf(" predicted %.1f ms, measured %.1f ms (%+.0f %%)", 1e3 * predicted, 1e3 * measured,
                    100 * (predicted / measured - 1));
    };
    for (size_t i = 0; i < groups.sizes.size(); ++i) {
        std::printf("%zu ranks: processor of a rank", groups.sizes[i]);
        compare(model.computed(groups.sizes[i], groups.sizes[i]), bench::median(used[i]));
        std::printf("; the clock");
        compare(model.seconds(groups.sizes[i]), shortest_step[i]);
        std::printf("\n");
    }
    std::printf("times as fast as one rank on as many cores as ranks, the latencies being assumed:\n");
    struct {
        const char* name;
        double bandwidth, latency;
    } const networks[] = {{"1 Gbit/s, 50 us", 0.125e9, 50e-6},
                          {"10 Gbit/s, 20 us", 1.25e9, 20e-6},
                          {"100 Gbit/s, 2 us", 12.5e9, 2e-6}};
    for (const auto& each : networks) {
        cost_model there = model;
        there.bandwidth = each.bandwidth, there.latency = each.latency, there.cores = 1000;
        std::printf("%-17s", each.name);
        for (size_t p = 2; p <= there.shards; p *= 2)
            std::printf("  %zu ranks %.2f", p, there.seconds(1) / there.seconds(p));
        std::printf("  at least half of each rank is used up to %zu\n", there.useful_ranks());
    }
}

}  // namespace

int main(int argc, char** argv) {
    return mpi_main(argc, argv, [&](const process_group& ranks) {
        const std::string what = argc > 1 ? argv[1] : "mnist";
        const auto number = [&](int i, size_t otherwise) {
            return argc > i ? std::strtoul(argv[i], nullptr, 10) : otherwise;
        };
        if (what == "mnist")
            bench::with_mnist([&](auto& network, const auto& task, size_t batch) {
                fit_and_check(network, task, ranks, batch, number(3, 16), number(2, 20));
            });
        else if (what == "cifar10")
            bench::with_cifar10([&](auto& network, const auto& task, size_t batch) {
                fit_and_check(network, task, ranks, batch, number(3, 8), number(2, 1));
            });
        else
            throw value_error(detail::concatenate("cost_model: '", what, "', expected mnist or cifar10"));
        return 0;
    });
}
