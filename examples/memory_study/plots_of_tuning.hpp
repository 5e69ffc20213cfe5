/// @file
/// Plots of what fine-tuning did.
#pragma once

#include "plot_parts.hpp"

namespace memory_study {

/// Recall against delay before tuning and after each arm: means over networks, and their range.
inline plot arms_plot(const std::vector<network_result>& networks) {
    const auto& delays = networks[0].trained.recall.delays;
    std::ostringstream out, curves;
    out << plain_frame << log_delay_axis << recall_axis << key_below
        << "set style fill transparent solid 0.15 noborder\n";
    const auto& all = measured_states;
    for (size_t a = 0; a < all.size(); ++a) {
        const auto mean = mean_recall(networks, all[a]);
        out << '$' << all[a] << " << EOD\n";
        for (size_t d = 0; d < delays.size(); ++d) {
            double least = 1, most = 0;
            for (const auto& network : networks) {
                least = std::min(least, network.after(all[a]).recall.accuracy[d]);
                most = std::max(most, network.after(all[a]).recall.accuracy[d]);
            }
            out << delays[d] << ' ' << mean[d] << ' ' << least << ' ' << most << '\n';
        }
        out << "EOD\n";
        if (a > 0)
            curves << '$' << all[a] << " using 1:3:4 with filledcurves lc rgb " << colour_of_arm.at(all[a])
                   << " notitle, ";
    }
    out << "plot " << curves.str();
    const int symbols[] = {4, 7, 9, 5, 11, 13};  // gnuplot's, of the networks as trained and of each arm
    for (size_t a = 0; a < all.size(); ++a)
        out << (a ? ", " : "") << '$' << all[a] << " using 1:2 with linespoints lw 2.4 ps 0.7 pt "
            << symbols[a] << " dt " << (a == 0 ? 2 : 1) << " lc rgb " << colour_of_arm.at(all[a])
            << " title '" << (a == 0 ? "before tuning" : words(all[a])) << "'";
    return {"arms", out.str(), 560, 460};
}

/// The speeds of the slow points before tuning and after each arm.
inline plot arm_speeds_plot(const std::vector<network_result>& networks) {
    const auto& all = measured_states;
    std::ostringstream out, curves;
    out << plain_frame
        << "set style boxplot nooutliers\nset style fill transparent solid 0.25 border\nset boxwidth 0.5\n"
        << "set ylabel 'log_{10} speed of the slow points (per step)'\nunset key\nset xrange [-0.5:"
        << all.size() << "-0.5]\nset xtics ('before' 0";
    for (size_t a = 1; a < all.size(); ++a) out << ", '" << words(all[a]) << "' " << a;
    out << ")\n";
    for (size_t a = 0; a < all.size(); ++a) {
        out << '$' << all[a] << " << EOD\n";
        size_t count = 0;
        for (const auto& network : networks)
            for (const auto& point : network.after(all[a]).points)
                out << shown_log(point.speed, networks) << ' '
                    << static_cast<double>(count++ * 7 % 11) / 22 - 0.23 << '\n';
        out << "EOD\n";
        curves << (a ? ", " : "") << '$' << all[a] << " using (" << a << "):1 with boxplot lw 1.4 lc rgb "
               << colour_of_arm.at(all[a]) << ", $" << all[a] << " using (" << a
               << "+$2):1 with points pt 7 ps 0.3 lc rgb " << colour_of_arm.at(all[a]);
    }
    out << "plot " << curves.str();
    return {"arm_speeds", out.str(), 560, 460};
}

}  // namespace memory_study
