/// @file
/// States, regions and points in units of a scale, and back.
#pragma once

#include "engram/dynamics/map/scaled_map.hpp"
#include "engram/dynamics/map/state_bounds.hpp"
#include "engram/dynamics/point/search_options.hpp"

namespace engram::detail {

/// The region of a search: that of its options, within the box that the map states if options.keep_to_box.
/// Throws value_error, in the name of a function, if the two boxes have nothing in common.
template <differentiable_map Map, class T = typename Map::scalar>
search_region<T> region_for(const char* function, const Map& map, const search_options<T>& options) {
    const size_t d = map.dimension();
    check_bounds(function, d, options.region);
    if (!bounded_map<Map> || !options.keep_to_box) return options.region;
    const auto box = box_of(map), region = common_box(options.region, box, d);
    for (size_t i = 0; i < d; ++i)
        require(region.lower(i) < region.upper(i), function, ": the bounds ", options.region.lower(i),
                " and ", options.region.upper(i), " (coordinate ", i,
                ") leave nothing of the map's own box, ", box.lower(i), " to ", box.upper(i),
                "; keep_to_box = false lets a search leave that");
    return region;
}

/// The scale of the options, or else the scales that fit the seeds. This process has some of the seeds, in
/// whole blocks.
template <differentiable_map Map, class T = typename Map::scalar>
search_scales<T> scales_for(const char* function, const Map& map, const search_options<T>& options,
                            const search_region<T>& region, const matrix<T>& seeds, size_t block) {
    options.scale.check(function, map.dimension());
    if (!options.scale.empty()) return {options.scale, options.scale};
    return fitted_scales(map, region, seeds, block, options.ranks, T(1e-12));
}

/// States (n x d) in units of a scale.
template <class T>
matrix<T> in_units(matrix<T> states, const state_scale<T>& scale) {
    for (size_t i = 0; i < states.shape(0); ++i)
        for (size_t j = 0; j < states.shape(1); ++j) states(i, j) /= scale[j];
    return states;
}

/// A coordinate, from units of a scale to the state's own. On a bound it stays on it, within bounds it stays
/// within, in spite of rounding.
template <class T>
T out_of_units(T y, T scale, const search_region<T>& region, size_t i) {
    const T low = region.lower(i) / scale, high = region.upper(i) / scale;
    if (y == low) return region.lower(i);
    if (y == high) return region.upper(i);
    return y > low && y < high ? region.clip(i, y * scale) : y * scale;
}
/// States (n x d), from units of a scale to their own. `before` is `origin` in units of the scale: rows that
/// equal those of `before` become those of `origin` to the bit.
template <class T>
void out_of_units(matrix<T>& states, const state_scale<T>& scale, const search_region<T>& region,
                  const matrix<T>& before, const matrix<T>& origin) {
    for (size_t i = 0; i < states.shape(0); ++i) {
        const bool stayed = std::equal(&states(i, 0), &states(i, 0) + states.shape(1), &before(i, 0));
        for (size_t j = 0; j < states.shape(1); ++j)
            states(i, j) = stayed ? origin(i, j) : out_of_units(states(i, j), scale[j], region, j);
    }
}

/// A region in units of a scale.
template <class T>
search_region<T> in_units(search_region<T> region, const state_scale<T>& scale, size_t d) {
    region.max_distance /= scale.largest();
    if (!scale.uniform()) {
        region.lower_bounds.resize(d, region.lower_bound);
        region.upper_bounds.resize(d, region.upper_bound);
    }
    for (size_t i = 0; i < region.lower_bounds.size(); ++i) region.lower_bounds[i] /= scale[i];
    for (size_t i = 0; i < region.upper_bounds.size(); ++i) region.upper_bounds[i] /= scale[i];
    region.lower_bound /= scale[0], region.upper_bound /= scale[0];
    return region;
}

/// A point in units of a scale.
template <class T>
void into_units(slow_point<T>& point, const state_scale<T>& scale) {
    const T unit = scale.largest();
    for (size_t i = 0; i < point.state.size(); ++i) point.state(i) /= scale[i];
    for (T* length : {&point.speed, &point.gradient_norm, &point.root_distance, &point.distance_moved})
        *length /= unit;
}
/// The inverse, within a region's box in spite of rounding.
template <class T>
void out_of_units(slow_point<T>& point, const state_scale<T>& scale, const search_region<T>& region) {
    const T unit = scale.largest();
    for (size_t i = 0; i < point.state.size(); ++i)
        point.state(i) = out_of_units(point.state(i), scale[i], region, i);
    for (T* length : {&point.speed, &point.gradient_norm, &point.root_distance, &point.distance_moved})
        *length *= unit;
}

/// The distance of a state (d) from the start of its search, in units of a scale, times the largest scale.
template <class T>
T distance_moved(const state_scale<T>& scale, const vector<T>& state, const T* start) {
    T sum = 0;
    const T unit = scale.largest();
    for (size_t j = 0; j < state.size(); ++j) {
        const T step = (state(j) - start[j]) / scale[j] * unit;
        sum += step * step;
    }
    return std::sqrt(sum);
}

}  // namespace engram::detail
