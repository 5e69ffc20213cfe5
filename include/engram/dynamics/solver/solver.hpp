/// @file
/// The contract between find_slow_points and a solver, and how to write one.
#pragma once

#include "engram/dynamics/map/linearisation.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <span>
#include <string_view>

namespace engram {

/// Why a search ended.
enum class stop_reason {
    gradient_vanished,  ///< the gradient of the speed is zero to the solver's tolerance
    at_rest,            ///< the speed is zero to rounding
    target_reached,     ///< the speed that the solver was asked for is reached
    no_progress,        ///< no step lowers S any more beyond rounding
    iteration_limit,    ///< the iterations given to the solver were used up
    distance_limit,     ///< the search region's max_distance from the seed was reached
    not_finite          ///< the map or its derivative stopped being finite
};

/// The stop reason in words.
constexpr std::string_view to_string(stop_reason reason) {
    switch (reason) {
        case stop_reason::gradient_vanished:
            return "gradient vanished";
        case stop_reason::at_rest:
            return "at rest";
        case stop_reason::target_reached:
            return "target reached";
        case stop_reason::no_progress:
            return "no further progress";
        case stop_reason::iteration_limit:
            return "iteration limit";
        case stop_reason::distance_limit:
            return "distance limit";
        case stop_reason::not_finite:
            return "not finite";
    }
    return "unknown";
}

/// What a solver says about one seed.
struct search_outcome {
    stop_reason stop = stop_reason::iteration_limit;  ///< why the search ended
    size_t iterations = 0;                            ///< how many it took
};

/// A solver moves each row of `states` downhill on S = ||F(h) - h||^2, from the seed that stands there:
///
///     struct picard {                                     // follows the map itself while S falls
///         static constexpr std::size_t block = 1;         // how many seeds it wants at once
///         std::size_t iterations = 1000;
///
///         template <engram::differentiable_map Map, class T = typename Map::scalar>
///         void operator()(const Map& map, engram::matrix_view<T> states,
///                         std::span<engram::search_outcome> outcomes,
///                         const engram::search_region<T>& region) const { ... }
///     };
///
/// It leaves every row inside the region with S not above the seed's (find_slow_points checks both), and
/// writes one outcome a row. `block` is fixed, so that results do not depend on the number of threads. Where
/// fewer would be better, if there are few seeds or if states are large, a solver says so by a member
/// `block_for(seeds, dimension)`, which is asked instead.
template <class Solver, class Map>
concept solver = differentiable_map<Map> &&
    requires(const Solver& s, const Map& map, matrix_view<typename Map::scalar> states,
             std::span<search_outcome> outcomes, const search_region<typename Map::scalar>& region) {
    { Solver::block } -> std::convertible_to<size_t>;
    requires(Solver::block > 0);
    s(map, states, outcomes, region);
};

namespace detail {

/// How many of so many seeds a solver gets at once.
template <class Solver>
size_t block_of(const Solver& solver, [[maybe_unused]] size_t seeds, [[maybe_unused]] size_t dimension) {
    if constexpr (requires { solver.block_for(seeds, dimension); })
        return std::max<size_t>(1, solver.block_for(seeds, dimension));
    else
        return Solver::block;
}

/// Refuses an option, such as a step, with which no search could move or end.
inline void require_positive(const char* solver, const char* option, double value) {
    require(value > 0 && std::isfinite(value), solver, ": ", option, " = ", value,
            ", expected a finite number above 0");
}
/// Refuses a limit, such as a speed, that nothing can keep to.
inline void require_at_least_zero(const char* solver, const char* option, double value) {
    require(value >= 0, solver, ": ", option, " = ", value, ", expected a number of at least 0");
}

/// Refuses limits of a solver that has a longest step with which no search could move or end.
template <class Solver>
void check_limits(const char* name, const Solver& solver) {
    require_positive(name, "max_step", solver.max_step);
    require_at_least_zero(name, "gradient_tolerance", solver.gradient_tolerance);
    require_at_least_zero(name, "speed_target", solver.speed_target);
}

/// The speed that rounding alone gives a fixed point at h.
template <class T>
T speed_of_rounding(const T* h, size_t d) {
    return 4 * std::numeric_limits<T>::epsilon() * std::max(T(1), std::sqrt(dot(d, h, h)));
}

}  // namespace detail
}  // namespace engram
