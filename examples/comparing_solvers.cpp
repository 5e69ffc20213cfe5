// The same search with every solver: what they find, how fast, and why each search ended.
#include <engram/dynamics.hpp>

#include <chrono>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

constexpr std::size_t units = 40;

// A ring of tanh units: each excites its neighbours, and a bump of activity can stand anywhere, almost.
constexpr auto ring = [](const auto& h) {
    using std::tanh;
    auto next = h;
    for (std::size_t i = 0; i < units; ++i) {
        auto input = -0.3 * h[(i + units / 2) % units];
        for (std::size_t j = 0; j < 7; ++j) input += 0.3 * h[(i + units + j - 3) % units];
        next[i] = tanh(input + 0.01 * static_cast<double>(i % 5));
    }
    return next;
};

int main() {
    const auto map = engram::make_map<double>(ring, units);
    auto seeds = engram::matrix<double>::from_shape({8, units});  // bumps at eight places
    for (std::size_t i = 0; i < 8; ++i)
        for (std::size_t j = 0; j < units; ++j)
            seeds(i, j) =
                0.8 * std::cos(6.28318 * (static_cast<double>(j) / units - static_cast<double>(i) / 8));

    const auto compare = [&](const std::string& name, const auto& solver) {
        const auto start = std::chrono::steady_clock::now();
        const auto found =
            engram::find_slow_points(map, seeds, solver, {.region = {.lower_bound = -1, .upper_bound = 1}});
        const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
        std::cout << name << ": " << found.size() << " points in " << time.count() << " ms\n";
        for (const auto& p : found)
            std::cout << "  " << to_string(p.kind) << ", speed " << p.speed << ", " << p.iterations
                      << " iterations, ended by: " << to_string(p.stop) << ", moved " << p.distance_moved
                      << '\n';
    };
    compare("levenberg_marquardt", engram::levenberg_marquardt{});
    compare("newton_krylov", engram::newton_krylov{});
    compare("gradient_descent", engram::gradient_descent{.iterations = 10'000});
    compare("adam_descent", engram::adam_descent{.iterations = 5'000});
}
