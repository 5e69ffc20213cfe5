/// @file
/// Constraints on a cell's recurrent weights, which hold at the start and after every update.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <tuple>
#include <utility>
#include <vector>

#include "engram/nn/cell/cell.hpp"

namespace engram {

/// What connections between units may be: `project(weights)` moves the weights (H x H) from unit i (row) to
/// unit j (column) of one gate to the nearest that are allowed, and leaves allowed ones as they are, bit for
/// bit; `check(units)` throws where the constraint is for another number of units.
template <class C>
concept weight_constraint = std::copyable<C> &&
    requires(const C c, matrix_view<float> single, matrix_view<double> exact, size_t units) {
    c.check(units);
    c.project(single);
    c.project(exact);
};

/// No unit reaches itself.
struct no_self_connections {
    void check(size_t /*units*/) const {}
    template <class T>
    void project(matrix_view<T> weights) const {
        for (size_t i = 0; i < weights.rows(); ++i) weights(i, i) = T(0);
    }
};

/// Only some connections exist.
struct sparse_mask {
    matrix<char> connected;  ///< (H x H): 1 where unit i (row) reaches unit j (column), else 0

    /// Throws shape_error.
    void check(size_t units) const {
        require<shape_error>(connected.shape(0) == units && connected.shape(1) == units, "sparse_mask: (",
                             connected.shape(0), " x ", connected.shape(1), ") for ", units, " units");
    }
    template <class T>
    void project(matrix_view<T> weights) const {
        for (size_t i = 0; i < weights.rows(); ++i)
            for (size_t j = 0; j < weights.columns(); ++j)
                if (!connected(i, j)) weights(i, j) = T(0);
    }
};

/// Dale's law: all that a unit sends has one sign.
struct dale {
    std::vector<int> signs;  ///< (H): +1 for an excitatory unit, -1 for an inhibitory one, 0 for either

    /// The first units excitatory, the others inhibitory.
    static dale split(size_t excitatory, size_t inhibitory) {
        dale result{std::vector<int>(excitatory + inhibitory, -1)};
        std::fill_n(result.signs.begin(), excitatory, 1);
        return result;
    }
    /// Throws shape_error on another number of units, value_error on another sign.
    void check(size_t units) const {
        require<shape_error>(signs.size() == units, "dale: ", signs.size(), " signs for ", units, " units");
        for (size_t i = 0; i < units; ++i)
            require(signs[i] >= -1 && signs[i] <= 1, "dale: the sign of unit ", i, " is ", signs[i],
                    ", expected -1, 0 or 1");
    }
    template <class T>
    void project(matrix_view<T> weights) const {
        for (size_t i = 0; i < weights.rows(); ++i)
            for (size_t j = 0; j < weights.columns(); ++j)
                if (static_cast<T>(signs[i]) * weights(i, j) < T(0)) weights(i, j) = T(0);
    }
};

namespace detail {

/// Fails with what a constraint lacks, which a requirement of several at once would not name.
template <class Constraint>
constexpr bool is_weight_constraint() {
    static_assert(weight_constraint<Constraint>);
    return true;
}

}  // namespace detail

/// A cell whose recurrent weights keep to constraints, each gate's by itself:
///
///     constrained<leaky<float>, dale, no_self_connections>{{}, dale::split(80, 20), {}}
///
/// A network draws its weights, then projects them; training projects them after each update, whatever the
/// optimizer; files with weights that break a constraint are refused. Of a cell whose recurrent weights are
/// no (H x H) matrices side by side, as those of low rank, nothing is constrained: the compiler refuses it.
template <cell Cell, class... Constraints>
struct constrained : Cell {
    static_assert((detail::is_weight_constraint<Constraints>() && ...));
    /// That of the cell.
    using scalar = typename Cell::scalar;
    /// The same in another precision.
    template <class U>
    using with_scalar = constrained<typename Cell::template with_scalar<U>, Constraints...>;
    static_assert(
        !requires(const Cell c) { c.recurrence.rank; }, "a recurrence of low rank has no connections");

    std::tuple<Constraints...> constraints;  ///< applied in this order

    /// A cell without options of its own.
    constrained(Constraints... all) : constraints(std::move(all)...) {}
    /// Any cell.
    constrained(Cell own, Constraints... all) : Cell(std::move(own)), constraints(std::move(all)...) {}
    constrained() requires(std::default_initializable<Constraints>&&...) = default;

    /// The same in another precision.
    template <class U>
    [[nodiscard]] with_scalar<U> converted() const {
        return std::apply(
            [&](const auto&... all) {
                return with_scalar<U>(static_cast<const Cell&>(*this).template converted<U>(), all...);
            },
            constraints);
    }
    /// Throws where the cell or a constraint does not fit that many units.
    void check(size_t units) const {
        if constexpr (requires(const Cell c) { c.check(units); }) Cell::check(units);
        std::apply([&](const auto&... all) { (all.check(units), ...); }, constraints);
    }
    /// Moves recurrent weights (H x G H) to the nearest that are allowed.
    void project(matrix_view<scalar> recurrent) const {
        const size_t units = recurrent.rows();
        for (size_t first = 0; first + units <= recurrent.columns(); first += units)
            std::apply([&](const auto&... all) { (all.project(recurrent.column_block(first, units)), ...); },
                       constraints);
    }
};

}  // namespace engram
