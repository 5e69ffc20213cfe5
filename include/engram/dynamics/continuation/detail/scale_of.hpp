/// @file
/// The unit of states on a branch.
#pragma once

#include "engram/dynamics/map/state_scale.hpp"

namespace engram::detail {

/// 1 in place of one scale for all coordinates between 0.01 and 100, or of none: lengths would differ from
/// search to search, for no more than other seeds.
template <class T>
state_scale<T> one_where_as_good(const state_scale<T>& scale) {
    return scale.uniform() && scale[0] > T(0.01) && scale[0] < T(100) ? state_scale<T>(T(1)) : scale;
}

/// The unit of states that points are followed in: the scale given or, where none is, that of the search that
/// found the points, `found`; for points of no search the median size of their states (n x d), as a search
/// from these would have; 1 where that is as good. Throws what state_scale::check() throws.
template <class T>
state_scale<T> scale_to_follow(const char* function, const state_scale<T>& given, const state_scale<T>& found,
                               const matrix<T>& states) {
    const size_t n = states.shape(0), d = states.shape(1);
    given.check(function, d);
    if (!given.empty()) return given;
    auto scale = found;
    if (found.empty()) {
        std::vector<T> sizes(d), known;
        for (size_t j = 0; j < d; ++j) {
            known.clear();
            for (size_t i = 0; i < n; ++i)
                if (states(i, j) != 0) known.push_back(std::abs(states(i, j)));
            sizes[j] = upper_median(known);
        }
        forget_negligible(sizes, T(1e-10));
        scale = scales_of(sizes, n < 4).usual;
    }
    return one_where_as_good(scale);
}

}  // namespace engram::detail
