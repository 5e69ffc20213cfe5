// All fixed points of a small network: seeds until new ones bring no new points, and what may be missing.
#include <engram/dynamics.hpp>

#include <iostream>
#include <vector>

int main() {
    // Two pairs of units; those of a pair excite each other.
    const engram::matrix<double> weights{{0, 2, 0, 0}, {2, 0, 0, 0}, {0, 0, 0, 2}, {0, 0, 2, 0}};
    const engram::rate_network network{weights, engram::vector<double>{0, 0, 0, 0},
                                       engram::activations::tanh{}, 0.2};

    //! [all]
    const engram::uniform_seeds<double> maker(std::vector<double>(4, -1), std::vector<double>(4, 1));
    const auto all = engram::find_all_slow_points(network, maker);
    std::cout << all.found << all.coverage << to_string(all.end) << '\n';
    //! [all]

    //! [forward]
    // Seeds that ran along the map for a hundred steps lead to what attracts the dynamics, and to little
    // else.
    const auto stable = engram::find_all_slow_points(network, engram::forward_seeds(network, maker, 100));
    std::cout << stable.found;
    //! [forward]
    return all.found.size() == 9 && stable.found.size() == 4 ? 0 : 1;
}
