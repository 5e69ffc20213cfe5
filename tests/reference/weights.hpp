/// @file
/// A network's weights as something to compare and print.
#pragma once

#include <vector>

namespace reference {

/// All parameters, exactly.
template <class Network>
std::vector<double> weights_of(const Network& network) {
    return {network.parameters().begin(), network.parameters().end()};
}

}  // namespace reference
