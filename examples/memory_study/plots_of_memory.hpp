/// @file
/// Plots of how long memories last and how states move.
#pragma once

#include "plot_parts.hpp"

namespace memory_study {

/// Recall against delay: a thin line a network, a thick one for their mean.
inline plot recall_plot(const std::vector<network_result>& networks, const std::string& curriculum,
                        size_t index) {
    const auto own = of_curriculum(networks, curriculum);
    const auto mean = mean_recall(own, "trained");
    const auto& delays = own[0].trained.recall.delays;
    std::ostringstream out;
    out << "$recall << EOD\n";
    for (size_t d = 0; d < delays.size(); ++d) {
        out << delays[d] << ' ' << mean[d];
        for (const auto& network : own) out << ' ' << network.trained.recall.accuracy[d];
        out << '\n';
    }
    out << "EOD\n"
        << plain_frame << log_delay_axis << recall_axis << "set key top right\n"
        << "set title '" << titled(curriculum) << "'\nplot ";
    for (size_t n = 0; n < own.size(); ++n)
        out << "$recall using 1:" << n + 3 << " with lines lw 1 dt 1 lc rgb '#999999' "
            << (n == 0 ? "title 'one network'" : "notitle") << ", ";
    out << "$recall using 1:2 with linespoints lw 3 pt 7 ps 0.6 lc rgb " << colour(index)
        << " title 'mean of " << own.size() << "', "
        << 1 / static_cast<double>(own[0].trained.recall.per_class.shape(1))
        << " with lines dt 3 lw 1.5 lc rgb '#555555' title 'chance'";
    return {"recall_" + curriculum, out.str()};
}

/// Recall by class and delay, averaged over the networks of a curriculum.
inline plot class_plot(const std::vector<network_result>& networks, const std::string& curriculum) {
    const auto own = of_curriculum(networks, curriculum);
    const auto& first = own[0].trained.recall;
    std::ostringstream out;
    out << "$cells << EOD\n" << std::fixed << std::setprecision(2);
    for (size_t d = 0; d < first.delays.size(); ++d)
        for (size_t c = 0; c < first.per_class.shape(1); ++c) {
            double mean = 0;
            for (const auto& network : own)
                mean += network.trained.recall.per_class(d, c) / static_cast<double>(own.size());
            out << d << ' ' << c << ' ' << mean << '\n';
        }
    out << "EOD\nset border 0\nset tics scale 0\nunset key\nset cbrange [0:1]\nset cblabel 'recall (fraction "
           "right)'\n"
        << "set palette defined (0 '#00204D', 0.25 '#414D6B', 0.5 '#7C7B78', 0.75 '#BCAE6C', 1 '#FFEA46')\n"
        << "set title '" << titled(curriculum) << "'\nset xlabel 'delay (steps)'\nset ylabel 'class'\n"
        << "set xrange [-0.5:" << first.delays.size() << "-0.5]\nset yrange [" << first.per_class.shape(1)
        << "-0.5:-0.5]\nset ytics 1\nset xtics rotate by 45 right (";
    for (size_t d = 0; d < first.delays.size(); ++d)
        out << (d ? ", " : "") << "'" << first.delays[d] << "' " << d;
    out << ") font ',12'\nplot $cells using 1:2:3 with image pixels, "
        << "'' using 1:2:(sprintf('%.0f', 100*$3)):($3 > 0.6 ? 0x1a1a1a : 0xffffff) with labels tc rgb "
           "variable font ',11'";
    return {"classes_" + curriculum, out.str()};
}

/// The way of the states, and the slow points, in the first two principal components.
inline plot trajectory_plot(const network_result& network) {
    std::ostringstream out;
    out << "$paths << EOD\n";
    for (const auto& trajectory : network.trajectories) {
        for (const auto& [x, y] : trajectory) out << x << ' ' << y << '\n';
        out << "\n\n";
    }
    out << "EOD\n$points << EOD\n";
    for (const auto& p : network.trained.points)
        out << p.shown_at[0] << ' ' << p.shown_at[1] << ' ' << p.label << '\n';
    out << "EOD\n"
        << plain_frame << "unset grid\nset title '" << titled(network.curriculum) << ", seed " << network.seed
        << "'\n"
        << key_below << "set key samplen 2\n"
        << std::fixed << std::setprecision(0) << "set xlabel 'first component (" << 100 * network.explained[0]
        << " % of variance)'\n"
        << "set ylabel 'second component (" << 100 * network.explained[1] << " %)'\nplot ";
    for (size_t c = 0; c < network.trajectories.size(); ++c)
        out << "$paths index " << c << " with lines lw 1.6 lc rgb " << colour(c) << " "
            << (c == 0 ? "title 'mean state, by step'" : "notitle") << ", ";
    out << "$points using 1:2 with points pt 7 ps 1.7 lc rgb '#ffffff' notitle, "
        << "$points using 1:2 with points pt 6 ps 1.7 lw 1.5 lc rgb '#000001' title 'slow point of the "
           "class', "
        << "$points using 1:2:3 with labels font ',12' tc rgb '#010101' notitle";
    return {"paths_" + network.curriculum, out.str(), 560, 480};
}

}  // namespace memory_study
