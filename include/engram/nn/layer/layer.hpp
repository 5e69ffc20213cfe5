/// @file
/// What a layer of a front end is.
#pragma once

#include <concepts>
#include <span>
#include <string>

#include "engram/core/simd.hpp"
#include "engram/core/tensor.hpp"
#include "engram/nn/parameters.hpp"

namespace engram {

/// The sizes of an image, or of whatever a layer makes of it; features without a place are 1 x 1 positions.
struct image_shape {
    size_t channels = 1, height = 1, width = 1;  ///< the three sizes
    /// How many places an image has.
    [[nodiscard]] size_t positions() const { return height * width; }
    /// How many numbers an image has.
    [[nodiscard]] size_t size() const { return channels * height * width; }
    friend bool operator==(const image_shape&, const image_shape&) = default;
};

/// What a layer works on: n images, one a row, without gaps between the rows. A row holds position after
/// position, the channels of one side by side: (n x height width channels).
template <class T>
struct layer_pass {
    image_shape shape;              ///< of an input image
    std::span<const T> parameters;  ///< the layer's own, its blocks one after the other
    matrix_view<const T> inputs;    ///< (n x shape.size())
    matrix_view<T> outputs;         ///< (n x size of an output image)
    std::span<T> scratch;           ///< as many numbers as the layer asked for, or more
};

/// A layer of a front end, a small value that knows its own sizes and is given the image's:
///  - `outputs(shape)`: the shape of its outputs; throws shape_error where the input's does not fit;
///  - `scratch(shape)`: the working numbers it needs, however many images there are;
///  - `add_parameters(layout, name, shape)`: appends its blocks of parameters, their names beginning with
///    `name`; none for most layers;
///  - `forward(pass)`: inputs to outputs;
///  - `backward(pass, d_outputs, d_inputs, d_parameters)`: after a forward pass on the same images, from the
///    gradient by the outputs, which it may overwrite, that by the inputs, unless d_inputs has no rows, and,
///    added to what is there, by the parameters.
/// Where `in_place` is true, outputs may be the inputs' memory, and d_outputs be d_inputs. Only such a
/// layer's backward may read the outputs: those of others can have been overwritten by the next layer.
template <class L, class T = float>
concept front_end_layer = std::copyable<L> &&
    requires(const L layer, image_shape shape, parameter_layout& layout, const std::string& name,
             const layer_pass<T>& pass, matrix_view<T> block, std::span<T> numbers) {
    { L::in_place } -> std::convertible_to<bool>;
    { layer.outputs(shape) } -> std::same_as<image_shape>;
    { layer.scratch(shape) } -> std::convertible_to<size_t>;
    layer.add_parameters(layout, name, shape);
    layer.forward(pass);
    layer.backward(pass, block, block, numbers);
};

namespace detail {

/// Adds the sums of columns.
template <class T>
void add_column_sums(matrix_view<const T> m, std::span<T> sums) {
    for (size_t i = 0; i < m.rows(); ++i)
        simd::for_each<T>(m.columns(), [row = m.row(i), sum = sums.data()](auto at) {
            at.store(sum, at.load(sum) + at.load(row));
        });
}

}  // namespace detail
}  // namespace engram
