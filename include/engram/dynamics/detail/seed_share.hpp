/// @file
/// Which seeds of a search are a process's own.
#pragma once

#include "engram/core/process_group.hpp"
#include "engram/core/tensor.hpp"

#include <algorithm>

namespace engram::detail {

/// The seeds of a search that are this process's: whole blocks of a solver, so that blocks are the same
/// whatever the number of processes.
struct seed_share {
    size_t total, block;  ///< of all processes
    size_t first, count;  ///< of this one

    seed_share(const process_group& ranks, size_t seeds, size_t seeds_in_block)
        : total(seeds),
          block(seeds_in_block),
          first(begin_of(ranks, ranks.rank())),
          count(begin_of(ranks, ranks.rank() + 1) - first) {}

    /// Whether a seed is this process's.
    [[nodiscard]] bool holds(size_t seed) const { return seed >= first && seed - first < count; }
    /// This process's rows of all seeds.
    template <class T>
    [[nodiscard]] matrix<T> own(matrix<T> seeds) const {
        if (count == total) return seeds;
        auto rows = matrix<T>::from_shape({count, seeds.shape(1)});
        const auto begin = seeds.begin() + static_cast<std::ptrdiff_t>(first * seeds.shape(1));
        std::copy_n(begin, rows.size(), rows.begin());
        return rows;
    }

  private:
    [[nodiscard]] size_t begin_of(const process_group& ranks, size_t rank) const {
        return std::min(total, ranks.first_of((total + block - 1) / block, rank) * block);
    }
};

}  // namespace engram::detail
