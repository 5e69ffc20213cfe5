/// @file
/// Random sparse networks, as large as one likes.
#pragma once

#include <cmath>
#include <vector>

#include "engram/core/random.hpp"
#include "engram/core/sparse_matrix.hpp"

namespace bench {

/// The links of a network of d units of which each hears twenty, chosen by chance; their weights are normal,
/// with standard deviation gain / sqrt(20).
struct sparse_links {
    std::vector<std::size_t> starts{0}, columns;
    std::vector<double> weights;

    sparse_links(std::size_t d, double gain, engram::random_stream& draws) {
        constexpr std::size_t fan_in = 20;
        for (std::size_t i = 0; i < d; ++i) {
            for (std::size_t k = 0; k < fan_in; ++k) {
                columns.push_back(draws.below(d));
                weights.push_back(gain / std::sqrt(static_cast<double>(fan_in)) * draws.normal());
            }
            starts.push_back(columns.size());
        }
    }
    [[nodiscard]] engram::sparse_matrix<double> matrix() const {
        return {starts.size() - 1, starts, columns, weights};
    }
};

}  // namespace bench
