// Trains a network whose cell, loss and optimizer are the user's own.
#include <engram/engram.hpp>

#include <iostream>

#include "own_parts/leaky.hpp"

namespace eg = engram;

//! [loss]
/// Half the sum of squared outputs, weighted like the trials: keeps a network from shouting.
struct quiet : eg::term {
    template <class T>
    eg::outcome evaluate(eg::matrix_view<const T> outputs, const eg::trial_block<T>& block,
                         std::type_identity_t<T> scale, eg::matrix_view<T> d_outputs) const {
        eg::outcome found;
        for (std::size_t i = 0; i < outputs.rows(); ++i)
            for (std::size_t j = 0; j < outputs.columns(); ++j) {
                const T weight = scale * block.weights[i], y = outputs(i, j);
                found.loss += static_cast<double>(weight * y * y / 2);
                d_outputs(i, j) += weight * y;
            }
        return found;
    }
};
//! [loss]

//! [optimizer]
/// w -= rate sign(g).
struct sign_descent {
    double learning_rate = 1e-3;
    static constexpr std::size_t slots = 0;

    template <class T>
    void update(const eg::optimizer_chunk<T>& c, eg::run_position) const {
        for (std::size_t i = 0; i < c.count(); ++i)
            c.parameters[i] -= std::copysign(static_cast<T>(learning_rate), c.gradient[i]);
    }
};
//! [optimizer]

int main() {
    const eg::delayed_classification task{eg::optdigits(), {.horizon = 8, .minimal_delay = 2}};
    eg::recurrent_network<leaky<float>> network{
        {.inputs = task.inputs(), .units = 40, .outputs = task.outputs()}, eg::seed{1}};

    const auto objective = eg::cross_entropy{} + 0.001 * quiet{};
    eg::trainer trainer{network, objective, sign_descent{}};
    const auto result = trainer.fit(task, eg::no_curriculum{}, {.steps = 1500}, eg::progress_bar{});
    std::cout << "accuracy after " << result.steps << " steps: " << result.accuracy << '\n';
    return result.accuracy > 0.5 ? 0 : 1;
}
