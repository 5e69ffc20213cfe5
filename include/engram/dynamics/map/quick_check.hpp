/// @file
/// The check of a map's derivatives that searches begin with: a few products, not every entry.
#pragma once

#include "engram/dynamics/map/linearisation.hpp"

#include <string>

namespace engram::detail {

/// Derivatives that contradict the map: an error in the program, not one that the map reports.
struct contradicted_derivatives : value_error {
    using value_error::value_error;
};

/// Throws value_error if a derivative near a state is far from what differences of apply show: one product
/// with the vjp, and with jvp and jacobian where the map has them, along the direction in which it should be
/// largest, at three step sizes of which one must agree. It is tested near the state, not at it, because maps
/// have kinks at states such as 0, and within the region's box. `place` begins the message. False, without a
/// verdict, if the map is not finite near the state.
template <differentiable_map Map, class T = typename Map::scalar>
bool check_derivatives_at(const Map& map, const search_region<T>& region, const T* h,
                          const std::string& place, size_t dense_limit) {
    constexpr T longest = 30;  // in units of difference_step(), for maps less exact than T
    const size_t d = map.dimension();
    std::vector<T> along(d), x(d), ahead(d), behind(d), product(d);
    matrix<T> jacobian;
    // A direction without structure (the squares spread its phases), then the one that differences say is
    // steepest for it. At an edge of the box it leads inwards.
    for (size_t i = 0; i < d; ++i) along[i] = std::cos(static_cast<T>(i * i % 1000 + i));
    const T unit = difference_step(h, d, std::sqrt(dot(d, along.data(), along.data())));
    for (size_t i = 0; i < d; ++i) {
        const T reach = 4 * longest * unit, there = region.clip(i, h[i] + reach * along[i]),
                back = region.clip(i, h[i] - reach * along[i]);
        if (there != h[i] + reach * along[i])
            along[i] = (std::abs(there - h[i]) >= std::abs(back - h[i]) ? there - h[i] : back - h[i]) / reach;
    }
    const auto moved = [&](T by) {
        for (size_t i = 0; i < d; ++i) x[i] = region.clip(i, h[i] + by * along[i]);
        return as_row(std::as_const(x));
    };
    const char* const names[] = {"vjp", "jvp", "jacobian"};
    // u.(dF/dh v) at a state, by one of these functions, with v = along and u = ahead.
    const auto given_by = [&](size_t function, matrix_view<const T> at) {
        if (function == 0) {
            map.vjp(at, as_row(std::as_const(ahead)), as_row(product));
            return dot(d, product.data(), along.data());
        }
        if constexpr (has_jvp<Map>)
            if (function == 1) map.jvp(at, as_row(std::as_const(along)), as_row(product));
        if constexpr (has_jacobian<Map>)
            if (function == 2) {
                map.jacobian(at, matrix_view<T>(jacobian));
                gemv<T>(matrix_view<const T>(jacobian), along.data(), product.data());
            }
        return dot(d, product.data(), ahead.data());
    };
    for (size_t function = 0; function < 3; ++function) {
        if ((function == 1 && !has_jvp<Map>) || (function == 2 && (!has_jacobian<Map> || d > dense_limit)))
            continue;
        if (function == 2) jacobian = zeros<T>(d, d);
        T shown = 0, given = 0;
        bool agrees = false;
        for (const T scale : {T(1), T(0.01), longest}) {
            if (agrees) break;
            const T step = scale * unit;
            map.apply(moved(4 * step), as_row(ahead));
            map.apply(moved(2 * step), as_row(behind));
            for (size_t i = 0; i < d; ++i) ahead[i] = (ahead[i] - behind[i]) / (2 * step);
            shown = dot(d, ahead.data(), ahead.data());
            if (!std::isfinite(shown)) return false;
            given = given_by(function, moved(3 * step));
            const T noise = std::sqrt(std::numeric_limits<T>::epsilon()) * dot(d, along.data(), along.data());
            agrees = std::abs(shown - given) <= noise + std::abs(shown) / 2;
        }
        require<contradicted_derivatives>(agrees, place, " the map's ", names[function], " gives ", given,
                                          " for a product that differences of apply show to be ", shown,
                                          "; check_derivatives(map, state) tells where they differ");
    }
    return true;
}

/// The same at the first of a search's seeds (n x d), numbered from `first` on, that can tell; false if there
/// is none.
template <differentiable_map Map, class T = typename Map::scalar>
bool a_seed_tells(const Map& map, const search_region<T>& region, const matrix<T>& seeds, size_t first,
                  size_t dense_limit) {
    for (size_t i = 0; i < seeds.shape(0); ++i)
        if (check_derivatives_at(map, region, &seeds(i, 0),
                                 concatenate("find_slow_points: at seed ", first + i), dense_limit))
            return true;
    return false;
}

}  // namespace engram::detail
