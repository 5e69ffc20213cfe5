/// @file
/// A network's weights in a file, block by block under the names they have in its layout.
#pragma once

#include <filesystem>
#include <span>

#include "engram/io/safetensors.hpp"
#include "engram/nn/parameters.hpp"

namespace engram {

/// Writes a network's weights as safetensors, atomically: one array (rows x columns) a block of its layout.
/// The options of its cell, such as a fixed rate, are no part of the file. What PyTorch's own modules load is
/// written by pytorch_arrays. Throws file_error.
template <class Network>
void save_weights(const Network& network, const std::filesystem::path& path) {
    named_arrays arrays(path.string());
    for (const auto& block : network.layout().blocks())
        arrays.add(block.name, block.in(std::span(network.parameters())));
    write_safetensors(path, arrays);
}

/// Takes weights that save_weights wrote into a network of the same sizes, whatever the precision. Throws
/// file_error, leaving the network as it was, if an array is missing, too many, of another shape, not finite,
/// or breaks a constraint of the network's cell.
template <class Network>
void load_weights(Network& network, const named_arrays& arrays) {
    const auto& blocks = network.layout().blocks();
    for (const auto& block : blocks) {
        arrays.at(block.name).expect_shape({block.rows, block.columns});
        arrays.at(block.name).template expect_finite<typename Network::scalar>();
    }
    require<file_error>(arrays.size() == blocks.size(), arrays.source(), ": found ", arrays.size(),
                        " arrays, expected the network's ", blocks.size());
    Network loaded = network;
    for (const auto& block : blocks)
        arrays.at(block.name).copy_to(std::span(loaded.parameters()).subspan(block.offset, block.size()));
    const auto weights = loaded.parameters();
    loaded.constrain();
    require<file_error>(loaded.parameters() == weights, arrays.source(),
                        ": found weights that break a constraint of the network's cell");
    network.parameters() = weights;
}

/// The same from a file. Throws as above, and if the file is damaged.
template <class Network>
void load_weights(Network& network, const std::filesystem::path& path) {
    load_weights(network, read_safetensors(path));
}

}  // namespace engram
