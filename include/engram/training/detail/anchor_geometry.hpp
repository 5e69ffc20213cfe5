/// @file
/// What attractor_penalty does with distances between anchors: it moves anchors apart and kicks states.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "engram/core/tensor.hpp"

namespace engram::detail {

template <class T>
double distance_between(std::span<const T> a, std::span<const T> b) {
    double square = 0;
    for (size_t j = 0; j < a.size(); ++j) square += std::pow(static_cast<double>(a[j] - b[j]), 2);
    return std::sqrt(square);
}

/// The median over the known anchors (rows) of the distance to the nearest other one, 0 if fewer than two are
/// known. The scratch has room for one number an anchor.
template <class T>
double median_separation(const matrix<T>& anchors, const matrix<T>& known, std::vector<double>& scratch) {
    const auto anchor = [&](size_t a) { return std::span<const T>(&anchors(a, 0), anchors.shape(1)); };
    const auto distance = [&](size_t a, size_t b) { return distance_between<T>(anchor(a), anchor(b)); };
    scratch.clear();
    for (size_t a = 0; a < anchors.shape(0); ++a) {
        double nearest = std::numeric_limits<double>::infinity();
        for (size_t b = 0; b < anchors.shape(0); ++b)
            if (a != b && known(b, 0) != T(0)) nearest = std::min(nearest, distance(a, b));
        if (known(a, 0) != T(0)) scratch.push_back(nearest);
    }
    if (scratch.size() < 2) return 0;
    const auto middle = scratch.begin() + static_cast<std::ptrdiff_t>(scratch.size() / 2);
    std::nth_element(scratch.begin(), middle, scratch.end());
    return *middle;
}

/// Moves known anchors (rows) that are less than `least` apart away from one another, along the line between
/// them.
template <class T>
void spread_anchors(matrix<T>& anchors, const matrix<T>& known, double least) {
    constexpr size_t sweeps = 20;
    const auto anchor = [&](size_t a) { return std::span<T>(&anchors(a, 0), anchors.shape(1)); };
    const auto distance = [&](size_t a, size_t b) { return distance_between<T>(anchor(a), anchor(b)); };
    for (size_t sweep = 0; sweep < sweeps; ++sweep)
        for (size_t a = 0; a < anchors.shape(0); ++a)
            for (size_t b = 0; b < a; ++b) {
                if (known(a, 0) == T(0) || known(b, 0) == T(0)) continue;
                const double now = distance(a, b);
                if (now >= least || now <= 0) continue;
                const auto step = static_cast<T>((least / now - 1) / 2);
                for (size_t j = 0; j < anchors.shape(1); ++j) {
                    const T by = step * (anchors(a, j) - anchors(b, j));
                    anchors(a, j) += by;
                    anchors(b, j) -= by;
                }
            }
}

/// Moves a state towards an anchor, by a fraction of the way to where that one becomes nearer than the
/// state's own. A state that is there already is left alone.
template <class T>
void kick_towards(std::span<T> state, std::span<const T> own, std::span<const T> other, T fraction) {
    // Along the way the difference of the squared distances falls evenly, to -apart at the other anchor.
    T nearer = 0, apart = 0;
    for (size_t j = 0; j < state.size(); ++j) {
        const T difference = other[j] - own[j];
        nearer += difference * (own[j] + other[j] - 2 * state[j]);
        apart += difference * difference;
    }
    if (nearer <= T(0)) return;
    const T way = fraction * nearer / (nearer + apart);
    for (size_t j = 0; j < state.size(); ++j) state[j] += way * (other[j] - state[j]);
}

/// Leaves in scores(i, c) the squared distance from state i to anchor c, less the state's own square;
/// infinity where the anchor is not known.
template <class T>
void score_by_distance(matrix_view<const T> states, const matrix<T>& anchors, const matrix<T>& known,
                       matrix_view<T> scores) {
    gemm<T>(states, transposed(matrix_view<const T>(anchors)), scores, {.alpha = -2, .beta = 0});
    for (size_t c = 0; c < scores.columns(); ++c) {
        T square = 0;
        for (size_t j = 0; j < anchors.shape(1); ++j) square += anchors(c, j) * anchors(c, j);
        if (known(c, 0) == T(0)) square = std::numeric_limits<T>::infinity();
        for (size_t i = 0; i < scores.rows(); ++i) scores(i, c) += square;
    }
}

/// Cuts anchors (rows) to the box that the cell's states stay in, where the cell knows one.
template <class Network, class T>
void keep_in_state_range(const Network& network, matrix<T>& anchors) {
    if constexpr (requires { network.cell_rule().state_range(size_t{0}); }) {
        for (size_t j = 0; j < anchors.shape(1); ++j) {
            const auto [low, high] = network.cell_rule().state_range(j / network.sizes().units);
            for (size_t a = 0; a < anchors.shape(0); ++a)
                anchors(a, j) = std::clamp(anchors(a, j), static_cast<T>(low), static_cast<T>(high));
        }
    }
}

}  // namespace engram::detail
