/// @file
/// write_gnuplot: a bifurcation diagram as a plot in the usual style.
#pragma once

#include "engram/core/full_digits.hpp"
#include "engram/dynamics/continuation/branch_diagram.hpp"
#include "engram/dynamics/continuation/map_family.hpp"

#include <string>

namespace engram {

/// What a plot of a bifurcation diagram shows.
struct diagram_plot {
    size_t coordinate = 0;                ///< of the state
    std::string parameter = "parameter";  ///< label of the abscissa
    std::string state = "state";          ///< label of the ordinate
};

/// Writes a gnuplot script that draws a diagram by the parameter: stable branches solid, others dashed,
/// bifurcations as points with their names. Of cycles every state is drawn, for which `family` makes their
/// maps. The terminal, the output and ranges are the user's: gnuplot -e "set terminal ...; set output ..."
/// script. Throws value_error for a coordinate that states do not have, and what the family throws.
template <map_family Family, class T = typename map_of<Family>::scalar>
void write_gnuplot(std::ostream& out, const branch_diagram<T>& diagram, const Family& family,
                   const diagram_plot& plot = {}) {
    const detail::full_digits format(out);
    out << "$diagram << END\n";
    for (const bool stable : {true, false}) {  // a block of each: two blank lines part them
        bool any = false;
        for (const auto& segment : diagram.segments()) {
            if (segment.stable != stable) continue;
            any = true;
            const auto& branch = diagram.branches[segment.branch];
            const size_t d = branch.states.shape(1);
            require(plot.coordinate < d, "write_gnuplot: coordinate ", plot.coordinate,
                    " of states of dimension ", d);
            for (size_t phase = 0; phase < branch.period; ++phase) {
                for (size_t i = segment.first; i <= segment.last; ++i) {
                    auto state = matrix<T>::from_shape({1, d}), next = state;
                    std::copy_n(&branch.states(i, 0), d, state.begin());
                    for (size_t k = 0; k < phase; ++k, state = next)
                        family(branch.parameters[i]).apply(matrix_view<const T>(state), matrix_view<T>(next));
                    out << branch.parameters[i] << ' ' << state(0, plot.coordinate) << '\n';
                }
                out << '\n';
            }
        }
        out << (any ? "\n" : "nan nan\n\n\n");
    }
    if (diagram.bifurcations.empty()) out << "nan nan \"\"\n";
    for (const auto& found : diagram.bifurcations)
        out << found.parameter << ' ' << found.state(plot.coordinate) << " \"" << to_string(found.kind)
            << "\"\n";
    out << "END\nset xlabel '" << plot.parameter << "'; set ylabel '" << plot.state << "'\n"
        << "set border 3; set tics nomirror; set key top right\n"
           "plot $diagram index 0 with lines lw 2 lc rgb '#0072b2' title 'stable', \\\n"
           "    '' index 1 with lines dt 2 lc rgb '#d55e00' title 'unstable', \\\n"
           "    '' index 2 using 1:2 with points pt 7 ps 0.6 lc rgb 'black' title 'bifurcation', \\\n"
           "    '' index 2 using 1:2:3 with labels left rotate by 60 offset 0.3,0.6 font ',10' notitle\n";
}

}  // namespace engram
