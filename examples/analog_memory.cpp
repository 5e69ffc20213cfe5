// Trains a network to hold an angle, finds the ring it is held on, and foretells by its drift where it ends.
#include <engram/engram.hpp>

#include <cmath>
#include <iostream>
#include <sstream>

#include "plot.hpp"

namespace eg = engram;

int main() {
    const eg::analog_memory task{{.value = eg::analog_value::angle}};
    eg::recurrent_network<eg::gru<float>> network{{task.inputs(), 64, task.outputs()}, eg::seed{1}};
    eg::trainer{network, eg::mean_squared_error{}, eg::scheduled{eg::adam{3e-3}, eg::cosine_decay{}}}.fit(
        task, eg::no_curriculum{}, {.steps = 1500, .clip_norm = 1}, eg::progress_bar{});
    const auto under = [&](const eg::vector<double>& x) { return eg::constant_input_map{network, x}; };
    const auto wait = under({0, 0, 0}), ask = under({0, 0, 1});
    const auto angle = [](std::size_t i) { return 0.062831853 * static_cast<double>(i); };
    const std::size_t n = 100, d = wait.dimension();  // n angles, shown for 3 steps and held
    eg::matrix<double> blank({n, d}, 0.0), shown = blank, soon = blank, late = blank;
    for (std::size_t i = 0; i < n; ++i)
        eg::iterate<3>(under({std::cos(angle(i)), std::sin(angle(i)), 0}))
            .apply({&blank(i, 0), 1, d}, {&shown(i, 0), 1, d});
    eg::iterate<25>(wait).apply(shown, soon);
    eg::iterate<975>(wait).apply(soon, late);
    const auto rings = eg::slow_manifolds(wait, eg::find_slow_points(wait, soon), {.spacing = 0.02});
    if (rings.size() != 1 || !rings[0].closed) return 1;
    const auto points = eg::find_slow_points(wait, rings[0].states);
    std::size_t stable = 0, saddles = 0;  // which take turns on a ring
    for (const auto& point : points)
        if (point.kind == eg::point_kind::fixed) ++(point.unstable_directions == 0 ? stable : saddles);
    std::ostringstream data;
    const auto error_of = [&](eg::matrix<double> h, auto colour) {  // in radians, of what began as angles
        eg::iterate<2>(ask).apply(eg::matrix<double>(h), h);
        const auto y = ask.read_out(h);
        double sum = 0;
        for (std::size_t i = 0; i < y.shape(0); ++i) {
            data << (i == 0 ? "\n\n" : "") << y(i, 0) << ' ' << y(i, 1) << ' ' << colour(i) << '\n';
            sum += std::abs(std::remainder(std::atan2(y(i, 1), y(i, 0)) - angle(i), angle(n))) / n;
        }
        return sum;
    };
    const double measured = error_of(late, angle), foretold = error_of(rings[0].after(soon, 975), angle);
    std::cout << rings << points << "error in 1,000 steps: " << measured << ", foretold: " << foretold
              << '\n';
    error_of(rings[0].states, [&](auto i) { return rings[0].drift_along(i); });
    error_of(points.states(), angle);
    plot("analog_memory", data.str(), R"(
        set multiplot layout 1, 2; set size square; set border lc rgb '#999999'; set tics nomirror scale 0.5
        set title 'the ring, by its answers'; set cblabel 'drift per step'; set xrange [-1.2:1.2]; set yrange [-1.2:1.2]
        set colorbox horizontal user origin 0.1, 0.14 size 0.34, 0.02; set cbtics 0.006; set cbrange [-0.008:0.008]
        set palette defined (-1 '#d55e00', 0 '#dddddd', 1 '#0072b2'); set xtics 1; set ytics 1; unset key
        plot $data index 2 with lines lw 6 lc palette, '' index 3 with points pt 7 lc 0
        set title 'error after 1,000 steps'; set xlabel 'angle (rad)'; set key; set xrange [0:2 * pi]; set yrange [-2:2]
        error(x, y, angle) = (e = atan2(y, x) - angle, e - 2 * pi * floor(e / 2 / pi + 0.5))
        plot for [i = 0:1] $data index i using 3:(error($1, $2, $3)) pt 7 - i lc rgb word('#222222 #d55e00', i + 1) title word('measured foretold', i + 1))");
    return std::abs(measured - foretold) < 0.02 && stable == saddles ? 0 : 1;
}
