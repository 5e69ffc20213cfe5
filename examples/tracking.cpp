// Follows the memories of a network backwards through its training, to where each of them came from.
#include <engram/engram.hpp>

#include <array>
#include <iostream>
#include <sstream>
#include <vector>

#include "plot.hpp"

namespace eg = engram;

int main() {
    // A network learns to hold one bit; after every update it is kept, as a map that sees no pulse.
    const eg::flip_flop task{{.bits = 1, .horizon = 40, .pulse_probability = 0.15}};
    eg::recurrent_network<eg::gru<float>> network{
        {.inputs = task.inputs(), .units = 24, .outputs = task.outputs()}, eg::seed{1}};
    const eg::vector<double> silence{0, 0};
    std::vector<eg::constant_input_map<eg::gru<double>>> maps{{network, silence}};
    eg::trainer{network, eg::mean_squared_error{}, eg::adam{}}.fit(
        task, eg::no_curriculum{}, {.steps = 300, .clip_norm = 1}, eg::progress_bar{},
        [&](const eg::training_report&) { maps.emplace_back(network, silence); });

    // At the end: the memories of either sign, where the network goes from anywhere, and a saddle halfway.
    const std::size_t d = network.state_size();
    eg::matrix<double> anywhere(std::array{std::size_t{200}, d}), later = anywhere;
    eg::random_stream(eg::seed{2}, eg::purpose::user).normals(anywhere, 0.0, 0.5);
    eg::iterate<100>(maps.back()).apply(anywhere, later);
    const auto memories = eg::find_slow_points(maps.back(), later);
    if (memories.size() != 2) return 1;
    eg::matrix<double> seeds(std::array{std::size_t{3}, d});
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < d; ++j)
            seeds(i, j) = (memories[i / 2].state(j) + memories[(i + 1) / 2].state(j)) / 2;

    const auto tracks =
        eg::track(eg::find_slow_points(maps.back(), seeds), maps, {.backwards = true, .probe_distance = 0});
    std::cout << tracks;

    std::ostringstream data;
    for (const auto& branch : tracks.branches) {
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            const auto& point = branch.points[i];
            const eg::matrix_view<const double> state(point.state.data(), 1, point.state.size());
            const auto output = maps[static_cast<std::size_t>(branch.where[i])].read_out(state);
            data << branch.where[i] << ' ' << output(0, 0) << ' ' << point.speed << ' '
                 << (point.kind == eg::point_kind::slow ? 2
                     : point.unstable_directions > 0    ? 1
                                                        : 0)
                 << '\n';
        }
    }
    plot("tracking", data.str(), R"(
        set xlabel 'updates of training'; set key top left Left reverse; set border 3; set tics nomirror
        set ylabel 'output at the slow point'; colours = "#0072b2 #d55e00 #999999"
        names = "'stable fixed point' 'saddle' 'slow point that is not fixed'"
        plot for [k = 0:2] $data using 1:($4 == k ? $2 : NaN) with points pt 7 ps 0.5 lc rgb word(colours, k + 1) \
            title word(names, k + 1))");
}
