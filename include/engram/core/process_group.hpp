/// @file
/// Processes that compute one result together: what training and searches ask of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engram/core/error.hpp"
#include "engram/core/full_digits.hpp"

namespace engram {

/// How processes reach each other. Every call is collective: all processes make it, in the same order, from
/// the thread that made the group. distributed/mpi.hpp has the one over MPI.
struct process_transport {
    virtual ~process_transport() = default;
    /// This process, counted from 0.
    [[nodiscard]] virtual std::size_t rank() const = 0;
    /// How many processes there are.
    [[nodiscard]] virtual std::size_t size() const = 0;
    /// Every process gets all parts, in the order of the ranks: counts[r] bytes of rank r. `mine` stands in
    /// its place in `all` on every process, or on none.
    virtual void all_gather(std::span<const std::byte> mine, std::span<std::byte> all,
                            std::span<const std::size_t> counts) = 0;
    /// Rank r gets to[r] bytes, which stand in `out` one part after the other; `in` becomes from[r] bytes of
    /// each rank, likewise.
    virtual void exchange(std::span<const std::byte> out, std::span<const std::size_t> to,
                          std::span<std::byte> in, std::span<const std::size_t> from) = 0;
};

/// A number of processes, one of them this one; by default it is alone. Copies are the same group.
class process_group {
  public:
    /// This process alone.
    process_group() = default;
    /// Those that a transport reaches.
    explicit process_group(std::shared_ptr<process_transport> transport) : transport_(std::move(transport)) {}

    /// This process, counted from 0.
    [[nodiscard]] std::size_t rank() const { return transport_ ? transport_->rank() : 0; }
    /// How many processes there are.
    [[nodiscard]] std::size_t size() const { return transport_ ? transport_->size() : 1; }
    /// Whether there is no other process.
    [[nodiscard]] bool alone() const { return size() == 1; }

    /// The first of `count` items that rank r works on, those of all ranks being contiguous and even; rank
    /// size() begins where the last one ends.
    [[nodiscard]] std::size_t first_of(std::size_t count, std::size_t r) const { return count * r / size(); }

    /// Puts the items of all ranks together in the order of the ranks, the same on each. `all` holds
    /// counts[0] + counts[1] + ... numbers; on all ranks or on none, `mine` may already stand in its place.
    template <class T>
    void all_gather(std::span<const T> mine, std::span<T> all, std::span<const std::size_t> counts) const {
        static_assert(std::is_trivially_copyable_v<T>);
        gather(std::as_bytes(mine), std::as_writable_bytes(all), counts, sizeof(T));
    }
    /// One value of each rank, in the order of the ranks.
    template <class T>
    [[nodiscard]] std::vector<T> all_gather(const T& mine) const {
        std::vector<T> all(size());
        all_gather(std::span<const T>(&mine, 1), std::span<T>(all), std::vector<std::size_t>(size(), 1));
        return all;
    }
    /// The items of all ranks, however many each has, in the order of the ranks.
    template <class T>
    [[nodiscard]] std::vector<T> join(std::span<const T> mine) const {
        const auto counts = all_gather(mine.size());
        std::vector<T> all(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
        all_gather(mine, std::span<T>(all), counts);
        return all;
    }
    /// The text of the first rank that has one; empty if none has.
    [[nodiscard]] std::string first_text(const std::string& mine) const {
        const auto lengths = all_gather(mine.size());
        const auto all = join(std::span<const char>(mine));
        for (const std::size_t length : lengths)
            if (length > 0) return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(length)};
        return {};
    }
    /// One rank after the other calls work(), which changes `numbers`: each begins with what the one before
    /// has left, and all end with what the last has.
    template <class T, class Work>
    void in_turn(std::span<T> numbers, Work&& work) const {
        for (std::size_t r = 0; r < size(); ++r) {
            if (r == rank()) work();
            std::vector<std::size_t> counts(size(), 0);
            counts[r] = numbers.size();
            const auto mine = numbers.subspan(r < rank() ? numbers.size() : 0, counts[rank()]);
            all_gather(std::span<const T>(mine), numbers, counts);
        }
    }
    /// Rank r gets to[r] numbers of `out`, whose parts stand one after the other; `in` becomes from[r]
    /// numbers of each rank.
    template <class T>
    void exchange(std::span<const T> out, std::span<const std::size_t> to, std::span<T> in,
                  std::span<const std::size_t> from) const {
        static_assert(std::is_trivially_copyable_v<T>);
        if (alone())
            std::copy(out.begin(), out.end(), in.begin());
        else
            transport_->exchange(std::as_bytes(out), in_bytes(to, sizeof(T)), std::as_writable_bytes(in),
                                 in_bytes(from, sizeof(T)));
    }

  private:
    /// all_gather() for items of `size` bytes each.
    void gather(std::span<const std::byte> mine, std::span<std::byte> all,
                std::span<const std::size_t> counts, std::size_t size) const {
        if (!alone())
            transport_->all_gather(mine, all, in_bytes(counts, size));
        else if (mine.data() != all.data())
            std::copy(mine.begin(), mine.end(), all.begin());
    }
    static std::vector<std::size_t> in_bytes(std::span<const std::size_t> counts, std::size_t size) {
        std::vector<std::size_t> lengths(counts.begin(), counts.end());
        for (std::size_t& count : lengths) count *= size;
        return lengths;
    }

    std::shared_ptr<process_transport> transport_;
};

namespace detail {

/// The parts one after the other, numbers with all their digits: what is to be compared between processes.
template <class... Parts>
std::string all_digits(const Parts&... parts) {
    std::ostringstream text;
    const full_digits format(text);
    (text << ... << parts);
    return text.str();
}

}  // namespace detail

/// Throws value_error on every process unless all of them give the same text, naming `what` and the first
/// rank that differs from rank 0: to be called before any work that supposes it.
inline void require_same_everywhere(const process_group& ranks, const std::string& what,
                                    const std::string& text) {
    const auto lengths = ranks.all_gather(text.size());
    const auto joined = ranks.join(std::span<const char>(text));
    const std::string all(joined.begin(), joined.end()), expected = all.substr(0, lengths[0]);
    std::size_t begin = 0;
    for (std::size_t r = 0; r < lengths.size(); begin += lengths[r], ++r)
        require(all.compare(begin, lengths[r], expected) == 0, what, ": rank ", r, " has ",
                all.substr(begin, lengths[r]), ", rank 0 has ", expected);
}

}  // namespace engram
