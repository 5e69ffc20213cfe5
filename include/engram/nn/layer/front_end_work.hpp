/// @file
/// The memory and the work of a front end's passes over some frames.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "engram/core/tensor.hpp"
#include "engram/nn/layer/layer.hpp"

namespace engram {

/// The memory of a front end's passes over a piece of frames, taken once, and the passes.
template <class T, class FrontEnd>
class front_end_work {
  public:
    /// For up to `frames` at once; `trains` says whether backward will be called.
    front_end_work(const FrontEnd& front, size_t frames, bool trains) : front_(front), most_(frames) {
        const auto take = [&](image_shape shape) { return matrix<T>::from_shape({most_, shape.size()}); };
        values_.push_back(take(front.shape(0)));
        size_t widest = front.shape(0).size(), scratch = 0;
        // Whether the layer before reads its outputs on the way back, as all those do that may work in place.
        bool needed = false;
        front.each([&](const auto& layer, size_t k) {
            in_place_[k] = layer.in_place && !needed;
            needed = layer.in_place;
            if (!in_place_[k]) values_.push_back(take(front.shape(k + 1)));
            value_of_[k + 1] = values_.size() - 1;
            widest = std::max(widest, front.shape(k + 1).size());
            scratch = std::max(scratch, layer.scratch(front.shape(k)));
        });
        scratch_.resize(scratch);
        for (auto& gradient : gradients_) gradient.resize(trains ? most_ * widest : 0);
    }

    /// The features (n x outputs) of n frames (n x pixels). They stay until the next call.
    matrix_view<const T> forward(std::span<const T> parameters, matrix_view<const T> frames) {
        const size_t n = frames.rows();
        put_channels_side_by_side(frames, value(0, n));
        front_.each([&](const auto& layer, size_t k) { layer.forward(pass(parameters, k, n)); });
        return value(FrontEnd::depth, n);
    }

    /// Where the caller writes the loss's gradient by the features before backward.
    matrix_view<T> d_features(size_t n) {
        return {gradients_[0].data(), n, front_.shape(FrontEnd::depth).size()};
    }
    /// Adds the gradient by the parameters for the frames that forward was called with last.
    void backward(std::span<const T> parameters, size_t n, std::span<T> gradient) {
        matrix_view<T> d = d_features(n);
        size_t free = 1;
        front_.each_backwards([&](const auto& layer, size_t k) {
            matrix_view<T> d_inputs = d;
            if (!in_place_[k]) {
                d_inputs = {gradients_[free].data(), k > 0 ? n : 0, front_.shape(k).size()};
                free = 1 - free;
            }
            layer.backward(pass(parameters, k, n), d, d_inputs, own(gradient, k));
            d = d_inputs;
        });
    }

  private:
    [[nodiscard]] matrix_view<T> value(size_t k, size_t n) {
        return matrix_view<T>(values_[value_of_[k]]).row_block(0, n);
    }
    /// What layer k has of the parameters, or of an array laid out like them.
    template <class U>
    [[nodiscard]] std::span<U> own(std::span<U> flat, size_t k) const {
        return flat.subspan(front_.offset(k), front_.offset(k + 1) - front_.offset(k));
    }
    [[nodiscard]] layer_pass<T> pass(std::span<const T> parameters, size_t k, size_t n) {
        return {front_.shape(k), own(parameters, k), value(k, n), value(k + 1, n), scratch_};
    }
    void put_channels_side_by_side(matrix_view<const T> frames, matrix_view<T> images) const {
        const size_t channels = front_.shape(0).channels, positions = front_.shape(0).positions();
        for (size_t i = 0; i < frames.rows(); ++i)
            for (size_t c = 0; c < channels; ++c) {
                const T* const plane = frames.row(i) + c * positions;
                for (size_t p = 0; p < positions; ++p) images(i, p * channels + c) = plane[p];
            }
    }

    FrontEnd front_;
    size_t most_;
    std::vector<matrix<T>> values_;
    std::array<size_t, FrontEnd::depth + 1> value_of_{};
    std::array<bool, FrontEnd::depth> in_place_{};
    std::vector<T> scratch_;
    std::array<std::vector<T>, 2> gradients_;
};

}  // namespace engram
