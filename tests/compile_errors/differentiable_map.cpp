// A map that cannot say how it changes: it has no vjp.
// concept: differentiable_map
// expect: map.vjp(h, h, out)
#include <engram/dynamics.hpp>

struct halving {
    using scalar = double;
    std::size_t dimension() const { return 1; }
    void apply(engram::matrix_view<const double> h, engram::matrix_view<double> next) const {
        for (std::size_t i = 0; i < h.rows(); ++i) next(i, 0) = h(i, 0) / 2;
    }
};

int main() { engram::find_slow_points(halving{}, engram::grid<double>({-1.0}, {1.0}, 3)); }
