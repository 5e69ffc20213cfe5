// Trains a network to say whether a second item is the first one, and finds where it holds the first.
#include <engram/engram.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>

#include "plot.hpp"

namespace eg = engram;

int main() {
    const eg::delayed_match_to_sample task{{.items = 4}};
    eg::recurrent_network<eg::leaky<float>> network{
        {.inputs = task.inputs(), .units = 64, .outputs = task.outputs()}, eg::seed{1}, {}, {.rate = {0.3}}};
    eg::trainer{network, eg::mean_squared_error{},
                eg::scheduled{eg::adam{.learning_rate = 3e-3}, eg::cosine_decay{}}}
        .fit(task, eg::no_curriculum{}, {.steps = 2500, .clip_norm = 1}, eg::progress_bar{});
    const double right = eg::choice_accuracy(network, task);
    std::cout << "right answers: " << right << '\n';

    // Each item is shown for three steps and held for twenty.
    constexpr std::size_t items = 4, steps = 23;
    const eg::constant_input_map holding{network, eg::vector<double>{0, 0, 0, 0, 0}};
    const std::size_t d = holding.dimension();
    eg::matrix<double> path({items * (steps + 1), d}, 0.0), held({items, d}, 0.0);
    for (std::size_t k = 0; k < items; ++k) {
        eg::vector<double> item{0, 0, 0, 0, 0};
        item(k) = 1;
        const eg::constant_input_map showing{network, item};
        const auto states = eg::matrix_view<double>(path).row_block(k * (steps + 1), steps + 1);
        for (std::size_t t = 0; t < steps; ++t)
            (t < 3 ? showing : holding).apply(states.row_block(t, 1), states.row_block(t + 1, 1));
        std::copy_n(states.row(steps), d, &held(k, 0));
    }
    const auto points = eg::find_slow_points(holding, held);
    std::cout << points;

    const auto axes = eg::find_principal_components(path, 2);
    std::ostringstream data;
    for (const auto& point : points)
        data << axes.project(point.state)[0] << ' ' << axes.project(point.state)[1] << '\n';
    for (std::size_t i = 0; i < items * (steps + 1); ++i) {
        const auto at = axes.project(eg::matrix_view<double>(path).row_block(i, 1));
        data << (i % (steps + 1) == 0 ? "\n\n" : "") << at[0] << ' ' << at[1] << '\n';
    }
    plot("delayed_match_to_sample", data.str(), R"(
        set xlabel 'first principal component'; set ylabel 'second'; set key outside right samplen 1
        colours = "#0072b2 #e69f00 #d55e00 #7a3b8f"
        plot for [k = 1:4] $data index k with linespoints pt 7 ps 0.4 lw 1.5 lc rgb word(colours, k) \
            title sprintf('item %d', k), '' index 0 with points pt 6 ps 2 lc rgb 'black' title 'slow points')");
    return right > 0.98 && points.size() == items ? 0 : 1;
}
