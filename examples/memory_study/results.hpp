/// @file
/// What the study finds, as plain values and as JSON.
#pragma once

#include "options.hpp"

#include <nlohmann/json.hpp>

#include <complex>

namespace memory_study {

using nlohmann::json;

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

/// The rows of a matrix as JSON lists.
inline json rows_of(const eg::matrix<double>& m) {
    json rows = json::array();
    for (size_t i = 0; i < m.shape(0); ++i)
        rows.push_back(std::vector<double>(&m(i, 0), &m(i, 0) + m.shape(1)));
    return rows;
}

inline json to_json(const eg::recall_table& recall) {
    return {{"delays", recall.delays},
            {"accuracy", recall.accuracy},
            {"per_class", rows_of(recall.per_class)},
            {"false_alarms", rows_of(recall.false_alarms)}};
}

inline json to_json(const memory_point& p) {
    return {{"class", p.label},
            {"speed", p.speed},
            {"kind", p.kind},
            {"distance_moved", p.distance_moved},
            {"spectral_radius", p.spectral_radius},
            {"unstable_directions", p.unstable_directions},
            {"readout", p.readout},
            {"gradient_norm", p.gradient_norm},
            {"stop", p.stop}};
}

inline json to_json(const measurement& m) {
    json points = json::array();
    for (const auto& point : m.points) points.push_back(to_json(point));
    return {{"recall", to_json(m.recall)}, {"slow_points", points}};
}

inline json to_json(const network_result& n) {
    json result = to_json(n.trained);
    result.update({{"cell", n.cell}, {"curriculum", n.curriculum}, {"seed", n.seed}, {"seconds", n.seconds}});
    for (const auto& [arm, measured] : n.tuning) result["tuning"][arm] = to_json(measured);
    return result;
}

inline json to_json(const settings& s) {
    return {{"data", s.data},
            {"cell", s.cell},
            {"curricula", s.curricula},
            {"seeds", s.seeds},
            {"first_seed", s.first_seed},
            {"units", s.units},
            {"steps", s.steps},
            {"batch", s.batch},
            {"learning_rate", s.learning_rate},
            {"tuning_steps", s.tuning_steps},
            {"speed_weight", s.speed_weight},
            {"delays", s.delays},
            {"threads", s.threads}};
}

}  // namespace memory_study
