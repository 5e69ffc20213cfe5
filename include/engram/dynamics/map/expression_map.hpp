/// @file
/// Maps written with xtensor's expressions, without views in the user's code.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"

#include <utility>

namespace engram {

/// What expression_map makes a map of: `apply(h)` gives F of the rows of h (n x d), `vjp(h, u)` row by row
/// u_i^T dF/dh(h_i), both as expressions of xtensor (n x d) of any kind; `jvp(h, v)` is optional. States come
/// as xt::xtensor<scalar, 2>.
template <class Rule>
concept expression_rule = std::copy_constructible<Rule> && std::floating_point<typename Rule::scalar> &&
    requires(const Rule& rule, const matrix<typename Rule::scalar>& h) {
    { rule.dimension() } -> std::convertible_to<size_t>;
    { rule.apply(h)(0, 0) } -> std::convertible_to<typename Rule::scalar>;
    { rule.vjp(h, h)(0, 0) } -> std::convertible_to<typename Rule::scalar>;
};

/// A rule in terms of xtensor's expressions as a differentiable map:
///
///     struct tanh_network {
///         using scalar = double;
///         xt::xtensor<double, 2> weights;  // (d x d), acting on rows
///         std::size_t dimension() const { return weights.shape(0); }
///         auto apply(const auto& h) const { return xt::tanh(xt::linalg::dot(h, weights)); }
///         auto vjp(const auto& h, const auto& u) const {
///             return xt::linalg::dot(u * (1 - xt::square(apply(h))), xt::transpose(weights));
///         }
///     };
///     const auto points = engram::find_slow_points(engram::expression_map{tanh_network{w}}, seeds);
///
/// `xt::linalg` is in <xtensor-blas/xlinalg.hpp>, which engram does not include. Expressions may allocate, so
/// that such a map takes longer than one written with views, mostly where states are small.
template <expression_rule Rule>
class expression_map {
  public:
    using scalar = typename Rule::scalar;

    /// The rule is copied.
    explicit expression_map(Rule rule) : rule_(std::move(rule)) {}

    [[nodiscard]] size_t dimension() const { return rule_.dimension(); }
    void apply(matrix_view<const scalar> h, matrix_view<scalar> next) const {
        assign(next, rule_.apply(as_array(h, states_)));
    }
    void vjp(matrix_view<const scalar> h, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        assign(out, rule_.vjp(as_array(h, states_), as_array(u, directions_)));
    }
    void jvp(matrix_view<const scalar> h, matrix_view<const scalar> v, matrix_view<scalar> out) const requires
        requires(const Rule& r, const matrix<scalar>& m) {
        r.jvp(m, m);
    }
    { assign(out, rule_.jvp(as_array(h, states_), as_array(v, directions_))); }
    /// The rule.
    [[nodiscard]] const Rule& rule() const { return rule_; }

  private:
    static const matrix<scalar>& as_array(matrix_view<const scalar> from, matrix<scalar>& to) {
        to.resize({from.rows(), from.columns()});
        copy<scalar>(from, to);
        return to;
    }
    template <class Expression>
    static void assign(matrix_view<scalar> to, const Expression& value) {
        auto target = to.expression();
        xt::noalias(target) = value;
    }

    Rule rule_;
    mutable matrix<scalar> states_, directions_;
};

}  // namespace engram
