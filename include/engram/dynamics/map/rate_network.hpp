/// @file
/// rate_network: the map of a recurrent network that is given by its matrix of weights.
#pragma once

#include "engram/core/activation.hpp"
#include "engram/core/any_array.hpp"
#include "engram/core/sparse_matrix.hpp"
#include "engram/dynamics/map/detail/weight_products.hpp"
#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/search_region.hpp"

#include <utility>
#include <vector>

namespace engram {

/// What the state of a rate_network holds; a is its leak, and both have the same fixed points, r = phi(x).
enum class rate_form {
    rates,    ///< rates r: r -> (1 - a) r + a phi(W r + b)
    currents  ///< currents x: x -> (1 - a) x + a (W phi(x) + b)
};

/// A network of d units given by its weights W (d x d), W(i, j) being the weight from unit j to unit i, a
/// bias b (d), into which a constant input goes too, and an activation phi: the map h -> (1 - a) h + a phi(W
/// h + b), or its other rate_form. With a = dt / tau < 1, the leak, it is Euler's step of tau dh/dt = -h +
/// phi(W h + b). Derivatives are by hand. The weights are an array in any form or a sparse_matrix, the bias
/// is an array in any form.
///
///     const eg::rate_network network{weights, bias};  // a = 1, phi = tanh
///
///     const eg::rate_network leaky{weights, bias, eg::activations::relu{}, 0.1};
template <class Weights, activation F = activations::tanh>
class rate_network {
  public:
    using scalar = typename Weights::value_type;
    /// Its numbers.
    using T = scalar;

    /// Throws shape_error unless the weights are square and there is one bias a unit, value_error unless all
    /// of these are finite and 0 < leak <= 1.
    template <class W = Weights, any_array Bias = vector<T>>
    rate_network(W weights, const Bias& bias, F f = {}, std::type_identity_t<T> leak = T(1),
                 rate_form form = rate_form::rates)
        : weights_(detail::weights_from<Weights>(std::move(weights))),
          bias_(detail::to_list<T>("rate_network: bias", bias)),
          f_(f),
          leak_(leak),
          form_(form) {
        const auto [rows, columns] = detail::shape_of(weights_);
        require<shape_error>(rows == columns && rows > 0, "rate_network: weights (", rows, " x ", columns,
                             "), expected a square matrix (units x units)");
        require<shape_error>(bias_.size() == rows, "rate_network: a bias of ", bias_.size(), " for ", rows,
                             " units");
        for (const T w : detail::entries_of(weights_))
            require(std::isfinite(w), "rate_network: a weight is ", w);
        for (size_t i = 0; i < rows; ++i)
            require(std::isfinite(bias_[i]), "rate_network: the bias of unit ", i, " is ", bias_[i]);
        require(leak > 0 && leak <= 1, "rate_network: leak = ", leak, ", expected above 0 and at most 1");
    }

    /// d, the network's units.
    [[nodiscard]] size_t dimension() const { return bias_.size(); }
    /// The box of states that are reached from 0; see bounded_map. Only rates are bounded.
    [[nodiscard]] search_region<T> state_bounds() const {
        if (form_ != rate_form::rates) return {};
        const auto [low, high] = detail::range_of(f_);
        return {.lower_bound = static_cast<T>(std::min(low, 0.0)),
                .upper_bound = static_cast<T>(std::max(high, 0.0))};
    }

    void apply(matrix_view<const T> h, matrix_view<T> next) const {
        if (form_ == rate_form::rates) {
            add_input(h, next);
            for_each(h, next, [&](auto at, const T* from, T* to) {
                at.store(to, mixed(at.load(from), value(at.load(to))));
            });
        } else {
            add_input(rates_of(h), next);
            for_each(h, next,
                     [&](auto at, const T* from, T* to) { at.store(to, mixed(at.load(from), at.load(to))); });
        }
    }

    /// u^T dF/dh, row by row.
    void vjp(matrix_view<const T> h, matrix_view<const T> u, matrix_view<T> out) const {
        const auto work = rates_at(h);
        if (form_ == rate_form::rates) {
            for_each(u, work, [&](auto at, const T* from, T* to) {
                at.store(to, at.load(from) * slope(at.load(to)));
            });
            detail::multiply_transposed<T>(weights_, work, out);
        } else {
            detail::multiply_transposed<T>(weights_, u, out);
            for_each(work, out, [&](auto at, const T* from, T* to) {
                at.store(to, at.load(to) * slope(at.load(from)));
            });
        }
        mix(u, out);
    }

    /// dF/dh v, row by row.
    void jvp(matrix_view<const T> h, matrix_view<const T> v, matrix_view<T> out) const {
        const auto work = rates_at(h);
        if (form_ == rate_form::rates) {
            detail::multiply<T>(weights_, v, out);
            for_each(work, out, [&](auto at, const T* from, T* to) {
                at.store(to, at.load(to) * slope(at.load(from)));
            });
        } else {
            for_each(v, work, [&](auto at, const T* from, T* to) {
                at.store(to, at.load(from) * slope(at.load(to)));
            });
            detail::multiply<T>(weights_, work, out);
        }
        mix(v, out);
    }

    /// dF/dh (d x d) at one state (1 x d).
    void jacobian(matrix_view<const T> h, matrix_view<T> result) const {
        const size_t d = dimension();
        T* const slopes = rates_at(h).data();
        simd::for_each<T>(d, [&](auto at) { at.store(slopes, V(leak_) * slope(at.load(slopes))); });
        const bool rates = form_ == rate_form::rates;
        for (size_t i = 0; i < d; ++i) {
            T* const row = result.row(i);
            if constexpr (sparse) {
                std::fill_n(row, d, T(0));
                weights_.for_row(i, [&](size_t j, T w) { row[j] += w * slopes[rates ? i : j]; });
            } else {
                const V own(slopes[i]);
                simd::for_each<T>(d, [&, weights = &weights_(i, 0)](auto at) {
                    at.store(row, at.load(weights) * (rates ? own : at.load(slopes)));
                });
            }
            row[i] += T(1) - leak_;
        }
    }

  private:
    using V = simd::pack<T>;
    static constexpr bool sparse = requires(const Weights& w) { w.values(); };

    V value(V x) const { return detail::value_of<T>(f_, x); }
    V slope(V y) const { return detail::slope_of<T>(f_, y); }
    V mixed(V old, V fresh) const { return V(T(1) - leak_) * old + V(leak_) * fresh; }

    /// Calls kernel(at, from, to) for every pack of two blocks of one shape.
    template <class Kernel>
    static void for_each(matrix_view<const T> from, matrix_view<T> to, const Kernel& kernel) {
        for (size_t i = 0; i < from.rows(); ++i)
            simd::for_each<T>(from.columns(),
                              [&, a = from.row(i), b = to.row(i)](auto at) { kernel(at, a, b); });
    }
    /// out = (1 - a) old + a out.
    void mix(matrix_view<const T> old, matrix_view<T> out) const {
        for_each(old, out,
                 [&](auto at, const T* from, T* to) { at.store(to, mixed(at.load(from), at.load(to))); });
    }
    /// out = W r + b, row by row.
    void add_input(matrix_view<const T> r, matrix_view<T> out) const {
        detail::multiply<T>(weights_, r, out);
        for (size_t i = 0; i < out.rows(); ++i) detail::axpy(out.columns(), T(1), bias_.data(), out.row(i));
    }
    /// phi(h), in scratch memory.
    matrix_view<T> rates_of(matrix_view<const T> h) const {
        const auto work = scratch(h.rows());
        for_each(h, work, [&](auto at, const T* from, T* to) { at.store(to, value(at.load(from))); });
        return work;
    }
    /// The rates where phi's slope counts at the states h, in scratch memory.
    matrix_view<T> rates_at(matrix_view<const T> h) const {
        if (form_ == rate_form::currents) return rates_of(h);
        const auto work = scratch(h.rows());
        add_input(h, work);
        for_each(work, work, [&](auto at, const T* from, T* to) { at.store(to, value(at.load(from))); });
        return work;
    }
    matrix_view<T> scratch(size_t rows) const {
        if (rates_.shape(0) < rows) rates_ = matrix<T>::from_shape({rows, dimension()});
        return matrix_view<T>(rates_).row_block(0, rows);
    }

    Weights weights_;
    std::vector<T> bias_;
    F f_;
    T leak_;
    rate_form form_;
    mutable matrix<T> rates_ = matrix<T>::from_shape({0, 0});
};

/// The scalar type is that of the weights.
template <class Weights, any_array Bias>
rate_network(Weights, const Bias&) -> rate_network<detail::kept_weights<Weights>>;
/// The activation is given too.
template <class Weights, any_array Bias, activation F, class... Rest>
rate_network(Weights, const Bias&, F, Rest...) -> rate_network<detail::kept_weights<Weights>, F>;

}  // namespace engram
