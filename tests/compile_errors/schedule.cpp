// A schedule whose factor does not know how far the run is.
// concept: schedule
// expect: factor(progress)
#include <engram/training/optimizer/adam.hpp>
#include <engram/training/optimizer/schedule.hpp>

struct halved {
    [[nodiscard]] double factor() const { return 0.5; }
};

int main() { engram::scheduled<engram::adam, halved> optimizer{engram::adam{}, halved{}}; }
