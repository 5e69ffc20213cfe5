// Trains a network whose front end has a layer of the user's own between two that ship.
#include <engram/engram.hpp>
#include <engram/nn/layer/dense.hpp>
#include <engram/nn/layer/front_end.hpp>

#include <iostream>

namespace eg = engram;

//! [layer]
/// y = x |x|: contrast. It has no parameters and writes its outputs over its inputs.
struct contrast {
    static constexpr bool in_place = true;
    eg::image_shape outputs(eg::image_shape shape) const { return shape; }
    std::size_t scratch(eg::image_shape) const { return 0; }
    void add_parameters(eg::parameter_layout&, const std::string&, eg::image_shape) const {}

    template <class T>
    void forward(const eg::layer_pass<T>& pass) const {
        for (std::size_t i = 0; i < pass.inputs.rows(); ++i)
            for (std::size_t j = 0; j < pass.inputs.columns(); ++j)
                pass.outputs(i, j) = pass.inputs(i, j) * std::abs(pass.inputs(i, j));
    }
    /// dy/dx = 2 |x| = 2 sqrt|y|: the inputs are gone, the outputs are still there.
    template <class T>
    void backward(const eg::layer_pass<T>& pass, eg::matrix_view<T> d_outputs, eg::matrix_view<T> d_inputs,
                  T* /*d_parameters*/) const {
        for (std::size_t i = 0; i < d_inputs.rows(); ++i)
            for (std::size_t j = 0; j < d_inputs.columns(); ++j)
                d_inputs(i, j) = d_outputs(i, j) * 2 * std::sqrt(std::abs(pass.outputs(i, j)));
    }
};
//! [layer]

int main() {
    const eg::delayed_classification task{eg::optdigits(), {.horizon = 8, .minimal_delay = 2}};
    const eg::front_end eye{{.image = {1, 8, 8}}, eg::dense{32}, contrast{}, eg::dense{24}};
    eg::recurrent_network<eg::gru<float>, std::remove_const_t<decltype(eye)>> network{
        {.inputs = task.inputs(), .units = 40, .outputs = task.outputs()}, eg::seed{1}, eye};
    eg::trainer trainer{network, eg::cross_entropy{}, eg::adam{}};
    const auto result = trainer.fit(task, eg::no_curriculum{}, {.steps = 1000}, eg::progress_bar{});
    std::cout << "recall after " << result.steps << " steps: " << result.recall << '\n';
    return result.recall > 0.5 ? 0 : 1;
}
