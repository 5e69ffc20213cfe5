/// @file
/// flow: the map of a differential equation's time step.
#pragma once

#include "engram/dynamics/map/make_map.hpp"

namespace engram {

namespace detail {

/// `steps` steps of the classical Runge-Kutta method of fourth order, of length dt, for any scalar type.
template <class T, class Field>
struct runge_kutta {
    Field field;
    T dt;
    size_t steps;

    [[nodiscard]] auto state_bounds() const requires requires(const Field& f) { f.state_bounds(); }
    { return field.state_bounds(); }

    template <class State>
    State operator()(const State& start) const {
        State x = start;
        const auto moved = [&](const auto& slope, T length) {
            State y = x;
            for (size_t i = 0; i < y.size(); ++i) y[i] += length * slope[i];
            return y;
        };
        for (size_t k = 0; k < steps; ++k) {
            const auto a = field(x);
            const auto b = field(moved(a, dt / 2));
            const auto c = field(moved(b, dt / 2));
            const auto e = field(moved(c, dt));
            for (size_t i = 0; i < x.size(); ++i) x[i] += dt / 6 * (a[i] + T(2) * (b[i] + c[i]) + e[i]);
        }
        return x;
    }
};

/// Throws value_error unless dt is finite and not zero, and steps is at least 1.
template <class T, class Field>
runge_kutta<T, Field> checked_steps(Field field, T dt, size_t steps) {
    require(std::isfinite(dt) && dt != 0 && steps > 0, "flow: dt = ", dt, " and steps = ", steps,
            ", but dt must be finite and not 0, and steps at least 1");
    return {field, dt, steps};
}

/// Euler's step, x + dt field(x), whose fixed points are the field's equilibria and nothing else.
template <class T, class Field>
struct euler_step {
    Field field;
    T dt;

    template <class State>
    State operator()(const State& x) const {
        const auto slope = field(x);
        State next = x;
        for (size_t i = 0; i < next.size(); ++i) next[i] += dt * slope[i];
        return next;
    }
};

/// The map of Euler's step of a map that flow() made.
template <class T, size_t N, class Field>
auto euler_map(const automatic_map<T, N, runge_kutta<T, Field>>& flow) {
    return automatic_map<T, N, euler_step<T, Field>>({flow.formula().field, flow.formula().dt},
                                                     flow.dimension());
}
/// Whether flow() made a map.
template <class Map>
concept is_flow = requires(const Map& map) {
    euler_map(map);
};

}  // namespace detail

/// The flow of dx/dt = field(x) over `steps` Runge-Kutta steps of length dt, as a map of R^N with exact
/// derivatives. Its fixed points are the field's equilibria, cycles of exactly that period, and artefacts of
/// long steps; all but equilibria are flagged (slow_point::not_equilibrium). Its speed is distance per
/// dt * steps. The field is a callable as for make_map(), which may state the box of its states by a member
/// `state_bounds()`.
/// Throws value_error unless dt is finite and not zero, and steps is at least 1.
template <class T, size_t N, class Field>
auto flow(Field field, std::type_identity_t<T> dt, size_t steps) {
    return make_map<T, N>(detail::checked_steps<T>(field, dt, steps));
}

/// The same in a dimension n known at run time.
template <class T, class Field>
auto flow(Field field, size_t n, std::type_identity_t<T> dt, size_t steps) {
    return make_map<T>(detail::checked_steps<T>(field, dt, steps), n);
}

}  // namespace engram
