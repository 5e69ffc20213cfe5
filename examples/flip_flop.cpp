// Trains a network to hold three bits, and finds its memories, their lifetimes and the saddles between.
#include <engram/engram.hpp>

#include <array>
#include <iostream>
#include <sstream>

#include "plot.hpp"

namespace eg = engram;

int main() {
    using states = eg::matrix<double>;
    const eg::flip_flop task{{.bits = 3, .horizon = 40, .pulse_probability = 0.15}};
    eg::recurrent_network<eg::gru<float>> network{
        {.inputs = task.inputs(), .units = 24, .outputs = task.outputs()}, eg::seed{1}};
    eg::trainer{network, eg::mean_squared_error{}, eg::adam{.learning_rate = 5e-3}}.fit(
        task, eg::no_curriculum{}, {.steps = 2000, .clip_norm = 1}, eg::progress_bar{});

    // How long they last, a column for each of the eight, and where they are while no pulse comes.
    std::cout << eg::recall_curve(network, task, {1, 10, 100, 1000, 10'000}) << '\n';
    const auto map = eg::mean_map(network, task);
    const auto memories = eg::find_slow_points(map, eg::class_centroids(network, task)).states();

    // Saddles lie between them: search from halfway between every two.
    const std::size_t n = memories.shape(0), d = map.dimension();
    states halfway(std::array{n * n, d});
    for (std::size_t i = 0; i < n * n; ++i)
        for (std::size_t j = 0; j < d; ++j) halfway(i, j) = (memories(i / n, j) + memories(i % n, j)) / 2;
    const auto points = eg::find_slow_points(map, halfway);

    std::ostringstream table, ways;
    for (const auto& point : points) {
        states way(std::array{std::size_t{120}, d});  // down from a pass to either side
        for (std::size_t i = 0; i < 120; ++i) {
            const auto row = eg::matrix_view<double>(way).row_block(i, 1);
            for (std::size_t j = 0; j < d; ++j) row(0, j) = point.state(j) + (i == 0 ? -0.01 : 0.01);
            if (i % 60 > 0) map.apply(eg::matrix_view<double>(way).row_block(i - 1, 1), row);
        }
        const auto y = map.read_out(way);
        table << y(0, 0) << ' ' << y(0, 1) << ' ' << y(0, 2) << ' ' << point.unstable_directions << '\n';
        for (std::size_t i = 0; i < 120 && point.unstable_directions == 1; ++i)
            ways << (i % 60 == 0 ? "\n\n" : "") << y(i, 0) << ' ' << y(i, 1) << ' ' << y(i, 2) << '\n';
    }
    std::cout << "outputs and unstable directions of " << points.size() << " points:\n" << table.str();
    plot("flip_flop", table.str() + ways.str(), R"(
        set view 65, 25, 1.15; set view equal xyz; set xyplane relative 0; set border 895 lc rgb '#cccccc'
        set xrange [-1.3:1.3]; set yrange [-1.3:1.3]; set zrange [-1.3:1.3]; set xtics 1; set ytics 1; set ztics 1
        set key at screen 1, 0.98 samplen 1; set rmargin at screen 0.8; colours = "#0072b2 #e69f00 #d55e00 #7a3b8f"
        set xlabel 'output 1'; set ylabel 'output 2'; set zlabel 'output 3' rotate
        splot for [i = 1:24] $data index i with lines lc rgb '#777777' notitle, for [k = 0:3] \
            '' index 0 using 1:2:($4 == k ? $3 : NaN) with points pt 7 ps 1.2 lc rgb word(colours, k + 1) \
            title k == 0 ? 'memories' : sprintf('saddles, %d unstable', k))");
    return points.size() == 27 ? 0 : 1;  // corners, edges, faces and centre of a cube
}
