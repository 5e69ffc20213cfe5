/// @file
/// What a solver is made of, and why a search ends.
#pragma once

#include "engram/dynamics/map/linearisation.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <span>
#include <string_view>

namespace engram {

/// Why a search ended. Here h is the state, g = F(h) - h, S = ||g||^2, b = (dF/dh - 1)^T g half of S's
/// gradient with zeros where the box blocks the way, eps the machine's epsilon, and
/// r = 4 eps max(1, ||h||) the speed that rounding alone gives a fixed point at h.
enum class stop_reason {
    gradient_vanished,  ///< ||b|| <= gradient_tolerance ||g||; ||b|| / ||g|| is the gradient of the speed
    at_rest,            ///< ||g|| <= r
    target_reached,     ///< ||g|| <= speed_target
    /// The latest step, which nothing shortened, did not lower S and should have lowered S / 2 by no more
    /// than r ||g|| / 8; or the step control is exhausted, a trust region at a radius <= eps (its longest).
    no_progress,
    iteration_limit,  ///< as many steps as the solver allows were taken
    distance_limit,   ///< no step from h lowers S, and ||h - seed|| >= 0.999 max_distance
    not_finite,       ///< S or b is not finite
    interrupted       ///< the call was ended by its watcher or time limit
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
        case stop_reason::interrupted:
            return "interruption";
    }
    return "unknown";
}

/// How the search from one seed ended.
struct search_outcome {
    stop_reason stop = stop_reason::iteration_limit;  ///< why it ended
    size_t iterations = 0;                            ///< how many steps it took
};

/// When a search ends at the latest; see stop_reason.
struct search_limits {
    size_t iterations = 500;           ///< steps taken, at most
    double gradient_tolerance = 1e-9;  ///< of the norm of the speed's gradient, which has no unit
    double speed_target = 0;           ///< a speed that is slow enough
};

/// The current state of a search, as a descent sees it.
template <class T>
struct search_state {
    size_t iteration;                  ///< steps taken so far
    std::span<const T> state;          ///< h (d)
    std::span<const T> residual;       ///< g = F(h) - h (d)
    std::span<const T> gradient;       ///< b (d): half of S's gradient, zero where the box blocks the way
    std::span<const T> full_gradient;  ///< the same, the box not regarded (d)
    T half_squared_speed;              ///< S / 2
};

/// What a descent expects of its step.
template <class T>
struct forecast {
    T fall;             ///< by how much S / 2 should fall
    bool whole = true;  ///< whether the box did not shorten the step
};

/// A step that was tried, as a step control sees it.
struct tried_step {
    double length;    ///< of what the region left of it
    double forecast;  ///< by how much S / 2 should have fallen by the descent's model
    double slope;     ///< by how much it should have fallen by the gradient alone
    double fall;      ///< by how much it fell
};

/// Which step to take from a state: writes it to `step` (d), no longer than `reach` or not much longer. One
/// object serves one seed and may keep what it learns. The driver clips the step to the region and tries it.
///
///     struct follow_the_map {                                                   // h -> F(h)
///         template <class T>
///         engram::forecast<T> propose(const engram::search_state<T>& at, T, std::span<T> step) const {
///             std::ranges::copy(at.residual, step.begin());
///             return {at.half_squared_speed};
///         }
///     };
///
/// Optional members:
/// - `begin(d)`: called before the first step, to allocate memory;
/// - `linearise(linear, at, b)`: writes b = (dF/dh - 1)^T g, in place of a product with the map's vjp;
/// - `probe(at, state)`: writes a state at which F is needed before the step is tried, and returns true;
/// - `accelerate(at, g, step)`: gets g = F(h) - h at that state, and may change the step;
/// - `judged(step, taken, fall)`: learns whether the step was taken, and by how much S / 2 fell.
template <class Descent, class T>
concept descent = requires(Descent& descent, const search_state<T>& at, T reach, std::span<T> step) {
    { descent.propose(at, reach, step) } -> std::same_as<forecast<T>>;
};

/// How long steps may be, and which to take. One object serves one seed.
template <class Control>
concept step_control = std::copy_constructible<Control> &&
    requires(Control& control, double x, const tried_step& step) {
    { Control::monotone } -> std::convertible_to<bool>;     // whether no step that raises S is taken
    control.begin(x);                                       // the seed's norm or 1, whichever is larger
    { control.reach(x) } -> std::convertible_to<double>;    // the longest step now, given ||b||
    { control.accept(step) } -> std::convertible_to<bool>;  // whether to take it
    { control.exhausted() } -> std::convertible_to<bool>;   // whether shorter steps make no sense any more
};

/// A solver moves states downhill on S = ||F(h) - h||^2. It is put together of a descent and a step control,
/// one of each a seed, and find_slow_points() does the rest: stop tests, the region, counting, and seeds in
/// lockstep, `block` of them at once, so that the map is applied to all of their states at a time. `block` is
/// fixed, so that results do not depend on the number of threads. Where fewer would be better, if there are
/// few seeds or if states are large, a solver says so by a member `block_for(seeds, dimension)`, which is
/// asked instead. All it is told is in units of a scale (search_options). One that finds the right length of
/// steps by itself may say `own_units = true`: searches then begin in units of each coordinate, so that fixed
/// points are found in whatever units.
template <class Solver, class Map>
concept composed_solver = differentiable_map<Map> &&
    requires(const Solver& s, const Map& map, const search_region<typename Map::scalar>& region) {
    { Solver::block } -> std::convertible_to<size_t>;
    requires(Solver::block > 0);
    { s.limits() } -> std::same_as<search_limits>;
    { s.control() } -> step_control;
    { s.make_descent(map, region) } -> descent<typename Map::scalar>;
};

/// A solver that does all of it by itself: moves each row of `states` (n x d) from the seed that stands
/// there, leaves it inside the region with S not above the seed's (find_slow_points() checks both), and
/// writes one outcome a row. n is at most `block`.
template <class Solver, class Map>
concept whole_solver = differentiable_map<Map> &&
    requires(const Solver& s, const Map& map, matrix_view<typename Map::scalar> states,
             std::span<search_outcome> outcomes, const search_region<typename Map::scalar>& region) {
    { Solver::block } -> std::convertible_to<size_t>;
    requires(Solver::block > 0);
    s(map, states, outcomes, region);
};

/// Either of the two.
template <class Solver, class Map>
concept solver = composed_solver<Solver, Map> || whole_solver<Solver, Map>;

namespace detail {

/// The descent of a composed solver on a map.
template <class Solver, class Map>
using descent_of = decltype(std::declval<const Solver&>().make_descent(
    std::declval<const Map&>(), std::declval<const search_region<typename Map::scalar>&>()));

/// How many of so many seeds a solver gets at once.
template <class Solver>
size_t block_of(const Solver& solver, [[maybe_unused]] size_t seeds, [[maybe_unused]] size_t dimension) {
    if constexpr (requires { solver.block_for(seeds, dimension); })
        return std::max<size_t>(1, solver.block_for(seeds, dimension));
    else
        return Solver::block;
}

/// Refuses an option, such as a step length, that is not positive and finite.
inline void require_positive(const char* solver, const char* option, double value) {
    require(value > 0 && std::isfinite(value), solver, ": ", option, " = ", value,
            ", expected a finite number above 0");
}
/// Refuses a negative limit.
inline void require_at_least_zero(const char* solver, const char* option, double value) {
    require(value >= 0, solver, ": ", option, " = ", value, ", expected a number of at least 0");
}

/// The limits of a solver that has a longest step; refuses those with which no search could move or end.
template <class Solver>
search_limits checked_limits(const char* name, const Solver& solver) {
    require_positive(name, "max_step", solver.max_step);
    require_at_least_zero(name, "gradient_tolerance", solver.gradient_tolerance);
    require_at_least_zero(name, "speed_target", solver.speed_target);
    return {solver.iterations, solver.gradient_tolerance, solver.speed_target};
}

/// The speed that rounding alone gives a fixed point at h.
template <class T>
T speed_of_rounding(const T* h, size_t d) {
    return 4 * std::numeric_limits<T>::epsilon() * std::max(T(1), std::sqrt(dot(d, h, h)));
}

}  // namespace detail
}  // namespace engram
