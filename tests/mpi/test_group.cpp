// Run by mpirun with any number of ranks: what a group of processes does over MPI.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/distributed/mpi.hpp"
#include "engram/training/detail/shard_sum.hpp"

namespace {

void expect(bool condition, const char* what) {
    if (!condition) throw engram::mpi_error(what);
}

/// The gradient of one shard.
std::vector<float> gradient_of(std::size_t shard, std::size_t size) {
    std::vector<float> numbers(size);
    engram::random_stream(engram::seed{shard}, engram::purpose::user).normals(numbers);
    return numbers;
}

/// The sum in the order that is promised: of the first half, rounded up to a power of two, and of the rest.
std::vector<float> sum_of(std::size_t first, std::size_t count, std::size_t size) {
    if (count == 1) return gradient_of(first, size);
    std::size_t half = 1;
    while (2 * half < count) half *= 2;
    auto sum = sum_of(first, half, size);
    const auto rest = sum_of(first + half, count - half, size);
    std::transform(sum.begin(), sum.end(), rest.begin(), sum.begin(), std::plus{});
    return sum;
}

void sums_of_shards(const engram::process_group& ranks) {
    for (const std::size_t shards : {1u, 2u, 3u, 5u, 8u, 13u})
        for (const std::size_t size : {1u, 3u, 100u}) {  // some ranks have no shard, or nothing to add up
            // By itself, for a training run shows that its bits are the same, and not that the order is as
            // promised.
            engram::detail::shard_sum<float> sum(ranks, shards, size);
            std::vector<float> total(size);
            sum.add_up(0, size, total, [&](std::size_t shard, float* to) {
                const auto more = gradient_of(shard, size);
                std::transform(more.begin(), more.end(), to, to, std::plus{});
            });
            sum.combine(total);
            expect(total == sum_of(0, shards, size), "gradients of shards were added in another order");
        }
}

/// Ranks reach a counter on rank 0, and each other, while rank 0 computes until they have, though a message
/// waits for it meanwhile.
void counts_while_rank_0_works(const engram::process_group& ranks) {
    namespace chrono = std::chrono;
    const std::string file = "counted-by-" + std::to_string(ranks.size());
    if (ranks.rank() == 0) std::filesystem::remove(file);
    engram::shared_counter counter;
    bool counted = ranks.alone();
    if (ranks.rank() == 1) {
        MPI_Request request = MPI_REQUEST_NULL;
        MPI_Isend(nullptr, 0, MPI_BYTE, 0, 7, MPI_COMM_WORLD, &request);
        MPI_Request_free(&request);
    }
    (void)ranks.all_gather(char{0});
    if (ranks.rank() == 0) {
        const auto latest = chrono::steady_clock::now() + chrono::seconds(60);
        engram::work_beside_mpi(
            [&] {
                while (!counted && chrono::steady_clock::now() < latest) {
                    std::this_thread::sleep_for(chrono::milliseconds(1));
                    counted = std::filesystem::exists(file);
                }
            },
            [] {});
        std::filesystem::remove(file);
        if (!ranks.alone()) MPI_Recv(nullptr, 0, MPI_BYTE, 1, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (counter.next() + 2 == ranks.size()) {
        std::ofstream(file) << "";
    }
    expect(ranks.all_gather(static_cast<char>(counted))[0] != 0,
           "ranks do not reach a counter while rank 0 works");

    bool told = false;
    try {
        engram::work_beside_mpi([] { throw engram::value_error("delay = 0"); }, [] {});
    } catch (const engram::value_error&) {
        told = true;
    }
    expect(told, "an exception of the work is lost");
}

/// Two halves of the ranks are groups of their own, each adding up its own shards.
void halves(const engram::process_group& ranks) {
    const int half = ranks.rank() < ranks.size() / 2 ? 0 : 1;
    MPI_Comm communicator = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, half, 0, &communicator);
    {
        const auto own = engram::mpi_process_group(communicator);
        const std::size_t lower = ranks.size() / 2;
        expect(own.size() == (half == 0 ? lower : ranks.size() - lower) &&
                   own.rank() == ranks.rank() - (half == 0 ? 0 : lower),
               "a group is of other ranks than its communicator");
        sums_of_shards(own);
        engram::shared_counter counter(communicator);
        const auto taken = own.all_gather(counter.next());
        expect(
            std::accumulate(taken.begin(), taken.end(), std::size_t{0}) == own.size() * (own.size() - 1) / 2,
            "a counter of half of the ranks counts otherwise");
    }
    MPI_Comm_free(&communicator);
}

}  // namespace

int main(int argc, char** argv) {
    return engram::mpi_main(argc, argv, [&](const engram::process_group& ranks) {
        const std::string fault = argc > 1 ? argv[1] : "";
        const std::size_t n = ranks.size(), me = ranks.rank();
        if (fault == "throw" && me == n - 1) throw engram::value_error("learning_rate = -1");
        if (fault == "throw_all") throw engram::value_error("steps = 0");
        if (fault == "throw_most" && me > 0) throw engram::value_error("delay = " + std::to_string(me));
        if (fault == "throw_most") std::this_thread::sleep_for(std::chrono::hours(1));
        if (fault == "differ")
            engram::require_same_everywhere(ranks, "options",
                                            "steps = " + std::to_string(me == n - 1 ? 7 : 5));
        engram::require_same_everywhere(ranks, "options", "steps = 5");

        sums_of_shards(ranks);
        counts_while_rank_0_works(ranks);
        halves(ranks);
        const auto squares = ranks.all_gather(me * me);
        for (std::size_t r = 0; r < n; ++r) expect(squares[r] == r * r, "all_gather of one value each");

        std::vector<double> all(100, -1);  // each rank's part in its place
        std::vector<std::size_t> counts(n);
        for (std::size_t r = 0; r < n; ++r) counts[r] = ranks.first_of(100, r + 1) - ranks.first_of(100, r);
        const std::span<double> mine = std::span(all).subspan(ranks.first_of(100, me), counts[me]);
        std::iota(mine.begin(), mine.end(), static_cast<double>(ranks.first_of(100, me)));
        ranks.all_gather(std::span<const double>(mine), std::span(all), counts);
        for (std::size_t i = 0; i < 100; ++i) expect(all[i] == static_cast<double>(i), "all_gather in place");

        std::vector<std::size_t> to(n), from(n);  // rank a sends a + b + 1 numbers a * 100 + b to rank b
        std::vector<double> out, in;
        for (std::size_t b = 0; b < n; ++b) {
            to[b] = from[b] = me + b + 1;
            out.insert(out.end(), to[b], static_cast<double>(me * 100 + b));
            in.resize(in.size() + from[b]);
        }
        ranks.exchange(std::span<const double>(out), to, std::span(in), from);
        std::size_t at = 0;
        for (std::size_t a = 0; a < n; ++a)
            for (std::size_t k = 0; k < from[a]; ++k)
                expect(in[at++] == static_cast<double>(a * 100 + me), "exchange");

        engram::shared_counter counter;  // each number is taken by one rank
        if ((fault == "throw_counting" && me == n - 1) || fault == "throw_all_counting")
            throw engram::value_error("seeds = 0");
        std::vector<char> taken(200, 0);
        for (std::size_t i = counter.next(); i < taken.size(); i = counter.next()) taken[i] = 1;
        std::vector<char> of_all(n * taken.size());
        ranks.all_gather(std::span<const char>(taken), std::span(of_all), std::vector(n, taken.size()));
        for (std::size_t i = 0; i < taken.size(); ++i) {
            int times = 0;
            for (std::size_t r = 0; r < n; ++r) times += of_all[r * taken.size() + i];
            expect(times == 1, "a number of the shared counter was taken other than once");
        }
        if (me == 0) std::puts("passed");
        return 0;
    });
}
