/// @file
/// What may be asked of the command, and the inputs and seeds that it is given.
#pragma once

#include <engram/core/tensor.hpp>
#include <engram/dynamics/map/search_region.hpp>
#include <engram/nn/load_options.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace slow_points_command {

namespace eg = engram;

/// What is wrong with the command's arguments.
class bad_option : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct options {
    std::string network, cell = "auto", input, inputs, seeds = "normal:1000", trajectories,
                         out = "slow_points";
    eg::load_options where{.ignore_others = true};
    unsigned long long seed = 1;
    std::size_t settle = 20;
    std::size_t threads = 1;
    double merge_distance = 1e-4;
    double rate = 0;  ///< of leaky units; 0: the file says it
    bool quiet = false;
};

/// The options of a command line; nothing if it asked for help, which is then printed. Throws bad_option.
std::optional<options> read_options(int argc, char** argv);

/// The constant inputs (k x width) of --input and --inputs; zeros without them. Throws bad_option,
/// file_error.
eg::matrix<double> read_inputs(const options& o, std::size_t width);

/// The seeds (n x dimension) of --seeds; random ones are kept between the bounds. Throws bad_option,
/// file_error.
eg::matrix<double> read_seeds(const options& o, std::size_t dimension, const eg::search_region<double>& box);

/// The trajectories of --trajectories, one matrix (steps x dimension) each. Throws bad_option, file_error.
std::vector<eg::matrix<double>> read_trajectories(const options& o, std::size_t dimension);

}  // namespace slow_points_command
