// Draws the bifurcation diagram of Henon's map: a fold, and period doublings with the cycles that branch off.
#include <engram/dynamics.hpp>

#include <array>
#include <iostream>
#include <sstream>
#include <type_traits>

#include "plot.hpp"

namespace eg = engram;

int main() {
    const auto henon = [](double a) {
        return eg::make_map<double, 2>([a](const auto& x) {
            using scalar = std::remove_cvref_t<decltype(x[0])>;
            return std::array<scalar, 2>{1.0 - a * x[0] * x[0] + x[1], 0.3 * x[0]};
        });
    };
    const auto start = eg::find_slow_points(henon(0.2), eg::grid<double>({-5.0, -2.0}, {5.0, 2.0}, 9));
    const auto diagram = eg::bifurcation_diagram(start, henon, -0.2, 1.05, {.switch_branches = true});
    std::cout << diagram;

    std::ostringstream script;  // solid where stable, dashed where not
    eg::write_gnuplot(script, diagram, henon, {.parameter = "parameter a", .state = "x"});
    plot("bifurcation", "", "set rmargin 8; set xrange [-0.2:1.05]; set yrange [-3:4.5]\n" + script.str());
}
