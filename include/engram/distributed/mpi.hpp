/// @file
/// Processes over MPI: how a program begins and ends, and the group of all its ranks. Optional: engram.hpp
/// does not include it, and only programs that link engram::mpi can.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/core/process_group.hpp"
#include "engram/io/bytes.hpp"
#include "engram/io/checksum.hpp"
#include "engram/version.hpp"

namespace engram {

/// A call of MPI failed, or this MPI cannot do what engram needs.
class mpi_error : public error {
  public:
    using error::error;
};

namespace detail {

inline void check_mpi(int status, const char* call) {
    if (status == MPI_SUCCESS) return;
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    MPI_Error_string(status, text, &length);
    throw mpi_error(concatenate(call, ": ", std::string(text, static_cast<std::size_t>(length))));
}

/// MPI counts bytes in int.
inline int mpi_count(std::size_t count) {
    require<mpi_error>(count <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
                       "MPI: a message of ", count, " bytes, expected at most ",
                       std::numeric_limits<int>::max());
    return static_cast<int>(count);
}

/// Where each rank's part of a message begins, for calls that take parts of several lengths.
struct message_parts {
    std::vector<int> counts, offsets;

    explicit message_parts(std::span<const std::size_t> lengths) {
        std::size_t sum = 0;
        for (const std::size_t count : lengths) {
            counts.push_back(mpi_count(count));
            offsets.push_back(mpi_count(sum));
            sum += count;
        }
    }
};

/// Every rank of a communicator.
class mpi_transport : public process_transport {
  public:
    explicit mpi_transport(MPI_Comm communicator) : communicator_(communicator) {
        check_mpi(MPI_Comm_rank(communicator, &rank_), "MPI_Comm_rank");
        check_mpi(MPI_Comm_size(communicator, &size_), "MPI_Comm_size");
    }
    [[nodiscard]] std::size_t rank() const override { return static_cast<std::size_t>(rank_); }
    [[nodiscard]] std::size_t size() const override { return static_cast<std::size_t>(size_); }
    void all_gather(std::span<const std::byte> mine, std::span<std::byte> all,
                    std::span<const std::size_t> counts) override {
        const message_parts parts(counts);
        const bool in_place = !all.empty() && mine.data() == all.data() + parts.offsets[rank()];
        check_mpi(
            MPI_Allgatherv(in_place ? MPI_IN_PLACE : mine.data(), mpi_count(mine.size()), MPI_BYTE,
                           all.data(), parts.counts.data(), parts.offsets.data(), MPI_BYTE, communicator_),
            "MPI_Allgatherv");
    }
    void exchange(std::span<const std::byte> out, std::span<const std::size_t> to, std::span<std::byte> in,
                  std::span<const std::size_t> from) override {
        const message_parts sent(to), got(from);
        check_mpi(MPI_Alltoallv(out.data(), sent.counts.data(), sent.offsets.data(), MPI_BYTE, in.data(),
                                got.counts.data(), got.offsets.data(), MPI_BYTE, communicator_),
                  "MPI_Alltoallv");
    }

  private:
    MPI_Comm communicator_;
    int rank_ = 0, size_ = 1;
};

/// Windows of counters that exceptions have destroyed, in that order: they are freed before MPI ends.
inline std::vector<MPI_Win>& unfreed_windows() {
    static std::vector<MPI_Win> windows;
    return windows;
}

}  // namespace detail

/// A number that all ranks count up together, by MPI's one-sided fetch-and-add: each value is taken once.
/// Making one is collective, and so is destroying it, unless an exception does, which ends all ranks.
class shared_counter {
  public:
    /// Starts at 0.
    shared_counter() {
        int rank = 0;
        MPI_Comm_rank(MPI_COMM_WORLD, &rank);
        const MPI_Aint size = rank == 0 ? sizeof(long) : 0;
        detail::check_mpi(
            MPI_Win_allocate(size, sizeof(long), MPI_INFO_NULL, MPI_COMM_WORLD, &memory_, &window_),
            "MPI_Win_allocate");
        MPI_Win_set_errhandler(window_, MPI_ERRORS_RETURN);
        if (rank == 0) {
            lock(MPI_LOCK_EXCLUSIVE);
            *memory_ = 0;
            unlock();
        }
        detail::check_mpi(MPI_Barrier(MPI_COMM_WORLD), "MPI_Barrier");
    }
    ~shared_counter() {
        // Freeing it waits for the other ranks, which may go on counting: mpi_main sees to that.
        if (std::uncaught_exceptions() > exceptions_)
            detail::unfreed_windows().push_back(window_);
        else
            MPI_Win_free(&window_);
    }
    shared_counter(const shared_counter&) = delete;
    shared_counter& operator=(const shared_counter&) = delete;

    /// The present value, which is then one more.
    [[nodiscard]] std::size_t next() { return add(1); }
    /// The present value, which then is more by `count`; with 0 it stays.
    std::size_t add(std::size_t count) {
        const auto more = static_cast<long>(count);
        long value = 0;
        lock(MPI_LOCK_SHARED);
        detail::check_mpi(MPI_Fetch_and_op(&more, &value, MPI_LONG, 0, 0, MPI_SUM, window_),
                          "MPI_Fetch_and_op");
        unlock();
        return static_cast<std::size_t>(value);
    }

  private:
    void lock(int kind) { detail::check_mpi(MPI_Win_lock(kind, 0, 0, window_), "MPI_Win_lock"); }
    void unlock() { detail::check_mpi(MPI_Win_unlock(0, window_), "MPI_Win_unlock"); }

    long* memory_ = nullptr;
    MPI_Win window_ = MPI_WIN_NULL;
    int exceptions_ = std::uncaught_exceptions();  ///< on their way when it was made
};

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
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    int status = 1;
    {
        shared_counter failures;
        const process_group ranks(std::make_shared<detail::mpi_transport>(MPI_COMM_WORLD));
        const auto fail = [&](const char* why) {
            const bool speaks = failures.next() == 0;
            if (speaks) {
                std::fprintf(stderr, "engram: rank %zu of %zu: %s\n", ranks.rank(), ranks.size(), why);
                std::fflush(nullptr);
            }
            const auto begin = std::chrono::steady_clock::now();
            while (failures.add(0) < ranks.size()) {
                if (speaks && std::chrono::steady_clock::now() - begin > std::chrono::seconds(1))
                    MPI_Abort(MPI_COMM_WORLD, 1);
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
            for (MPI_Win& window : detail::unfreed_windows()) MPI_Win_free(&window);
        };
        try {
            require<mpi_error>(provided >= MPI_THREAD_FUNNELED,
                               "this MPI does not support threads (MPI_THREAD_FUNNELED)");
            require_same_everywhere(ranks, "different programs", detail::name_of_build());
            status = body(ranks);
        } catch (const std::exception& failure) {
            fail(failure.what());
        } catch (...) {
            fail("an exception that is no std::exception");
        }
    }
    MPI_Finalize();
    return status;
}

}  // namespace engram
