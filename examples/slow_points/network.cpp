#include "network.hpp"

#include "options.hpp"

namespace slow_points_command {

namespace {

/// The first array whose name is `ending` or ends with it after a dot or slash.
const eg::stored_array* find(const eg::named_arrays& arrays, const std::string& ending) {
    for (const auto& [name, array] : arrays)
        if (name == ending || name.ends_with("." + ending) || name.ends_with("/" + ending)) return &array;
    return nullptr;
}

/// Rows per column of a matrix, the gates of PyTorch's weights; 0 if that is no whole number.
std::size_t ratio(const eg::stored_array& array, bool rows_first) {
    if (array.shape.size() != 2) return 0;
    const std::size_t many = array.shape[rows_first ? 0 : 1], one = array.shape[rows_first ? 1 : 0];
    return one > 0 && many % one == 0 ? many / one : 0;
}

[[noreturn]] void cannot_tell(const eg::named_arrays& arrays, const std::string& why) {
    throw bad_option(arrays.source() + ": " + why);
}

std::string told_engram_cell(const eg::named_arrays& arrays, const eg::stored_array& recurrent) {
    const bool second_bias = arrays.contains("recurrent_bias") && arrays.at("recurrent_bias").size() > 0;
    switch (ratio(recurrent, false)) {
        case 3:
            return second_bias ? "engram_gru_after" : "engram_gru";
        case 4:
            return "engram_lstm";
        case 2:
            cannot_tell(arrays,
                        "its two gates are those of engram_ugrnn or engram_minimal_gated; say with "
                        "--cell which");
        default:
            cannot_tell(arrays,
                        "weights of one gate do not say the activation; say with --cell engram_tanh or "
                        "engram_relu, or one of leaky units (--help)");
    }
}

}  // namespace

std::string told_cell(const eg::named_arrays& arrays, const std::string& cell) {
    if (cell == "leaky" || cell == "rates" || cell == "low_rank") return cell + "_tanh";
    if (cell != "auto") return cell;
    for (const char* name : {"weight_hh_l0", "weight_hh"})
        if (const auto* hh = find(arrays, name)) {
            const std::size_t gates = ratio(*hh, true);
            if (gates == 3) return "gru";
            if (gates == 4) return "lstm";
            if (gates == 1)
                cannot_tell(arrays,
                            "an nn.RNN's weights do not say its nonlinearity; say with --cell rnn_tanh or "
                            "rnn_relu, or leaky_tanh or leaky_relu with --rate");
        }
    if (const auto* kernel = find(arrays, "recurrent_kernel")) {
        const std::size_t gates = ratio(*kernel, false);
        const auto& name = kernel->origin;
        const auto* bias = find(arrays, "bias");
        for (const auto& [other, array] : arrays)  // the bias beside the kernel
            if (other.ends_with("bias") && name.find(other.substr(0, other.size() - 4)) != name.npos)
                bias = &array;
        if (gates == 3 && bias == nullptr)
            cannot_tell(arrays,
                        "a Keras GRU without a bias does not say its reset_after; say with --cell keras_gru "
                        "or keras_gru_before");
        if (gates == 3) return bias->shape.size() == 1 ? "keras_gru_before" : "keras_gru";
        if (gates == 4) return "keras_lstm";
        if (gates == 1)
            cannot_tell(arrays,
                        "a SimpleRNN's weights do not say its activation; say with --cell keras_tanh or "
                        "keras_relu");
    }
    for (const std::string separator : {".", "/"}) {
        if (find(arrays, "hr" + separator + "kernel") != nullptr) return "flax_gru";
        if (find(arrays, "hg" + separator + "kernel") != nullptr) return "flax_lstm";
        if (find(arrays, "h" + separator + "kernel") != nullptr)
            cannot_tell(arrays,
                        "a SimpleCell's parameters do not say its activation; say with --cell flax_tanh or "
                        "flax_relu");
    }
    if (arrays.contains("recurrent") && arrays.contains("input"))
        return told_engram_cell(arrays, arrays.at("recurrent"));
    cannot_tell(arrays,
                "found no recurrent weights of PyTorch, Flax, Keras or engram; it holds " + arrays.list());
}

network load_network(const eg::named_arrays& arrays, const std::string& cell, const eg::load_options& where,
                     double rate) {
    network loaded = load_pytorch_network(arrays, cell, where);
    if (loaded.cell.empty()) loaded = load_other_network(arrays, cell, where);
    if (loaded.cell.empty()) loaded = load_leaky_network(arrays, cell, where, rate);
    if (loaded.cell.empty())
        throw bad_option("--cell: found '" + cell + "', which is none; --help lists them");
    return loaded;
}

}  // namespace slow_points_command
