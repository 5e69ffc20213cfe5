// Searches with a coordinate held, and in other coordinates: a map's slow points in a subspace.
#include <engram/dynamics.hpp>

#include <array>
#include <iostream>
#include <type_traits>

constexpr auto henon = [](const auto& x) {
    using scalar = std::remove_cvref_t<decltype(x[0])>;
    return std::array<scalar, 2>{1.0 - 1.4 * x[0] * x[0] + x[1], 0.3 * x[0]};
};

int main() {
    const auto map = engram::make_map<double, 2>(henon);
    const auto seeds = engram::grid<double>({-2, -2}, {2, 2}, 5);

    //! [masked]
    // The second coordinate stays at 0.2; searches and their points are of the first alone.
    const auto held = engram::masked(map, {false, true}, {0.0, 0.2});
    engram::matrix<double> free(std::array{seeds.shape(0), held.dimension()});
    held.project(seeds, free);  // without the held coordinate
    const auto points = engram::find_slow_points(held, free);
    engram::matrix<double> whole(std::array{points.size(), map.dimension()});
    held.embed(points.states(), whole);  // with it again
    //! [masked]
    std::cout << points << whole.shape(0) << " states of " << whole.shape(1) << " coordinates\n";

    //! [affine]
    // The dynamics along the line h = A z + b, projected on it.
    const auto along = engram::affine(map, {{1.0}, {0.3}}, {0.0, 0.0});
    engram::matrix<double> coordinates(std::array{seeds.shape(0), along.dimension()});
    along.project(seeds, coordinates);  // z of the points of the line that are nearest to the seeds
    std::cout << engram::find_slow_points(along, coordinates);
    //! [affine]
    return points.size() == 2 ? 0 : 1;  // x = 1.2 - 1.4 x^2
}
