/// @file
/// Plots of the slow points through training, in one network.
#pragma once

#include "plateaus.hpp"

namespace memory_study {

/// What is drawn of each class against the updates of training.
enum class seen_in_training { speed_searched, apart, speed_on_path };

/// A line a class, and where the curriculum grows.
inline plot training_plot(const network_result& network, const settings& s, seen_in_training what) {
    const auto& h = *network.history;
    const size_t classes = h.searched.empty() ? 0 : h.searched[0].size();
    std::vector<std::ostringstream> lines(classes);
    for (size_t i = 0; i < h.step.size(); ++i)
        for (size_t c = 0; c < classes && what != seen_in_training::speed_on_path; ++c)
            lines[c] << h.step[i] << ' '
                     << (what == seen_in_training::apart ? h.searched[i][c].apart
                                                         : std::max(h.searched[i][c].speed, eg::least_speed))
                     << '\n';
    for (const auto& one : h.followed)
        for (size_t t = 0; t < one.step.size() && what == seen_in_training::speed_on_path; ++t)
            lines.at(one.label) << one.step[t] << ' ' << std::max(one.speed[t], eg::least_speed) << '\n';

    std::ostringstream out;
    for (size_t c = 0; c < classes; ++c) out << "$class" << c << " << EOD\n" << lines[c].str() << "EOD\n";
    out << plain_frame;
    for (const auto& stage : plateaus_of(network.curriculum, s, classes))
        if (stage.stretch.begin > 0 && network.curriculum != "none")
            out << "set arrow from " << stage.stretch.begin << ", graph 0 to " << stage.stretch.begin
                << ", graph 1 nohead lw 0.7 dt 2 lc rgb '#888888'\n";
    const bool speeds = what != seen_in_training::apart;
    if (speeds) out << "set logscale y\nset format y '10^{%T}'\nset yrange [1e-4:1]\n";
    out << "set xrange [0:" << s.steps << "]\nset xlabel 'updates of training'\nset ylabel '"
        << (speeds ? "speed of the slow point (per step)" : "distance to the nearest other, in norms")
        << "'\nset title '" << titled(network.curriculum)
        << (what == seen_in_training::speed_searched ? ", searched for again"
            : speeds                                 ? ", followed back"
                                                     : ", searched for again")
        << "'\nset key outside right title 'class'\nplot ";
    for (size_t c = 0; c < classes; ++c)
        out << (c > 0 ? ", " : "") << "$class" << c << " with lines lw 1.6 lc rgb " << colour(c) << " title '"
            << c << "'";
    const std::string name = what == seen_in_training::speed_searched ? "searched_"
                             : speeds                                 ? "track_"
                                                                      : "apart_";
    return {name + network.curriculum, out.str(), 560, 400};
}

}  // namespace memory_study
