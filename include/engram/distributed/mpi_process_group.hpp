/// @file
/// A group of processes that reach each other over MPI.
#pragma once

#include <mpi.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/core/process_group.hpp"

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
        check_mpi(MPI_Comm_set_errhandler(communicator, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
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

}  // namespace detail

/// The ranks of a communicator, such as a part that MPI_Comm_split made: they train or search together, and
/// ranks are numbered as there. The communicator is the caller's, who frees it when no copy of the group is
/// used any more; its errors are returned from now on, and thrown as mpi_error. MPI has been initialised, by
/// mpi_main() or the caller, and calls of the group are made by the thread that did.
inline process_group mpi_process_group(MPI_Comm communicator) {
    return process_group(std::make_shared<detail::mpi_transport>(communicator));
}

}  // namespace engram
