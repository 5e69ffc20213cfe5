/// @file
/// A layer in which every unit sees all of the image.
#pragma once

#include <algorithm>

#include "engram/nn/layer/layer.hpp"

namespace engram {

/// y = x W + b. Weights begin as N(0, 1) / sqrt(fan in), biases as 0.01 N(0, 1) (Haviv et al. 2019).
struct dense {
    size_t units;  ///< how many features it makes

    static constexpr bool in_place = false;
    /// Throws value_error if there are no units.
    [[nodiscard]] image_shape outputs(image_shape) const {
        require(units > 0, "dense: units = 0, expected at least 1");
        return {.channels = units};
    }
    [[nodiscard]] size_t scratch(image_shape) const { return 0; }
    void add_parameters(parameter_layout& layout, const std::string& name, image_shape shape) const {
        layout.add(name + "dense", shape.size(), units);
        layout.add(name + "dense_bias", 1, units, true);
    }

    template <class T>
    void forward(const layer_pass<T>& pass) const {
        for (size_t i = 0; i < pass.outputs.rows(); ++i)
            std::ranges::copy(bias(pass.parameters, pass.shape), pass.outputs.row(i));
        gemm<T>(pass.inputs, weights(pass.parameters, pass.shape), pass.outputs, {.beta = 1});
    }
    template <class T>
    void backward(const layer_pass<T>& pass, matrix_view<T> d_outputs, matrix_view<T> d_inputs,
                  std::span<T> d_parameters) const {
        gemm<T>(transposed(pass.inputs), d_outputs, weights(d_parameters, pass.shape), {.beta = 1});
        detail::add_column_sums<T>(d_outputs, bias(d_parameters, pass.shape));
        gemm<T>(d_outputs, transposed(weights(pass.parameters, pass.shape)), d_inputs);
    }

  private:
    template <class T>
    [[nodiscard]] matrix_view<T> weights(std::span<T> parameters, image_shape shape) const {
        return {parameters.data(), shape.size(), units};
    }
    template <class T>
    [[nodiscard]] std::span<T> bias(std::span<T> parameters, image_shape shape) const {
        return parameters.subspan(shape.size() * units, units);
    }
};

}  // namespace engram
