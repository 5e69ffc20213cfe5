/// @file
/// The search under each input, and what is known of the points.
#pragma once

#include "network.hpp"
#include "options.hpp"

#include <engram/dynamics/continuation/slow_manifolds.hpp>
#include <engram/dynamics/point/eigenvectors.hpp>
#include <engram/dynamics/point/slow_point.hpp>

#include <vector>

namespace slow_points_command {

/// What was found under one input.
struct found_under_input {
    eg::slow_points<double> points;
    eg::matrix<double> outputs;  ///< what they are read out as (points x outputs)
    /// The directions of growth of each point: real and, of a pair that turns, imaginary parts (each d).
    std::vector<std::vector<std::vector<double>>> unstable;
    eg::slow_manifold_set<double> manifolds;  ///< the curves and sheets that points lie on
};

/// What was found under all inputs.
struct search_result {
    eg::matrix<double> inputs, seeds;
    std::vector<found_under_input> found;  ///< as many as inputs, or fewer if stopped
    std::size_t seeds_done = 0;            ///< under the last of them
    bool stopped = false;                  ///< by Ctrl-C
    double seconds = 0;
};

/// From now on Ctrl-C ends a search early, with what it has found.
void stop_on_interrupt();

/// Searches from the seeds under each input. Progress goes to standard error unless o.quiet.
search_result search(const network& net, const eg::matrix<double>& inputs, const eg::matrix<double>& seeds,
                     const options& o);

}  // namespace slow_points_command
