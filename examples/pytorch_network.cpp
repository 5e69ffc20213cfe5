// The slow points of a network that was trained in PyTorch.
#include <engram/dynamics.hpp>
#include <engram/nn/constant_input_map.hpp>
#include <engram/nn/pytorch.hpp>

#include <algorithm>
#include <array>
#include <iostream>

namespace eg = engram;

int main(int argc, char** argv) {
    // A GRU that remembers the signs of the last pulses on three inputs; pytorch/train_network.py trained it.
    const char* const file = argc > 1 ? argv[1] : ENGRAM_EXAMPLES_DIR "/pytorch/flip_flop.safetensors";
    const auto network = eg::load_pytorch<eg::gru<double, eg::reset_after>>(file);
    const eg::constant_input_map map{network,
                                     eg::vector<double>{0.0, 0.0, 0.0}};  // the network while no pulse comes

    // Search from where each of the 27 patterns of pulses and pauses leads to if it is held for ten steps.
    eg::matrix<double> seeds(std::array<std::size_t, 2>{27, map.dimension()}, 0.0);
    const auto pulses = eg::grid<double>({-1.0, -1.0, -1.0}, {1.0, 1.0, 1.0}, 3);
    for (std::size_t i = 0; i < 27; ++i) {
        const eg::constant_input_map pulsed{network,
                                            eg::vector<double>{pulses(i, 0), pulses(i, 1), pulses(i, 2)}};
        const auto seed = eg::matrix_view<double>(seeds).row_block(i, 1);
        for (int step = 0; step < 10; ++step) {
            const eg::matrix<double> state = eg::matrix_view<const double>(seed).expression();
            pulsed.apply(state, seed);
        }
    }

    // Eight memories, one for each triple of signs, and the saddles between them.
    const auto points = eg::find_slow_points(map, seeds);
    const auto outputs = map.read_out(points.states());
    for (std::size_t i = 0; i < points.size(); ++i) {
        std::cout << to_string(points[i].kind) << " point, speed " << points[i].speed << ", "
                  << points[i].unstable_directions << " unstable directions, outputs " << outputs(i, 0) << ' '
                  << outputs(i, 1) << ' ' << outputs(i, 2) << '\n';
    }
}
