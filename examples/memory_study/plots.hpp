/// @file
/// The study's plots, as gnuplot commands with their numbers in them.
#pragma once

#include "gnuplot.hpp"
#include "speed_and_recall.hpp"

#include <sstream>

namespace memory_study {

/// Colours that the colour-blind can tell apart (Okabe and Ito 2008), the last two being shades of grey.
inline const std::vector<std::string> palette = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00",
                                                 "#56B4E9", "#8a7b00", "#7a5195", "#777777", "#b0b0b0"};
inline std::string colour(size_t i) { return "'" + palette[i % palette.size()] + "'"; }
inline const std::map<std::string, std::string> colour_of_arm = {{"trained", "'#777777'"},
                                                                 {"control", "'#0072B2'"},
                                                                 {"centroids", "'#E69F00'"},
                                                                 {"slow_points", "'#D55E00'"}};

/// Text for people: slow_points reads as slow points.
inline std::string words(std::string name) {
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

inline const std::string log_delay_axis =
    "set logscale x\nset xtics (4, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)\n"
    "set xlabel 'delay from image to trigger (steps)'\n";
inline const std::string recall_axis =
    "set yrange [0:1.04]\nset ytics 0.2\nset ylabel 'recall (fraction right)'\n";
inline const std::string plain_frame =
    "set border 3 lw 0.8\nset tics nomirror out\nset grid y lw 0.5 lc rgb '#bbbbbb'\nset key noopaque\n";

/// The networks of one curriculum.
inline std::vector<network_result> of_curriculum(const std::vector<network_result>& networks,
                                                 const std::string& curriculum) {
    std::vector<network_result> chosen;
    for (const auto& network : networks)
        if (network.curriculum == curriculum) chosen.push_back(network);
    return chosen;
}

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
        << "set title '" << curriculum << " curriculum'\nplot ";
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
        << "set title '" << curriculum << " curriculum'\nset xlabel 'delay (steps)'\nset ylabel 'class'\n"
        << "set xrange [-0.5:" << first.delays.size() << "-0.5]\nset yrange [" << first.per_class.shape(1)
        << "-0.5:-0.5]\nset ytics 1\nset xtics (";
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
        << plain_frame << "unset grid\nset title '" << network.curriculum << " curriculum, seed "
        << network.seed << "'\nset key below samplen 2\n"
        << std::fixed << std::setprecision(0) << "set xlabel 'first component (" << 100 * network.explained[0]
        << " % of variance)'\n"
        << "set ylabel 'second component (" << 100 * network.explained[1] << " %)'\nplot ";
    for (size_t c = 0; c < network.trajectories.size(); ++c)
        out << "$paths index " << c << " with lines lw 1.6 lc rgb " << colour(c) << " "
            << (c == 0 ? "title 'mean state, by step'" : "notitle") << ", ";
    out << "$points using 1:2 with points pt 7 ps 1.7 lc rgb '#ffffff' notitle, "
        << "$points using 1:2 with points pt 6 ps 1.7 lw 1.5 lc rgb '#000000' title 'slow point of the "
           "class', "
        << "$points using 1:2:3 with labels font ',12' tc rgb '#010101' notitle";
    return {"paths_" + network.curriculum, out.str(), 560, 480};
}

/// Speed against recall over classes and networks, with the line of least squares.
inline plot speed_plot(const std::vector<network_result>& networks, const speed_and_recall& pairs,
                       bool corrected, const std::vector<std::string>& used) {
    const auto& y = corrected ? pairs.corrected : pairs.recall;
    std::ostringstream out;
    for (const auto& curriculum : used) {
        out << '$' << curriculum << " << EOD\n";
        for (size_t i = 0; i < y.size(); ++i)
            if (networks[pairs.network[i]].curriculum == curriculum)
                out << pairs.log_speed[i] << ' ' << y[i] << '\n';
        out << "EOD\n";
    }
    out << "$all << EOD\n";
    for (size_t i = 0; i < y.size(); ++i) out << pairs.log_speed[i] << ' ' << y[i] << '\n';
    out << "EOD\n"
        << plain_frame << "set key below\nset ylabel '"
        << (corrected ? "recall minus false alarms" : "recall (fraction right)") << " at delay "
        << pairs.delay << "'\nset xlabel 'log_{10} speed of the slow point (per step)'\nset yrange ["
        << (corrected ? -0.35 : -0.04)
        << ":1.06]\nf(x) = a + b * x\nset fit quiet logfile '/dev/null'\na = 0; b = -0.1\n"
        << "fit f(x) $all using 1:2 via a, b\nplot ";
    for (size_t i = 0; i < used.size(); ++i)
        out << '$' << used[i] << " with points pt " << (i % 2 ? 9 : 7) << " ps 0.7 lc rgb " << colour(i)
            << " title '" << used[i] << "', ";
    out << "f(x) with lines lw 2 lc rgb '#555555' title 'least squares'";
    return {corrected ? "speed_corrected" : "speed_recall", out.str(), 560, 440};
}

/// Eigenvalues at the slow points, against the unit circle; `close` looks at the neighbourhood of 1 alone.
inline plot spectrum_plot(const std::vector<network_result>& networks, const std::vector<std::string>& used,
                          bool close) {
    std::ostringstream out;
    for (const auto& curriculum : used) {
        out << '$' << curriculum << " << EOD\n";
        for (const auto& network : of_curriculum(networks, curriculum))
            for (const auto& point : network.trained.points)
                for (size_t i = 0; i < std::min<size_t>(point.spectrum.size(), 30); ++i)
                    if (!close ||
                        (point.spectrum[i].real() > 0.8 && std::abs(point.spectrum[i].imag()) < 0.1))
                        out << point.spectrum[i].real() << ' ' << point.spectrum[i].imag() << '\n';
        out << "EOD\n";
    }
    out << plain_frame << "unset grid\nset border 15\nset size ratio -1\nset parametric\nset samples 400\n"
        << "set key below\nset xlabel 'real part'\nset ylabel 'imaginary part'\nset trange [0:2*pi]\n"
        << (close ? "set xrange [0.8:1.06]\nset yrange [-0.1:0.1]\nset xtics 0.05\nset ytics 0.05\nset title "
                    "'near 1'\n"
                    "set samples 8000\n"
                  : "set xrange [-1.15:1.15]\nset yrange [-1.15:1.15]\nset xtics 0.5\nset ytics 0.5\n"
                    "set title 'the 30 largest eigenvalues of each point'\n")
        << "plot cos(t), sin(t) with lines lw 1.2 lc rgb '#777777' title 'unit circle'";
    for (size_t i = 0; i < used.size(); ++i)
        out << ", $" << used[i] << " using 1:2 with points pt " << (i % 2 ? 9 : 7) << " ps "
            << (close ? 0.45 : 0.3) << " lc rgb " << colour(i) << " title '" << used[i] << "'";
    return {close ? "spectrum_close" : "spectrum", out.str(), 560, 520};
}

/// Recall against delay before tuning and after each arm: means over networks, and their range.
inline plot arms_plot(const std::vector<network_result>& networks) {
    const auto& delays = networks[0].trained.recall.delays;
    std::ostringstream out, curves;
    out << plain_frame << log_delay_axis << recall_axis
        << "set key below\nset style fill transparent solid 0.15 noborder\n";
    std::vector<std::string> all = {"trained"};
    all.insert(all.end(), arms.begin(), arms.end());
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
    const int symbols[] = {4, 7, 9, 5}, dashes[] = {2, 1, 1, 1};
    for (size_t a = 0; a < all.size(); ++a)
        out << (a ? ", " : "") << '$' << all[a] << " using 1:2 with linespoints lw 2.4 ps 0.7 pt "
            << symbols[a] << " dt " << dashes[a] << " lc rgb " << colour_of_arm.at(all[a]) << " title '"
            << (a == 0 ? "before tuning" : words(all[a])) << "'";
    return {"arms", out.str(), 560, 460};
}

/// The speeds of the slow points before tuning and after each arm.
inline plot arm_speeds_plot(const std::vector<network_result>& networks) {
    std::vector<std::string> all = {"trained"};
    all.insert(all.end(), arms.begin(), arms.end());
    std::ostringstream out, curves;
    out << plain_frame
        << "set style boxplot nooutliers\nset style fill transparent solid 0.25 border\nset boxwidth 0.5\n"
        << "set ylabel 'log_{10} speed of the slow points (per step)'\nunset key\nset xrange [-0.5:3.5]\nset "
           "xtics "
        << "('before' 0, 'control' 1, 'centroids' 2, 'slow points' 3)\n";
    for (size_t a = 0; a < all.size(); ++a) {
        out << '$' << all[a] << " << EOD\n";
        size_t count = 0;
        for (const auto& network : networks)
            for (const auto& point : network.after(all[a]).points)
                out << std::log10(std::max(point.speed, speed_floor)) << ' '
                    << static_cast<double>(count++ * 7 % 11) / 22 - 0.23 << '\n';
        out << "EOD\n";
        curves << (a ? ", " : "") << '$' << all[a] << " using (" << a << "):1 with boxplot lw 1.4 lc rgb "
               << colour_of_arm.at(all[a]) << ", $" << all[a] << " using (" << a
               << "+$2):1 with points pt 7 ps 0.3 lc rgb " << colour_of_arm.at(all[a]);
    }
    out << "plot " << curves.str();
    return {"arm_speeds", out.str(), 560, 460};
}

/// All of them.
inline std::vector<plot> plots_of(const settings& s, const std::vector<network_result>& networks,
                                  const speed_and_recall& pairs) {
    std::vector<std::string> used;
    for (const auto& curriculum : s.curricula)
        if (!of_curriculum(networks, curriculum).empty()) used.push_back(curriculum);
    std::vector<plot> plots;
    for (size_t i = 0; i < used.size(); ++i) {
        plots.push_back(recall_plot(networks, used[i], i));
        plots.push_back(class_plot(networks, used[i]));
        plots.push_back(trajectory_plot(of_curriculum(networks, used[i])[0]));
    }
    if (pairs.plain)
        for (const bool corrected : {false, true})
            plots.push_back(speed_plot(networks, pairs, corrected, used));
    for (const bool close : {false, true}) plots.push_back(spectrum_plot(networks, used, close));
    plots.push_back(arms_plot(networks));
    plots.push_back(arm_speeds_plot(networks));
    return plots;
}

}  // namespace memory_study
