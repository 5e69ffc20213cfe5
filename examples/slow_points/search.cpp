#include "search.hpp"

#include <engram/dynamics/find_slow_points.hpp>

#include <chrono>
#include <csignal>
#include <iomanip>
#include <iostream>

namespace slow_points_command {

namespace {

volatile std::sig_atomic_t interrupted = 0;

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

/// Rows first to first + count - 1.
eg::matrix<double> rows_of(const eg::matrix<double>& m, std::size_t first, std::size_t count) {
    eg::matrix<double> rows({count, m.shape(1)});
    std::copy_n(&m(first, 0), count * m.shape(1), rows.data());
    return rows;
}

/// The rows, every other one after some steps: a stable point that few random states are near draws many of
/// these.
eg::matrix<double> settled(const any_map& map, eg::matrix<double> rows, std::size_t steps) {
    for (std::size_t i = 1; i < rows.shape(0); i += 2) {
        const auto row = eg::matrix_view<double>(rows).row_block(i, 1);
        for (std::size_t step = 0; step < steps; ++step) {
            eg::matrix<double> state({1, rows.shape(1)});
            std::copy_n(row.data(), rows.shape(1), state.data());
            map.apply(state, row);
        }
    }
    return rows;
}

/// What the results of blocks of seeds come to: one point each, found again from all of them together, with
/// the seeds that led to it.
eg::slow_points<double> merged(const any_map& map, const std::vector<eg::slow_points<double>>& blocks,
                               std::size_t block, const eg::search_options<double>& options) {
    std::vector<double> states;
    std::vector<std::vector<std::size_t>> seeds;
    eg::slow_points<double> all;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        for (const auto& point : blocks[b]) {
            states.insert(states.end(), point.state.begin(), point.state.end());
            seeds.push_back(point.seeds);
            for (auto& seed : seeds.back()) seed += b * block;
        }
        for (auto failure : blocks[b].failures) {
            failure.seed += b * block;
            all.failures.push_back(failure);
        }
    }
    if (seeds.empty()) return all;
    eg::matrix<double> starts({seeds.size(), map.dimension()});
    std::copy(states.begin(), states.end(), starts.data());
    all.points = eg::find_slow_points(map, starts, options).points;
    for (auto& point : all.points) {
        std::vector<std::size_t> led_here;
        for (const std::size_t start : point.seeds)
            led_here.insert(led_here.end(), seeds[start].begin(), seeds[start].end());
        std::ranges::sort(led_here);
        point.best_seed = seeds[point.best_seed].front();
        point.seeds = std::move(led_here);
    }
    std::ranges::sort(all.points, {}, [](const auto& point) { return point.seeds.front(); });
    return all;
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

void show_progress(std::size_t done, std::size_t all, double seconds) {
    const double left = seconds / static_cast<double>(done) * static_cast<double>(all - done);
    std::cerr << "\rseeds " << done << " of " << all << ", " << std::fixed << std::setprecision(0) << seconds
              << " s, about " << left << " s left   " << std::flush;
    if (done == all) std::cerr << '\n';
}

}  // namespace

void stop_on_interrupt() {
    std::signal(SIGINT, [](int) { interrupted = 1; });
}

search_result search(const network& net, const eg::matrix<double>& inputs, const eg::matrix<double>& seeds,
                     const options& o) {
    constexpr std::size_t block = 64;  // seeds between two looks at Ctrl-C; results do not depend on threads
    const std::size_t steps = o.seeds.starts_with("normal") ? o.settle : 0;
    search_result result{.inputs = inputs, .seeds = seeds, .found = {}};
    const std::size_t n = seeds.shape(0), all = n * inputs.shape(0);
    const auto start = clock::now();
    eg::search_options<double> full{.merge_distance = o.merge_distance, .threads = o.threads};
    full.region.lower_bounds = net.lower;
    full.region.upper_bounds = net.upper;
    auto quick = full;
    quick.spectrum = quick.curvature = false;
    for (std::size_t i = 0; i < inputs.shape(0) && !result.stopped; ++i) {
        eg::vector<double> input = eg::vector<double>::from_shape({inputs.shape(1)});
        std::copy_n(&inputs(i, 0), inputs.shape(1), input.data());
        const any_map map = net.under(input);
        std::vector<eg::slow_points<double>> blocks;
        std::size_t done = 0;
        while (done < n && !result.stopped) {
            const std::size_t count = std::min(block, n - done);
            blocks.push_back(
                eg::find_slow_points(map, settled(map, rows_of(seeds, done, count), steps), quick));
            done += count;
            if (!o.quiet) show_progress(i * n + done, all, seconds_since(start));
            result.stopped = interrupted != 0 && i * n + done < all;
        }
        result.seeds_done = done;
        found_under_input found{merged(map, blocks, block, full), {}, {}};
        found.outputs = map.read_out(found.points.states());
        for (const auto& point : found.points) found.unstable.push_back(growing_directions(map, point));
        result.found.push_back(std::move(found));
    }
    if (result.stopped && !o.quiet) std::cerr << "\nstopped; what was found is kept\n";
    result.seconds = seconds_since(start);
    return result;
}

}  // namespace slow_points_command
