/// @file
/// Searches one map, for its compile time.
#include <engram/dynamics.hpp>

#include <array>
#include <iostream>
#include <type_traits>

constexpr auto henon = [](const auto& x) {
    using scalar = std::remove_cvref_t<decltype(x[0])>;
    return std::array<scalar, 2>{1.0 - 1.4 * x[0] * x[0] + x[1], 0.3 * x[0]};
};

int main() {
    const auto seeds = engram::grid<double>({-2.0, -2.0}, {2.0, 2.0}, 9);
    std::cout << engram::find_slow_points(engram::make_map<double, 2>(henon), seeds);
}
