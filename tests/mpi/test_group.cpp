// Run by mpirun with any number of ranks: what a group of processes does over MPI.
#include <cstdio>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "engram/distributed/mpi.hpp"

namespace {

void expect(bool condition, const char* what) {
    if (!condition) throw engram::mpi_error(what);
}

}  // namespace

int main(int argc, char** argv) {
    return engram::mpi_main(argc, argv, [&](const engram::process_group& ranks) {
        const std::string fault = argc > 1 ? argv[1] : "";
        const std::size_t n = ranks.size(), me = ranks.rank();
        if (fault == "throw" && me == n - 1) throw engram::value_error("learning_rate = -1");
        if (fault == "throw_all") throw engram::value_error("steps = 0");
        if (fault == "differ")
            engram::require_same_everywhere(ranks, "options",
                                            "steps = " + std::to_string(me == n - 1 ? 7 : 5));
        engram::require_same_everywhere(ranks, "options", "steps = 5");

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
        if (fault == "throw_counting" && me == n - 1) throw engram::value_error("seeds = 0");
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
