/// @file
/// What processes that train one network together must agree on.
#pragma once

#include <cstdint>
#include <span>

#include "engram/core/process_group.hpp"
#include "engram/io/checksum.hpp"
#include "engram/training/fit_options.hpp"

namespace engram::detail {

/// Throws value_error on all processes of a run where one would train something else than rank 0 does.
template <class T>
void require_same_run(const fit_options& options, double learning_rate, size_t callbacks,
                      std::span<const T> weights, size_t step) {
    if (options.ranks.alone()) return;
    require_same_everywhere(
        options.ranks, "fit: different options",
        all_digits("steps = ", options.steps, ", batch = ", options.batch, ", seed = ", options.seed.value,
                   ", clip_norm = ", options.clip_norm, ", shard = ", options.shard,
                   ", averaging = ", options.averaging, ", unit_noise = ", options.unit_noise,
                   ", learning_rate = ", learning_rate, ", ", callbacks, " callbacks"));
    const auto bytes = std::as_bytes(weights);
    require_same_everywhere(
        options.ranks, "fit: different networks",
        concatenate(weights.size(), " parameters of CRC-32 ",
                    crc32({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}),
                    " before update ", step + 1));
}

}  // namespace engram::detail
