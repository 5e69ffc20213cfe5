/// @file
/// The concept of a map that states the box of its states.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/search_region.hpp"

namespace engram {

/// A map that states the box that holds its states: the bounds of a search_region. Networks under a constant
/// input do if their cell bounds its state. Searches and continuation keep to the box unless keep_to_box is
/// false.
///
///     struct squashed {
///         ...
///         engram::search_region<double> state_bounds() const { return {.lower_bound = -1, .upper_bound = 1};
///         }
///     };
template <class Map>
concept bounded_map = differentiable_map<Map> && requires(const Map& map) {
    { map.state_bounds() } -> std::convertible_to<search_region<typename Map::scalar>>;
};

namespace detail {

/// The box of a map's states, all of space if it states none.
template <differentiable_map Map, class T = typename Map::scalar>
search_region<T> box_of([[maybe_unused]] const Map& map) {
    if constexpr (bounded_map<Map>)
        return map.state_bounds();
    else
        return {};
}

/// A region whose bounds are made of those of two, coordinate by coordinate, by lower(a, b) and upper(a, b);
/// the ball of the first.
template <class T, class Lower, class Upper>
search_region<T> combined(const search_region<T>& a, const search_region<T>& b, size_t d, const Lower& lower,
                          const Upper& upper) {
    search_region<T> result{.lower_bound = lower(a.lower_bound, b.lower_bound),
                            .upper_bound = upper(a.upper_bound, b.upper_bound),
                            .max_distance = a.max_distance};
    if (!a.lower_bounds.empty() || !b.lower_bounds.empty())
        for (size_t i = 0; i < d; ++i) result.lower_bounds.push_back(lower(a.lower(i), b.lower(i)));
    if (!a.upper_bounds.empty() || !b.upper_bounds.empty())
        for (size_t i = 0; i < d; ++i) result.upper_bounds.push_back(upper(a.upper(i), b.upper(i)));
    return result;
}
/// The intersection of two boxes.
template <class T>
search_region<T> common_box(const search_region<T>& a, const search_region<T>& b, size_t d) {
    return combined(
        a, b, d, [](T x, T y) { return std::max(x, y); }, [](T x, T y) { return std::min(x, y); });
}
/// The smallest box that holds both.
template <class T>
search_region<T> joint_box(const search_region<T>& a, const search_region<T>& b, size_t d) {
    return combined(
        a, b, d, [](T x, T y) { return std::min(x, y); }, [](T x, T y) { return std::max(x, y); });
}

/// Whether a box holds a state.
template <class T>
bool holds(const search_region<T>& box, const T* h, size_t d) {
    for (size_t i = 0; i < d; ++i)
        if (box.clip(i, h[i]) != h[i]) return false;
    return true;
}

}  // namespace detail
}  // namespace engram
