/// @file
/// Why held memories hold: their points and basins, as trained and held.
#pragma once

#include "report_parts.hpp"

namespace memory_study {

/// "least to most", median in between.
inline std::string range_of(std::vector<double> values, std::string (*shown)(double)) {
    if (values.empty()) return "";
    std::ranges::sort(values);
    return shown(values.front()) + " to " + shown(values.back()) + ", median " +
           shown(values[values.size() / 2]);
}

/// One row a property, a column for networks as trained and one for those whose memories are held; the first
/// row is the head. Nothing where no network was asked.
inline std::vector<std::vector<std::string>> stability_rows(const std::vector<network_result>& networks) {
    const std::vector<std::string> states = {"trained", "attractors"};
    std::map<std::string, std::vector<memory_point>> averaged;
    std::map<std::string, std::vector<double>> unit, noiseless, noisy;
    for (const auto& network : networks)
        for (const auto& state : states)
            if (const auto& found = network.after(state).stability) {
                auto& points = averaged[state];
                points.insert(points.end(), found->averaged.begin(), found->averaged.end());
                for (const auto& b : found->basins) {
                    unit[state].push_back(b.unit);
                    noiseless[state].push_back(b.noiseless), noisy[state].push_back(b.noisy);
                }
            }
    if (unit.empty()) return {};
    std::vector<std::vector<std::string>> rows = {{"of each class", "as trained", "held"}};
    const auto add = [&](const std::string& name, auto value) {
        rows.push_back({name});
        for (const auto& state : states) rows.back().push_back(value(state));
    };
    const auto add_points = [&](const std::string& where, auto points_of) {
        const auto listed = [&](auto property, auto shown) {
            return [=](const std::string& state) {
                std::vector<double> values;
                for (const auto& p : points_of(state)) values.push_back(static_cast<double>(property(p)));
                return range_of(values, shown);
            };
        };
        add("speed of its slow point" + where,
            listed([](const auto& p) { return p.speed; }, [](double x) { return scientific(x); }));
        add("stable fixed points" + where, [=](const std::string& state) {
            const auto points = points_of(state);
            return of(count_if(points,
                               [](const auto& p) { return p.kind == "fixed" && p.unstable_directions == 0; }),
                      points.size());
        });
        add("spectral radius" + where,
            listed([](const auto& p) { return p.spectral_radius; }, [](double x) { return decimal(x, 5); }));
        add("unstable directions" + where, listed([](const auto& p) { return p.unstable_directions; },
                                                  [](double x) { return decimal(x, 0); }));
    };
    add_points("", [&](const std::string& state) { return all_points(networks, state); });
    add_points(", noise averaged", [&](const std::string& state) { return averaged[state]; });
    const auto two_digits = [](double x) { return decimal(x); };
    add("distance to the nearest other memory",
        [&](const std::string& state) { return range_of(unit[state], two_digits); });
    add("largest kick that returns, no noise",
        [&](const std::string& state) { return range_of(noiseless[state], two_digits); });
    add("largest kick that returns, noise",
        [&](const std::string& state) { return range_of(noisy[state], two_digits); });
    return rows;
}

/// What the rows mean.
inline const std::string about_stability =
    "Slow points under the mean input are of all networks; what is averaged over 32 frames of noise, and the "
    "basins, of the first network of each curriculum. A kick is a random one of the class's mean state under "
    "noise, in units of the distance to the nearest other memory; from the largest, 95 % of 40 are read out "
    "as their class 200 steps later. It is 0 where the memory fades by then without any.";

}  // namespace memory_study
