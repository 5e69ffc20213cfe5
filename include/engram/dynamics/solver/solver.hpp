/// @file
/// The concepts of a solver and of its parts, and the reasons for which a search stops.
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
    /// The latest step did not lower S, and was forecast to lower S / 2 by no more than r ||g|| / 8 although
    /// neither box nor radius shortened it; or the step control is exhausted, as a trust region is where its
    /// radius <= eps times its longest.
    no_progress,
    iteration_limit,  ///< the solver has taken its largest number of steps
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

/// The end of the search from one seed.
struct search_outcome {
    stop_reason stop = stop_reason::iteration_limit;  ///< why it ended
    size_t iterations = 0;                            ///< the number of steps taken
};

/// The limits of a search; see stop_reason.
struct search_limits {
    size_t iterations = 500;           ///< steps taken, at most
    double gradient_tolerance = 1e-9;  ///< of the norm of the speed's gradient, which has no unit
    double speed_target = 0;           ///< a speed at which the search may end
};

/// The current state of a search, for a descent.
template <class T>
struct search_state {
    size_t iteration;                  ///< steps taken so far
    std::span<const T> state;          ///< h (d)
    std::span<const T> residual;       ///< g = F(h) - h (d)
    std::span<const T> gradient;       ///< b (d): half of S's gradient, zero where the box blocks the way
    std::span<const T> full_gradient;  ///< half of S's gradient (d)
    T half_squared_speed;              ///< S / 2
};

/// The decrease of S that a descent expects of its step.
template <class T>
struct forecast {
    T fall;             ///< the expected decrease of S / 2
    bool whole = true;  ///< whether the box did not shorten the step
};

/// A step that was tried, for a step control.
struct tried_step {
    double length;    ///< after clipping to the region
    double forecast;  ///< the decrease of S / 2 by the descent's model
    double slope;     ///< the decrease of S / 2 to first order, -b . step
    double fall;      ///< the measured decrease of S / 2
};

/// Proposes the step from a state: writes it to `step` (d), no longer than `reach` or not much longer. One
/// object serves one seed and may learn from step to step. The driver clips the step to the region and tries
/// it.
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
/// - `probe(at, state)`: returns whether F is needed at another state before the step is tried, and writes
/// that
///   state;
/// - `accelerate(at, g, step)`: gets g = F(h) - h at that state, and may change the step;
/// - `tried(step, taken, fall)`: told whether the step was taken, and the decrease of S / 2.
template <class Descent, class T>
concept descent = requires(Descent& descent, const search_state<T>& at, T reach, std::span<T> step) {
    { descent.propose(at, reach, step) } -> std::same_as<forecast<T>>;
};

/// Bounds the length of steps and decides which are taken. One object serves one seed. An optional member
/// `lengthen(length)` hears of a step, in place of accept(), that was to change S by less than rounding does,
/// and says whether it allows longer ones now.
template <class Control>
concept step_control = std::copy_constructible<Control> &&
    requires(Control& control, double x, const tried_step& step) {
    { Control::monotone } -> std::convertible_to<bool>;     // whether no step that raises S is taken
    control.begin(x);                                       // the seed's norm or 1, whichever is larger
    { control.reach(x) } -> std::convertible_to<double>;    // the longest step now, given ||b||
    { control.accept(step) } -> std::convertible_to<bool>;  // whether to take it
    { control.exhausted() } -> std::convertible_to<bool>;   // whether steps have become too short to go on
};

/// A solver descends S = ||F(h) - h||^2. A composed solver has a descent and a step control for each seed;
/// find_slow_points() does the rest: stop tests, the region, counting, and seeds in lockstep, `block` of them
/// at once, so that the map is applied to all of their states in one call. `block` is constant, so that
/// results do not depend on the number of threads. An optional member `block_for(seeds, dimension)` replaces
/// it, for solvers that do better with fewer at once if there are few seeds or large states. States and
/// lengths are in units of a scale (search_options::scale). A solver that adapts the length of its steps may
/// declare `own_units = true`: searches then begin with a scale for each coordinate, and fixed points are
/// found in whatever units.
template <class Solver, class Map>
concept composed_solver = differentiable_map<Map> &&
    requires(const Solver& s, const Map& map, const search_region<typename Map::scalar>& region) {
    { Solver::block } -> std::convertible_to<size_t>;
    requires(Solver::block > 0);
    { s.limits() } -> std::same_as<search_limits>;
    { s.control() } -> step_control;
    { s.make_descent(map, region) } -> descent<typename Map::scalar>;
};

/// A solver that does everything itself: moves each row of `states` (n x d) from the seed that stands
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

/// The number of seeds that a solver gets at once.
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

/// The limits of a solver that has a longest step. Throws value_error for one out of range.
template <class Solver>
search_limits checked_limits(const char* name, const Solver& solver) {
    require_positive(name, "max_step", solver.max_step);
    require_at_least_zero(name, "gradient_tolerance", solver.gradient_tolerance);
    require_at_least_zero(name, "speed_target", solver.speed_target);
    return {solver.iterations, solver.gradient_tolerance, solver.speed_target};
}

/// 4 eps max(1, ||h||): the speed of an exact fixed point at h because of rounding.
template <class T>
T speed_of_rounding(const T* h, size_t d) {
    return 4 * std::numeric_limits<T>::epsilon() * std::max(T(1), std::sqrt(dot(d, h, h)));
}

}  // namespace detail
}  // namespace engram
