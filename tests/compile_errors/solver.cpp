// A solver made of a descent that cannot say what step to take.
// concept: descent
// expect: hopeful
#include <engram/dynamics/solver/compose.hpp>

struct hopeful {
    template <class T>
    void step_from(const engram::search_state<T>&, std::span<T>) const {}
};

int main() { return engram::compose(hopeful{}, engram::full_step{}).limits().iterations == 0; }
