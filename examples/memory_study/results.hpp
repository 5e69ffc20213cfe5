/// @file
/// What the study finds, as plain values.
#pragma once

#include "options.hpp"

#include <complex>

namespace memory_study {

/// A class's slow point.
struct memory_point {
    size_t label;
    double speed;
    std::string kind;
    double distance_moved, spectral_radius;
    size_t unstable_directions;
    int readout;  ///< the class read out at the point; -1 for the null class
    double gradient_norm;
    std::string stop;
    std::vector<std::complex<double>> spectrum;
    std::array<double, 2> shown_at;  ///< in the principal components of the trained network's trajectories
};

/// What is measured of a network, trained or fine-tuned.
struct measurement {
    eg::recall_table recall;
    std::vector<memory_point> points;
};

/// The states that hold a class, on average, step by step after the image.
using path = std::vector<std::array<double, 2>>;

/// The ways of fine-tuning.
inline const std::vector<std::string> arms = {"control", "centroids", "slow_points"};

/// All about one network.
struct network_result {
    std::string cell, curriculum;
    size_t seed;
    measurement trained;
    std::map<std::string, measurement> tuning;  ///< by arm
    std::vector<path> trajectories;             ///< one a class
    std::array<double, 2> explained;            ///< share of the trajectories' variance in each component
    double seconds;

    /// The network as trained ("trained"), or after an arm.
    [[nodiscard]] const measurement& after(const std::string& arm) const {
        return arm == "trained" ? trained : tuning.at(arm);
    }
    [[nodiscard]] std::string name() const { return cell + "-" + curriculum + "-" + std::to_string(seed); }
};

}  // namespace memory_study
