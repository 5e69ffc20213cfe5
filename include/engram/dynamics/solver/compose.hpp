/// @file
/// compose: a solver from any descent and any step control.
#pragma once

#include <utility>

#include "engram/dynamics/solver/step_control.hpp"

namespace engram {

/// The solver that compose() makes of a descent and a step control, each of which is copied for every seed.
template <class Descent, class Control>
class composition {
  public:
    static constexpr size_t block = 8;

    /// The parts, and the limits of a search.
    composition(Descent descent, Control control, search_limits limits)
        : descent_(std::move(descent)), control_(std::move(control)), limits_(limits) {}

    [[nodiscard]] search_limits limits() const { return limits_; }
    [[nodiscard]] Control control() const { return control_; }
    template <differentiable_map Map>
    [[nodiscard]] Descent make_descent(const Map&, const search_region<typename Map::scalar>&) const {
        return descent_;
    }

  private:
    Descent descent_;
    Control control_;
    search_limits limits_;
};

/// The solver made of a descent and a step control:
/// find_slow_points(map, seeds, engram::compose(follow_the_map{}, engram::full_step{})).
/// A descent for float alone, which the compiler would refuse otherwise, is composed by compose<float>().
template <class T = double, descent<T> Descent, step_control Control>
composition<Descent, Control> compose(Descent descent, Control control, search_limits limits = {}) {
    return {std::move(descent), std::move(control), limits};
}

}  // namespace engram
