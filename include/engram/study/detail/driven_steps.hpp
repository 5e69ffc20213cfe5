/// @file
/// Single steps of a network under frames that it meets again and again, and their gradients.
#pragma once

#include <algorithm>

#include "engram/core/tensor.hpp"
#include "engram/nn/cell/cell.hpp"
#include "engram/nn/seen_frames.hpp"

namespace engram::detail {

/// What each of some frames (n x inputs) adds to the gates' arguments (n x gates), in a network's precision.
template <class Network>
matrix<typename Network::scalar> drives_of(const Network& network, const matrix<double>& frames) {
    using T = typename Network::scalar;
    auto drives = matrix<T>::from_shape({frames.shape(0), Network::cell_type::gates * network.sizes().units});
    const auto seen = seen_frames(network, frames);
    gemm<T>(seen, network.input_weights(), matrix_view<T>(drives));
    return drives;
}

/// Steps of a few states (rows x state size), row i under frame (first + i) of the drives, which stay with
/// the caller, as does the network. Used by one thread.
template <class Network>
class driven_steps {
    using T = typename Network::scalar;
    using cell = typename Network::cell_type;

  public:
    driven_steps(const Network& network, const matrix<T>& drives, size_t rows)
        : network_(network), drives_(drives) {
        const size_t units = network.sizes().units;
        const auto take = [rows](size_t columns) { return matrix<T>::from_shape({rows, columns}); };
        gates_ = take(cell::gates * units), cache_ = take(cell::cache * units),
        scratch_ = take(cell::scratch * units);
        states_ = take(network.state_size()), next_ = states_, d_states_ = states_, d_next_ = states_;
    }

    /// The states before the step, for the caller to write.
    [[nodiscard]] matrix<T>& states() { return states_; }
    /// Those after it.
    [[nodiscard]] const matrix<T>& next() const { return next_; }
    /// The gradient by those, for the caller to write before backward, which overwrites it.
    [[nodiscard]] matrix<T>& d_next() { return d_next_; }
    /// After backward: the gradient by the states before the step.
    [[nodiscard]] const matrix<T>& d_states() const { return d_states_; }

    void forward(size_t first) {
        std::copy_n(&drives_(first, 0), gates_.size(), gates_.begin());
        network_.cell_rule().forward(network_.weights(), step());
    }
    /// After forward.
    void backward() {
        network_.cell_rule().backward(network_.weights(), step(), matrix_view<T>(d_next_),
                                      matrix_view<T>(d_states_), matrix_view<T>(scratch_));
    }

  private:
    [[nodiscard]] cell_step<T> step() { return {gates_, states_, next_, cache_}; }

    const Network& network_;
    const matrix<T>& drives_;
    matrix<T> gates_, cache_, scratch_, states_, next_, d_states_, d_next_;
};

}  // namespace engram::detail
