/// @file
/// What the study finds, as plain values.
#pragma once

#include "plans.hpp"

#include <complex>
#include <optional>

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

/// Where a slow point was during training: its speed at some of the updates, in their order.
struct trail {
    std::vector<double> step, speed;
};

/// How a network's slow points came to be, as following them backwards shows it. Events are counted as
/// training saw them.
struct history_of_points {
    std::vector<trail> trails;  ///< those of the trained network's points first
    size_t branched_off = 0, born = 0, jumped = 0, changed_stability = 0;
};

/// The ways of fine-tuning.
inline const std::vector<std::string> arms = {"control", "centroids", "slow_points"};

/// What a network is called, in the report and in the names of its files.
inline std::string network_name(const std::string& cell, const std::string& curriculum, size_t seed) {
    return cell + "-" + curriculum + "-" + std::to_string(seed);
}

/// All about one network.
struct network_result {
    std::string cell, curriculum;
    size_t seed;
    measurement trained;
    std::map<std::string, measurement> tuning;  ///< by arm
    std::vector<path> trajectories;             ///< one a class
    std::array<double, 2> explained;            ///< share of the trajectories' variance in each component
    double seconds;
    std::optional<history_of_points> history;  ///< if it was asked for
    std::optional<double> still_accuracy;      ///< of its front end on still images, if it has one

    /// The network as trained ("trained"), or after an arm.
    [[nodiscard]] const measurement& after(const std::string& arm) const {
        return arm == "trained" ? trained : tuning.at(arm);
    }
    [[nodiscard]] std::string name() const { return network_name(cell, curriculum, seed); }
};

}  // namespace memory_study
