// An optimizer that never says how many numbers it wants to keep for each parameter.
// concept: optimizer
// expect: O::slots
#include <engram/engram.hpp>

struct drift {
    double learning_rate = 0.1;
    template <class T>
    void update(const engram::optimizer_chunk<T>& chunk, engram::run_position) const {
        for (std::size_t i = 0; i < chunk.count(); ++i) chunk.parameters[i] -= T(learning_rate);
    }
};

int main() {
    engram::recurrent_network<engram::gru<float>> network({.inputs = 2, .units = 3, .outputs = 1},
                                                          engram::seed{1});
    engram::trainer trainer{network, engram::cross_entropy{}, drift{}};
}
