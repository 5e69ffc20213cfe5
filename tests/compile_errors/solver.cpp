// A solver that takes states and says nothing of how its searches ended.
// concept: solver
// expect: s(map, states, outcomes, region)
#include <engram/dynamics.hpp>

#include <array>

struct hopeful {
    static constexpr std::size_t block = 1;
    template <engram::differentiable_map Map>
    void operator()(const Map&, engram::matrix_view<typename Map::scalar>) const {}
};

int main() {
    const auto map = engram::make_map<double, 1>([](const auto& h) { return std::array{0.5 * h[0]}; });
    engram::find_slow_points(map, engram::grid<double>({-1.0}, {1.0}, 3), hopeful{});
}
