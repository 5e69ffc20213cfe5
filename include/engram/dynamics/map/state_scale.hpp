/// @file
/// The size of a typical state: the unit of a search's lengths.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "engram/core/process_group.hpp"
#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/search_region.hpp"

namespace engram {

/// The size of a typical state: one number, one a coordinate, or empty: then a search estimates it.
template <class T>
class state_scale {
  public:
    state_scale() = default;
    /// One for all coordinates.
    state_scale(T size) : sizes_{size} {}
    /// One a coordinate, or one for all.
    state_scale(std::initializer_list<T> sizes) : sizes_(sizes) {}
    /// The same.
    state_scale(std::vector<T> sizes) : sizes_(std::move(sizes)) {}

    /// Whether none was given.
    [[nodiscard]] bool empty() const { return sizes_.empty(); }
    /// Whether all coordinates have the same.
    [[nodiscard]] bool uniform() const { return sizes_.size() <= 1; }
    /// That of coordinate i; 1 where none was given.
    [[nodiscard]] T operator[](size_t i) const {
        return sizes_.empty() ? T(1) : sizes_.size() == 1 ? sizes_[0] : sizes_[i];
    }
    /// Those of d coordinates.
    [[nodiscard]] std::vector<T> sizes(size_t d) const {
        std::vector<T> result(d);
        for (size_t i = 0; i < d; ++i) result[i] = (*this)[i];
        return result;
    }
    /// The largest, the unit of speeds and distances: these are of coordinates divided by their scale and
    /// multiplied by this.
    [[nodiscard]] T largest() const {
        return sizes_.empty() ? T(1) : *std::max_element(sizes_.begin(), sizes_.end());
    }

    /// Throws shape_error or value_error, in the name of a function, unless it fits the dimension and is
    /// finite and above zero.
    void check(const char* function, size_t dimension) const {
        require<shape_error>(sizes_.size() <= 1 || sizes_.size() == dimension, function, ": a scale of ",
                             sizes_.size(), " numbers for a map of dimension ", dimension);
        for (size_t i = 0; i < sizes_.size(); ++i)
            require(sizes_[i] > 0 && std::isfinite(sizes_[i]), function, ": scale ", sizes_[i],
                    sizes_.size() > 1 ? detail::concatenate(" (coordinate ", i, ")") : "",
                    ", expected a finite number above 0");
    }

  private:
    std::vector<T> sizes_;
};

namespace detail {

/// The upper median of numbers, whose order changes; 0 of none.
template <class T>
T upper_median(std::vector<T>& numbers) {
    if (numbers.empty()) return 0;
    const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::nth_element(numbers.begin(), middle, numbers.end());
    return *middle;
}

/// Sets sizes of at most a part of the largest to 0: such coordinates may be zero but for rounding.
template <class T>
void forget_negligible(std::vector<T>& sizes, T part) {
    if (sizes.empty()) return;
    const T largest = *std::ranges::max_element(sizes);
    for (T& size : sizes)
        if (size <= part * largest) size = 0;
}

/// The scales of a search: that of its descent, and that of S and all results.
template <class T>
struct search_scales {
    state_scale<T> own;    ///< of each coordinate
    state_scale<T> usual;  ///< of all; the same as `own` where coordinates have different units
    bool differ = false;   ///< whether these are two
};

/// The scales of coordinates of those sizes, 0 where one is not known; `few`: as told by so few states that
/// only large differences count.
template <class T>
search_scales<T> scales_of(std::vector<T> sizes, bool few) {
    std::vector<T> known;
    std::ranges::copy_if(sizes, std::back_inserter(known), [](T size) { return size > 0; });
    if (known.empty()) return {T(1), T(1)};
    const auto [least, most] = std::ranges::minmax(known);
    const T usual = upper_median(known);
    for (T& size : sizes)
        if (size == 0) size = usual;
    if (most > T(1000) * static_cast<T>(sizes.size()) * least) return {sizes, sizes};
    if (least == most || few) return {usual, usual};
    return {sizes, usual, true};
}

/// The scales that a search finds where none is given, from its seeds, of which each rank has some (n x d).
/// The size of a coordinate is half the width of its bounds, or without them the median of what the seeds are
/// there, zeros left out, or their images where all seeds are 0. That is its own scale; the usual one is the
/// median over all coordinates, unless they differ by more than a factor of 1000 d, as coordinates of
/// different units do. Fewer than four seeds tell nothing of smaller differences, nor of coordinates that are
/// at most `negligible` of the largest, which may be zero but for rounding.
template <differentiable_map Map, class T = typename Map::scalar>
search_scales<T> fitted_scales(const Map& map, const search_region<T>& region, const matrix<T>& seeds,
                               size_t block, const process_group& ranks, T negligible = 0) {
    const size_t d = map.dimension(), own = seeds.shape(0);
    std::vector<T> sizes(d), known;
    const auto owns = ranks.all_gather(own);
    const bool few = std::accumulate(owns.begin(), owns.end(), size_t{0}) < 4;
    const auto size_in = [&](const matrix<T>& states, size_t i) {
        known.clear();
        for (size_t k = 0; k < own; ++k)
            if (const T x = std::abs(states(k, i)); x > 0 && std::isfinite(x)) known.push_back(x);
        if (!ranks.alone()) known = ranks.join(std::span<const T>(known));
        return upper_median(known);
    };
    for (size_t i = 0; i < d; ++i) {
        sizes[i] = region.upper(i) / 2 - region.lower(i) / 2;
        if (!std::isfinite(sizes[i])) sizes[i] = size_in(seeds, i);
    }
    if (std::ranges::find(sizes, T(0)) != sizes.end()) {
        auto images = matrix<T>::from_shape({own, d});
        for (size_t k = 0; k < own; k += block) {  // so that the bits do not depend on where a share ends
            const size_t count = std::min(block, own - k);
            map.apply(matrix_view<const T>(seeds).row_block(k, count),
                      matrix_view<T>(images).row_block(k, count));
        }
        for (size_t i = 0; i < d; ++i)
            if (sizes[i] == 0) sizes[i] = size_in(images, i);
    }
    if (few) forget_negligible(sizes, negligible);
    return scales_of(sizes, few);
}

}  // namespace detail
}  // namespace engram
