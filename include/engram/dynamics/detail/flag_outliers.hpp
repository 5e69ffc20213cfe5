/// @file
/// Which points of a search lie far from its seeds.
#pragma once

#include "engram/dynamics/detail/seed_share.hpp"
#include "engram/dynamics/map/state_scale.hpp"
#include "engram/dynamics/point/slow_point.hpp"

#include <span>
#include <vector>

namespace engram::detail {

/// Flags this process's points that are far from the centre of the seeds of all, of which it has its share
/// (n x d), in units of a scale.
template <class T>
void flag_outliers(const process_group& ranks, const seed_share& share, const matrix<T>& seeds,
                   const state_scale<T>& scale, T limit, std::vector<slow_point<T>>& points) {
    const size_t n = seeds.shape(0), d = seeds.shape(1);
    const auto all = static_cast<T>(share.total);
    std::vector<T> centre(d);
    ranks.in_turn(std::span<T>(centre), [&] {
        for (size_t i = 0; i < n; ++i) axpy(d, T(1) / all, &seeds(i, 0), centre.data());
    });
    T mean = 0;
    ranks.in_turn(std::span<T>(&mean, 1), [&] {
        for (size_t i = 0; i < n; ++i) mean += distance(&seeds(i, 0), centre.data(), d) / all;
    });
    for (auto& point : points) {
        if (!share.holds(point.best_seed)) continue;
        std::vector<T> at(d);
        for (size_t j = 0; j < d; ++j) at[j] = point.state(j) / scale[j];
        point.outlier = mean > 0 && distance(at.data(), centre.data(), d) > limit * mean;
    }
}

}  // namespace engram::detail
