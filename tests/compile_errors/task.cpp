// A task that never says how hard its trials are at most.
// concept: task
// expect: k.full_stage()
#include <engram/engram.hpp>

struct puzzle {
    std::size_t inputs() const { return 3; }
    std::size_t outputs() const { return 2; }
    template <class T>
    void fill(const engram::trial_block<T>&, const engram::stage&, engram::seed, std::size_t) const {}
};

int main() {
    engram::recurrent_network<engram::gru<float>> network({.inputs = 3, .units = 3, .outputs = 2},
                                                          engram::seed{1});
    engram::trainer{network, engram::cross_entropy{}, engram::adam{}}.fit(puzzle{}, engram::no_curriculum{},
                                                                          {.steps = 1});
}
