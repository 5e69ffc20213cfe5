/// @file
/// How the ranks of a program end where some have failed.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace engram::detail {

/// Called by each rank that has failed, with why: the lowest of them says so. Returns once all ranks have
/// failed; if others go on for a second more, MPI ends them. Ranks tell each other by messages over a
/// communicator that has no others: who computes may be in MPI hours later only.
inline void fail_together(MPI_Comm communicator, const char* why) {
    int rank = 0, size = 1;
    MPI_Comm_rank(communicator, &rank);
    MPI_Comm_size(communicator, &size);
    const auto say = [&] {
        std::fprintf(stderr, "engram: rank %d of %d: %s\n", rank, size, why);
        std::fflush(nullptr);
    };
    std::vector<MPI_Request> told;
    for (int r = 0; r < size; ++r)
        if (r != rank)
            MPI_Isend(nullptr, 0, MPI_BYTE, r, 0, communicator, &told.emplace_back(MPI_REQUEST_NULL));
    const auto begin = std::chrono::steady_clock::now();
    int failed = 1, lowest = rank;
    while (failed < size) {
        int waits = 0;
        MPI_Status of{};
        MPI_Iprobe(MPI_ANY_SOURCE, 0, communicator, &waits, &of);
        if (waits != 0) {
            MPI_Recv(nullptr, 0, MPI_BYTE, of.MPI_SOURCE, 0, communicator, MPI_STATUS_IGNORE);
            lowest = std::min(lowest, of.MPI_SOURCE);
            ++failed;
        } else if (lowest == rank && std::chrono::steady_clock::now() - begin > std::chrono::seconds(1)) {
            say();
            // An mpirun that is told to end all may drop what it has not yet passed on.
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
            MPI_Abort(MPI_COMM_WORLD, 1);
        } else {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    if (lowest == rank) say();
    MPI_Waitall(static_cast<int>(told.size()), told.data(), MPI_STATUSES_IGNORE);
}

}  // namespace engram::detail
