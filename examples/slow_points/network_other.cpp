#include "network.hpp"

#include <engram/nn/cell/minimal_gated.hpp>
#include <engram/nn/cell/ugrnn.hpp>
#include <engram/nn/flax.hpp>
#include <engram/nn/keras.hpp>
#include <engram/nn/weights.hpp>

namespace slow_points_command {

namespace {

/// What engram::save_weights wrote of a network without a front end; sizes are the shapes of its blocks.
template <class Cell>
network load_engram(const eg::named_arrays& arrays, const std::string& name) {
    for (const char* block : {"input", "recurrent", "readout"})
        eg::require<eg::file_error>(arrays.at(block).shape.size() == 2, arrays.at(block).origin,
                                    ": found shape ", eg::shape_text(arrays.at(block).shape),
                                    ", expected a matrix");
    eg::recurrent_network<Cell> of_type({.inputs = arrays.at("input").shape[0],
                                         .units = arrays.at("recurrent").shape[0],
                                         .outputs = arrays.at("readout").shape[1]},
                                        eg::seed{0});
    eg::load_weights(of_type, arrays);
    return erase(name, std::move(of_type));
}

}  // namespace

network load_other_network(const eg::named_arrays& arrays, const std::string& cell,
                           const eg::load_options& where) {
    using after = eg::gru<double, eg::reset_after>;
    using before = eg::gru<double>;
    using lstm = eg::lstm<double>;
    using tanh = eg::elman<double>;
    using relu = eg::elman<double, eg::activations::relu>;
    if (cell == "flax_gru") return erase(cell, eg::load_flax<after>(arrays, where));
    if (cell == "flax_lstm") return erase(cell, eg::load_flax<lstm>(arrays, where));
    if (cell == "flax_tanh") return erase(cell, eg::load_flax<tanh>(arrays, where));
    if (cell == "flax_relu") return erase(cell, eg::load_flax<relu>(arrays, where));
    if (cell == "keras_gru") return erase(cell, eg::load_keras<after>(arrays, where));
    if (cell == "keras_gru_before") return erase(cell, eg::load_keras<before>(arrays, where));
    if (cell == "keras_lstm") return erase(cell, eg::load_keras<lstm>(arrays, where));
    if (cell == "keras_tanh") return erase(cell, eg::load_keras<tanh>(arrays, where));
    if (cell == "keras_relu") return erase(cell, eg::load_keras<relu>(arrays, where));
    if (cell == "engram_gru") return load_engram<before>(arrays, cell);
    if (cell == "engram_gru_after") return load_engram<after>(arrays, cell);
    if (cell == "engram_lstm") return load_engram<lstm>(arrays, cell);
    if (cell == "engram_tanh") return load_engram<tanh>(arrays, cell);
    if (cell == "engram_relu") return load_engram<relu>(arrays, cell);
    if (cell == "engram_ugrnn") return load_engram<eg::ugrnn<double>>(arrays, cell);
    if (cell == "engram_minimal_gated") return load_engram<eg::minimal_gated<double>>(arrays, cell);
    return {};
}

}  // namespace slow_points_command
