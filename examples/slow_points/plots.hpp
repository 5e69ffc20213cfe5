/// @file
/// The plots of the report, as gnuplot commands with their numbers in them.
#pragma once

#include "../memory_study/gnuplot.hpp"
#include "search.hpp"

#include <engram/study/principal_components.hpp>

#include <array>
#include <cmath>
#include <sstream>

namespace slow_points_command {

/// How a point is shown: by whether it is fixed, and whether anything grows there.
enum class look { stable, unstable, slow };

inline look look_of(const eg::slow_point<double>& point) {
    if (point.kind == eg::point_kind::slow) return look::slow;
    return point.unstable_directions == 0 ? look::stable : look::unstable;
}

/// Names, and colours and marks that the colour-blind can tell apart (Okabe and Ito 2008).
struct look_style {
    const char *name, *title, *style;
};
inline constexpr std::array<look_style, 3> looks{{
    {"stable", "fixed, stable", "pt 7 lc rgb '#0072B2'"},
    {"unstable", "fixed, unstable", "pt 9 lc rgb '#D55E00'"},
    {"slow", "slow", "pt 4 lw 2 lc rgb '#009E73'"},
}};

inline const char* const frame =
    "set border 3 lw 0.8\nset tics nomirror out\nset grid lw 0.5 lc rgb '#bbbbbb'\n"
    "set key below height 1 noopaque\n";

/// A block of data named $name; gnuplot wants at least one line, which is not drawn.
inline void put_block(std::ostream& out, const std::string& name, const std::string& lines) {
    out << '$' << name << " << EOD\n" << (lines.empty() ? "NaN NaN NaN NaN\n" : lines) << "EOD\n";
}

/// The axes that points and trajectories are shown along: principal components, or the coordinates of few.
inline eg::principal_components axes_of(const search_result& result,
                                        const std::vector<eg::matrix<double>>& trajectories) {
    const std::size_t d = result.seeds.shape(1), count = std::min<std::size_t>(3, d);
    std::vector<double> samples;
    for (const auto& found : result.found)
        for (const auto& point : found.points)
            samples.insert(samples.end(), point.state.begin(), point.state.end());
    for (const auto& each : trajectories) samples.insert(samples.end(), each.begin(), each.end());
    if (samples.size() < 3 * d) samples.insert(samples.end(), result.seeds.begin(), result.seeds.end());
    if (samples.size() < 2 * d) samples.resize(2 * d, 0.0);
    return eg::find_principal_components(eg::matrix_view<const double>(samples.data(), samples.size() / d, d),
                                         count);
}

/// The points in two principal components, with what grows at each, and trajectories.
inline memory_study::plot points_plot(const search_result& result, const eg::principal_components& axes,
                                      const std::vector<eg::matrix<double>>& trajectories,
                                      std::size_t second) {
    const auto along = [&](const std::vector<double>& direction, std::size_t axis) {
        double sum = 0;
        for (std::size_t j = 0; j < direction.size(); ++j) sum += direction[j] * axes.axes(axis, j);
        return sum;
    };
    std::array<std::ostringstream, 3> points;
    std::ostringstream arrows, lines, curves, sheets, out;
    double low = 0, high = 0;
    for (const auto& found : result.found)
        for (std::size_t p = 0; p < found.points.size(); ++p) {
            const auto at = axes.project(found.points[p].state);
            low = std::min(low, at[0]), high = std::max(high, at[0]);
        }
    const double length = 0.06 * std::max(high - low, 1e-6);
    for (const auto& found : result.found)
        for (std::size_t p = 0; p < found.points.size(); ++p) {
            const auto& point = found.points[p];
            const auto at = axes.project(point.state);
            points[static_cast<std::size_t>(look_of(point))] << at[0] << ' ' << at[second] << '\n';
            for (const auto& direction : found.unstable[p]) {
                const double x = length * along(direction, 0), y = length * along(direction, second);
                arrows << at[0] - x << ' ' << at[second] - y << ' ' << 2 * x << ' ' << 2 * y << '\n';
            }
        }
    for (const auto& found : result.found)
        for (const auto& set : found.manifolds) {
            std::ostream& shown = set.dimension == 1 ? curves : sheets;
            const std::size_t n = set.states.shape(0);  // none where a set is only named
            if (n == 0) continue;
            for (std::size_t i = 0; i < n + (set.dimension == 1 && set.closed ? 1 : 0); ++i) {
                const auto at = axes.project(eg::matrix_view<const double>(set.states).row_block(i % n, 1));
                shown << at[0] << ' ' << at[second] << '\n';
            }
            shown << '\n';
        }
    for (const auto& each : trajectories) {
        for (std::size_t i = 0; i < each.shape(0); ++i) {
            const auto at = axes.project(eg::matrix_view<const double>(each).row_block(i, 1));
            lines << at[0] << ' ' << at[second] << '\n';
        }
        lines << '\n';
    }
    const auto label = [&](std::size_t axis) {
        std::ostringstream text;
        text << "principal component " << axis + 1 << " (" << std::lround(100 * axes.share[axis]) << " %)";
        return text.str();
    };
    put_block(out, "lines", lines.str());
    put_block(out, "arrows", arrows.str());
    put_block(out, "curves", curves.str());
    put_block(out, "sheets", sheets.str());
    for (std::size_t k = 0; k < 3; ++k) put_block(out, looks[k].name, points[k].str());
    out << frame << "set xlabel '" << label(0) << "'\nset ylabel '" << label(second) << "'\nplot ";
    if (!trajectories.empty()) out << "$lines with lines lw 0.7 lc rgb '#999999' title 'trajectories', ";
    if (!curves.str().empty()) out << "$curves with lines lw 2 lc rgb '#777777' title 'slow manifolds', ";
    if (!sheets.str().empty())
        out << "$sheets with points pt 7 ps 0.3 lc rgb '#777777' title 'slow manifolds'"
            << (curves.str().empty() ? "" : " of two dimensions") << ", ";
    out << "$arrows with vectors nohead lw 2.2 lc rgb '#E69F00' title 'unstable directions'";
    for (const auto& [name, title, style] : looks)
        out << ", $" << name << " using 1:2 with points " << style << " ps 1.2 title '" << title << "'";
    return {"points_" + std::to_string(second + 1), out.str(), 560, 500};
}

/// All eigenvalues against the unit circle, by how the points look.
inline memory_study::plot spectra_plot(const search_result& result) {
    std::array<std::ostringstream, 3> values;
    for (const auto& found : result.found)
        for (const auto& point : found.points)
            for (std::size_t i = 0; i < std::min<std::size_t>(30, point.spectrum.size()); ++i)
                values[static_cast<std::size_t>(look_of(point))] << point.spectrum[i].real() << ' '
                                                                 << point.spectrum[i].imag() << '\n';
    std::ostringstream out;
    for (std::size_t k = 0; k < 3; ++k) put_block(out, looks[k].name, values[k].str());
    out << frame << "set border 15\nset size ratio -1\nset offsets 0.1, 0.1, 0.1, 0.1\n"
        << "set parametric\nset samples 400\nset trange [0:2*pi]\n"
        << "set xlabel 'real part'\nset ylabel 'imaginary part'\n"
        << "plot cos(t), sin(t) with lines lw 1.2 lc rgb '#777777' title 'unit circle'";
    for (const auto& [name, title, style] : looks)
        out << ", $" << name << " using 1:2 with points " << style << " ps 0.5 title '" << title << "'";
    return {"spectra", out.str(), 560, 520};
}

/// Speeds in rising order.
inline memory_study::plot speeds_plot(const search_result& result) {
    std::vector<std::pair<double, look>> speeds;
    for (const auto& found : result.found)
        for (const auto& point : found.points)
            speeds.emplace_back(std::max(point.speed, 1e-17), look_of(point));
    std::ranges::sort(speeds);
    std::array<std::ostringstream, 3> points;
    for (std::size_t i = 0; i < speeds.size(); ++i)
        points[static_cast<std::size_t>(speeds[i].second)] << i + 1 << ' ' << speeds[i].first << '\n';
    std::ostringstream out;
    for (std::size_t k = 0; k < 3; ++k) put_block(out, looks[k].name, points[k].str());
    out << frame << "set logscale y\nset format y '10^{%T}'\nset xlabel 'points, by speed'\n"
        << "set ylabel 'speed (per step)'\nset xrange [0:" << speeds.size() + 1 << "]\nplot ";
    for (std::size_t k = 0; k < 3; ++k)
        out << (k > 0 ? ", $" : "$") << looks[k].name << " using 1:2 with points " << looks[k].style
            << " ps 1.1 title '" << looks[k].title << "'";
    return {"speeds", out.str(), 560, 440};
}

/// The first principal component of the points as the input changes: along the one input that does, or by
/// row.
inline memory_study::plot inputs_plot(const search_result& result, const eg::principal_components& axes) {
    std::vector<std::size_t> changing;
    for (std::size_t j = 0; j < result.inputs.shape(1); ++j)
        for (std::size_t i = 1; i < result.inputs.shape(0); ++i)
            if (result.inputs(i, j) != result.inputs(0, j)) {
                changing.push_back(j);
                break;
            }
    std::array<std::ostringstream, 3> points;
    for (std::size_t i = 0; i < result.found.size(); ++i)
        for (const auto& point : result.found[i].points)
            points[static_cast<std::size_t>(look_of(point))]
                << (changing.size() == 1 ? result.inputs(i, changing[0]) : static_cast<double>(i)) << ' '
                << axes.project(point.state)[0] << '\n';
    std::ostringstream out;
    for (std::size_t k = 0; k < 3; ++k) put_block(out, looks[k].name, points[k].str());
    out << frame << "set offsets graph 0.03, graph 0.03, graph 0.05, graph 0.05\nset xlabel '"
        << (changing.size() == 1 ? "input " + std::to_string(changing[0] + 1) : "input, by its row")
        << "'\nset ylabel 'principal component 1'\nplot ";
    for (std::size_t k = 0; k < 3; ++k)
        out << (k > 0 ? ", $" : "$") << looks[k].name << " using 1:2 with points " << looks[k].style
            << " ps 0.7 title '" << looks[k].title << "'";
    return {"inputs", out.str(), 560, 440};
}

}  // namespace slow_points_command
