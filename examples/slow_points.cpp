// The slow points of a trained network in a file, from the command line: arrays, JSON and a report.
#include "slow_points/output.hpp"

#include <engram/io/read_arrays.hpp>

#include <iostream>

int main(int argc, char** argv) {
    using namespace slow_points_command;
    try {
        const auto o = read_options(argc, argv);
        if (!o) return 0;
        const auto arrays = eg::read_arrays(o->network);
        const network net = load_network(arrays, told_cell(arrays, o->cell), o->where, o->rate);
        const auto inputs = read_inputs(*o, net.inputs);
        const auto seeds = read_seeds(*o, net.dimension, net.box);
        const auto trajectories = read_trajectories(*o, net.dimension);
        require_writable(*o);
        stop_on_interrupt();
        const search_result result = search(net, inputs, seeds, *o);
        write_results(*o, net, result, trajectories);
        print_summary(result, *o);
    } catch (const std::exception& e) {  // a wrong option, a file that is not what it should be
        std::cerr << "slow_points: " << e.what() << '\n';
        return 2;
    }
}
