// A program of someone who uses engram: it finds the fixed points of a map, and says which version did it.
#include <engram/dynamics.hpp>
#include <engram/version.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <type_traits>

constexpr auto henon = [](const auto& x) {
    using scalar = std::remove_cvref_t<decltype(x[0])>;
    return std::array<scalar, 2>{1.0 - 1.4 * x[0] * x[0] + x[1], 0.3 * x[0]};
};

int main() {
    const auto seeds = engram::grid<double>({-2.0, -2.0}, {2.0, 2.0}, 5);
    const auto found = engram::find_slow_points(engram::make_map<double, 2>(henon), seeds, {.threads = 2});
    const auto fixed =
        std::ranges::count(found.points, engram::point_kind::fixed, &engram::slow_point<double>::kind);
    std::cout << "engram " << engram::version_string << ": " << fixed << " fixed points\n";
    return fixed == 2 ? 0 : 1;
}
