// A task that can be trained on, but does not say how its memories are asked for.
// concept: memory_task
// expect: k.ask(frame)
#include <engram/engram.hpp>

struct dots {
    std::size_t inputs() const { return 3; }
    std::size_t outputs() const { return 3; }
    engram::stage full_stage() const { return {.horizon = 20, .classes = 2}; }
    template <class T>
    void fill(const engram::trial_block<T>&, const engram::stage&, engram::seed, std::size_t) const {}
    std::size_t labels() const { return 2; }
    std::size_t examples(engram::example_set, std::size_t) const { return 1; }
    template <class T>
    void show(engram::example_set, std::size_t, std::size_t, std::span<T>) const {}
    template <class T>
    void wait(engram::random_stream&, double, std::span<T>) const {}
};

static_assert(engram::memory_task<dots>);

int main() {}
