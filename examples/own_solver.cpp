// Searches with a solver of the user's own: it follows the map itself for as long as the speed falls.
#include <engram/dynamics.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <limits>
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
                    const eg::search_region<T>& region) const {
        const std::size_t d = map.dimension();
        const std::vector<T> seed(state.row(0), state.row(0) + d);
        std::vector<T> here = seed, next(d);
        T slowest = std::numeric_limits<T>::infinity();
        outcomes[0] = {eg::stop_reason::iteration_limit, iterations};
        for (std::size_t i = 0; i < iterations; ++i) {
            map.apply({here.data(), 1, d}, {next.data(), 1, d});
            T speed = 0, away = 0;
            for (std::size_t j = 0; j < d; ++j) {
                speed = std::hypot(speed, next[j] - here[j]);
                away = std::hypot(away, next[j] - seed[j]);
                next[j] = region.clip(j, next[j]);
            }
            outcomes[0].iterations = i;
            if (!(speed < slowest)) return void(outcomes[0].stop = eg::stop_reason::no_progress);
            std::copy(here.begin(), here.end(), state.row(0));
            if (away > region.max_distance) return void(outcomes[0].stop = eg::stop_reason::distance_limit);
            slowest = speed;
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
    std::cout << eg::find_slow_points(map, seeds, follow_the_map{},
                                      {.lower_bound = -1.0, .upper_bound = 1.0});
}
