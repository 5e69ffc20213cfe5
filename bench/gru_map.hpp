/// @file
/// A gated recurrent network under no input, written by hand as a differentiable map for the benchmarks.
#pragma once

#include <engram/core/random.hpp>
#include <engram/dynamics/differentiable_map.hpp>

#include <cmath>
#include <vector>

namespace bench {

using engram::matrix;
using engram::matrix_view;
using std::size_t;

/// z = s(U_z h + b_z), r = s(U_r h + b_r), n = tanh(U_n (r h) + b_n), h' = (1 - z) h + z n, random weights.
template <class T>
struct gru_map {
    using scalar = T;

    gru_map(size_t units, double gain, std::uint64_t seed)
        : units_(units), u_(matrix<T>::from_shape({units, 3 * units})), bias_(3 * units) {
        engram::random_stream stream(engram::seed{seed}, engram::purpose::weights);
        const double scale = gain / std::sqrt(static_cast<double>(units));
        std::vector<double> normals(u_.size() + bias_.size());
        stream.normals(normals.data(), normals.size());
        for (size_t i = 0; i < u_.size(); ++i) u_.data()[i] = static_cast<T>(scale * normals[i]);
        for (size_t i = 0; i < bias_.size(); ++i) bias_[i] = static_cast<T>(0.2 * normals[u_.size() + i]);
    }

    size_t dimension() const { return units_; }

    void apply(matrix_view<const T> h, matrix_view<T> next) const {
        forward(h);
        for (size_t i = 0; i < h.rows(); ++i)
            for (size_t j = 0; j < units_; ++j)
                next(i, j) = h(i, j) + gates_(i, j) * (candidate_(i, j) - h(i, j));
    }

    void vjp(matrix_view<const T> h, matrix_view<const T> u, matrix_view<T> out) const {
        forward(h);
        const size_t n = h.rows();
        // deltas_ = [z | r | n] before activation
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < units_; ++j) {
                const T z = gates_(i, j), c = candidate_(i, j);
                deltas_(i, j) = u(i, j) * (c - h(i, j)) * z * (1 - z);
                deltas_(i, 2 * units_ + j) = u(i, j) * z * (1 - c * c);
                out(i, j) = u(i, j) * (1 - z);
            }
        const matrix_view<T> deltas = matrix_view<T>(deltas_).row_block(0, n),
                             reset = matrix_view<T>(reset_).row_block(0, n);
        engram::gemm<T>(deltas.column_block(2 * units_, units_), engram::transposed(weights(2, 1)), reset);
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < units_; ++j) {
                const T r = gates_(i, units_ + j);
                deltas_(i, units_ + j) = reset(i, j) * h(i, j) * r * (1 - r);
                out(i, j) += reset(i, j) * r;
            }
        engram::gemm<T>(deltas.column_block(0, 2 * units_), engram::transposed(weights(0, 2)), out,
                        {.beta = T(1)});
    }

    void jacobian(matrix_view<const T> h, matrix_view<T> result) const {
        forward(h);
        if (scaled_.size() == 0) scaled_ = matrix<T>::from_shape({units_, units_});
        if (transposed_.size() == 0) transposed_ = matrix<T>::from_shape({units_, units_});
        // Transposed: rows are dh_j, columns the outputs. dn = U_n^T-chain through r.
        for (size_t j = 0; j < units_; ++j)
            for (size_t k = 0; k < units_; ++k) {
                const T r = gates_(0, units_ + k);
                scaled_(j, k) = u_(j, units_ + k) * h(0, k) * r * (1 - r);
            }
        for (size_t j = 0; j < units_; ++j) scaled_(j, j) += gates_(0, units_ + j);
        engram::gemm<T>(scaled_, weights(2, 1), matrix_view<T>(transposed_));
        for (size_t k = 0; k < units_; ++k) {
            const T z = gates_(0, k), c = candidate_(0, k);
            for (size_t j = 0; j < units_; ++j)
                result(k, j) = z * (1 - c * c) * transposed_(j, k) + (c - h(0, k)) * z * (1 - z) * u_(j, k);
            result(k, k) += 1 - z;
        }
    }

  private:
    matrix_view<const T> weights(size_t first, size_t count) const {
        return matrix_view<const T>(u_).column_block(first * units_, count * units_);
    }
    void forward(matrix_view<const T> h) const {
        const size_t n = h.rows();
        if (gates_.shape(0) < n) {
            gates_ = matrix<T>::from_shape({n, 2 * units_});
            candidate_ = matrix<T>::from_shape({n, units_});
            reset_ = matrix<T>::from_shape({n, units_});
            deltas_ = matrix<T>::from_shape({n, 3 * units_});
        }
        const auto gates = matrix_view<T>(gates_).row_block(0, n),
                   candidate = matrix_view<T>(candidate_).row_block(0, n),
                   reset = matrix_view<T>(reset_).row_block(0, n);
        engram::gemm<T>(h, weights(0, 2), gates);
        for (size_t i = 0; i < n; ++i) {
            for (size_t j = 0; j < 2 * units_; ++j) gates(i, j) = 1 / (1 + std::exp(-gates(i, j) - bias_[j]));
            for (size_t j = 0; j < units_; ++j) reset(i, j) = gates(i, units_ + j) * h(i, j);
        }
        engram::gemm<T>(reset, weights(2, 1), candidate);
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < units_; ++j)
                candidate(i, j) = std::tanh(candidate(i, j) + bias_[2 * units_ + j]);
    }

    size_t units_;
    matrix<T> u_;
    std::vector<T> bias_;
    mutable matrix<T> gates_ = matrix<T>::from_shape({0, 0}), candidate_ = gates_, reset_ = gates_,
                      deltas_ = gates_, scaled_ = gates_, transposed_ = gates_;
};

}  // namespace bench
