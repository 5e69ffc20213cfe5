/// @file
/// A network from a file of any of the known formats.
#pragma once

#include "../any_map.hpp"

#include <engram/io/named_arrays.hpp>
#include <engram/nn/constant_input_map.hpp>
#include <engram/nn/load_options.hpp>

#include <functional>
#include <string>

namespace slow_points_command {

namespace eg = engram;
using commands::any_map;

/// A network whose cell is known by name only.
struct network {
    std::string cell;
    std::size_t inputs = 0, units = 0, outputs = 0, dimension = 0;
    eg::search_region<double> box;  ///< where its states live
    /// One step under a constant input (inputs).
    std::function<any_map(const eg::vector<double>&)> under;
};

/// The network of that type as one of any.
template <class Network>
network erase(const std::string& cell, Network of_type) {
    const auto& sizes = of_type.sizes();
    network result{cell, sizes.inputs, sizes.units, sizes.outputs, of_type.state_size(), {}, {}};
    result.under = [of_type = std::move(of_type)](const eg::vector<double>& input) {
        return any_map(eg::constant_input_map{of_type, input});
    };
    result.box = result.under(eg::vector<double>({sizes.inputs}, 0.0)).state_bounds();
    return result;
}

/// How a cell's name is understood, "auto" by the names and shapes of the arrays. Throws bad_option where it
/// cannot be told.
std::string told_cell(const eg::named_arrays& arrays, const std::string& cell);

/// The network that the arrays hold, by the cell's name; `rate` is that of leaky units, 0 where not given.
/// Throws bad_option for a name that is unknown here, file_error where the arrays are those of another cell.
network load_network(const eg::named_arrays& arrays, const std::string& cell, const eg::load_options& where,
                     double rate);

/// The same for one framework or kind each; an empty `cell` if the name is none of its cells.
network load_pytorch_network(const eg::named_arrays& arrays, const std::string& cell,
                             const eg::load_options& where);
network load_other_network(const eg::named_arrays& arrays, const std::string& cell,
                           const eg::load_options& where);
network load_leaky_network(const eg::named_arrays& arrays, const std::string& cell,
                           const eg::load_options& where, double rate);

}  // namespace slow_points_command
