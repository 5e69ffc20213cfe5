/// @file
/// The numbers behind the plots, as arrays for NumPy.
#pragma once

#include "lifetimes.hpp"

#include <engram/io/npz.hpp>

namespace memory_study {

/// An array of any number of axes that is filled in order.
struct growing_array {
    std::vector<size_t> shape;
    std::vector<double> values{};

    void add(double value) { values.push_back(value); }
    [[nodiscard]] eg::stored_array stored() const { return eg::stored_array::of(values, shape); }
};

/// Arrays over networks (in the order of study.json), measured_states (trained, then each arm), delays
/// and classes; a class without a slow point has NaN.
inline eg::named_arrays arrays_of(const settings& s, const std::vector<network_result>& networks,
                                  const speed_and_recall& pairs, const lifetimes_compared& lifetimes) {
    const size_t n = networks.size(), states = measured_states.size(),
                 classes = networks[0].trained.recall.per_class.shape(1);
    const size_t delays = s.delays.size(), dimension = networks[0].trained.points.at(0).spectrum.size();
    const double none = std::numeric_limits<double>::quiet_NaN();
    growing_array recall{{n, states, delays}}, per_class{{n, states, delays, classes}},
        false_alarms = per_class;
    growing_array speed{{n, states, classes}}, moved = speed, readout = speed, place{{n, states, classes, 2}};
    growing_array spectrum{{n, states, classes, dimension, 2}}, seeds{{n}};
    growing_array paths{{n, classes, networks[0].trajectories.at(0).size(), 2}};
    std::string names;
    for (const auto& network : networks) {
        names += network.name() + "\n";
        seeds.add(static_cast<double>(network.seed));
        for (const auto& trajectory : network.trajectories)
            for (const auto& state : trajectory) paths.add(state[0]), paths.add(state[1]);
        for (const std::string& arm : measured_states) {
            const auto& found = network.after(arm);
            for (size_t d = 0; d < delays; ++d) {
                recall.add(found.recall.accuracy[d]);
                for (size_t c = 0; c < classes; ++c) {
                    per_class.add(found.recall.per_class(d, c));
                    false_alarms.add(found.recall.false_alarms(d, c));
                }
            }
            for (size_t c = 0; c < classes; ++c) {
                const auto at = std::find_if(found.points.begin(), found.points.end(),
                                             [c](const auto& p) { return p.label == c; });
                const bool there = at != found.points.end();
                speed.add(there ? at->speed : none);
                moved.add(there ? at->distance_moved : none);
                readout.add(there ? at->readout : none);
                for (size_t k = 0; k < 2; ++k) place.add(there ? at->shown_at[k] : none);
                for (size_t i = 0; i < dimension; ++i) {
                    const bool known = there && i < at->spectrum.size();
                    spectrum.add(known ? at->spectrum[i].real() : none);
                    spectrum.add(known ? at->spectrum[i].imag() : none);
                }
            }
        }
    }
    eg::named_arrays arrays("arrays.npz");
    arrays.add("names", std::string_view(names));
    arrays.add("delays", std::vector<double>(s.delays.begin(), s.delays.end()));
    const std::pair<const char*, const growing_array*> all[] = {{"seeds", &seeds},
                                                                {"recall", &recall},
                                                                {"recall_per_class", &per_class},
                                                                {"speed", &speed},
                                                                {"distance_moved", &moved},
                                                                {"false_alarms_per_class", &false_alarms},
                                                                {"readout", &readout},
                                                                {"slow_point_shown_at", &place},
                                                                {"spectrum", &spectrum},
                                                                {"trajectories", &paths}};
    for (const auto& [name, array] : all) arrays.add(name, array->stored());
    arrays.add("lifetimes_measured", lifetimes.measured);
    arrays.add("lifetimes_predicted", lifetimes.predicted);
    arrays.add("lifetimes_low", lifetimes.low);
    arrays.add("lifetimes_high", lifetimes.high);
    arrays.add("pairs_log10_speed", pairs.log_speed);
    arrays.add("pairs_recall", pairs.recall);
    arrays.add("pairs_recall_corrected", pairs.corrected);
    return arrays;
}

}  // namespace memory_study
