/// @file
/// Processes over MPI: how a program begins and ends, and all that there is besides. Optional: engram.hpp
/// does not include it, and only programs that link engram::mpi can.
#pragma once

#include <mpi.h>

#include <exception>
#include <filesystem>
#include <string>
#include <system_error>

#include "engram/distributed/detail/fail_together.hpp"
#include "engram/distributed/mpi_process_group.hpp"
#include "engram/distributed/shared_counter.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/checksum.hpp"
#include "engram/version.hpp"

namespace engram {

namespace detail {

/// What tells this program from another, or from another build of it.
inline std::string name_of_build() {
    const std::filesystem::path program = "/proc/self/exe";  // where the system has it
    std::error_code none;
    const bool readable = std::filesystem::exists(program, none);
    return concatenate("engram ", version_string, ", ", __VERSION__, ", CRC-32 ",
                       readable ? crc32(read_file(program)) : 0u);
}

}  // namespace detail

/// Runs a program over all ranks that mpirun started: body(group) gives the exit status.
///
///     int main(int argc, char** argv) {
///         return engram::mpi_main(argc, argv, [&](const engram::process_group& ranks) { ...; return 0; });
///     }
///
/// If body throws on any rank, that rank says so in one line (one rank, if several throw), and all ranks end
/// with status 1: each by itself where all of them throw, as when they refuse what they were given; else MPI
/// ends those that go on, a second later, and it is mpirun that gives the status. Threads of engram make no
/// call of MPI, so MPI_THREAD_FUNNELED is asked for; an MPI that offers less is refused, and so are ranks
/// that run different programs or builds.
template <class Body>
int mpi_main(int argc, char** argv, Body&& body) {
    int provided = 0;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);  // and of copies
    MPI_Comm failing = MPI_COMM_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &failing);
    int status = 1;
    const auto fail = [&](const char* why) {
        detail::fail_together(failing, why);
        for (MPI_Win& window : detail::unfreed_windows()) MPI_Win_free(&window);
    };
    try {
        const auto ranks = mpi_process_group(MPI_COMM_WORLD);
        require<mpi_error>(provided >= MPI_THREAD_FUNNELED,
                           "this MPI does not support threads (MPI_THREAD_FUNNELED)");
        require_same_everywhere(ranks, "different programs", detail::name_of_build());
        status = body(ranks);
    } catch (...) {
        fail(detail::words_of_exception().c_str());
    }
    MPI_Comm_free(&failing);
    MPI_Finalize();
    return status;
}

}  // namespace engram
