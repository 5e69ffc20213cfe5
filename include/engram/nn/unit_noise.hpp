/// @file
/// Private noise of a network's units.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engram/core/error.hpp"
#include "engram/core/random.hpp"
#include "engram/nn/cell/cell.hpp"

namespace engram {

/// Noise of the units themselves: at each step each unit of each trial has a normal deviate of its own added
/// to its drive, which is the argument of its activation, or of its candidate where it has gates (the last H
/// columns of cell_step::gates). A cell that scales it has `add_unit_noise(weights, noise, drive)`, as leaky
/// units do, whose rates follow sqrt(2 / a) of it. A derivative takes it for a constant.
struct unit_noise {
    double deviation = 0;  ///< of the deviates; 0: no noise
    engram::seed seed{0};  ///< with `purpose`, `step` and the trial's number, of the stream of each trial
    engram::purpose purpose = engram::purpose::units;  ///< of the streams
    std::uint64_t step = 0;                            ///< of the streams
    std::size_t first_sample = 0;                      ///< the number of the first trial
};

namespace detail {

/// Throws value_error, in the name of a function, for a deviation that is none, and for any noise of a cell
/// that has no place for it.
template <class Cell>
void check_unit_noise(const char* function, double deviation) {
    require(deviation >= 0 && std::isfinite(deviation), function, ": unit_noise = ", deviation,
            ", expected 0 or a finite number above it");
    if constexpr (requires { Cell::layers; })
        require(deviation == 0, function, ": unit_noise = ", deviation,
                ", but units in layers (stacked) take none, expected 0");
}

/// Adds private noise to the drives of n trials, from trial `first` on, at every step: row t n + i of `gates`
/// is trial i at step t, and each trial's stream runs through its steps. `deviates` (1 x H) is working
/// memory.
template <class Network, class T = typename Network::scalar>
void add_unit_noise(const Network& network, const unit_noise& noise, size_t first, size_t n,
                    matrix_view<T> gates, matrix_view<T> deviates) {
    const size_t units = deviates.columns();
    const auto drives = gates.column_block(gates.columns() - units, units);
    for (size_t i = 0; i < n; ++i) {
        random_stream stream(noise.seed, noise.purpose, noise.step, noise.first_sample + first + i);
        for (size_t row = i; row < gates.rows(); row += n) {
            stream.normals(std::span(deviates.row(0), units), T(0), static_cast<T>(noise.deviation));
            const auto drive = drives.row_block(row, 1);
            if constexpr (requires {
                              network.cell_rule().add_unit_noise(network.weights(), deviates, drive);
                          })
                network.cell_rule().add_unit_noise(network.weights(), deviates, drive);
            else
                for (size_t j = 0; j < units; ++j) drive(0, j) += deviates(0, j);
        }
    }
}

}  // namespace detail

}  // namespace engram
