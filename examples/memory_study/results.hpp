/// @file
/// What the study finds, as plain values.
#pragma once

#include "settings.hpp"

#include <engram/study/recall_table.hpp>

#include <engram/study/point_separations.hpp>

#include <complex>
#include <map>
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

/// How a network fares that has waited before it sees, for as many steps as it is then asked to remember.
struct waiting_result {
    size_t steps;    ///< of waiting, and from the image to the trigger
    double recall;   ///< of the images
    double unasked;  ///< the fraction of the steps before and after an image at which it answers unasked
};

/// How far a class's mean state under noise can be kicked and still be answered as its class.
struct class_basin {
    double unit;              ///< the distance to the nearest other class's
    double noiseless, noisy;  ///< the largest kick that 95 % of random ones return from, in units
};

/// What holds memories, or does not. It takes longer than the rest, so that the first network of each
/// curriculum stands for the others.
struct memory_stability {
    std::vector<memory_point> averaged;  ///< slow points of the noise-averaged map
    std::vector<class_basin> basins;     ///< one a class
};

/// What is measured of a network, trained or fine-tuned.
struct measurement {
    eg::recall_table recall;
    std::vector<memory_point> points;
    std::optional<waiting_result> waited{};       ///< of a network whose memories are held
    std::optional<memory_stability> stability{};  ///< as trained and held, of some networks
};

/// The states that hold a class, on average, step by step after the image.
using path = std::vector<std::array<double, 2>>;

/// How long a class's memory lasts in a trained network, in steps: infinite where no end is seen.
struct class_lifetime {
    size_t label;
    double measured;   ///< the delay at which its recall crosses one half
    double predicted;  ///< that delay, foretold from the dynamics
    double low, high;  ///< the interval of the measured one, with a probability of 0.8
    double spread;     ///< standard deviation of single trials' lifetimes
};

/// What one way of making memories last made of a network, at as many updates as each other way had.
struct compared_way {
    std::string name;  ///< an arm's, or another's
    eg::recall_table recall;
    double seconds;  ///< of tuning on the clock; NaN if it was stopped and gone on with
};

/// The ways of fine-tuning.
inline const std::vector<std::string> arms = {"control", "centroids", "slow_points", "attractors"};
/// How many ways are compared at equal updates: the arms and four more.
inline const size_t ways_compared = arms.size() + 4;
/// What is measured of each network: itself as trained, and after each arm.
inline const std::vector<std::string> measured_states = [] {
    std::vector<std::string> all = {"trained"};
    all.insert(all.end(), arms.begin(), arms.end());
    return all;
}();

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
    std::optional<eg::point_history> history;  ///< if it was asked for
    std::optional<double> image_accuracy;      ///< of its front end on still images, if it has one
    std::vector<class_lifetime> lifetimes{};   ///< of the trained network, one a class
    std::vector<compared_way> compared{};      ///< of the study's first network

    /// The network as trained ("trained"), or after an arm.
    [[nodiscard]] const measurement& after(const std::string& arm) const {
        return arm == "trained" ? trained : tuning.at(arm);
    }
    [[nodiscard]] std::string name() const { return network_name(cell, curriculum, seed); }
};

/// What a report says of the images.
struct image_facts {
    std::string name;
    size_t training, held_out, classes, pixels;
    double mean, deviation;  ///< of a pixel
};

}  // namespace memory_study
