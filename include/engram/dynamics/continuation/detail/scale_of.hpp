/// @file
/// The unit of states on a branch, and the checks of scales and bounds.
#pragma once

#include "engram/core/lapack.hpp"
#include "engram/dynamics/map/search_region.hpp"

#include <vector>

namespace engram::detail {

/// The unit of each coordinate: what the user gives, or the largest modulus among the states, or a whole
/// length where that is as good as zero beside it.
template <class T>
std::vector<T> scale_of(const char* function, const std::vector<vector<T>>& states, T whole,
                        const std::vector<T>& given) {
    const size_t d = states[0].size();
    require<shape_error>(given.size() <= 1 || given.size() == d, function, ": ", given.size(),
                         " scales for states of dimension ", d);
    for (const T s : given)
        require(s > 0 && std::isfinite(s), function, ": a scale of ", s, ", but it must be positive");
    if (!given.empty()) return given.size() == d ? given : std::vector<T>(d, given[0]);
    std::vector<T> scale(d);
    for (const auto& state : states) {
        for (size_t i = 0; i < d; ++i) scale[i] = std::max(scale[i], std::abs(state(i)));
        whole = std::max(whole, std::sqrt(dot(d, state.data(), state.data())));
    }
    for (T& s : scale)
        if (s <= whole * T(1e-10)) s = whole > 0 ? whole : T(1);
    return scale;
}

/// Refuses bounds that do not fit the dimension, or cross.
template <class T>
void check_region(const char* function, size_t d, const search_region<T>& region) {
    for (const auto* bounds : {&region.lower_bounds, &region.upper_bounds})
        require<shape_error>(bounds->empty() || bounds->size() == d, function, ": ", bounds->size(),
                             " bounds for a map of dimension ", d);
    for (size_t j = 0; j < d; ++j)
        require(region.lower(j) < region.upper(j), function, ": lower bound ", region.lower(j),
                " is not below upper bound ", region.upper(j), " (coordinate ", j, ")");
}

}  // namespace engram::detail
