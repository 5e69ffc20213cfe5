#include "output.hpp"

#include "report.hpp"

#include <engram/io/atomic_file.hpp>
#include <engram/io/npz.hpp>
#include <engram/study/to_arrays.hpp>

#include <cmath>
#include <filesystem>
#include <iostream>
#include <sstream>

namespace slow_points_command {

namespace {

/// The points under all inputs as one list, and the input of each.
struct all_points {
    eg::slow_points<double> points;
    std::vector<std::int64_t> input, input_of_kink;
    std::vector<double> outputs;
};

all_points gather(const search_result& result) {
    all_points all;
    for (std::size_t i = 0; i < result.found.size(); ++i) {
        const auto& [points, outputs, unstable, manifolds] = result.found[i];
        all.points.points.insert(all.points.points.end(), points.begin(), points.end());
        all.points.kinks.insert(all.points.kinks.end(), points.kinks.begin(), points.kinks.end());
        all.input.insert(all.input.end(), points.size(), static_cast<std::int64_t>(i));
        all.input_of_kink.insert(all.input_of_kink.end(), points.kinks.size(), static_cast<std::int64_t>(i));
        all.outputs.insert(all.outputs.end(), outputs.begin(), outputs.end());
    }
    return all;
}

eg::named_arrays arrays_of(const network& net, const search_result& result) {
    const all_points all = gather(result);
    eg::named_arrays arrays("points.npz");
    for (const auto& [name, array] : eg::to_arrays(all.points))
        if (name != "reached_by") arrays.add(name, array);
    std::vector<std::int64_t> reached;  // under each input, the row of `states` that a seed led to
    std::int64_t first = 0;
    for (const auto& found : result.found) {
        for (std::size_t s = 0; s < result.seeds.shape(0); ++s) {
            const std::size_t point = found.points.reached_by(s);
            reached.push_back(point == found.points.none ? -1 : first + static_cast<std::int64_t>(point));
        }
        first += static_cast<std::int64_t>(found.points.size());
    }
    arrays.add("reached_by", reached, {result.found.size(), result.seeds.shape(0)});
    std::vector<double> manifold_states, manifold_speeds;
    std::vector<std::int64_t> manifold_of_state, input_of_manifold;
    for (std::size_t i = 0; i < result.found.size(); ++i)
        for (const auto& manifold : result.found[i].manifolds) {
            manifold_states.insert(manifold_states.end(), manifold.states.begin(), manifold.states.end());
            manifold_speeds.insert(manifold_speeds.end(), manifold.speeds.begin(), manifold.speeds.end());
            manifold_of_state.insert(manifold_of_state.end(), manifold.states.shape(0),
                                     static_cast<std::int64_t>(input_of_manifold.size()));
            input_of_manifold.push_back(static_cast<std::int64_t>(i));
        }
    arrays.add("manifold_states", manifold_states, {manifold_of_state.size(), net.dimension});
    arrays.add("manifold_speeds", manifold_speeds);
    arrays.add("manifold_of_state", manifold_of_state);
    arrays.add("input_of_manifold", input_of_manifold);
    arrays.add("input_of_point", all.input);
    arrays.add("input_of_kink", all.input_of_kink);
    arrays.add("outputs", all.outputs, {all.points.size(), net.outputs});
    arrays.add("inputs", result.inputs);
    arrays.add("seeds", result.seeds);
    return arrays;
}

/// A number as JSON has it, which knows neither infinity nor NaN.
void put(std::ostream& out, double x) {
    if (std::isfinite(x))
        out << x;
    else
        out << "null";
}
template <class Range>
void put_list(std::ostream& out, const Range& numbers) {
    out << '[';
    bool first = true;
    for (const auto x : numbers) {
        if (!first) out << ", ";
        first = false;
        put(out, static_cast<double>(x));
    }
    out << ']';
}

std::string json_text(const std::string& text) {
    std::string safe = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') safe += '\\';
        safe += c >= 0 && c < ' ' ? ' ' : c;
    }
    return safe + '"';
}

const char* truth(bool is) { return is ? "true" : "false"; }

std::string json_of(const options& o, const network& net, const search_result& result) {
    std::ostringstream out;
    out.precision(17);
    out << "{\n  \"network\": " << json_text(o.network) << ",\n  \"cell\": " << json_text(net.cell)
        << ",\n  \"units\": " << net.units << ",\n  \"seeds\": " << result.seeds.shape(0)
        << ",\n  \"stopped\": " << truth(result.stopped) << ",\n  \"under\": [";
    for (std::size_t i = 0; i < result.found.size(); ++i) {
        const auto& [points, outputs, unstable, manifolds] = result.found[i];
        out << (i > 0 ? ",\n" : "\n") << "    {\"input\": ";
        put_list(out, std::span(&result.inputs(i, 0), result.inputs.shape(1)));
        out << ", \"failed_seeds\": " << points.failures.size() << ", \"points\": [";
        for (std::size_t p = 0; p < points.size(); ++p) {
            const auto& point = points[p];
            std::vector<double> moduli;
            for (const auto& value : point.spectrum) moduli.push_back(std::abs(value));
            out << (p > 0 ? ",\n" : "\n") << "      {\"kind\": \"" << to_string(point.kind)
                << "\", \"speed\": ";
            put(out, point.speed);
            out << ", \"unstable_directions\": " << point.unstable_directions
                << ", \"seeds_drawn\": " << point.seeds.size()
                << ", \"is_minimum\": " << truth(point.is_minimum)
                << ", \"singular\": " << truth(point.singular)
                << ", \"not_equilibrium\": " << truth(point.not_equilibrium)
                << ", \"at_kink\": " << truth(point.at_kink) << ", \"at_edge\": " << truth(point.at_edge)
                << ", \"outside_box\": " << truth(point.outside_box) << ",\n       \"outputs\": ";
            put_list(out, std::span(outputs.data() + p * outputs.shape(1), outputs.shape(1)));
            out << ",\n       \"moduli\": ";
            put_list(out, moduli);
            out << ",\n       \"state\": ";
            put_list(out, point.state);
            out << '}';
        }
        out << "], \"kinks\": [";
        for (std::size_t k = 0; k < points.kinks.size(); ++k) {
            const auto& kink = points.kinks[k];
            out << (k > 0 ? ",\n" : "\n") << "      {\"speed\": ";
            put(out, kink.speed);
            out << ", \"seeds_drawn\": " << kink.seeds.size() << ",\n       \"state\": ";
            put_list(out, kink.state);
            out << '}';
        }
        out << "], \"manifolds\": [";
        for (std::size_t m = 0; m < manifolds.size(); ++m) {
            const auto& set = manifolds[m];
            out << (m > 0 ? ",\n" : "\n") << "      {\"dimension\": " << set.dimension
                << ", \"closed\": " << truth(set.closed) << ", \"incomplete\": " << truth(set.incomplete)
                << ", \"states\": " << set.states.shape(0) << ", \"size\": ";
            put(out, set.dimension == 1 ? set.length : set.area);
            out << ", \"largest_speed\": ";
            put(out, set.largest_speed());
            out << ", \"attraction\": ";
            put(out, set.attraction);
            out << ", \"persistence\": ";
            put(out, set.persistence);
            out << ", \"points\": ";
            put_list(out, set.points);
            out << '}';
        }
        out << "]}";
    }
    out << "\n  ]\n}\n";
    return out.str();
}

}  // namespace

void require_writable(const options& o) {
    auto nearest = std::filesystem::absolute(o.out);
    while (!std::filesystem::exists(nearest)) nearest = nearest.parent_path();
    eg::require<eg::file_error>(std::filesystem::is_directory(nearest), o.out,
                                ": cannot be made: ", nearest.string(), " is not a folder");
}

void write_results(const options& o, const network& net, const search_result& result,
                   const std::vector<eg::matrix<double>>& trajectories) {
    const std::filesystem::path folder = o.out;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    eg::require<eg::file_error>(!error, folder.string(), ": cannot be made: ", error.message());
    // All is made before anything is written.
    const auto arrays = arrays_of(net, result);
    const std::string json = json_of(o, net, result), page = report_page(o, net, result, trajectories);
    eg::write_npz(folder / "points.npz", arrays);
    eg::write_file(folder / "points.json", json);
    eg::write_file(folder / "report.html", page);
}

void print_summary(const search_result& result, const options& o) {
    constexpr std::size_t shown = 12;
    for (std::size_t i = 0; i < result.found.size(); ++i) {
        const auto& found = result.found[i];
        if (result.inputs.shape(0) > 1)
            std::cout << "input " << i << ": " << found.points.size() << " points\n";
        if (result.inputs.shape(0) > 1) continue;
        for (std::size_t p = 0; p < found.points.size() && p < shown; ++p) {
            const auto& point = found.points[p];
            std::cout << to_string(point.kind) << " point, speed " << point.speed << ", "
                      << point.unstable_directions << " unstable, from " << point.seeds.size()
                      << " seeds, outputs";
            for (std::size_t j = 0; j < std::min<std::size_t>(6, found.outputs.shape(1)); ++j)
                std::cout << ' ' << found.outputs(p, j);
            std::cout << '\n';
        }
        if (found.points.size() > shown) std::cout << "... " << found.points.size() << " points in all\n";
        if (!found.points.kinks.empty())
            std::cout << found.points.kinks.size() << " kinks, where searches ended without a slow point\n";
        if (!found.manifolds.empty()) std::cout << found.manifolds;
    }
    std::cout << "written: " << o.out << "/points.npz, points.json, report.html\n";
}

}  // namespace slow_points_command
