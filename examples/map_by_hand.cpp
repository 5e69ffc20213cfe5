// A map with derivatives written by hand: two tanh units that excite themselves and inhibit each other.
#include <engram/dynamics.hpp>

#include <cmath>
#include <iostream>

//! [map]
struct rivals {
    using scalar = double;
    double self = 2.0, other = -0.6;

    std::size_t dimension() const { return 2; }

    // Row by row, next = tanh(W h) with W = {{self, other}, {other, self}}.
    void apply(engram::matrix_view<const double> h, engram::matrix_view<double> next) const {
        for (std::size_t i = 0; i < h.rows(); ++i) {
            next(i, 0) = std::tanh(self * h(i, 0) + other * h(i, 1));
            next(i, 1) = std::tanh(other * h(i, 0) + self * h(i, 1));
        }
    }

    // Row by row, out = u^T dF/dh.
    void vjp(engram::matrix_view<const double> h, engram::matrix_view<const double> u,
             engram::matrix_view<double> out) const {
        for (std::size_t i = 0; i < h.rows(); ++i) {
            const double a = std::tanh(self * h(i, 0) + other * h(i, 1));
            const double b = std::tanh(other * h(i, 0) + self * h(i, 1));
            const double da = u(i, 0) * (1 - a * a), db = u(i, 1) * (1 - b * b);
            out(i, 0) = self * da + other * db;
            out(i, 1) = other * da + self * db;
        }
    }
};
//! [map]

int main() {
    //! [check]
    const rivals map;
    std::cout << engram::check_derivatives(map, {0.3, -0.2}) << '\n';  // how wrong the vjp is, and where
    //! [check]

    //! [search]
    const auto seeds = engram::grid<double>({-1, -1}, {1, 1}, 9);
    const auto found =
        engram::find_slow_points(map, seeds, {.region = {.lower_bound = -1, .upper_bound = 1}});
    std::cout << found;
    //! [search]

    // |tanh''| < 0.77 and ||W|| = 2.6 bound how fast dF/dh changes.
    for (const auto& point : found)
        std::cout << engram::certify(map, point.state, {.lipschitz = 0.77 * 2.6 * 2.6}) << '\n';
}
