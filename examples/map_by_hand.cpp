// Finds the fixed points of a map whose derivative is written by hand.
#include <engram/dynamics.hpp>

#include <cmath>
#include <iostream>

namespace eg = engram;

//! [map]
/// Two units that excite themselves and inhibit each other: h_i' = tanh(1.5 h_i - h_j).
struct rivals {
    using scalar = double;

    std::size_t dimension() const { return 2; }

    void apply(eg::matrix_view<const double> h, eg::matrix_view<double> next) const {
        for (std::size_t n = 0; n < h.rows(); ++n)
            for (std::size_t i = 0; i < 2; ++i) next(n, i) = std::tanh(1.5 * h(n, i) - h(n, 1 - i));
    }

    /// Row n: u_n^T dF/dh(h_n).
    void vjp(eg::matrix_view<const double> h, eg::matrix_view<const double> u,
             eg::matrix_view<double> out) const {
        for (std::size_t n = 0; n < h.rows(); ++n) {
            double slope[2];
            for (std::size_t i = 0; i < 2; ++i)
                slope[i] = 1 / std::pow(std::cosh(1.5 * h(n, i) - h(n, 1 - i)), 2);
            for (std::size_t i = 0; i < 2; ++i)
                out(n, i) = 1.5 * u(n, i) * slope[i] - u(n, 1 - i) * slope[1 - i];
        }
    }
};
//! [map]

int main() {
    //! [search]
    const auto seeds = eg::grid<double>({-1.0, -1.0}, {1.0, 1.0}, 7);  // 49 x 2
    const auto points = eg::find_slow_points(rivals{}, seeds);
    std::cout << points;  // state, speed, kind, spectrum, how many seeds it attracted
    //! [search]
    return points.empty() ? 1 : 0;
}
