/// @file
/// An activation as a layer.
#pragma once

#include "engram/core/activation.hpp"
#include "engram/nn/layer/layer.hpp"

namespace engram {

/// f of every number. In a front end an activation stands for this layer: `front_end{..., leaky_relu{},
/// ...}`.
template <activation F>
struct activate {
    F f{};  ///< the activation

    static constexpr bool in_place = true;
    [[nodiscard]] image_shape outputs(image_shape shape) const { return shape; }
    [[nodiscard]] size_t scratch(image_shape) const { return 0; }
    void add_parameters(parameter_layout&, const std::string&, image_shape) const {}

    template <class T>
    void forward(const layer_pass<T>& pass) const {
        const T* const x = pass.inputs.data();
        T* const y = pass.outputs.data();
        simd::for_each<T>(pass.outputs.rows() * pass.outputs.columns(),
                          [&](auto at) { at.store(y, detail::value_of<T>(f, at.load(x))); });
    }
    template <class T>
    void backward(const layer_pass<T>& pass, matrix_view<T> d_outputs, matrix_view<T> d_inputs,
                  std::span<T>) const {
        const T *const y = pass.outputs.data(), *const d_y = d_outputs.data();
        T* const d_x = d_inputs.data();
        simd::for_each<T>(d_inputs.rows() * d_inputs.columns(),
                          [&](auto at) { at.store(d_x, at.load(d_y) * detail::slope_of<T>(f, at.load(y))); });
    }
};

}  // namespace engram
