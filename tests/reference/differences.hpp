/// @file
/// Central finite differences, and how far a gradient is from them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace reference {

/// The derivative of loss() by each of `count` numbers, which are changed and put back.
template <class Loss>
std::vector<double> differences(double* x, std::size_t count, Loss&& loss, double step = 1e-5) {
    std::vector<double> result;
    for (std::size_t i = 0; i < count; ++i) {
        const double at = x[i];
        x[i] = at + step;
        const double above = loss();
        x[i] = at - step;
        const double below = loss();
        x[i] = at;
        result.push_back((above - below) / (2 * step));
    }
    return result;
}

/// The largest difference of two arrays over the largest number in the first.
template <class A, class B>
double relative_error(const A* expected, const B* got, std::size_t count) {
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double difference = std::abs(static_cast<double>(expected[i]) - static_cast<double>(got[i]));
        worst = std::isnan(difference) ? HUGE_VAL : std::max(worst, difference);
        largest = std::max(largest, std::abs(static_cast<double>(expected[i])));
    }
    return largest > 0 ? worst / largest : worst;
}

/// The names of a network's blocks in which a gradient is not the expected one, to a relative error.
template <class Layout, class A, class B>
std::string differing_blocks(const Layout& layout, const A* expected, const B* gradient, double tolerance) {
    std::string names;
    for (const auto& block : layout.blocks()) {
        const double error = relative_error(expected + block.offset, gradient + block.offset, block.size());
        if (error >= tolerance)
            names += block.name + " by " + std::to_string(error / tolerance) + " times the tolerance; ";
    }
    return names;
}

}  // namespace reference
