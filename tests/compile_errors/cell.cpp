// A cell that runs forward and cannot be trained: it has no backward.
// concept: cell
// expect: c.backward(weights, step, block, block, block)
#include <engram/nn/recurrent_network.hpp>

#include <array>

template <class T>
struct forgetful {
    using scalar = T;
    template <class U>
    using with_scalar = forgetful<U>;
    static constexpr std::size_t gates = 1, components = 1, cache = 0, scratch = 0, recurrent_biases = 0;

    template <class U>
    with_scalar<U> converted() const {
        return {};
    }
    void forward(const engram::cell_weights<T>&, const engram::cell_step<T>&) const {}
    std::array<engram::weight_product<T>, 1> recurrent_products(const engram::cell_step<T>& step) const {
        return {{{step.state, step.gates, 0}}};
    }
};

int main() {
    engram::recurrent_network<forgetful<float>> network({.inputs = 2, .units = 3, .outputs = 1},
                                                        engram::seed{1});
}
