// A network given by its matrix of weights: the memories of a Hopfield network, and the saddles between them.
#include <engram/core/random.hpp>
#include <engram/dynamics.hpp>

#include <iostream>

int main() {
    // Three patterns of 60 units, each -1 or 1, stored by Hebb's rule with a gain of 2.
    constexpr std::size_t units = 60, stored = 3;
    auto patterns = engram::matrix<double>::from_shape({stored, units});
    engram::random_stream draws(engram::seed{1}, engram::purpose::user);
    for (double& sign : patterns) sign = draws.uniform() < 0.5 ? -1 : 1;

    //! [network]
    // W(i, j) is the weight from unit j to unit i. A matrix whose rows are the senders is to be transposed.
    auto weights = engram::matrix<double>::from_shape({units, units});
    engram::gemm<double>(engram::transposed(engram::matrix_view<const double>(patterns)), patterns,
                         engram::matrix_view<double>(weights), {.alpha = 2.0 / units});
    engram::vector<double> bias = engram::vector<double>::from_shape({units});
    bias.fill(0);
    const engram::rate_network network{weights, bias};  // h -> tanh(W h + b)
    //! [network]

    //! [search]
    const auto points = engram::find_slow_points(network, patterns);
    //! [search]
    std::cout << points;

    //! [leaky]
    // Euler's steps of a tenth of the time constant: h -> 0.9 h + 0.1 softsign(W h + b)
    const engram::rate_network leaky{weights, bias, engram::activations::softsign{}, 0.1};
    //! [leaky]
    std::cout << engram::find_slow_points(leaky, patterns);

    std::size_t stable = 0;
    for (const auto& point : points)
        stable += point.kind == engram::point_kind::fixed && point.unstable_directions == 0;
    return stable == stored ? 0 : 1;
}
