/// @file
/// A front end's part in an unrolled network: frames to features shard by shard, and gradients back.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "engram/nn/layer/front_end.hpp"

namespace engram {

/// How many frames there are in all, and in one shard, at most.
struct unrolled_front_end_sizes {
    size_t rows, shards, shard_rows;  ///< frames in all, shards of them, and frames a shard
    bool trains;                      ///< whether there will be a backward pass
};

/// The frames of an unrolled network and the passes of its front end over them, a piece at a time, each shard
/// with memory of its own: the intermediate results of a piece and a gradient by the front end's parameters.
/// Pieces are worked through in order and shards added up in order, so results do not depend on threads.
template <class Network>
class unrolled_front_end {
    using T = typename Network::scalar;
    using front_end_type = typename Network::front_end_type;

  public:
    /// Takes the memory for that many frames.
    unrolled_front_end(const Network& network, unrolled_front_end_sizes sizes)
        : piece_(std::min(network.front_end().options().piece, sizes.shard_rows)),
          first_(network.front_end().offset(0)),
          count_(network.front_end().offset(front_end_type::depth) - first_),
          frames_(std::array<size_t, 2>{sizes.rows, network.sizes().inputs}, T(0)),
          gradients_(sizes.shards * (sizes.trains ? first_ + count_ : 0), T(0)),
          work_(sizes.shards, {network.front_end(), piece_, sizes.trains}) {}

    /// For the caller to write before forward (rows x inputs).
    [[nodiscard]] matrix_view<T> frames(size_t first, size_t rows) {
        return matrix_view<T>(frames_).row_block(first, rows);
    }

    /// Writes the features of a shard's frames, (rows x features).
    void forward(const Network& network, size_t shard, matrix_view<const T> frames, matrix_view<T> features) {
        for_each_piece(frames.rows(), [&](size_t first, size_t n) {
            network.front_end().template see<T>(work_[shard], network.parameters(),
                                                frames.row_block(first, n), features.row_block(first, n));
        });
    }

    /// From the gradient by the gates' arguments to that by the front end's parameters.
    void backward(const Network& network, size_t shard, matrix_view<const T> frames,
                  matrix_view<const T> d_gates) {
        const std::span<const T> parameters(network.parameters());
        const auto gradient = gradient_of(shard);
        const auto& front = network.front_end();
        const size_t pixels = front.shape(0).size(), features = front.shape(front_end_type::depth).size();
        const auto weights = network.input_weights().row_block(0, features);
        std::ranges::fill(gradient.subspan(first_, count_), T(0));
        for_each_piece(frames.rows(), [&](size_t first, size_t n) {
            if (frames.rows() > piece_)  // forward has overwritten this piece's results with the next one's
                work_[shard].forward(parameters, frames.row_block(first, n).column_block(0, pixels));
            gemm<T>(d_gates.row_block(first, n), transposed(weights), work_[shard].d_features(n));
            work_[shard].backward(parameters, n, gradient);
        });
    }

    /// How many independent pieces add_gradient is called for.
    [[nodiscard]] size_t gradient_tiles() const { return (count_ + tile - 1) / tile; }
    /// The first parameter of a piece, and how many it has.
    [[nodiscard]] std::pair<size_t, size_t> tile_range(size_t index) const {
        const size_t first = first_ + index * tile;
        return {first, std::min(tile, first_ + count_ - first)};
    }
    /// Adds one piece of a shard's gradient to one laid out like the parameters.
    void add_gradient(size_t index, size_t shard, std::span<T> sum) {
        const auto [first, count] = tile_range(index);
        simd::for_each<T>(count, [to = sum.data() + first, from = gradient_of(shard).data() + first](
                                     auto at) { at.store(to, at.load(to) + at.load(from)); });
    }

  private:
    static constexpr size_t tile = size_t{1} << 14;

    [[nodiscard]] std::span<T> gradient_of(size_t shard) {
        return std::span(gradients_).subspan(shard * (first_ + count_), first_ + count_);
    }
    template <class Use>
    void for_each_piece(size_t rows, Use&& use) const {
        for (size_t first = 0; first < rows; first += piece_) use(first, std::min(piece_, rows - first));
    }

    size_t piece_, first_, count_;
    matrix<T> frames_;
    std::vector<T> gradients_;
    std::vector<front_end_work<T, front_end_type>> work_;
};

}  // namespace engram
