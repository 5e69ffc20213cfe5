// Trains a network to compare two frequencies, and finds the line of states that holds the first.
#include <engram/engram.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>

#include "plot.hpp"

namespace eg = engram;

int main() {
    const eg::parametric_working_memory task;
    eg::recurrent_network<eg::leaky<float>> network{
        {.inputs = task.inputs(), .units = 50, .outputs = task.outputs()}, eg::seed{1}, {}, {.rate = {0.3}}};
    eg::trainer{network, eg::mean_squared_error{},
                eg::scheduled{eg::adam{.learning_rate = 3e-3}, eg::cosine_decay{}}}
        .fit(task, eg::no_curriculum{}, {.steps = 2500, .clip_norm = 1}, eg::progress_bar{});
    const double right = eg::choice_accuracy(network, task);
    std::cout << "right comparisons: " << right << '\n';

    // A frequency is shown for three steps; then the network holds it.
    constexpr std::size_t shown = 3, steps = 60, values = 21;
    const eg::constant_input_map holding{network, eg::vector<double>{0, 0}};
    const std::size_t d = holding.dimension();
    eg::matrix<double> path({values * (steps + 1), d}, 0.0), seeds({values, d}, 0.0);
    const auto state = [&](std::size_t i, std::size_t t) {
        return eg::matrix_view<double>(path).row_block(i * (steps + 1) + t, 1);
    };
    const auto frequency = [](std::size_t i) { return 0.1 * static_cast<double>(i) - 1; };
    for (std::size_t i = 0; i < values; ++i) {
        const eg::constant_input_map showing{network, eg::vector<double>{frequency(i), 0}};
        for (std::size_t t = 0; t < steps; ++t)
            (t < shown ? showing : holding).apply(state(i, t), state(i, t + 1));
        std::copy_n(state(i, 25).data(), d, &seeds(i, 0));
    }
    const auto points = eg::find_slow_points(holding, seeds);
    std::cout << points;

    // Seen along the direction in which the held states differ most.
    const auto axis = eg::find_principal_components(seeds, 1);
    std::ostringstream data;
    for (const auto& point : points)
        data << axis.project(point.state)[0] << ' ' << point.unstable_directions << '\n';
    for (std::size_t i = 0; i < values; ++i) {
        data << "\n\n";
        for (std::size_t t = 0; t <= steps; ++t)
            data << t << ' ' << axis.project(state(i, t))[0] << ' ' << frequency(i) << '\n';
    }
    plot("parametric_working_memory", data.str(), R"(
        set xlabel 'step (a frequency until 3, then the delay)'; set ylabel 'along the first principal component'
        set xrange [0:63]; set key outside right samplen 1; set cblabel 'frequency'
        set palette defined (0 '#0072b2', 1 '#bbbbbb', 2 '#d55e00'); set cbrange [-1:1]
        plot for [i = 1:21] $data index i using 1:2:3 with lines lw 2 lc palette notitle, \
            '' index 0 using (61.5):($2 == 0 ? $1 : NaN) with points pt 7 ps 1.6 lc rgb 'black' title 'stable', \
            '' index 0 using (61.5):($2 > 0 ? $1 : NaN) with points pt 6 ps 1.6 lc rgb 'black' title 'saddle')");
    return right > 0.98 && !points.empty() ? 0 : 1;
}
