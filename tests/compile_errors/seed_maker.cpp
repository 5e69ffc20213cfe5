// A maker that makes one seed where rows of them are asked for.
// concept: seed_maker
// expect: origin
#include <engram/dynamics.hpp>

struct origin {
    engram::vector<double> operator()(std::size_t) const { return {0.0}; }
};

int main() {
    const engram::rate_network map{engram::matrix<double>{{0.5}}, engram::vector<double>{0.0}};
    engram::find_all_slow_points(map, origin{});
}
