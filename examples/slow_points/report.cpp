#include "report.hpp"

#include "../memory_study/style.hpp"
#include "plots.hpp"

#include <engram/version.hpp>

#include <algorithm>
#include <iomanip>

namespace slow_points_command {

namespace {

std::string text(const std::string& raw) {
    std::string safe;
    for (const char c : raw)
        safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    return safe;
}
std::string number(double x, int digits = 3) {
    std::ostringstream out;
    out << std::setprecision(digits) << x;
    return out.str();
}
std::string list(const double* first, std::size_t count) {
    std::string all;
    for (std::size_t j = 0; j < std::min<std::size_t>(count, 6); ++j)
        all += (j > 0 ? ", " : "") + number(first[j]);
    return all + (count > 6 ? ", ..." : "");
}

struct counts {
    std::size_t points = 0, stable = 0, unstable = 0, slow = 0, kinks = 0, failures = 0;
};
counts count(const search_result& result) {
    counts all;
    for (const auto& found : result.found) {
        all.points += found.points.size();
        all.kinks += found.points.kinks.size();
        all.failures += found.points.failures.size();
        for (const auto& point : found.points) {
            const look seen = look_of(point);
            ++(seen == look::stable ? all.stable : seen == look::unstable ? all.unstable : all.slow);
        }
    }
    return all;
}

std::string figure(const std::map<std::string, std::string>& plots, const std::vector<std::string>& names,
                   const std::string& caption) {
    std::string html = "<figure><div class=\"panels\">\n";
    for (const auto& name : names)
        if (const auto at = plots.find(name); at != plots.end()) html += "<div>" + at->second + "</div>\n";
    return html + "</div><figcaption>" + caption + "</figcaption></figure>\n";
}

std::string key_figure(std::size_t count, const std::string& meaning) {
    return "<div><b>" + std::to_string(count) + "</b><span>" + meaning + "</span></div>\n";
}

/// Steps in which a deviation along the slowest direction falls, or grows, by e.
std::string time_constant(const eg::slow_point<double>& point) {
    const auto constants = point.time_constants();
    return constants.empty() ? "" : number(constants[0]);
}

/// The kind of a point, and what is unusual.
std::string kind_of(const eg::slow_point<double>& point) {
    std::string kind(to_string(point.kind));
    if (point.singular) kind += ", singular: may belong to a continuum";
    if (point.not_equilibrium) kind += ", no equilibrium";
    if (point.at_kink) kind += ", at a kink";
    if (point.at_edge) kind += ", at the edge of the box";
    if (point.outside_box) kind += ", outside the network's box";
    return kind;
}

std::string points_table(const search_result& result) {
    constexpr std::size_t most = 200;
    const bool several = result.inputs.shape(0) > 1;
    std::string html =
        "<p class=\"soft\">The points, slowest first under each input. A time constant is that of the "
        "largest eigenvalue: negative where a deviation grows.</p>\n<div class=\"scroll\"><table>\n<tr>";
    for (const char* head : {"kind", "input", "speed", "unstable directions", "largest |eigenvalue|",
                             "time constant (steps)", "seeds drawn", "outputs"})
        if (several || std::string(head) != "input") html += std::string("<th>") + head + "</th>";
    html += "</tr>\n";
    std::size_t rows = 0;
    for (std::size_t i = 0; i < result.found.size(); ++i) {
        const auto& found = result.found[i];
        std::vector<std::size_t> order(found.points.size());
        for (std::size_t p = 0; p < order.size(); ++p) order[p] = p;
        std::ranges::sort(order, {}, [&](std::size_t p) { return std::pair(found.points[p].speed, p); });
        for (const std::size_t p : order) {
            if (++rows > most) continue;
            const auto& point = found.points[p];
            html += "<tr><td>" + kind_of(point) + "</td>";
            if (several) html += "<td>" + std::to_string(i) + "</td>";
            for (const auto& cell :
                 {number(point.speed), std::to_string(point.unstable_directions),
                  number(point.spectral_radius(), 5), time_constant(point),
                  std::to_string(point.seeds.size()),
                  list(found.outputs.data() + p * found.outputs.shape(1), found.outputs.shape(1))})
                html += "<td>" + cell + "</td>";
            html += "</tr>\n";
        }
    }
    html += "</table></div>\n";
    if (rows > most)
        html += "<p class=\"soft\">" + std::to_string(rows - most) +
                " more are in points.json and points.npz.</p>\n";
    return html;
}

std::string manifolds_table(const search_result& result) {
    std::string rows;
    for (std::size_t i = 0; i < result.found.size(); ++i)
        for (const auto& set : result.found[i].manifolds) {
            const std::string kind = set.dimension == 1   ? set.closed ? "ring" : "line"
                                     : set.dimension == 2 ? set.closed ? "closed sheet" : "sheet"
                                                          : std::to_string(set.dimension) + " dimensions";
            rows += "<tr><td>" + kind + (set.incomplete ? ", incomplete" : "") + "</td>";
            if (result.inputs.shape(0) > 1) rows += "<td>" + std::to_string(i) + "</td>";
            for (const auto& cell :
                 {number(set.dimension == 1 ? set.length : set.area), number(set.largest_speed()),
                  number(set.attraction, 5), number(set.persistence), std::to_string(set.points.size())})
                rows += "<td>" + cell + "</td>";
            rows += "</tr>\n";
        }
    if (rows.empty()) return "";
    return std::string(
               "<h2>Slow manifolds</h2>\n<p class=\"soft\">Connected sets of slow states on which points "
               "lie: what can hold a number or an angle. Persistence: the steps in which a value stored "
               "there moves by a twentieth of the set.</p>\n<div "
               "class=\"scroll\"><table>\n<tr><th>kind</th>") +
           (result.inputs.shape(0) > 1 ? "<th>input</th>" : "") +
           "<th>length or area</th><th>largest speed</th><th>largest |eigenvalue| across</th>"
           "<th>persistence (steps)</th><th>points on it</th></tr>\n" +
           rows + "</table></div>\n";
}

std::string opening(const options& o, const network& net, const search_result& result, bool drawn) {
    const counts all = count(result);
    const std::size_t inputs = result.inputs.shape(0);
    std::string html = "<h1>Slow points of " + text(std::filesystem::path(o.network).filename().string()) +
                       "</h1>\n<p class=\"soft\">engram " + std::string(eg::version_string) + "; cell " +
                       net.cell + ", " + std::to_string(net.units) + " units, " + std::to_string(net.inputs) +
                       " inputs, " + std::to_string(net.outputs) + " outputs; " +
                       std::to_string(result.seeds.shape(0)) + " seeds (" + text(o.seeds) + "), " +
                       number(result.seconds) + " s</p>\n";
    if (result.stopped)
        html += "<p class=\"warning\">The search was stopped: under input " +
                std::to_string(result.found.size() - 1) + " after " + std::to_string(result.seeds_done) +
                " seeds" +
                std::string(result.found.back().manifolds.interrupted.empty()
                                ? ""
                                : "; its slow manifolds are missing or not complete") +
                "; later inputs are missing.</p>\n";
    if (!drawn)
        html +=
            "<p class=\"warning\">The plots are missing because gnuplot could not be run; the numbers are "
            "complete. On Debian and Ubuntu: apt install gnuplot-nox.</p>\n";
    html +=
        "<p class=\"lead\">A slow point is a state that one step hardly moves: a fixed point, where the "
        "speed ||F(h) &minus; h|| is zero, or a local minimum of the speed, beside which the network "
        "lingers. " +
        (inputs == 1 ? "The input is held at (" + list(&result.inputs(0, 0), result.inputs.shape(1)) + ")."
                     : std::to_string(inputs) + " constant inputs were held, one after the other.") +
        "</p>\n<div class=\"figures\">\n" + key_figure(all.points, inputs == 1 ? "points" : "points in all") +
        key_figure(all.stable, "fixed and stable: what is kept") +
        key_figure(all.unstable, "fixed and unstable: where decisions part") +
        key_figure(all.slow, "slow: where the state passes slowly");
    if (all.kinks > 0) html += key_figure(all.kinks, "kinks where a search ended: no slow points");
    if (all.failures > 0) html += key_figure(all.failures, "seeds that led nowhere");
    return html + "</div>\n";
}

}  // namespace

std::string report_page(const options& o, const network& net, const search_result& result,
                        const std::vector<eg::matrix<double>>& trajectories) {
    const auto axes = axes_of(result, trajectories);
    std::vector<memory_study::plot> plots{spectra_plot(result), speeds_plot(result)};
    std::vector<std::string> panels;
    for (std::size_t second = 1; second < axes.axes.shape(0); ++second) {
        if (second > 1 && axes.share[second] < 1e-6) continue;  // all lie in a plane, but for rounding
        plots.push_back(points_plot(result, axes, trajectories, second));
        panels.push_back(plots.back().name);
    }
    if (result.inputs.shape(0) > 1) plots.push_back(inputs_plot(result, axes));
    const auto drawn =
        count(result).points > 0 ? memory_study::draw(plots) : std::map<std::string, std::string>{};
    std::string html =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Slow points "
        "of " +
        text(std::filesystem::path(o.network).filename().string()) + "</title>\n<style>" +
        memory_study::style + "</style></head>\n<body><main>\n" +
        opening(o, net, result, !drawn.empty() || count(result).points == 0);
    if (result.inputs.shape(0) > 1)
        html += "<h2>As the input changes</h2>\n" +
                figure(drawn, {"inputs"}, "Each column of marks shows the points under one input.");
    html += "<h2>Where they are</h2>\n" +
            figure(drawn, panels,
                   "The points in the directions in which they" +
                       std::string(trajectories.empty() ? "" : " and the trajectories") +
                       " differ most. Bars are the directions in which a deviation grows.") +
            "<h2>How deviations grow and fade</h2>\n" +
            figure(drawn, {"spectra"},
                   "The 30 largest eigenvalues of the Jacobian at each point. Outside the unit circle "
                   "deviations grow; near 1 they stay for long.") +
            "<h2>How slow they are</h2>\n" +
            figure(drawn, {"speeds"},
                   "||F(h) &minus; h|| at each point; what is below 10<sup>&minus;17</sup> is drawn there.") +
            points_table(result) + manifolds_table(result) +
            "<p class=\"soft\">All numbers: points.npz (NumPy) and points.json beside this page.</p>\n"
            "</main></body></html>\n";
    return html;
}

}  // namespace slow_points_command
