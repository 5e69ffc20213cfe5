/// @file
/// Where in a file of another framework's weights a network is.
#pragma once

#include <string>

namespace engram {

/// Where in a file the network is. Modules are named without what separates them from their weights: "rnn"
/// for the array "rnn.weight_ih_l0". What a module does is never guessed from the shape of its weights.
struct load_options {
    std::string recurrent = {};  ///< the recurrent module; empty: the only one there is
    /// The linear module that reads the units out. Empty: the only one whose name ends in readout, fc, out,
    /// output, head, classifier or decoder, or that of a framework's own naming (Dense_0, dense_1) which
    /// cannot stand before the recurrent module; where the file holds no other linear module, none. An fc,
    /// out, output or head that may stand before it is not taken where there is another that may read out,
    /// and no part of an encoder or an embedding is.
    std::string readout = {};
    bool no_readout = false;     ///< whether the outputs are the units themselves, whatever the file holds
    bool ignore_others = false;  ///< whether the file may hold arrays that belong to neither
};

}  // namespace engram
