/// @file
/// Makers of seeds: what find_all_slow_points draws them from.
#pragma once

#include "engram/core/any_array.hpp"
#include "engram/core/random.hpp"
#include "engram/dynamics/grid.hpp"
#include "engram/dynamics/map/differentiable_map.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <tuple>
#include <utility>
#include <vector>

namespace engram {

/// Makes seeds that are numbered from 0: maker(first, count) gives those from `first` on as rows (count x d),
/// fewer if there are no more. The same numbers give the same seeds.
template <class Maker, class T>
concept seed_maker = std::copy_constructible<Maker> && requires(const Maker& maker, size_t number) {
    { maker(number, number) } -> std::convertible_to<matrix<T>>;
};

/// Seeds that are uniform in the box with the given corners (d). Throws shape_error if the corners are of
/// different length, value_error unless each is finite and the lower one is below.
template <class T>
class uniform_seeds {
  public:
    /// The box, and the seed of the random numbers.
    template <any_array Corner = std::vector<T>>
    uniform_seeds(const Corner& lower, const Corner& upper, seed key = seed{1}) : key_(key) {
        std::tie(lower_, upper_) = detail::box_corners<T>("uniform_seeds", lower, upper);
        for (size_t j = 0; j < lower_.size(); ++j)
            require(std::isfinite(lower_[j]) && std::isfinite(upper_[j]) && lower_[j] < upper_[j],
                    "uniform_seeds: from ", lower_[j], " to ", upper_[j], " at coordinate ", j);
    }

    /// Seeds first, ..., first + count - 1 (count x d).
    matrix<T> operator()(size_t first, size_t count) const {
        auto seeds = matrix<T>::from_shape({count, lower_.size()});
        for (size_t i = 0; i < count; ++i) {
            random_stream draws(key_, purpose::search, 0, first + i);
            for (size_t j = 0; j < lower_.size(); ++j)
                seeds(i, j) = lower_[j] + static_cast<T>(draws.uniform()) * (upper_[j] - lower_[j]);
        }
        return seeds;
    }

  private:
    std::vector<T> lower_, upper_;
    seed key_;
};

/// Moves each state (n x d) `steps` steps along the map, F(F(...F(h))): seeds that lie where the dynamics
/// lead, near what attracts them. A state whose next one is not finite stays. Throws shape_error.
template <differentiable_map Map, any_array States = matrix<typename Map::scalar>>
matrix<typename Map::scalar> run_forward(const Map& map, const States& from, size_t steps) {
    matrix<typename Map::scalar> states =
        detail::to_matrix<typename Map::scalar>("run_forward: states", from);
    detail::expect_state("run_forward", states.shape(1), map.dimension());
    auto next = states;
    for (size_t k = 0; k < steps; ++k) {
        map.apply(states, next);
        for (size_t i = 0; i < states.shape(0); ++i) {
            typename Map::scalar* const row = &next(i, 0);
            if (std::all_of(row, row + states.shape(1), [](auto x) { return std::isfinite(x); }))
                std::copy_n(row, states.shape(1), &states(i, 0));
        }
    }
    return states;
}

/// The seeds of another maker after some steps along the map; see run_forward().
template <differentiable_map Map, seed_maker<typename Map::scalar> Maker>
class forward_seeds {
  public:
    /// What makes the states that are run forwards, and for how many steps.
    forward_seeds(Map map, Maker maker, size_t steps)
        : map_(std::move(map)), maker_(std::move(maker)), steps_(steps) {}

    /// Seeds first, ..., first + count - 1 (count x d).
    matrix<typename Map::scalar> operator()(size_t first, size_t count) const {
        using T = typename Map::scalar;
        // A map may round states otherwise among others: all are moved in the same blocks, whatever is asked.
        const size_t begin = first / block * block, end = (first + count + block - 1) / block * block;
        const matrix<T> from = maker_(begin, end - begin);
        const size_t d = from.shape(1), last = std::min(first + count, begin + from.shape(0));
        auto seeds = matrix<T>::from_shape({std::max(first, last) - first, d});
        for (size_t k = begin; k < last; k += block) {
            const size_t rows = std::min(block, begin + from.shape(0) - k);
            auto states = matrix<T>::from_shape({rows, d});
            std::copy_n(&from(k - begin, 0), rows * d, states.begin());
            states = run_forward(map_, states, steps_);
            for (size_t i = std::max(first, k); i < std::min(last, k + rows); ++i)
                std::copy_n(&states(i - k, 0), d, &seeds(i - first, 0));
        }
        return seeds;
    }

  private:
    static constexpr size_t block = 32;

    Map map_;
    Maker maker_;
    size_t steps_;
};

}  // namespace engram
