/// @file
/// A convolutional layer.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "engram/nn/layer/layer.hpp"

namespace engram {

/// Filters of Size x Size positions and all channels, at every position of the image; beyond its edges there
/// are zeros ('same'). Weights begin as normal numbers without those beyond two deviations, divided by
/// sqrt(channels filters), biases as 0.1 N(0, 1) / sqrt(filters) (Haviv et al. 2019).
///
/// Patches are copied out, some hundred positions at a time so that they stay in the cache, and multiplied
/// with the filters by the BLAS. Each ends in a one, which the bias is the weight of: it stands behind the
/// filters, as their last row.
template <size_t Size>
requires(Size % 2 == 1) struct conv {
    size_t filters;  ///< how many channels it makes

    static constexpr bool in_place = false;
    /// Throws value_error if there are no filters.
    [[nodiscard]] image_shape outputs(image_shape shape) const {
        require(filters > 0, "conv: filters = 0, expected at least 1");
        return {filters, shape.height, shape.width};
    }
    [[nodiscard]] size_t scratch(image_shape shape) const { return positions_at_once * (patch(shape) + 1); }
    void add_parameters(parameter_layout& layout, const std::string& name, image_shape shape) const {
        const double out = static_cast<double>(filters), in = static_cast<double>(shape.channels);
        layout.add(name + "conv", patch(shape), filters, {1 / std::sqrt(in * out), true});
        layout.add(name + "conv_bias", 1, filters, {0.1 / std::sqrt(out)}, true);
    }

    template <class T>
    void forward(const layer_pass<T>& pass) const {
        const auto outputs = by_position(pass.outputs, filters);
        for_each_chunk(pass, [&](size_t first, matrix_view<T> patches) {
            gemm<T>(patches, weights(pass.parameters, pass.shape), outputs.row_block(first, patches.rows()));
        });
    }
    template <class T>
    void backward(const layer_pass<T>& pass, matrix_view<T> d_outputs, matrix_view<T> d_inputs,
                  std::span<T> d_parameters) const {
        const auto d = by_position(d_outputs, filters);
        fill(d_inputs, T(0));
        for_each_chunk(pass, [&](size_t first, matrix_view<T> patches) {
            const auto block = d.row_block(first, patches.rows());
            gemm<T>(transposed(patches), block, weights(d_parameters, pass.shape), {.beta = 1});
            if (d_inputs.rows() == 0) return;
            gemm<T>(block, transposed(weights(pass.parameters, pass.shape)), patches);
            add_patches(pass.shape, first, patches, d_inputs);
        });
    }

  private:
    static constexpr size_t positions_at_once = 512;

    [[nodiscard]] static size_t patch(image_shape shape) { return Size * Size * shape.channels; }
    /// The filters and, as their last row, the bias.
    template <class T>
    [[nodiscard]] matrix_view<T> weights(std::span<T> parameters, image_shape shape) const {
        return {parameters.data(), patch(shape) + 1, filters};
    }
    template <class T>
    [[nodiscard]] static matrix_view<T> by_position(matrix_view<T> images, size_t channels) {
        return {images.data(), images.rows() * images.columns() / channels, channels};
    }

    /// Calls use(first position, patches) for consecutive positions of all images.
    template <class T, class Use>
    static void for_each_chunk(const layer_pass<T>& pass, Use&& use) {
        const size_t all = pass.inputs.rows() * pass.shape.positions();
        for (size_t first = 0; first < all; first += positions_at_once) {
            const matrix_view<T> patches(pass.scratch.data(), std::min(positions_at_once, all - first),
                                         patch(pass.shape) + 1);
            copy_patches(pass, first, patches);
            use(first, patches);
        }
    }

    /// Calls use(patch, place in it, image, place in the image, count) for each run of numbers that lie side
    /// by side in a patch and in its image, and blank(patch, place, count) for those beyond the edges.
    template <class Use, class Blank>
    static void for_each_run(image_shape shape, size_t first, size_t count, Use&& use, Blank&& blank) {
        constexpr size_t reach = Size / 2;
        const size_t c = shape.channels, row = Size * c;
        size_t image = first / shape.positions(), y = first % shape.positions() / shape.width,
               x = first % shape.width;
        for (size_t p = 0; p < count; ++p) {
            const size_t before = x < reach ? reach - x : 0;
            const size_t after = x + reach < shape.width ? 0 : x + reach + 1 - shape.width;
            for (size_t k = 0; k < Size; ++k) {
                if (y + k < reach || y + k >= shape.height + reach) {
                    blank(p, k * row, row);
                    continue;
                }
                const size_t from = ((y + k - reach) * shape.width + x + before - reach) * c;
                if (before > 0) blank(p, k * row, before * c);
                use(p, k * row + before * c, image, from, (Size - before - after) * c);
                if (after > 0) blank(p, (k + 1) * row - after * c, after * c);
            }
            if (++x < shape.width) continue;
            x = 0;
            if (++y < shape.height) continue;
            y = 0;
            ++image;
        }
    }
    /// Copies a run. One of few channels is so short that to call memmove would take longer.
    template <class T>
    static void copy_run(const T* from, size_t count, T* to) {
        const auto copy = [&]<size_t Count>(std::integral_constant<size_t, Count>) {
            std::copy_n(from, Count, to);
            from += Count;
            to += Count;
        };
        for (size_t eights = count / 8; eights > 0; --eights) copy(std::integral_constant<size_t, 8>{});
        if ((count & 4) != 0) copy(std::integral_constant<size_t, 4>{});
        if ((count & 2) != 0) copy(std::integral_constant<size_t, 2>{});
        if ((count & 1) != 0) copy(std::integral_constant<size_t, 1>{});
    }
    template <class T>
    static void copy_patches(const layer_pass<T>& pass, size_t first, matrix_view<T> patches) {
        for_each_run(
            pass.shape, first, patches.rows(),
            [&](size_t p, size_t place, size_t image, size_t from, size_t count) {
                copy_run(pass.inputs.row(image) + from, count, patches.row(p) + place);
            },
            [&](size_t p, size_t place, size_t count) { std::fill_n(patches.row(p) + place, count, T(0)); });
        for (size_t p = 0; p < patches.rows(); ++p) patches(p, patches.columns() - 1) = 1;
    }
    template <class T>
    static void add_patches(image_shape shape, size_t first, matrix_view<T> patches, matrix_view<T> images) {
        for_each_run(
            shape, first, patches.rows(),
            [&](size_t p, size_t place, size_t image, size_t to, size_t count) {
                const T* const run = patches.row(p) + place;
                T* const sum = images.row(image) + to;
                simd::for_each<T>(count, [&](auto at) { at.store(sum, at.load(sum) + at.load(run)); });
            },
            [](size_t, size_t, size_t) {});
    }
};

}  // namespace engram
