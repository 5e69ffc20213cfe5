// Trains a network to decide by noisy evidence, and finds its two choices and the saddle that parts them.
#include <engram/engram.hpp>

#include <iostream>
#include <span>
#include <sstream>
#include <utility>

#include "plot.hpp"

namespace eg = engram;

int main() {
    const eg::perceptual_decision task;
    eg::recurrent_network<eg::leaky<float>> network{
        {.inputs = task.inputs(), .units = 50, .outputs = task.outputs()}, eg::seed{1}, {}, {.rate = {0.3}}};
    const eg::scheduled optimizer{eg::adam{.learning_rate = 3e-3}, eg::cosine_decay{}};
    eg::trainer{network, eg::mean_squared_error{}, optimizer}.fit(
        task, eg::no_curriculum{}, {.steps = 1500, .clip_norm = 1}, eg::progress_bar{});
    const double right = eg::choice_accuracy(network, task);
    std::cout << "right choices: " << right << '\n';

    // While the network waits for the cue: searched from states that it reaches from anywhere.
    const eg::constant_input_map waiting{network, eg::vector<double>{0, 0}};
    const std::size_t d = waiting.dimension();
    eg::matrix<double> anywhere({100, d}), later = anywhere;
    eg::random_stream(eg::seed{2}, eg::purpose::user).normals(anywhere, 0.0, 0.5);
    eg::iterate<30>(waiting).apply(anywhere, later);
    const auto points = eg::find_slow_points(waiting, later);
    std::cout << points;

    // Along the line that the points lie on: the points, and how evidence moves the state.
    const auto axis = eg::find_principal_components(points.states(), 1);
    std::ostringstream data;
    for (const auto& point : points)
        data << axis.project(point.state)[0] << ' ' << point.unstable_directions << '\n';
    for (const double evidence : {-0.256, -0.128, -0.064, -0.032, 0.0, 0.032, 0.064, 0.128, 0.256}) {
        const eg::constant_input_map seeing{network, eg::vector<double>{evidence, 0}};
        eg::matrix<double> state({1, d}, 0.0), next = state;
        data << "\n\n";
        for (int t = 0; t <= 80; ++t, std::swap(state, next)) {
            data << t << ' ' << axis.project(std::span(state.data(), d))[0] << ' ' << evidence << '\n';
            (t < 20 ? seeing : waiting).apply(state, next);
        }
    }
    plot("perceptual_decision", data.str(), R"(
        set xlabel 'step (evidence until 20, then a delay)'; set ylabel 'along the line of the slow points'
        set xrange [0:84]; set key outside right samplen 1
        set palette defined (0 '#0072b2', 1 '#bbbbbb', 2 '#d55e00'); set cbrange [-0.256:0.256]; set cblabel 'evidence'
        plot for [i = 1:9] $data index i using 1:2:3 with lines lw 2 lc palette notitle, \
            '' index 0 using (82):($2 == 0 ? $1 : NaN) with points pt 7 ps 1.6 lc rgb 'black' title 'choices', \
            '' index 0 using (82):($2 > 0 ? $1 : NaN) with points pt 6 ps 1.6 lc rgb 'black' title 'saddle')");
    return right > 0.75 && points.size() == 3 ? 0 : 1;
}
