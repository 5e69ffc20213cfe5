/// @file
/// The terms of an objective with what each of them needs to be evaluated.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "engram/training/loss/loss_term.hpp"

namespace engram::detail {

/// An output loss needs no memory of its own.
struct bound_output_loss {};

template <class Term, class Network>
auto bind_term(const Term& term, const Network& network,
               [[maybe_unused]] penalty_state<typename Network::scalar>& state) {
    if constexpr (carries_state<Term, Network>) {
        return term.bind(network, state);
    } else if constexpr (network_penalty<Term>) {
        return term.bind(network);
    } else {
        return bound_output_loss{};
    }
}

/// Whether some term of an objective is a loss of hidden states.
template <class Objective>
inline constexpr bool has_state_loss = false;
template <class... Terms>
inline constexpr bool has_state_loss<objective<Terms...>> = (marked_state_loss<Terms> || ...);

/// What each term of an objective needs to be evaluated, as a tuple. There is one state a term.
template <class Objective, class Network>
auto bind_terms(const Objective& objective, const Network& network,
                std::vector<penalty_state<typename Network::scalar>>& states) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
        return std::tuple{bind_term(std::get<I>(objective.terms).term, network, states[I])...};
    }
    (std::make_index_sequence<std::tuple_size_v<decltype(objective.terms)>>{});
}

/// What each term of an objective carries before the first update.
template <class Objective, class Network>
auto initial_states(const Objective& objective, const Network& network) {
    using state = penalty_state<typename Network::scalar>;
    const auto of = [&](const auto& term) -> state {
        if constexpr (carries_state<std::remove_cvref_t<decltype(term)>, Network>) {
            return term.initial_state(network);
        } else {
            return {};
        }
    };
    return std::apply([&](const auto&... terms) { return std::vector<state>{of(terms.term)...}; },
                      objective.terms);
}

}  // namespace engram::detail
