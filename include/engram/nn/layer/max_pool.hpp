/// @file
/// A layer that keeps the largest number of each window.
#pragma once

#include "engram/nn/layer/layer.hpp"

namespace engram {

/// Of each channel, the largest of Size x Size positions, window beside window; positions that are left over
/// at the right and at the bottom are left out. Of equals the first one gets the gradient.
template <size_t Size>
requires(Size >= 1) struct max_pool {
    static constexpr bool in_place = false;
    /// Throws shape_error if the image is smaller than a window.
    [[nodiscard]] image_shape outputs(image_shape shape) const {
        require<shape_error>(shape.height >= Size && shape.width >= Size, "max_pool: an image of ",
                             shape.height, " x ", shape.width, ", expected at least ", Size, " x ", Size);
        return {shape.channels, shape.height / Size, shape.width / Size};
    }
    [[nodiscard]] size_t scratch(image_shape) const { return 0; }
    void add_parameters(parameter_layout&, const std::string&, image_shape) const {}

    template <class T>
    void forward(const layer_pass<T>& pass) const {
        for_each_window(pass.shape, pass.outputs.rows(), [&](size_t i, size_t from, size_t to) {
            const T* const x = pass.inputs.row(i) + from;
            T* const y = pass.outputs.row(i) + to;
            simd::for_each<T>(pass.shape.channels,
                              [&](auto at) { at.store(y, largest_of(pass.shape, x, at)); });
        });
    }
    template <class T>
    void backward(const layer_pass<T>& pass, matrix_view<T> d_outputs, matrix_view<T> d_inputs,
                  std::span<T>) const {
        if (d_inputs.rows() == 0) return;
        fill(d_inputs, T(0));
        for_each_window(pass.shape, pass.outputs.rows(), [&](size_t i, size_t from, size_t to) {
            const T *const x = pass.inputs.row(i) + from, *const d_y = d_outputs.row(i) + to;
            T* const d_x = d_inputs.row(i) + from;
            simd::for_each<T>(pass.shape.channels, [&](auto at) {
                const simd::pack<T> none(T(0)), largest = largest_of(pass.shape, x, at);
                auto left = at.load(d_y);
                for_each_place(pass.shape, [&](size_t place) {
                    const auto is_largest = at.load(x + place) == largest;
                    at.store(d_x + place, simd::choose(is_largest, left, none));
                    left = simd::choose(is_largest, none, left);
                });
            });
        });
    }

  private:
    template <class T, class At>
    static simd::pack<T> largest_of(image_shape shape, const T* x, At at) {
        simd::pack<T> largest = at.load(x);
        for_each_place(shape, [&](size_t place) { largest = simd::max(largest, at.load(x + place)); });
        return largest;
    }
    /// Calls use(image, first number of a window, number of its output).
    template <class Use>
    static void for_each_window(image_shape shape, size_t images, Use&& use) {
        const size_t height = shape.height / Size, width = shape.width / Size;
        for (size_t i = 0; i < images; ++i)
            for (size_t y = 0; y < height; ++y)
                for (size_t x = 0; x < width; ++x)
                    use(i, (y * shape.width + x) * Size * shape.channels, (y * width + x) * shape.channels);
    }
    /// Calls use(number) for each place of a window, counted from its first number.
    template <class Use>
    static void for_each_place(image_shape shape, Use&& use) {
        for (size_t y = 0; y < Size; ++y)
            for (size_t x = 0; x < Size; ++x) use((y * shape.width + x) * shape.channels);
    }
};

}  // namespace engram
