/// @file
/// Maps that several tests share.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "engram/core/tensor.hpp"

namespace reference {

/// The type of a state's numbers.
template <class State>
using scalar_of = std::remove_cvref_t<decltype(std::declval<State>()[0])>;

/// Henon's map with its usual constants.
inline constexpr auto henon = [](const auto& x) {
    return std::array<scalar_of<decltype(x)>, 2>{1.0 - 1.4 * x[0] * x[0] + x[1], 0.3 * x[0]};
};

/// x_i' = a_i + 0.4 sqrt(x_i) + 0.05 x_(i+1)^2, which is only there from `low` to `high`: the edges of a box.
/// It has a vjp alone.
struct fenced {
    using scalar = double;
    static constexpr double low = 0.05, high = 1;
    std::size_t d = 6;

    static double offset(std::size_t i) { return std::array{-0.4, 0.9, 0.1, 0.3, -0.1, 0.2}[i % 6]; }
    [[nodiscard]] std::size_t dimension() const { return d; }
    static double inside(double x) {
        if (!(x >= low && x <= high)) throw std::domain_error("evaluated outside the box");
        return x;
    }
    void apply(engram::matrix_view<const double> h, engram::matrix_view<double> next) const {
        for (std::size_t r = 0; r < h.rows(); ++r)
            for (std::size_t i = 0; i < d; ++i)
                next(r, i) =
                    offset(i) + 0.4 * std::sqrt(inside(h(r, i))) + 0.05 * std::pow(h(r, (i + 1) % d), 2);
    }
    void vjp(engram::matrix_view<const double> h, engram::matrix_view<const double> u,
             engram::matrix_view<double> out) const {
        for (std::size_t r = 0; r < h.rows(); ++r)
            for (std::size_t i = 0; i < d; ++i)
                out(r, i) =
                    u(r, i) * 0.2 / std::sqrt(inside(h(r, i))) + u(r, (i + d - 1) % d) * 0.1 * h(r, i);
    }
};

}  // namespace reference
