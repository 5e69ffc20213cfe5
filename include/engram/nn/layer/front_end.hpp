/// @file
/// What stands between a frame and the cell: nothing, or layers one after the other.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "engram/core/tensor.hpp"
#include "engram/nn/layer/activate.hpp"
#include "engram/nn/layer/front_end_work.hpp"
#include "engram/nn/layer/layer.hpp"
#include "engram/nn/parameters.hpp"

namespace engram {

/// The cell sees the frames as they are.
struct no_front_end {
    static constexpr bool shows_pixels = true;
    template <class>
    using with_scalar = no_front_end;
    template <class>
    [[nodiscard]] no_front_end converted() const {
        return {};
    }
    /// How many features a frame of that many inputs becomes.
    [[nodiscard]] size_t features(size_t inputs) const { return inputs; }
    void add_parameters(parameter_layout&) {}
    /// Writes the features (n x features) of n frames (n x inputs).
    template <class T>
    void apply(std::span<const T> /*parameters*/, matrix_view<const T> frames,
               matrix_view<T> features) const {
        copy<T>(frames, features);
    }
};

namespace detail {

/// The layer that something in a front end stands for.
template <class L>
struct layer_of {
    using type = L;
};
template <activation F>
struct layer_of<F> {
    using type = activate<F>;
};
template <front_end_layer L>
using checked_layer = L;

}  // namespace detail

/// What a front end sees of a frame, and how much of it at once.
struct front_end_options {
    image_shape image;   ///< a frame's first inputs, planes of channels one after the other
    size_t passing = 1;  ///< inputs after them that go past the layers to the cell, such as a trigger
    /// Frames whose intermediate results are in memory together. Training computes them a second time on the
    /// way back where a shard has more frames than that.
    size_t piece = 64;
};

/// Layers one after the other: the outputs of the last are the features that the cell sees, followed by the
/// frame's inputs that go past them. An activation stands for a layer that applies it. Sizes are run-time
/// values, the layers' types compile-time ones:
///
///     front_end{{.image = {3, 32, 32}}, conv<3>{.filters = 16}, leaky_relu{}, max_pool<2>{}, dense{100}}
template <class... Layers>
requires(sizeof...(Layers) > 0) class front_end {
  public:
    static constexpr bool shows_pixels = false;
    /// How many layers there are.
    static constexpr size_t depth = sizeof...(Layers);
    /// The layers, as a tuple.
    using layers_type = std::tuple<detail::checked_layer<typename detail::layer_of<Layers>::type>...>;
    template <class>
    using with_scalar = front_end;

    /// Throws value_error or shape_error if a layer does not fit the one before it.
    explicit front_end(front_end_options options, Layers... layers)
        : options_(options), layers_(typename detail::layer_of<Layers>::type{std::move(layers)}...) {
        require(options.piece > 0, "front_end: piece = 0, expected at least 1");
        require<shape_error>(options.image.size() > 0, "front_end: an image of ", options.image.channels,
                             " x ", options.image.height, " x ", options.image.width, ", expected pixels");
        shapes_[0] = options.image;
        each([&](const auto& layer, size_t k) { shapes_[k + 1] = layer.outputs(shapes_[k]); });
    }

    template <class>
    [[nodiscard]] front_end converted() const {
        return *this;
    }
    /// What it was made with.
    [[nodiscard]] const front_end_options& options() const { return options_; }
    /// The shape before layer k, or after the last one.
    [[nodiscard]] image_shape shape(size_t k) const { return shapes_[k]; }
    /// Where layer k's parameters begin in the network's.
    [[nodiscard]] size_t offset(size_t k) const { return offsets_[k]; }

    /// How many features a frame of that many inputs becomes. Throws shape_error if these are not the image's
    /// pixels and those that go past the layers.
    [[nodiscard]] size_t features(size_t inputs) const {
        require<shape_error>(inputs == shapes_[0].size() + options_.passing, "front_end: frames of ", inputs,
                             " inputs, expected ", shapes_[0].channels, " x ", shapes_[0].height, " x ",
                             shapes_[0].width, " pixels and ", options_.passing, " that go past");
        return shapes_[depth].size() + options_.passing;
    }
    void add_parameters(parameter_layout& layout) {
        each([&](const auto& layer, size_t k) {
            offsets_[k] = layout.size();
            layer.add_parameters(layout, "layer" + std::to_string(k) + "_", shapes_[k]);
        });
        offsets_[depth] = layout.size();
    }
    /// Writes the features (n x features) of n frames (n x inputs), a piece at a time. Takes memory; training
    /// uses front_end_work.
    template <class T>
    void apply(std::span<const T> parameters, matrix_view<const T> frames, matrix_view<T> features) const {
        const size_t piece = std::min(options_.piece, frames.rows());
        front_end_work<T, front_end> work(*this, piece, false);
        for (size_t first = 0; first < frames.rows(); first += piece) {
            const size_t n = std::min(piece, frames.rows() - first);
            see<T>(work, parameters, frames.row_block(first, n), features.row_block(first, n));
        }
    }
    /// The same of one piece, in memory taken before.
    template <class T>
    void see(front_end_work<T, front_end>& work, std::span<const T> parameters, matrix_view<const T> frames,
             matrix_view<T> features) const {
        const size_t pixels = shapes_[0].size(), own = shapes_[depth].size(), past = options_.passing;
        copy<T>(work.forward(parameters, frames.column_block(0, pixels)), features.column_block(0, own));
        copy<T>(frames.column_block(pixels, past), features.column_block(own, past));
    }

    /// Calls use(layer, k) for each layer.
    template <class Use>
    void each(Use&& use) const {
        [&]<size_t... K>(std::index_sequence<K...>) { (use(std::get<K>(layers_), K), ...); }
        (std::make_index_sequence<depth>());
    }
    /// The same from the last one to the first.
    template <class Use>
    void each_backwards(Use&& use) const {
        [&]<size_t... K>(std::index_sequence<K...>) {
            (use(std::get<depth - 1 - K>(layers_), depth - 1 - K), ...);
        }
        (std::make_index_sequence<depth>());
    }

  private:
    front_end_options options_;
    layers_type layers_;
    std::array<image_shape, depth + 1> shapes_;
    std::array<size_t, depth + 1> offsets_{};
};

/// The layers' types from the layers.
template <class... Layers>
front_end(front_end_options, Layers...) -> front_end<Layers...>;

}  // namespace engram
