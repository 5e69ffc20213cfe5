// Trains a network to integrate one of two streams, as a context says, and finds a line for each.
#include <engram/engram.hpp>

#include <iostream>
#include <sstream>

#include "plot.hpp"

namespace eg = engram;

int main() {
    const eg::context_integration task;
    eg::recurrent_network<eg::leaky<float>> network{
        {.inputs = task.inputs(), .units = 64, .outputs = task.outputs()}, eg::seed{1}, {}, {.rate = {0.3}}};
    const eg::scheduled optimizer{eg::adam{.learning_rate = 3e-3}, eg::cosine_decay{}};
    eg::trainer{network, eg::mean_squared_error{}, optimizer}.fit(
        task, eg::no_curriculum{}, {.steps = 2500, .clip_norm = 1}, eg::progress_bar{});
    const double right = eg::choice_accuracy(network, task);
    // In each context: where evidence of each stream takes the state, and the slow points without evidence.
    const std::size_t d = network.state_size(), values = 9;
    eg::matrix<double> ends({4 * values, d}, 0.0), next({1, d});
    std::vector<eg::slow_points<double>> found;
    for (std::size_t i = 0; i < 4 * values; ++i) {
        const double context = i < 2 * values ? 0 : 1, evidence = 0.05 * double(i % values) - 0.2;
        const bool second = i / values % 2 == 1;
        const eg::constant_input_map seeing{
            network,
            eg::vector<double>{second ? 0 : evidence, second ? evidence : 0, 1 - context, context, 0}};
        const auto state = eg::matrix_view<double>(ends).row_block(i, 1);
        for (int t = 0; t < 25; ++t) {
            seeing.apply(state, next);
            std::copy_n(next.data(), d, state.data());
        }
        if (i % (2 * values) != 2 * values - 1) continue;  // the last of a context
        eg::matrix<double> seeds({2 * values, d});
        std::copy_n(&ends(i + 1 - 2 * values, 0), seeds.size(), seeds.data());
        const eg::constant_input_map waiting{network, eg::vector<double>{0, 0, 1 - context, context, 0}};
        std::cout << found.emplace_back(eg::find_slow_points(waiting, seeds));
    }
    std::cout << "right choices: " << right << '\n';
    const auto axes = eg::find_principal_components(ends, 2);
    std::ostringstream data;
    const auto write = [&](const auto& state, std::size_t note, bool last) {
        const auto at = axes.project(state);
        data << at[0] << ' ' << at[1] << ' ' << note << (last ? "\n\n\n" : "\n");
    };
    for (std::size_t i = 0; i < 4 * values; ++i)
        write(eg::matrix_view<double>(ends).row_block(i, 1), 0, i % values == values - 1);
    for (const auto& points : found)
        for (std::size_t i = 0; i < points.size(); ++i)
            write(points[i].state, points[i].unstable_directions, i + 1 == points.size());
    plot("context_integration", data.str(), R"(
        set xlabel 'component 1'; set ylabel 'component 2'; set key outside right samplen 2 title 'context, stream'
        blue = '#0072b2'; red = '#d55e00'; plot $data index 0 with lines lw 2 lc rgb blue title '1, 1', '' index 1 with lines dt 2 lw 2 lc rgb blue title '1, 2', \
            '' index 2 with lines dt 2 lw 2 lc rgb red title '2, 1', '' index 3 with lines lw 2 lc rgb red title '2, 2', \
            for [c = 4:5] '' index c using 1:($3 == 0 ? $2 : NaN) with points pt 7 ps 1.5 lc rgb (c == 4 ? blue : red) \
            notitle, for [c = 4:5] '' index c using 1:($3 > 0 ? $2 : NaN) with points pt 6 ps 1.5 lc rgb 'black' notitle)");
    return right > 0.84 && found[0].size() == 3 && found[1].size() == 3 ? 0 : 1;
}
