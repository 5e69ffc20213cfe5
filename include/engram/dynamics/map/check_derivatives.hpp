/// @file
/// check_derivatives: the largest error of a map's derivatives.
#pragma once

#include "engram/core/any_array.hpp"
#include "engram/dynamics/map/scaled_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace engram {

/// The largest disagreement between a map's derivatives and differences of its apply.
template <class T>
struct derivative_report {
    std::string function;  ///< "vjp", "jvp" or "jacobian": whichever is worst
    T error = 0;           ///< |given - difference| over the largest derivative
    size_t output = 0;     ///< of dF_output / dh_input
    size_t input = 0;      ///< the coordinate differentiated by
    T given = 0;           ///< by the map
    T difference = 0;      ///< by a central difference of apply

    /// Whether the disagreement is within the errors of finite differences of a smooth map.
    [[nodiscard]] bool agrees() const {
        return error < 100 * std::cbrt(std::pow(std::numeric_limits<T>::epsilon(), 2));
    }
};

/// One line: the verdict, then the worst derivative.
template <class T>
std::ostream& operator<<(std::ostream& out, const derivative_report<T>& r) {
    return out << (r.agrees() ? "derivatives agree" : "derivatives disagree") << ": worst in " << r.function
               << ", dF_" << r.output << "/dh_" << r.input << " is " << r.given << ", differences give "
               << r.difference << " (relative error " << r.error << ")";
}

namespace detail {

/// The work of check_derivatives: finite differences of apply along some directions at a time, compared with
/// the map's functions.
template <differentiable_map Map>
class derivative_check {
  public:
    using T = typename Map::scalar;

    /// Holds no more than `memory` bytes of differences.
    derivative_check(const Map& map, const T* state, size_t memory)
        : map_(map),
          state_(state),
          d_(map.dimension()),
          held_(std::clamp<size_t>(memory / (differences_.size() * sizeof(T) * d_), 1, d_)),
          rows_(std::min<size_t>(d_, 64)),
          states_(matrix<T>::from_shape({rows_, d_})),
          units_(states_),
          ahead_(states_),
          behind_(states_) {
        for (auto& m : differences_) m = matrix<T>::from_shape({held_, d_});
        units_.fill(T(0));
        if constexpr (has_jacobian<Map>) {
            if (d_ > memory / sizeof(T) / d_) return;
            jacobian_ = matrix<T>::from_shape({d_, d_});
            map.jacobian(as_row(state, d_), matrix_view<T>(jacobian_));
        }
    }

    /// The worst disagreement of all.
    derivative_report<T> run() {
        derivative_report<T> vjp = nothing("vjp"), jvp = nothing("jvp"), jacobian = nothing("jacobian");
        for (first_ = 0; first_ < d_; first_ += held_) {
            count_ = std::min(held_, d_ - first_);
            take_differences();
            compare_vjp(vjp);
            if constexpr (has_jvp<Map>) compare_jvp(jvp);
            for (size_t i = 0; i < jacobian_.shape(0); ++i)
                for (size_t j = first_; j < first_ + count_; ++j) compare(i, j, jacobian_(i, j), jacobian);
        }
        const derivative_report<T>* worst = &vjp;
        for (const auto* other : {&jvp, &jacobian})
            if (other->error > worst->error) worst = other;
        derivative_report<T> report = *worst;
        if (std::isfinite(report.error)) report.error /= largest_;
        return report;
    }

  private:
    static derivative_report<T> nothing(const char* function) { return {.function = function, .error = -1}; }

    /// Calls use(first, count) for one block of rows after the other of `total`.
    template <class Use>
    void for_each_block(size_t total, const Use& use) {
        for (size_t first = 0; first < total; first += rows_) use(first, std::min(rows_, total - first));
    }
    static matrix_view<T> top(matrix<T>& m, size_t count) { return matrix_view<T>(m).row_block(0, count); }

    /// Row i of each: the derivatives by coordinate first_ + i, with a step, a tenth and a hundredth of it.
    /// Long ones suffer from curvature, short ones from rounding.
    void take_differences() {
        constexpr T least = T(1) / 32;  // of the state's size: a step for coordinates near 0
        T scale = std::cbrt(std::numeric_limits<T>::epsilon());
        for (auto& by_step : differences_) {
            for_each_block(count_, [&](size_t begin, size_t count) {
                const auto step = [&](size_t k) {
                    return scale * std::max(least, std::abs(state_[first_ + begin + k]));
                };
                for (const bool forwards : {true, false}) {
                    for (size_t k = 0; k < count; ++k) {
                        std::copy_n(state_, d_, &states_(k, 0));
                        states_(k, first_ + begin + k) += forwards ? step(k) : -step(k);
                    }
                    map_.apply(top(states_, count), top(forwards ? ahead_ : behind_, count));
                }
                for (size_t k = 0; k < count; ++k)
                    for (size_t j = 0; j < d_; ++j) {
                        T& difference = by_step(begin + k, j);
                        difference = (ahead_(k, j) - behind_(k, j)) / (2 * step(k));
                        if (&by_step == &differences_[0]) largest_ = std::max(largest_, std::abs(difference));
                    }
            });
            scale /= 10;
        }
    }

    /// Leaves the products of `function` with unit vectors begin to begin + count - 1 in ahead_.
    template <class Function>
    void multiply(size_t begin, size_t count, const Function& function) {
        for (size_t k = 0; k < count; ++k) {
            std::copy_n(state_, d_, &states_(k, 0));
            units_(k, begin + k) = T(1);
        }
        function(top(states_, count), top(units_, count), top(ahead_, count));
        for (size_t k = 0; k < count; ++k) units_(k, begin + k) = T(0);
    }
    void compare_vjp(derivative_report<T>& worst) {
        for_each_block(d_, [&](size_t begin, size_t count) {
            multiply(begin, count, [&](auto h, auto u, auto out) { map_.vjp(h, u, out); });
            for (size_t k = 0; k < count; ++k)
                for (size_t j = first_; j < first_ + count_; ++j) compare(begin + k, j, ahead_(k, j), worst);
        });
    }
    void compare_jvp(derivative_report<T>& worst) requires has_jvp<Map> {
        for_each_block(count_, [&](size_t begin, size_t count) {
            multiply(first_ + begin, count, [&](auto h, auto v, auto out) { map_.jvp(h, v, out); });
            for (size_t k = 0; k < count; ++k)
                for (size_t i = 0; i < d_; ++i) compare(i, first_ + begin + k, ahead_(k, i), worst);
        });
    }

    /// The error of the best of the three differences, absolute.
    void compare(size_t output, size_t input, T given, derivative_report<T>& worst) const {
        T difference = differences_[0](input - first_, output), error = std::abs(given - difference);
        for (const auto& by_step : differences_)
            if (const T other = by_step(input - first_, output); std::abs(given - other) < error) {
                difference = other;
                error = std::abs(given - other);
            }
        if (std::isnan(error)) error = std::numeric_limits<T>::infinity();  // the worst of all
        if (!(error > worst.error)) return;
        worst.error = error;
        worst.output = output, worst.input = input;
        worst.given = given, worst.difference = difference;
    }

    Map map_;
    const T* state_;
    std::array<matrix<T>, 3> differences_;
    size_t d_, held_, rows_, first_ = 0, count_ = 0;
    T largest_ = std::numeric_limits<T>::min();
    matrix<T> states_, units_, ahead_, behind_, jacobian_ = matrix<T>::from_shape({0, 0});
};

}  // namespace detail

/// Compares vjp, and jvp and jacobian where the map has them, with central differences of apply at a state
/// (d), entry by entry, of three steps the one that agrees best: 6 d applications of the map. Differences are
/// held along as many directions at a time as fit into `memory` bytes; each such block takes d products with
/// vjp, so that less memory is more work. A Jacobian may take as much again; one that does
/// not fit is left out. Steps and errors are in units of the size of the state's coordinates, by the rule of
/// search_options::scale. Throws shape_error.
template <differentiable_map Map, any_array State = vector<typename Map::scalar>>
derivative_report<typename Map::scalar> check_derivatives(const Map& map, const State& state,
                                                          size_t memory = size_t{1} << 29) {
    using T = typename Map::scalar;
    const size_t d = map.dimension();
    require(d > 0, "check_derivatives: the map's dimension is 0");
    const auto& h = detail::to_vector<T>("check_derivatives", state);
    detail::expect_state("check_derivatives", h.size(), d);
    auto state_in_units = matrix<T>::from_shape({1, d});
    std::copy(h.begin(), h.end(), state_in_units.begin());
    const auto sizes = detail::fitted_scales(map, search_region<T>{}, state_in_units, 1, {}).own;
    std::vector<T> powers(d);  // of two, so that units add no rounding
    for (size_t i = 0; i < d; ++i) powers[i] = std::exp2(std::ceil(std::log2(sizes[i])));
    if (std::ranges::all_of(powers, [&](T size) { return size == powers[0]; })) powers.resize(1);
    const state_scale<T> scale(std::move(powers));
    for (size_t i = 0; i < d; ++i) state_in_units(0, i) /= scale[i];
    using units = scaled_map<Map>;
    auto report = detail::derivative_check<units>(units(map, scale), state_in_units.data(), memory).run();
    for (T* slope : {&report.given, &report.difference}) *slope *= scale[report.output] / scale[report.input];
    return report;
}

}  // namespace engram
