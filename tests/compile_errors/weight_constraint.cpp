// A constraint that does not say for how many units it is.
// concept: weight_constraint
// expect: check(units)
#include <engram/nn/cell/constrained.hpp>
#include <engram/nn/cell/gru.hpp>

struct never_negative {
    template <class T>
    void project(engram::matrix_view<T> weights) const {
        for (std::size_t i = 0; i < weights.rows(); ++i)
            for (std::size_t j = 0; j < weights.columns(); ++j)
                if (weights(i, j) < 0) weights(i, j) = 0;
    }
};

int main() { engram::constrained<engram::gru<float>, never_negative> cell; }
