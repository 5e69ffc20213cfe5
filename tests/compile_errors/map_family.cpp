// A family that makes no maps, but states.
// concept: map_family
// expect: family(parameter)
#include <engram/dynamics/continuation/bifurcation_diagram.hpp>

int main() {
    const auto family = [](double a) { return engram::vector<double>{a}; };
    engram::bifurcation_diagram(engram::slow_points<double>{}, family, 0.0, 1.0);
}
