/// @file
/// The options of find_slow_points, and the checks on them and on the seeds.
#pragma once

#include "engram/core/process_group.hpp"
#include "engram/core/progress.hpp"
#include "engram/dynamics/map/state_scale.hpp"
#include "engram/dynamics/point/slow_point.hpp"

namespace engram {

/// How to search, whatever the solver.
template <class T>
struct search_options {
    /// Largest speed of a fixed point, in units of the scale. A point is fixed only if Newton's method
    /// confirms a root as well.
    T speed_tolerance = std::sqrt(std::numeric_limits<T>::epsilon());
    /// Where searches may go. A seed outside the bounds by no more than a millionth, as states computed in
    /// float may be, is moved onto the bound. Neither the solvers here nor the
    /// description of points evaluates the map outside: finite differences beside a bound are one-sided,
    /// which costs some digits.
    search_region<T> region = {};
    /// The size of a typical state, one number or one a coordinate: the unit of the solver's tolerances and
    /// steps and of all distances and speeds here but max_distance. By default the size of a coordinate is
    /// half the width of its bounds, or the median of its absolute value over the seeds, and the scale is the
    /// median over the coordinates. If the sizes differ by more than a factor of 1000 d, as in different
    /// units, each coordinate has a scale of its own. S, speeds and distances, max_distance included, are
    /// then those of coordinates divided by their scale and multiplied by the largest scale.
    state_scale<T> scale = {};
    /// Whether searches stay in the box that the map states by state_bounds() (bounded_map); seeds outside it
    /// start on its edge. If false, points outside are flagged (slow_point::outside_box).
    bool keep_to_box = true;
    /// Results closer to each other than this, in units of the larger of their norms and the scale, are
    /// merged into one point, whose state is the slowest of them. 0 keeps one point a seed.
    T merge_distance = T(1e-4);
    /// A point is flagged as an outlier if it is this many times farther from the centre of the seeds than
    /// the seeds are on average.
    T outlier_distance = 10;
    bool spectrum = true;   ///< whether to compute spectra
    bool curvature = true;  ///< whether to test that points are minima of S
    /// Largest dimension d for which (d x d) matrices are formed: by the default solver, which takes no
    /// larger maps, and to describe the points.
    size_t dense_limit = 2500;
    bool check_derivatives = true;  ///< whether to compare derivatives with finite differences, at one seed
    size_t threads = 1;             ///< results do not depend on it
    /// Processes that search together: each calls the function with the same arguments, and the seeds are
    /// distributed over them. All get the same results, which do not depend on their number. A watcher is
    /// told of its own process's seeds.
    process_group ranks = {};
    /// Called now and then with the number of seeds that are done, as a progress_bar is. The search ends if
    /// it returns false or throws; the points found so far are returned, and slow_points::interrupted says
    /// why.
    progress_watcher watcher = {};
    double time_limit =
        std::numeric_limits<double>::infinity();  ///< seconds after which the search ends likewise
};

namespace detail {

/// Throws shape_error or value_error, in the name of a function, for bounds of another dimension than the
/// map's and for bounds that cross.
template <class T>
void check_bounds(const char* function, size_t dimension, const search_region<T>& region) {
    for (const auto* bounds : {&region.lower_bounds, &region.upper_bounds})
        require<shape_error>(bounds->empty() || bounds->size() == dimension, function, ": ", bounds->size(),
                             " bounds for a map of dimension ", dimension);
    for (size_t j = 0; j < dimension; ++j)
        require(region.lower(j) < region.upper(j), function, ": lower bound ", region.lower(j),
                " is not below upper bound ", region.upper(j), " (coordinate ", j, ")");
}

/// The width of a region in a coordinate, 0 if it is unbounded there.
template <class T>
T width(const search_region<T>& region, size_t i) {
    const T w = region.upper(i) - region.lower(i);
    return std::isfinite(w) ? w : T(0);
}

/// Throws value_error if a state is not finite or outside the bounds by more than rounding; clips it to them.
template <class T>
void check_state(const char* what, size_t row, T* state, size_t d, const search_region<T>& region) {
    for (size_t j = 0; j < d; ++j) {
        const T x = state[j], clipped = region.clip(j, x);
        require(std::isfinite(x), what, row, " has ", x, " at coordinate ", j);
        require(std::abs(x - clipped) <= T(1e-6) * std::max(width(region, j), std::abs(clipped)), what, row,
                " has ", x, " at coordinate ", j, ", outside the bounds ", region.lower(j), " and ",
                region.upper(j));
        state[j] = clipped;
    }
}

/// Numbers with all their digits, a space before each.
template <class Numbers>
std::string listed(const Numbers& numbers) {
    std::string text;
    for (const auto x : numbers) text += all_digits(" ", x);
    return text;
}

/// Throws value_error, naming the option, if one is out of range or if the ranks search differently.
template <class T>
void check_search(size_t dimension, size_t seeds, const search_options<T>& o) {
    require(dimension > 0, "find_slow_points: the map's dimension is 0");
    require(seeds > 0, "find_slow_points: no seeds; at least one row is needed");
    require(o.threads > 0, "find_slow_points: threads = 0, but at least one is needed");
    require(o.speed_tolerance >= 0, "find_slow_points: speed_tolerance = ", o.speed_tolerance,
            ", but it must not be negative");
    require(o.merge_distance >= 0, "find_slow_points: merge_distance = ", o.merge_distance,
            ", but it must not be negative");
    require(o.outlier_distance >= 0, "find_slow_points: outlier_distance = ", o.outlier_distance,
            ", but it must not be negative");
    require(o.region.max_distance > 0, "find_slow_points: max_distance = ", o.region.max_distance,
            ", but it must be positive");
    check_bounds("find_slow_points", dimension, o.region);
    if (!o.ranks.alone())  // which would wait for each other, or merge what is not alike
        require_same_everywhere(
            o.ranks, "find_slow_points: different searches",
            all_digits(seeds, " seeds of ", dimension, " coordinates, merge_distance = ", o.merge_distance,
                       ", outlier_distance = ", o.outlier_distance, ", speed_tolerance = ", o.speed_tolerance,
                       ", max_distance = ", o.region.max_distance, ", spectrum = ", o.spectrum,
                       ", curvature = ", o.curvature, ", check_derivatives = ", o.check_derivatives,
                       ", keep_to_box = ", o.keep_to_box, ", dense_limit = ", o.dense_limit, ", bounds",
                       listed(o.region.lower_bounds), " ", o.region.lower_bound, " to",
                       listed(o.region.upper_bounds), " ", o.region.upper_bound, ", scale",
                       o.scale.empty() ? std::string() : listed(o.scale.sizes(dimension))));
}

/// The seeds (n x d), numbered from `first` on, those outside the bounds by rounding moved onto them. Throws
/// shape_error or value_error if one is not a state of the map.
template <class T>
matrix<T> checked_seeds(size_t dimension, matrix<T> seeds, size_t first, const search_options<T>& o) {
    require<shape_error>(seeds.shape(1) == dimension, "find_slow_points: seeds are rows of ", seeds.shape(1),
                         " numbers, but the map's dimension is ", dimension);
    for (size_t i = 0; i < seeds.shape(0); ++i)
        check_state("find_slow_points: seed ", first + i, &seeds(i, 0), dimension, o.region);
    return seeds;
}

}  // namespace detail
}  // namespace engram
