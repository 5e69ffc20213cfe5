/// @file
/// Maps that several tests share.
#pragma once

#include <array>
#include <type_traits>
#include <utility>

namespace reference {

/// The type of a state's numbers.
template <class State>
using scalar_of = std::remove_cvref_t<decltype(std::declval<State>()[0])>;

/// Henon's map with its usual constants.
inline constexpr auto henon = [](const auto& x) {
    return std::array<scalar_of<decltype(x)>, 2>{1.0 - 1.4 * x[0] * x[0] + x[1], 0.3 * x[0]};
};

}  // namespace reference
