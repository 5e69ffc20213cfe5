/// @file
/// The parameters of a network: one flat array, and the named blocks it is made of.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// One named block (rows x columns) of a network's flat parameter array.
struct parameter_block {
    std::string name;
    size_t rows, columns;
    bool is_bias;
    size_t offset;  ///< of its first element in the flat array
    [[nodiscard]] size_t size() const { return rows * columns; }
    /// This block of an array that is laid out like the parameters: the parameters, a gradient, a moment.
    template <class T>
    [[nodiscard]] matrix_view<T> in(T* flat) const {
        return {flat + offset, rows, columns};
    }
};

/// The blocks of a network, in the order in which they lie in the flat array.
class parameter_layout {
  public:
    /// Appends a block of weights and returns its index.
    size_t add(std::string name, size_t rows, size_t columns, bool is_bias = false) {
        blocks_.push_back({std::move(name), rows, columns, is_bias, size_});
        size_ += rows * columns;
        return blocks_.size() - 1;
    }
    [[nodiscard]] const std::vector<parameter_block>& blocks() const { return blocks_; }
    [[nodiscard]] const parameter_block& operator[](size_t i) const { return blocks_[i]; }
    [[nodiscard]] size_t size() const { return size_; }

    /// Draws initial weights N(0, 1) / sqrt(fan in) and biases 0.01 N(0, 1) (Haviv et al. 2019).
    template <class T>
    void initialise(vector<T>& flat, seed s) const {
        for (size_t i = 0; i < blocks_.size(); ++i) {
            const auto& block = blocks_[i];
            const double deviation = block.is_bias ? 0.01 : 1 / std::sqrt(static_cast<double>(block.rows));
            random_stream(s, purpose::weights, 0, i)
                .normals(flat.data() + block.offset, block.size(), T(0), static_cast<T>(deviation));
        }
    }

  private:
    std::vector<parameter_block> blocks_;
    size_t size_ = 0;
};

}  // namespace engram
