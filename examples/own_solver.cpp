// Searches with a solver of the user's own: it follows the map itself for as long as the speed falls.
#include <engram/dynamics.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <span>
#include <type_traits>

namespace eg = engram;

//! [solver]
struct follow_the_map {  // what step: h -> F(h)
    template <class T>
    eg::forecast<T> propose(const eg::search_state<T>& at, T /*reach*/, std::span<T> step) const {
        std::ranges::copy(at.residual, step.begin());  // F(h) - h
        return {at.half_squared_speed};                // all of S / 2 may go
    }
};
// How long: whole steps, for as long as each lowers S.
const auto own_solver = eg::compose(follow_the_map{}, eg::full_step{}, {.iterations = 1000});
//! [solver]

int main() {
    const auto map = eg::make_map<double, 2>([](const auto& h) {
        using std::tanh;
        using scalar = std::remove_cvref_t<decltype(h[0])>;
        return std::array<scalar, 2>{tanh(2.0 * h[0] + 0.1 * h[1]), tanh(2.0 * h[1])};
    });
    const auto seeds = eg::grid<double>({-1.0, -1.0}, {1.0, 1.0}, 4);
    std::cout << eg::find_slow_points(map, seeds, own_solver,
                                      {.region = {.lower_bound = -1.0, .upper_bound = 1.0}});
}
