// A map written with xtensor's expressions: the fixed points of a small random network.
#include <engram/dynamics.hpp>

#include <xtensor-blas/xlinalg.hpp>

#include <cmath>
#include <iostream>

namespace eg = engram;

struct tanh_network {
    using scalar = double;
    xt::xtensor<double, 2> weights;  // (units x units): states are rows, so they stand to the right

    std::size_t dimension() const { return weights.shape(0); }
    auto apply(const auto& h) const { return xt::tanh(xt::linalg::dot(h, weights)); }
    auto vjp(const auto& h, const auto& u) const {
        return xt::linalg::dot(u * (1 - xt::square(apply(h))), xt::transpose(weights));
    }
};

int main() {
    const std::size_t units = 20;
    tanh_network network{xt::xtensor<double, 2>::from_shape({units, units})};
    eg::random_stream draws(eg::seed{1}, eg::purpose::user);
    for (double& weight : network.weights) weight = 1.5 / std::sqrt(units) * draws.normal();

    xt::xtensor<double, 2> seeds = xt::xtensor<double, 2>::from_shape({100, units});
    for (double& x : seeds) x = draws.normal();
    const eg::expression_map map{network};
    const auto points = eg::find_slow_points(map, seeds);
    std::size_t fixed = 0;
    for (const auto& point : points) fixed += point.kind == eg::point_kind::fixed ? 1 : 0;
    std::cout << points.size() << " slow points, " << fixed << " of them fixed\n";
    return fixed > 0 ? 0 : 1;
}
