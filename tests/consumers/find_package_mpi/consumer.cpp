// A program over ranks of someone who uses engram: it counts them.
#include <engram/distributed/mpi.hpp>
#include <engram/version.hpp>

#include <iostream>
#include <numeric>

int main(int argc, char** argv) {
    return engram::mpi_main(argc, argv, [](const engram::process_group& ranks) {
        const auto numbers = ranks.all_gather(ranks.rank() + 1);
        const auto sum = std::accumulate(numbers.begin(), numbers.end(), std::size_t{0});
        if (ranks.rank() == 0)
            std::cout << "engram " << engram::version_string << ": " << ranks.size() << " ranks\n";
        return sum == ranks.size() * (ranks.size() + 1) / 2 ? 0 : 1;
    });
}
