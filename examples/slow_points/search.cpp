#include "search.hpp"

#include <engram/core/progress_bar.hpp>
#include <engram/dynamics/find_slow_points.hpp>
#include <engram/dynamics/seed_makers.hpp>

#include <chrono>
#include <csignal>
#include <iostream>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

namespace slow_points_command {

namespace {

volatile std::sig_atomic_t interrupted = 0;

/// The rows, every other one after some steps: a stable point that few random states are near draws many of
/// these.
eg::matrix<double> settled(const any_map& map, eg::matrix<double> rows, std::size_t steps) {
    constexpr std::size_t block = 8192;  // between two looks at Ctrl-C
    const std::size_t n = rows.shape(0);
    for (std::size_t first = 1; steps > 0 && first < n && interrupted == 0; first += block) {
        auto others = xt::view(rows, xt::range(first, std::min(first + block, n), 2), xt::all());
        others = eg::run_forward(map, others, steps);
    }
    return rows;
}

/// The directions of growth, real and imaginary parts; of two conjugates one is enough.
std::vector<std::vector<double>> growing_directions(const any_map& map, const eg::slow_point<double>& point) {
    std::vector<std::vector<double>> directions;
    if (point.unstable_directions == 0) return directions;
    for (const auto& vector : eg::eigenvectors(map, point.state)) {
        if (std::abs(vector.value) <= 1 || vector.value.imag() < 0) continue;
        std::vector<double> real, imaginary;
        for (const auto& x : vector.direction) {
            real.push_back(x.real());
            imaginary.push_back(x.imag());
        }
        directions.push_back(real);
        if (vector.value.imag() > 0) directions.push_back(imaginary);
    }
    return directions;
}

}  // namespace

void stop_on_interrupt() {
    std::signal(SIGINT, [](int) { interrupted = 1; });
}

search_result search(const network& net, const eg::matrix<double>& inputs, const eg::matrix<double>& seeds,
                     const options& o) {
    search_result result{.inputs = inputs, .seeds = seeds, .found = {}};
    const std::size_t n = seeds.shape(0), steps = o.seeds.starts_with("normal") ? o.settle : 0;
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    eg::progress_bar bar;
    eg::search_options<double> how{.merge_distance = o.merge_distance, .threads = o.threads};
    how.watcher = [&](const eg::progress_report& report) {
        result.seeds_done = report.step;
        const eg::progress_report all{result.found.size() * n + report.step, inputs.shape(0) * n, seconds(),
                                      report.unit};
        if (!o.quiet) bar(all);
        return interrupted == 0 || all.step == all.steps;
    };
    bool tells = false;  // that manifolds are traced, once an input
    eg::manifold_options<double> tracing;
    tracing.watcher = [&](const eg::progress_report& report) {
        if (tells)
            std::cerr << (result.found.size() + 1 < inputs.shape(0) ? "\n" : "")
                      << "tracing slow manifolds\n";
        tells = false;
        if (!o.quiet && report.seconds > 1) bar(report);
        return interrupted == 0;
    };
    for (std::size_t i = 0; i < inputs.shape(0) && !result.stopped; ++i) {
        tells = !o.quiet;
        const any_map map = net.under(xt::row(inputs, static_cast<std::ptrdiff_t>(i)));
        found_under_input found{eg::find_slow_points(map, settled(map, seeds, steps), how), {}, {}, {}};
        found.outputs = map.read_out(found.points.states());
        for (const auto& point : found.points) found.unstable.push_back(growing_directions(map, point));
        if (map.dimension() <= how.dense_limit)
            found.manifolds = eg::slow_manifolds(map, found.points, tracing);
        result.stopped = !found.points.interrupted.empty() || !found.manifolds.interrupted.empty();
        result.found.push_back(std::move(found));
    }
    if (result.stopped && !o.quiet) std::cerr << "\nstopped; what was found is kept\n";
    result.seconds = seconds();
    return result;
}

}  // namespace slow_points_command
