/// @file
/// grid: start states on a regular grid.
#pragma once

#include "engram/core/any_array.hpp"

#include <utility>
#include <vector>

namespace engram {

namespace detail {

/// The lower and the upper corner of a box (d each), in the name of a function. Throws shape_error.
template <class T, any_array Corner>
std::pair<std::vector<T>, std::vector<T>> box_corners(const char* function, const Corner& lower,
                                                      const Corner& upper) {
    std::pair corners(to_list<T>(function, lower), to_list<T>(function, upper));
    require<shape_error>(!corners.first.empty() && corners.first.size() == corners.second.size(), function,
                         ": corners of ", corners.first.size(), " and ", corners.second.size(),
                         " coordinates, but both need the same number, at least one");
    return corners;
}

}  // namespace detail

/// The n^d points of a regular grid over the box with the given corners, as rows (n^d x d); the last
/// coordinate varies fastest, both ends are included, and n = 1 takes the middle.
/// Throws shape_error for corners of different or no length, value_error for n = 0 or more than 2^32 points.
template <class T, any_array Corner = std::vector<T>>
matrix<T> grid(const Corner& lower_corner, const Corner& upper_corner, size_t n) {
    const auto [lower, upper] = detail::box_corners<T>("grid", lower_corner, upper_corner);
    const size_t d = lower.size();
    require(n > 0, "grid: n = 0, but a grid needs at least one point an axis");
    size_t points = 1;
    for (size_t j = 0; j < d; ++j) {
        require(points <= (size_t{1} << 32) / n, "grid: ", n, " points on each of ", d, " axes are too many");
        points *= n;
    }
    auto result = matrix<T>::from_shape({points, d});
    for (size_t i = 0; i < points; ++i) {
        for (size_t j = d, rest = i; j-- > 0; rest /= n) {
            const T share = n == 1 ? T(0.5) : static_cast<T>(rest % n) / static_cast<T>(n - 1);
            result(i, j) = lower[j] + share * (upper[j] - lower[j]);
        }
    }
    return result;
}

}  // namespace engram
