/// @file
/// What a loss term is, and how terms add and scale at compile time.
#pragma once

#include <concepts>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "engram/core/parallel.hpp"
#include "engram/core/random.hpp"
#include "engram/core/tensor.hpp"
#include "engram/task/trial_block.hpp"
#include "engram/training/penalty_state.hpp"

namespace engram {

/// A type that says, by a member type `is_state_loss`, that it is a loss of hidden states.
template <class L>
concept marked_state_loss = std::copyable<L> && requires {
    typename L::is_state_loss;
};

/// A loss of a network's hidden states. `evaluate(states, block, scale, d_states)` returns the outcome of the
/// rows of a block, its loss being scale times the sum over them, and adds the gradient by the states after
/// each frame (rows x state size) to d_states. It is called by several threads at once.
template <class L, class T = float>
concept state_loss = marked_state_loss<L> &&
    requires(const L l, matrix_view<const T> states, const trial_block<T> block, T scale,
             matrix_view<T> d_states) {
    { l.evaluate(states, block, scale, d_states) } -> std::convertible_to<outcome>;
};

/// A loss of what a network answers. `evaluate(outputs, block, scale, d_outputs)` returns the outcome of the
/// rows of a block, its loss being scale times the sum over them, and adds the gradient by the outputs
/// (rows x outputs) to d_outputs. It is called by several threads at once.
template <class L, class T = float>
concept output_loss = std::copyable<L> && !marked_state_loss<L> &&
                      requires(const L l, matrix_view<const T> outputs, const trial_block<T> block, T scale,
                               matrix_view<T> d_outputs) {
    { l.evaluate(outputs, block, scale, d_outputs) } -> std::convertible_to<outcome>;
};

/// When and with what a penalty is evaluated.
struct penalty_context {
    seed random;    ///< the run's
    size_t step;    ///< updates done
    team& workers;  ///< the threads to work with
};

/// A type that says, by a member type `is_network_penalty`, that it is a loss of a network itself.
template <class P>
concept network_penalty = std::copyable<P> && requires {
    typename P::is_network_penalty;
};

/// A penalty that carries state from update to update.
template <class P, class Network>
concept carries_state = requires(const P penalty, const Network& network) {
    penalty.initial_state(network);
};

/// What a penalty that carries state must offer for a network. `initial_state(network)` gives its state
/// before the first update, and `bind(network, state)` an object that refers to the state. Besides `add`, as
/// below, it has `keep()`, which is called after an update whose loss and gradient are finite: only then may
/// it change the state, so that a run that diverges leaves a good one.
template <class P, class Network>
concept stateful_penalty_on = network_penalty<P> && carries_state<P, Network> &&
    requires(const P penalty, const Network& network, double weight,
             std::span<typename Network::scalar> gradient, const penalty_context& context,
             penalty_state<typename Network::scalar>& state) {
    { penalty.initial_state(network) } -> std::same_as<penalty_state<typename Network::scalar>>;
    penalty.bind(network, state);
    requires requires(decltype(penalty.bind(network, state)) bound) {
        { bound.add(network, weight, gradient, context) } -> std::convertible_to<double>;
        bound.keep();
    };
};

/// What a penalty must offer for a network. `bind(network)` gives an object that holds the memory it needs,
/// whose `add(network, weight, gradient, context)` returns weight times the penalty and adds its gradient by
/// the parameters to `gradient`, laid out like them.
template <class P, class Network>
concept network_penalty_on = network_penalty<P> &&
    requires(const P penalty, const Network& network, double weight,
             std::span<typename Network::scalar> gradient, const penalty_context& context) {
    penalty.bind(network);
    requires requires(decltype(penalty.bind(network)) bound) {
        { bound.add(network, weight, gradient, context) } -> std::convertible_to<double>;
    };
};

/// A part of an objective: a loss of outputs or of states, or a network penalty.
template <class L>
concept loss_term = output_loss<L, float> || output_loss<L, double> || state_loss<L, float> ||
    state_loss<L, double> || network_penalty<L>;

namespace detail {

/// Whether one of two types has real targets; what the other says where it says nothing itself.
template <class A, class B>
constexpr bool real_targets() {
    if constexpr (requires { A::real_targets; }) return A::real_targets;
    if constexpr (requires { B::real_targets; }) return B::real_targets;
    return false;
}

}  // namespace detail

/// A loss that reads the kind of targets that a task gives. Either says so by a member `real_targets`: true
/// for numbers, false for classes; one that says nothing goes with all.
template <class L, class Task>
concept loss_for = (detail::real_targets<L, Task>() == detail::real_targets<Task, L>());

/// An empty base that a term may have. `0.1 * my_term{}` and `my_term{} + your_term{}` work without it, but
/// where the namespace in which they are written has an operator `*` or `+` of its own, which hides the ones
/// below: there the base lets the compiler find them, and `weighted(0.1, my_term{})` does without.
struct term {};

/// A term times a number.
template <loss_term Term>
struct weighted_term {
    double weight;  ///< the number
    Term term;      ///< the term
};

/// A sum of weighted terms; written `cross_entropy{} + 0.1 * speed_penalty{...}`.
template <loss_term... Terms>
struct objective {
    std::tuple<weighted_term<Terms>...> terms;  ///< what is summed
};

namespace detail {

template <class X>
inline constexpr bool is_objective = false;
template <class... Terms>
inline constexpr bool is_objective<objective<Terms...>> = true;

}  // namespace detail

/// A loss term or a sum of them.
template <class L>
concept objective_part = loss_term<L> || detail::is_objective<L>;

/// Any objective part as a sum.
template <objective_part L>
auto as_objective(L part) {
    if constexpr (detail::is_objective<L>) {
        return part;
    } else {
        return objective<L>{{weighted_term<L>{1.0, std::move(part)}}};
    }
}

/// The sum of two objectives.
template <objective_part A, objective_part B>
auto operator+(A a, B b) {
    return std::apply([](auto... terms) { return objective<decltype(terms.term)...>{{std::move(terms)...}}; },
                      std::tuple_cat(as_objective(std::move(a)).terms, as_objective(std::move(b)).terms));
}

/// A multiple of an objective.
template <objective_part L>
auto operator*(double factor, L part) {
    auto scaled = as_objective(std::move(part));
    std::apply([&](auto&... terms) { ((terms.weight *= factor), ...); }, scaled.terms);
    return scaled;
}

/// A multiple of a loss term, written without an operator; see `term`.
template <objective_part L>
auto weighted(double factor, L part) {
    return factor * as_objective(std::move(part));
}

}  // namespace engram

// Terms that derive from nothing are scaled and added by these, found from any namespace that has no such
// operators of its own. They take loss terms alone.
using engram::operator*;
using engram::operator+;
