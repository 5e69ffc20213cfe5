/// @file
/// The parameters of a network: one flat array, and the named blocks it is made of.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// What a block's numbers begin as: N(0, deviation^2), if asked for without those beyond two deviations.
struct initial_weights {
    double deviation;        ///< standard deviation of the weights
    bool truncated = false;  ///< whether draws beyond two deviations are drawn again
};

/// One named block (rows x columns) of a network's flat parameter array.
struct parameter_block {
    std::string name;         ///< unique in its network
    size_t rows, columns;     ///< the block's shape
    bool is_bias;             ///< biases are spared by weight decay
    size_t offset;            ///< of its first element in the flat array
    initial_weights initial;  ///< how it is drawn
    /// How many parameters the block has.
    [[nodiscard]] size_t size() const { return rows * columns; }
    /// This block of an array that is laid out like the parameters: the parameters, a gradient, a moment.
    template <class T>
    [[nodiscard]] matrix_view<T> in(std::span<T> flat) const {
        return {flat.data() + offset, rows, columns};
    }
    /// The same as an xtensor expression (rows x columns).
    template <class T>
    [[nodiscard]] auto expression_in(std::span<T> flat) const {
        return xt::adapt(flat.data() + offset, size(), xt::no_ownership(),
                         std::array<size_t, 2>{rows, columns});
    }
};

/// The blocks of a network, in the order in which they lie in the flat array.
class parameter_layout {
  public:
    /// Appends a block of weights and returns its index. It will begin as N(0, 1) / sqrt(fan in), biases as
    /// 0.01 N(0, 1) (Haviv et al. 2019).
    size_t add(std::string name, size_t rows, size_t columns, bool is_bias = false) {
        const double deviation = is_bias ? 0.01 : 1 / std::sqrt(static_cast<double>(rows));
        return add(std::move(name), rows, columns, {deviation}, is_bias);
    }
    /// Appends a block that begins in another way.
    size_t add(std::string name, size_t rows, size_t columns, initial_weights initial, bool is_bias = false) {
        blocks_.push_back({std::move(name), rows, columns, is_bias, size_, initial});
        size_ += rows * columns;
        return blocks_.size() - 1;
    }
    /// All blocks, in order.
    [[nodiscard]] const std::vector<parameter_block>& blocks() const { return blocks_; }
    /// Block i.
    [[nodiscard]] const parameter_block& operator[](size_t i) const { return blocks_[i]; }
    /// The block of that name. Throws value_error if there is none.
    [[nodiscard]] const parameter_block& at(std::string_view name) const {
        std::string names;
        for (const auto& block : blocks_) {
            if (block.name == name) return block;
            names += (names.empty() ? "" : ", ") + block.name;
        }
        throw value_error(
            detail::concatenate("parameter_layout: no block '", name, "', expected one of ", names));
    }
    /// How many parameters there are in all.
    [[nodiscard]] size_t size() const { return size_; }

    /// Draws initial weights.
    template <class T>
    void initialise(vector<T>& flat, seed s) const {
        for (size_t i = 0; i < blocks_.size(); ++i) {
            const auto& [deviation, truncated] = blocks_[i].initial;
            const auto weights = std::span(flat).subspan(blocks_[i].offset, blocks_[i].size());
            random_stream stream(s, purpose::weights, 0, i);
            stream.normals(weights, T(0), static_cast<T>(deviation));
            for (size_t j = 0; truncated && j < blocks_[i].size(); ++j)
                while (std::abs(weights[j]) > static_cast<T>(2 * deviation))
                    weights[j] = static_cast<T>(deviation) * stream.normal<T>();
        }
    }

  private:
    std::vector<parameter_block> blocks_;
    size_t size_ = 0;
};

}  // namespace engram
