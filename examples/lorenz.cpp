// Follows the equilibria of the Lorenz system as its parameter grows, and finds where they change.
#include <engram/dynamics.hpp>

#include <array>
#include <iostream>
#include <sstream>
#include <type_traits>

#include "plot.hpp"

// The flow over 0.05 units of time, for a given heating rho; its fixed points are the system's equilibria.
const auto lorenz = [](double rho) {
    const auto field = [rho](const auto& x) {
        using scalar = std::remove_cvref_t<decltype(x[0])>;
        return std::array<scalar, 3>{10.0 * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1],
                                     x[0] * x[1] - 8.0 / 3.0 * x[2]};
    };
    return engram::flow<double, 3>(field, 0.01, 5);
};

int main() {
    const auto seeds = engram::grid<double>({-1, -1, 0}, {1, 1, 2}, 3);
    const auto rest = engram::find_slow_points(lorenz(0.5), seeds);
    std::cout << "at rho = 0.5:\n" << rest;

    // Theory: convection (two new equilibria) at rho = 1, its loss of stability at rho = 470 / 19 = 24.7368.
    const auto tracks = engram::track(rest, lorenz, 0.5, 28.0);
    std::cout << "from rho = 0.5 to 28:\n" << tracks;

    std::cout << "at rho = 28:\n";
    for (const auto& branch : tracks.branches) {
        std::cout << branch.points.back() << '\n';
        std::cout << "  " << engram::certify(lorenz(28.0), branch.points.back().state) << '\n';
    }

    std::ostringstream csv;
    tracks.write_csv(csv);
    plot("lorenz", csv.str(), R"(
        set datafile separator ','; set xlabel 'heating rho'; set ylabel 'x at the equilibrium' offset 1
        set xrange [0:28]; set border 3; set tics nomirror; set key top left Left reverse
        plot $data using 2:($6 == 0 ? $7 : NaN) with points pt 7 ps 0.5 lc rgb '#0072b2' title 'stable', \
            '' using 2:($6 > 0 ? $7 : NaN) with points pt 7 ps 0.5 lc rgb '#d55e00' title 'unstable')");
}
