/// @file
/// A number that processes count up together, and how one computes while others reach it.
#pragma once

#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <utility>
#include <vector>

#include "engram/distributed/mpi_process_group.hpp"

namespace engram {

namespace detail {

/// Windows of counters that exceptions have destroyed, in that order: they are freed before MPI ends.
inline std::vector<MPI_Win>& unfreed_windows() {
    static std::vector<MPI_Win> windows;
    return windows;
}

}  // namespace detail

/// A number that ranks count up together, by MPI's one-sided fetch-and-add: each value is taken once.
/// Making one is collective, and so is destroying it, unless an exception does, which ends all ranks.
/// It lies on rank 0. A network that has no one-sided operations in hardware, as plain TCP, reaches it only
/// while rank 0 is in MPI: a rank that computes for long does so in work_beside_mpi().
class shared_counter {
  public:
    /// Starts at 0. Of the ranks of a communicator.
    explicit shared_counter(MPI_Comm communicator = MPI_COMM_WORLD) {
        int rank = 0;
        MPI_Comm_rank(communicator, &rank);
        const MPI_Aint size = rank == 0 ? sizeof(long) : 0;
        detail::check_mpi(
            MPI_Win_allocate(size, sizeof(long), MPI_INFO_NULL, communicator, &memory_, &window_),
            "MPI_Win_allocate");
        MPI_Win_set_errhandler(window_, MPI_ERRORS_RETURN);
        if (rank == 0) {
            lock(MPI_LOCK_EXCLUSIVE);
            *memory_ = 0;
            unlock();
        }
        detail::check_mpi(MPI_Barrier(communicator), "MPI_Barrier");
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

/// Calls work() on a thread of its own, which makes no call of MPI, while this thread enters MPI and calls
/// meanwhile() every millisecond: so other ranks reach counters on this one whatever it computes. Throws what
/// either throws, once work() has ended; after meanwhile() has thrown it is not called again.
template <class Work, class Meanwhile>
void work_beside_mpi(Work&& work, Meanwhile&& meanwhile) {
    // A message that waits is found at once, and MPI does nothing else; none has the largest tag.
    constexpr int no_messages_tag = 32767;
    auto end = std::async(std::launch::async, std::forward<Work>(work));
    std::exception_ptr failure;
    while (end.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
        int waits = 0;
        MPI_Iprobe(MPI_ANY_SOURCE, no_messages_tag, MPI_COMM_WORLD, &waits, MPI_STATUS_IGNORE);
        try {
            if (!failure) meanwhile();
        } catch (...) {
            failure = std::current_exception();
        }
    }
    end.get();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace engram
