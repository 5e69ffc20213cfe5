// A layer that cannot pass a gradient back: it has no backward.
// concept: front_end_layer
// expect: layer.backward(pass, block, block, numbers)
#include <engram/nn/layer/front_end.hpp>

struct doubling {
    static constexpr bool in_place = false;
    engram::image_shape outputs(engram::image_shape shape) const { return shape; }
    std::size_t scratch(engram::image_shape) const { return 0; }
    void add_parameters(engram::parameter_layout&, const std::string&, engram::image_shape) const {}
    template <class T>
    void forward(const engram::layer_pass<T>& pass) const {
        for (std::size_t i = 0; i < pass.inputs.rows(); ++i)
            for (std::size_t j = 0; j < pass.inputs.columns(); ++j)
                pass.outputs(i, j) = 2 * pass.inputs(i, j);
    }
};

int main() { const engram::front_end front{{.image = {1, 8, 8}}, doubling{}}; }
