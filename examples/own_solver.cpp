// Searches with a solver of the user's own: it follows the map itself for as long as the speed falls.
#include <engram/dynamics.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <span>
#include <type_traits>
#include <vector>

namespace eg = engram;

//! [solver]
struct follow_the_map {
    static constexpr std::size_t block = 1;  // one seed at a time
    std::size_t iterations = 1000;

    template <eg::differentiable_map Map, class T = typename Map::scalar>
    void operator()(const Map& map, eg::matrix_view<T> state, std::span<eg::search_outcome> outcomes,
                    const eg::search_region<T>&) const {
        const std::size_t d = map.dimension();
        std::vector<T> here(state.row(0), state.row(0) + d), next(d);
        T slowest = std::numeric_limits<T>::infinity();
        outcomes[0] = {eg::stop_reason::iteration_limit, iterations};
        for (std::size_t i = 0; i < iterations; ++i) {
            map.apply({here.data(), 1, d}, {next.data(), 1, d});
            T speed = 0;
            for (std::size_t j = 0; j < d; ++j) speed = std::hypot(speed, next[j] - here[j]);
            if (!(speed < slowest)) {
                outcomes[0] = {eg::stop_reason::no_progress, i};
                return;
            }
            slowest = speed;
            std::copy(here.begin(), here.end(), state.row(0));
            std::swap(here, next);
        }
    }
};
//! [solver]

int main() {
    const auto map = eg::make_map<double, 2>([](const auto& h) {
        using std::tanh;
        using scalar = std::remove_cvref_t<decltype(h[0])>;
        return std::array<scalar, 2>{tanh(2.0 * h[0] + 0.1 * h[1]), tanh(2.0 * h[1])};
    });
    const auto seeds = eg::grid<double>({-1.0, -1.0}, {1.0, 1.0}, 4);
    std::cout << eg::find_slow_points(map, seeds, follow_the_map{});
}
