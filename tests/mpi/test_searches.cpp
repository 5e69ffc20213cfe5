// Run by mpirun with any number of ranks: searches and measurements over ranks give the bits of those on one.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <tuple>

#include "engram/distributed/mpi.hpp"
#include "engram/engram.hpp"

namespace {

using namespace engram;

template <class State>
using scalar_of = std::remove_cvref_t<decltype(std::declval<State>()[0])>;

/// Every point of the first axis is fixed.
constexpr auto continuum = [](const auto& h) {
    return std::array<scalar_of<decltype(h)>, 2>{h[0] * 1.0, 0.5 * h[1]};
};
/// Coordinates of different units, four fixed points, and no number beyond 60.
constexpr auto units = [](const auto& h) {
    using std::sqrt;
    using std::tanh;
    return std::array<scalar_of<decltype(h)>, 2>{1.5 * tanh(h[0]),
                                                 50.0 * tanh(0.04 * h[1]) + 0.0 * sqrt(60.0 - h[1])};
};

void expect(bool condition, const std::string& what) {
    if (!condition) throw error(what);
}

bool same(const slow_points<double>& a, const slow_points<double>& b) {
    const auto members = [](const slow_point<double>& point) {  // all of them, or this does not compile
        const auto& [state, speed, kind, gradient_norm, spectrum, unstable_directions, root_distance,
                     smallest_curvature, is_minimum, singular, not_equilibrium, at_kink, outlier, at_edge,
                     outside_box, iterations, stop, distance_moved, best_seed, seeds] = point;
        return std::tie(state, speed, kind, gradient_norm, spectrum, unstable_directions, root_distance,
                        smallest_curvature, is_minimum, singular, not_equilibrium, at_kink, outlier, at_edge,
                        outside_box, iterations, stop, distance_moved, best_seed, seeds);
    };
    const auto point = [&](const auto& p, const auto& q) { return members(p) == members(q); };
    const auto failure = [](const auto& p, const auto& q) {
        return p.seed == q.seed && p.reason == q.reason;
    };
    return std::ranges::equal(a.points, b.points, point) &&
           std::ranges::equal(a.failures, b.failures, failure) && a.interrupted == b.interrupted;
}

/// Searches from the same seeds on one rank and on all, given as a matrix and by a maker.
template <class Map, class Solver = levenberg_marquardt>
void compare(const std::string& name, const Map& map, const uniform_seeds<double>& maker, size_t seeds,
             search_options<double> options, const process_group& ranks, const Solver& solver = {}) {
    const auto alone = find_slow_points(map, maker(0, seeds), solver, options);
    expect(!alone.empty(), name + ": no points");
    options.ranks = ranks;
    for (const std::size_t threads : {1u, 2u}) {
        options.threads = threads;
        expect(same(find_slow_points(map, maker(0, seeds), solver, options), alone),
               name + ": other points on " + std::to_string(ranks.size()) + " ranks, " +
                   std::to_string(threads) + " threads");
    }
    size_t made = 0;
    const auto counted = [&](size_t first, size_t count) {
        made += count;
        return maker(first, count);
    };
    expect(same(find_slow_points(map, counted, seeds, solver, options), alone),
           name + ": other points from a maker");
    size_t block = Solver::block;  // of seeds that the solver gets at once
    if constexpr (requires { solver.block_for(seeds, map.dimension()); })
        block = solver.block_for(seeds, map.dimension());
    expect(made <= seeds / ranks.size() + block, name + ": a rank made " + std::to_string(made) + " seeds");
}

/// Searches in rounds from `has` seeds on one rank and on all, of which each makes only its own seeds.
template <class Map, class Maker>
void find_all(const Map& map, const Maker& maker, size_t has, const process_group& ranks) {
    size_t made = 0;
    const auto counted = [&](size_t first, size_t count) {
        const auto seeds = maker(first, std::min(count, has - std::min(has, first)));
        made += seeds.shape(0);
        return seeds;
    };
    const search_effort effort{.first_seeds = 20, .most_seeds = 80};
    const auto alone = find_all_slow_points(map, counted, effort);
    expect(made == has, "find_all_slow_points: does not make each seed once on one rank");
    made = 0;
    const auto together = find_all_slow_points(map, counted, effort, {.ranks = ranks});
    expect(same(together.found, alone.found) && together.seeds == alone.seeds && together.end == alone.end,
           "find_all_slow_points: other points from " + std::to_string(has) + " seeds");
    // A block more in each of three rounds, and the last round's twice where the maker has fewer left.
    expect(made <= has / ranks.size() + 3 * 8 + (has < 80 ? 40 / ranks.size() : 0),
           "find_all_slow_points: a rank made " + std::to_string(made) + " seeds of " + std::to_string(has));
}

void searches(const process_group& ranks) {
    const auto square = [](double x) { return uniform_seeds<double>({-x, -x}, {x, x}); };
    const auto line = make_map<double, 2>(continuum);
    compare("merged", line, square(1), 200, {.merge_distance = 0.01}, ranks);
    compare("not merged", line, square(1), 50, {.merge_distance = 0}, ranks);
    compare("two seeds", line, square(1), 2, {}, ranks);
    const auto far = make_map<double, 2>(units);
    compare("different units", far, uniform_seeds<double>({-2, -40}, {2, 90}), 80, {}, ranks);
    compare("gradient descent", far, uniform_seeds<double>({-2, -40}, {2, 40}), 40, {.scale = {1, 30}}, ranks,
            adam_descent{.iterations = 200});

    const recurrent_network<gru<float>> network({3, 12, 2}, seed{3});
    const auto map = constant_input_map(network, vector<double>{0.1, -0.2, 0.3});
    const uniform_seeds<double> box(std::vector<double>(12, -1), std::vector<double>(12, 1));
    compare("network", map, box, 61, {}, ranks);

    const auto maker = square(1);
    find_all(line, maker, 80, ranks);
    find_all(line, maker, 67, ranks);  // of which the last round gets fewer than it asks for
    find_all(map, forward_seeds(map, box, 5), 80, ranks);

    // A watcher on one rank ends its own part; all get to know.
    search_options<double> watched{.ranks = ranks};
    if (ranks.rank() == ranks.size() - 1) watched.watcher = [](const progress_report&) { return false; };
    expect(find_slow_points(line, maker(0, 200), watched).interrupted == "the watcher ended it",
           "a search that was ended on one rank does not say so");
}

void measurements(const process_group& ranks) {
    const delayed_classification task{optdigits()};
    const recurrent_network<gru<float>> network({task.inputs(), 12, task.outputs()}, seed{1});
    recall_options recall{.examples = 100, .repetitions = 2, .shard = 30};
    const auto table = recall_curve(network, task, {5, 9}, recall);
    recall.ranks = ranks;
    progress_report last{};
    recall.watcher = [&](const progress_report& report) { return last = report, true; };
    const auto of_all = recall_curve(network, task, {5, 9}, recall);
    expect(last.step > 0 && last.step == last.steps, "recall_curve: its progress does not come to an end");
    expect(of_all.accuracy == table.accuracy && of_all.per_class == table.per_class &&
               of_all.false_alarms == table.false_alarms,
           "recall_curve: another table");
    recall.watcher = [](const progress_report&) { return false; };
    expect(recall_curve(network, task, {5, 9}, recall).interrupted == "the watcher ended it",
           "recall_curve: ended on all ranks, it does not say so once");
    const auto centres = class_centroids(network, task, {.examples = 20});
    const auto together = class_centroids(network, task, {.examples = 20, .ranks = ranks});
    expect(together.states == centres.states && together.trials == centres.trials,
           "class_centroids: other states");
}

}  // namespace

int main(int argc, char** argv) {
    return mpi_main(argc, argv, [&](const process_group& ranks) {
        const std::string fault = argc > 1 ? argv[1] : "";
        const bool last = ranks.rank() == ranks.size() - 1;
        if (fault == "other_seeds")  // one rank searches from fewer seeds: refused
            find_slow_points(make_map<double, 2>(continuum), uniform_seeds<double>({-1, -1}, {1, 1}),
                             last ? 30u : 40u, {.ranks = ranks});
        if (fault == "other_effort")
            find_all_slow_points(make_map<double, 2>(continuum), uniform_seeds<double>({-1, -1}, {1, 1}),
                                 {.unseen_share = last ? 0.5 : 0.01}, {.ranks = ranks});
        if (fault == "other_delays") {
            const delayed_classification task{optdigits()};
            const recurrent_network<gru<float>> network({task.inputs(), 4, task.outputs()}, seed{1});
            recall_curve(network, task,
                         last ? std::vector<std::size_t>{19} : std::vector<std::size_t>{19, 30},
                         {.examples = 20, .ranks = ranks});
        }
        searches(ranks);
        measurements(ranks);
        if (ranks.rank() == 0) std::puts("passed");
        return 0;
    });
}
