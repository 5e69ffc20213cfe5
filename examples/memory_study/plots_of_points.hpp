/// @file
/// Plots of the slow points: speed against recall, and spectra.
#pragma once

#include "plot_parts.hpp"

namespace memory_study {

/// Speed against recall over classes and networks, with the line of least squares.
inline plot speed_plot(const std::vector<network_result>& networks, const speed_and_recall& pairs,
                       bool corrected, const std::vector<std::string>& used) {
    const auto& y = corrected ? pairs.corrected : pairs.recall;
    std::ostringstream out;
    for (const auto& curriculum : used) {
        out << '$' << curriculum << " << EOD\n";
        for (size_t i = 0; i < y.size(); ++i)
            if (networks[pairs.network[i]].curriculum == curriculum)
                out << shown_log(std::pow(10, pairs.log_speed[i]), networks) << ' ' << y[i] << '\n';
        out << "EOD\n";
    }
    std::vector<double> fit_x, fit_y;
    for (size_t i = 0; i < y.size(); ++i)
        if (pairs.log_speed[i] > std::log10(eg::least_speed)) {
            fit_x.push_back(pairs.log_speed[i]);
            fit_y.push_back(y[i]);
        }
    const auto fit = least_squares(fit_x, fit_y);
    out << plain_frame << key_below << "set ylabel '"
        << (corrected ? "recall minus false alarms" : "recall (fraction right)") << "'\nset title 'delay "
        << pairs.delay << "'\nset xlabel 'log_{10} speed of the slow point (per step)'\nset yrange ["
        << (corrected ? -0.35 : -0.04) << ":1.06]\nf(x) = " << fit.offset << " + (" << fit.slope
        << ") * x\nplot ";
    for (size_t i = 0; i < used.size(); ++i)
        out << '$' << used[i] << " with points pt " << (i % 2 ? 9 : 7) << " ps 0.7 lc rgb " << colour(i)
            << " title '" << used[i] << "', ";
    out << "f(x) with lines lw 2 lc rgb '#555555' title 'least squares (no fixed points)'";
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
        << key_below << "set xlabel 'real part'\nset ylabel 'imaginary part'\nset trange [0:2*pi]\n"
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

}  // namespace memory_study
