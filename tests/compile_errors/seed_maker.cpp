// A maker that makes one seed where rows of them are asked for.
// concept: seed_maker
// expect: maker(number, number)
#include <engram/dynamics/find_all_slow_points.hpp>

#include <array>

int main() {
    const auto map = engram::make_map<double, 2>([](const auto& x) { return x; });
    const auto origin = [](std::size_t) { return engram::vector<double>{0.0, 0.0}; };
    engram::find_all_slow_points(map, origin);
}
