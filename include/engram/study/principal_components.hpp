/// @file
/// Principal components: the few directions in which states differ most.
#pragma once

#include <algorithm>
#include <vector>

#include "engram/core/any_array.hpp"
#include "engram/core/lapack.hpp"
#include "engram/core/tensor.hpp"

namespace engram {

/// The directions of largest variance of some samples, the largest first.
struct principal_components {
    std::vector<double> mean;   ///< of the samples (d)
    matrix<double> axes;        ///< (k x d), orthonormal rows; the largest entry of each is positive
    std::vector<double> share;  ///< of the samples' variance, along each axis

    /// The coordinates (k) of a state (d) along the axes, from the mean. Throws shape_error.
    template <any_array State = vector<double>>
    [[nodiscard]] vector<double> project(const State& state) const {
        const auto& h = detail::to_vector<double>("principal_components::project", state);
        require<shape_error>(h.size() == mean.size(), "principal_components::project: a state of ", h.size(),
                             " numbers, expected ", mean.size());
        std::vector<double> from_mean(mean.size());
        auto result = vector<double>::from_shape({axes.shape(0)});
        std::transform(h.begin(), h.end(), mean.begin(), from_mean.begin(), std::minus{});
        for (size_t k = 0; k < result.size(); ++k)
            result(k) = detail::dot(mean.size(), &axes(k, 0), from_mean.data());
        return result;
    }
};

/// The first `count` principal components of samples (n x d), from their covariance's eigenvectors.
/// Throws value_error on fewer than two samples or if count is not in 1 ... d, shape_error unless samples
/// have two axes.
template <any_array Samples = matrix<double>>
principal_components find_principal_components(const Samples& of, size_t count) {
    const auto& array = detail::to_matrix<double>("find_principal_components: samples", of);
    const matrix_view<const double> samples = array;
    const size_t n = samples.rows(), d = samples.columns();
    require(n >= 2, "find_principal_components: ", n, " samples, expected at least 2");
    require(count >= 1 && count <= d, "find_principal_components: count = ", count, ", expected 1 to ", d);
    principal_components result{std::vector<double>(d, 0.0), matrix<double>::from_shape({count, d}), {}};
    for (size_t i = 0; i < n; ++i)
        detail::axpy(d, 1 / static_cast<double>(n), samples.row(i), result.mean.data());
    auto centred = matrix<double>::from_shape({n, d}), covariance = matrix<double>::from_shape({d, d});
    for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < d; ++j) centred(i, j) = samples(i, j) - result.mean[j];
    detail::gram<double>(centred, covariance);
    const auto values = detail::symmetric_eigenvalues<double>(covariance, true);  // rising; vectors as rows
    double total = 0;
    for (const double value : values) total += std::max(value, 0.0);
    for (size_t k = 0; k < count; ++k) {
        const double* const axis = &covariance(d - 1 - k, 0);
        const double largest =
            *std::max_element(axis, axis + d, [](double a, double b) { return std::abs(a) < std::abs(b); });
        for (size_t j = 0; j < d; ++j) result.axes(k, j) = largest < 0 ? -axis[j] : axis[j];
        result.share.push_back(total > 0 ? std::max(values[d - 1 - k], 0.0) / total : 0);
    }
    return result;
}

}  // namespace engram
