// The branch of Henon's fixed points around their fold, timed: for peers/pydstool_branch.py.
#include <engram/dynamics/continuation/bifurcation_diagram.hpp>
#include <engram/dynamics/map/make_map.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <type_traits>

namespace eg = engram;

/// Prints, as JSON, the seconds that a point takes, how many there are, and where the fold and the doubling
/// are.
int main() {
    const auto henon = [](double a) {
        return eg::make_map<double, 2>([a](const auto& x) {
            using scalar = std::remove_cvref_t<decltype(x[0])>;
            return std::array<scalar, 2>{1.0 - a * x[0] * x[0] + x[1], 0.3 * x[0]};
        });
    };
    eg::slow_points<double> start;
    start.points.resize(1);
    start.points[0].state = {0.8779733838, 0.2633920151};
    constexpr int repetitions = 100;
    eg::branch_diagram<double> found;
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < repetitions; ++i)
        found = eg::bifurcation_diagram(start, henon, 0.5, -0.2, {.scale = 1, .max_points = 200});
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
    const std::size_t points = found.branches[0].size();
    std::printf("{\"seconds_a_point\": %g, \"points\": %zu, \"fold\": %.12f, \"doubling\": %.12f}\n",
                seconds.count() / repetitions / static_cast<double>(points), points,
                found.of_kind(eg::bifurcation_kind::fold)[0].parameter,
                found.of_kind(eg::bifurcation_kind::period_doubling)[0].parameter);
}
