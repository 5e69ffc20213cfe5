/// @file
/// The formula behind a map, for any scalar: what certify evaluates in intervals.
#pragma once

#include "engram/dynamics/map/affine_map.hpp"
#include "engram/dynamics/map/interval.hpp"
#include "engram/dynamics/map/iterate.hpp"
#include "engram/dynamics/map/make_map.hpp"
#include "engram/dynamics/map/masked_map.hpp"

#include <array>
#include <concepts>
#include <vector>

namespace engram::detail {

/// The real function that a map in double stands for, from std::vector to std::vector of any scalar that an
/// interval converts to; there for maps made by make_map and for what is composed of them. It refers to the
/// map.
template <class Map>
class formula_of;

template <class Map>
concept has_formula = differentiable_map<Map> && std::constructible_from < formula_of<Map>,
const Map& > ;

template <size_t N, class Formula>
class formula_of<automatic_map<double, N, Formula>> {
  public:
    explicit formula_of(const automatic_map<double, N, Formula>& map) : map_(map) {}

    template <class S>
    std::vector<S> operator()(const std::vector<S>& x) const {
        const auto y = [&] {
            if constexpr (N == 0) {
                return map_.formula()(x);
            } else {
                std::array<S, N> state;
                std::copy(x.begin(), x.end(), state.begin());
                return map_.formula()(state);
            }
        }();
        std::vector<S> next(x.size());
        for (size_t i = 0; i < x.size(); ++i) next[i] = S(y[i]);
        return next;
    }

  private:
    const automatic_map<double, N, Formula>& map_;
};

template <size_t K, has_formula Map>
class formula_of<iterated_map<K, Map>> {
  public:
    explicit formula_of(const iterated_map<K, Map>& map) : formula_(map.base()) {}

    template <class S>
    std::vector<S> operator()(std::vector<S> x) const {
        for (size_t k = 0; k < K; ++k) x = formula_(x);
        return x;
    }

  private:
    formula_of<Map> formula_;
};

template <has_formula Map>
class formula_of<masked_map<Map>> {
  public:
    explicit formula_of(const masked_map<Map>& map) : map_(map), formula_(map.base()) {}

    template <class S>
    std::vector<S> operator()(const std::vector<S>& z) const {
        const auto& free = map_.free_coordinates();
        std::vector<S> h(map_.held_state().begin(), map_.held_state().end()), next(z.size());
        for (size_t j = 0; j < free.size(); ++j) h[free[j]] = z[j];
        h = formula_(h);
        for (size_t j = 0; j < free.size(); ++j) next[j] = h[free[j]];
        return next;
    }

  private:
    const masked_map<Map>& map_;
    formula_of<Map> formula_;
};

/// The pseudo-inverse is that of the basis in real numbers, not the rounded one that the map computes with.
template <has_formula Map>
class formula_of<affine_map<Map>> {
  public:
    explicit formula_of(const affine_map<Map>& map)
        : map_(map), formula_(map.base()), inverse_(enclose_inverse(map.basis(), map.inverse())) {}

    template <class S>
    std::vector<S> operator()(const std::vector<S>& z) const {
        const auto& origin = map_.origin();
        const size_t d = origin.size(), k = z.size();
        std::vector<S> h(origin.begin(), origin.end()), next(k);
        for (size_t i = 0; i < d; ++i)
            for (size_t j = 0; j < k; ++j) h[i] += S(map_.basis()(i, j)) * z[j];
        h = formula_(h);
        for (size_t i = 0; i < d; ++i) h[i] -= S(origin[i]);
        for (size_t j = 0; j < k; ++j)
            for (size_t i = 0; i < d; ++i) next[j] += S(inverse_[i * k + j]) * h[i];
        return next;
    }

  private:
    /// P = (A^T A)^-1 A^T from an approximation of it, transposed as that is (d x k). With R = P P^T, which
    /// is nearly the inverse, and E = 1 - R A^T A: P = (1 - E)^-1 R A^T, which is R A^T but for |E| / (1 -
    /// |E|) times the largest entry of its column, in the norm of the largest row. Throws interval_undecided
    /// if |E| is not below 1.
    static std::vector<interval> enclose_inverse(const matrix<double>& basis, const matrix<double>& near) {
        const size_t d = basis.shape(0), k = basis.shape(1);
        const auto product = [](size_t rows, size_t inner, size_t columns, auto a, auto b) {
            std::vector<interval> c(rows * columns);
            for (size_t i = 0; i < rows; ++i)
                for (size_t j = 0; j < columns; ++j)
                    for (size_t l = 0; l < inner; ++l) c[i * columns + j] += interval(a(i, l)) * b(l, j);
            return c;
        };
        const auto basis_at = [&](size_t i, size_t j) { return basis(i, j); };
        const auto rounded = product(
            k, d, k, [&](size_t i, size_t l) { return near(l, i); },
            [&](size_t l, size_t j) { return near(l, j); });
        // R is a matrix of numbers: the middle of each interval, or nearly.
        const auto r = [&](size_t i, size_t j) { return rounded[i * k + j].lower; };
        auto result = product(d, k, k, basis_at, [&](size_t l, size_t j) { return r(j, l); });  // (R A^T)^T
        const auto defect = product(
            k, d, k, [&](size_t i, size_t l) { return result[l * k + i]; }, basis_at);
        double size = 0;
        for (size_t i = 0; i < k; ++i) {
            double row = 0;
            for (size_t j = 0; j < k; ++j) row += (interval(i == j ? 1 : 0) - defect[i * k + j]).magnitude();
            size = std::max(size, row * (1 + 1e-12));
        }
        if (!(size < 0.5)) throw interval_undecided();
        for (size_t i = 0; i < d; ++i) {
            double largest = 0;
            for (size_t j = 0; j < k; ++j) largest = std::max(largest, result[i * k + j].magnitude());
            const double error = 2 * size * largest * (1 + 1e-12);
            for (size_t j = 0; j < k; ++j) result[i * k + j] += interval(-error, error);
        }
        return result;
    }

    const affine_map<Map>& map_;
    formula_of<Map> formula_;
    std::vector<interval> inverse_;
};

}  // namespace engram::detail
