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

    std::ostringstream data;  // stable stretches, unstable ones, bifurcations
    for (const bool stable : {true, false}) {
        for (const auto& segment : diagram.segments()) {
            if (segment.stable != stable) continue;
            const auto& branch = diagram.branches[segment.branch];
            for (std::size_t phase = 0; phase < branch.period;
                 ++phase) {  // the branch has one state of each cycle
                for (std::size_t i = segment.first; i <= segment.last; ++i) {
                    eg::matrix<double> state{{branch.states(i, 0), branch.states(i, 1)}}, next = state;
                    for (std::size_t k = 0; k < phase; ++k, state = next)
                        henon(branch.parameters[i]).apply(state, next);
                    data << branch.parameters[i] << ' ' << state(0, 0) << '\n';
                }
                data << '\n';
            }
        }
        data << '\n';
    }
    for (const auto& found : diagram.bifurcations)
        data << found.parameter << ' ' << found.state(0) << " \"" << eg::to_string(found.kind) << "\"\n";
    plot("bifurcation", data.str(), R"(
        set xlabel 'parameter a'; set ylabel 'x'; set xrange [-0.2:1.05]; set yrange [-3:4.5]
        set border 3; set tics nomirror; set key top right
        plot $data index 0 with lines lw 2 lc rgb '#0072b2' title 'stable', \
            '' index 1 with lines dt 2 lc rgb '#d55e00' title 'unstable', \
            '' index 2 using 1:2 with points pt 7 ps 0.6 lc rgb 'black' title 'bifurcation', \
            '' index 2 every ::0::1 using 1:2:3 with labels left offset 1,0.5 font ',10' notitle)");
}
