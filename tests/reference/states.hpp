/// @file
/// Distances of states and speeds at them, by their definitions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "engram/core/tensor.hpp"

namespace reference {

/// The distance of two states whose numbers lie one after the other.
template <class A, class B>
double distance(const A& a, const B& b) {
    double square = 0;
    for (std::size_t i = 0; i < a.size(); ++i) square += std::pow(a.data()[i] - b.data()[i], 2);
    return std::sqrt(square);
}

/// ||F(h) - h|| of a map F at a state h.
template <class Map, class State>
double speed(const Map& map, const State& state) {
    engram::matrix<double> h = engram::matrix<double>::from_shape({1, state.size()}), next = h;
    std::copy_n(state.data(), state.size(), h.data());
    map.apply(engram::matrix_view<const double>(h), engram::matrix_view<double>(next));
    return distance(next, h);
}

}  // namespace reference
