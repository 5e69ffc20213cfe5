/// @file
/// The search for the slow points of a trained GRU of 200 units, from its ten class centroids and from states
/// about them: the default solver against the published protocol (adam_descent), and what searches cost as
/// seeds grow in number.
///     searches FOLDER [quick]
/// writes FOLDER/parts/slow_points.json and FOLDER/cost_seeds.csv. For a peer to search from the same states
/// it writes doubles: FOLDER/slow_points_network.bin (recurrent weights 200 x 600, drive 600, seeds 1000 x
/// 200 of which the first ten are the centroids) and FOLDER/slow_points_ends.bin: for the first n = 10, 100
/// and 1,000 seeds the states (n x 200) that adam_descent and the default lead to.
///     searches FOLDER solvers
/// writes only what bench/peers/solvers.py compares with, from a network that was trained for a short time.
#include <cmath>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include <engram/engram.hpp>

#include "measure.hpp"
#include "sparse_links.hpp"

namespace {

namespace eg = engram;
using bench::size_t;

using network_type = eg::recurrent_network<eg::gru<float>>;
constexpr size_t units = 200, protocol_steps = 100'000;

/// Only the search: points are neither merged nor described.
const eg::search_options<double> search_alone{.region = {.lower_bound = -1, .upper_bound = 1},
                                              .merge_distance = 0,
                                              .spectrum = false,
                                              .curvature = false,
                                              .check_derivatives = false};

network_type trained_network(const eg::delayed_classification& task, size_t steps) {
    network_type network{{task.inputs(), units, task.outputs()}, eg::seed{1}};
    eg::trainer{network, eg::cross_entropy{}, eg::adam{.learning_rate = 1e-3}}.fit(
        task, eg::delay_curriculum{}, {.steps = steps, .batch = 64, .threads = 2});
    return network;
}

/// Processor seconds, of all threads: on one thread they are what the clock on the wall shows on a machine
/// that does nothing else.
template <class Search>
double seconds_of(Search&& search) {
    const bench::stopwatch watch;
    search();
    return watch.cpu();
}

/// The speed that each seed reached; not a number where its search failed.
std::vector<double> speeds_by_seed(const eg::slow_points<double>& found, size_t seeds) {
    std::vector<double> speeds(seeds, std::nan(""));
    for (const auto& point : found) speeds[point.best_seed] = point.speed;
    return speeds;
}

/// The state that each seed led to, likewise.
eg::matrix<double> states_by_seed(const eg::slow_points<double>& found, size_t seeds) {
    auto states = eg::matrix<double>::from_shape({seeds, units});
    states.fill(std::nan(""));
    for (const auto& point : found)
        std::copy(point.state.begin(), point.state.end(), &states(point.best_seed, 0));
    return states;
}

/// The first rows of a matrix.
eg::matrix<double> first_rows(const eg::matrix<double>& states, size_t count) {
    auto some = eg::matrix<double>::from_shape({count, states.shape(1)});
    std::copy_n(states.data(), some.size(), some.data());
    return some;
}

/// Appends doubles to a file.
void write(std::ostream& out, const auto& numbers) {
    out.write(reinterpret_cast<const char*>(numbers.data()),
              static_cast<std::streamsize>(numbers.size() * sizeof(double)));
}

/// A map that counts how often F, or a product with its derivative, is computed at a state.
template <class Map>
struct counted {
    using scalar = double;
    Map map;
    size_t* calls;

    [[nodiscard]] size_t dimension() const { return map.dimension(); }
    void apply(eg::matrix_view<const double> h, eg::matrix_view<double> next) const {
        *calls += h.rows();
        map.apply(h, next);
    }
    void vjp(eg::matrix_view<const double> h, eg::matrix_view<const double> u,
             eg::matrix_view<double> out) const {
        *calls += h.rows();
        map.vjp(h, u, out);
    }
    void jvp(eg::matrix_view<const double> h, eg::matrix_view<const double> v,
             eg::matrix_view<double> out) const {
        *calls += h.rows();
        map.jvp(h, v, out);
    }
};

/// Normal numbers as a matrix.
eg::matrix<double> normal_matrix(size_t rows, size_t columns, double deviation, std::uint64_t key) {
    auto result = eg::matrix<double>::from_shape({rows, columns});
    eg::random_stream(eg::seed{key}, eg::purpose::search).normals(result, 0.0, deviation);
    return result;
}
/// Normal numbers as a vector.
eg::vector<double> normal_vector(size_t count, double deviation, std::uint64_t key) {
    auto result = eg::vector<double>::from_shape({count});
    eg::random_stream(eg::seed{key}, eg::purpose::search).normals(result, 0.0, deviation);
    return result;
}

/// The exponent b of y = a x^b through points, by least squares of the logarithms.
double exponent(const std::vector<std::pair<double, double>>& points) {
    double x = 0, y = 0, xx = 0, xy = 0;
    const auto n = static_cast<double>(points.size());
    for (const auto& [a, b] : points) {
        const double u = std::log(a), v = std::log(b);
        x += u, y += v, xx += u * u, xy += u * v;
    }
    return (n * xy - x * y) / (n * xx - x * x);
}

class measurement {
  public:
    measurement(std::string folder, bool quick)
        : folder_(std::move(folder)),
          repetitions_(quick ? 3 : 7),
          quick_(quick),
          task_(eg::optdigits()),
          network_(trained_network(task_, quick ? 500 : 3000)),
          map_(network_, task_.mean_input()),
          seeds_(states_about(eg::class_centroids(network_, task_).states)) {}

    void run(bool solvers_only) {
        std::filesystem::create_directories(folder_ + "/parts");
        save_network();
        for_other_solvers();
        save_results();
        if (solvers_only) return;
        against_adam();
        save_results();
        with_seeds();
        save_results();
    }

  private:
    /// A thousand states about the centroids, of which the first ten are the centroids themselves.
    static eg::matrix<double> states_about(const eg::matrix<double>& centroids) {
        auto states = eg::matrix<double>::from_shape({1000, units});
        eg::random_stream(eg::seed{5}, eg::purpose::search).normals(states, 0.0, 0.05);
        for (size_t i = 0; i < states.shape(0); ++i)
            for (size_t j = 0; j < units; ++j)
                states(i, j) = std::clamp((i < 10 ? 0 : states(i, j)) + centroids(i % 10, j), -1.0, 1.0);
        return states;
    }

    /// What both solvers make of the first seeds.
    struct both_speeds {
        std::vector<double> adam, standard;
    };

    /// Both searches from the first seeds on two threads, each to its end; the end states go into the file
    /// for the peer, which is to take as many steps. Those of a thousand seeds are fewer than the protocol's,
    /// or they would take an hour.
    both_speeds search_to_the_end(size_t seeds) {
        const size_t steps = seeds == 10    ? (quick_ ? 20'000 : protocol_steps)
                             : seeds == 100 ? (quick_ ? 4'000 : protocol_steps)
                                            : (quick_ ? 200 : 10'000);
        auto options = search_alone;
        options.threads = 2;
        const auto some = first_rows(seeds_, seeds);
        const auto adam = eg::find_slow_points(map_, some, eg::adam_descent{.iterations = steps}, options);
        const auto standard = eg::find_slow_points(map_, some, options);
        std::ofstream out(folder_ + "/slow_points_ends.bin",
                          seeds == 10 ? std::ios::binary : std::ios::binary | std::ios::app);
        write(out, states_by_seed(adam, seeds));
        write(out, states_by_seed(standard, seeds));
        both_speeds speeds{speeds_by_seed(adam, seeds), speeds_by_seed(standard, seeds)};
        size_t as_slow = 0;
        for (size_t i = 0; i < seeds; ++i)
            as_slow += std::pow(speeds.standard[i], 2) - std::pow(speeds.adam[i], 2) <= 1e-20 ? 1 : 0;
        const std::string key = "slow_points.gru200.seeds" + std::to_string(seeds);
        results_[key + ".adam_steps"] = steps;
        results_[key + ".where_default_is_as_slow"] = as_slow;
        return speeds;
    }

    /// The key figure: how much sooner the default solver is as slow as the published protocol's last state,
    /// centroid by centroid, both on one thread. Adam's whole protocol runs once, for the speeds it reaches;
    /// then a part of it takes turns with the default solver, which is given as many iterations as each seed
    /// needs.
    void against_adam() {
        constexpr size_t part = 2000;
        const auto centroids = first_rows(seeds_, 10);
        const auto speeds = search_to_the_end(10);
        const double whole_seconds = seconds_of([&] { eg::find_slow_points(map_, centroids, search_alone); });
        double excess = -1;
        for (size_t seed = 0; seed < 10; ++seed)
            excess = std::max(excess, std::pow(speeds.standard[seed], 2) - std::pow(speeds.adam[seed], 2));

        std::vector<double> adam, standard, ratios;
        std::vector<size_t> iterations;
        for (size_t i = 0; i < repetitions_; ++i) {
            adam.push_back(seconds_of([&] {
                               eg::find_slow_points(map_, centroids, eg::adam_descent{.iterations = part},
                                                    search_alone);
                           }) *
                           protocol_steps / part);
            standard.push_back(seconds_of([&] { iterations = search_until(speeds.adam, 10); }));
            ratios.push_back(adam.back() / standard.back());
        }
        const std::string key = "slow_points.gru200.";
        results_[key + "speedup_over_adam"] = bench::median(ratios);
        results_[key + "default_ms"] = 1e3 * bench::median(standard);
        results_[key + "default_whole_search_ms"] = 1e3 * whole_seconds;
        results_[key + "adam_seconds"] = bench::median(adam);
        results_[key + "seeds_where_default_is_as_slow"] = results_[key + "seeds10.where_default_is_as_slow"];
        results_[key + "largest_excess_of_S"] = excess;
        results_[key + "iterations_needed"] = iterations;
        results_[key + "speeds_default"] = speeds.standard;
        results_[key + "speeds_adam"] = speeds.adam;
    }

    /// Searches from each of the first seeds until it is as slow as its target; gives the iterations that
    /// took.
    std::vector<size_t> search_until(const std::vector<double>& targets, size_t seeds) const {
        auto state = eg::matrix<double>::from_shape({1, units});
        std::vector<size_t> iterations;
        for (size_t i = 0; i < seeds; ++i) {
            std::copy_n(&seeds_(i, 0), units, state.data());
            const auto found = eg::find_slow_points(
                map_, state, eg::levenberg_marquardt{.speed_target = targets[i]}, search_alone);
            eg::require(!found.empty(), "slow_points: the search from seed ", i, " failed");
            iterations.push_back(found[0].iterations);
        }
        return iterations;
    }

    void save_results() const {
        std::ofstream(folder_ + "/parts/slow_points.json") << results_.dump(2) << '\n';
    }

    void save_network() const {
        std::ofstream out(folder_ + "/slow_points_network.bin", std::ios::binary);
        const auto in_double = network_.template with_scalar<double>();
        const auto recurrent = in_double.recurrent_weights();
        auto seen = eg::matrix<double>::from_shape({1, in_double.features() + 1}),
             drive = eg::matrix<double>::from_shape({1, 3 * units});
        const auto frame = task_.mean_input();
        in_double.see({frame.data(), 1, frame.size()}, seen);
        eg::gemm<double>(seen, in_double.input_weights(), eg::matrix_view<double>(drive));
        write(out, std::vector<double>(recurrent.data(),
                                       recurrent.data() + recurrent.rows() * recurrent.columns()));
        write(out, drive);
        write(out, seeds_);
    }

    /// What bench/peers/solvers.py compares with other solvers, on one thread: the ten centroids, 200 seeds
    /// of a random tanh network of 100 units, and one seed of sparse networks of 5,000 units, of which it
    /// also gets the states by FOLDER/slow_points_tanh100.bin (W 100 x 100, b 100, seeds 200 x 100) and
    /// FOLDER/slow_points_sparse_GAIN.bin (20 columns a row, as many weights, b, seed, all as doubles).
    void for_other_solvers() {
        const auto centroids = first_rows(seeds_, 10);
        std::vector<double> seconds;
        eg::slow_points<double> found;
        for (size_t i = 0; i < repetitions_; ++i)
            seconds.push_back(
                seconds_of([&] { found = eg::find_slow_points(map_, centroids, search_alone); }));
        results_["slow_points.gru200.search_seconds"] = bench::median(seconds);
        results_["slow_points.gru200.search_speeds"] = speeds_by_seed(found, 10);

        constexpr size_t d = 100, many = 200;
        const auto weights = normal_matrix(d, d, 1.5 / std::sqrt(static_cast<double>(d)), 1),
                   starts = normal_matrix(many, d, 0.5, 2);
        const auto bias = normal_vector(d, 0.1, 3);
        const eg::rate_network network{weights, bias};
        {
            std::ofstream out(folder_ + "/slow_points_tanh100.bin", std::ios::binary);
            write(out, weights), write(out, bias), write(out, starts);
        }
        auto anywhere = search_alone;
        anywhere.region = {};
        seconds.clear();
        for (size_t i = 0; i < repetitions_; ++i)
            seconds.push_back(seconds_of([&] { found = eg::find_slow_points(network, starts, anywhere); }));
        results_["slow_points.tanh100.search_seconds"] = bench::median(seconds);
        results_["slow_points.tanh100.search_speeds"] = speeds_by_seed(found, many);
        for (const char* gain : {"0.95", "1.1", "1.5"}) sparse_for_other_solvers(gain);
    }

    void sparse_for_other_solvers(const std::string& gain) {
        constexpr size_t d = 5000;
        eg::random_stream draws(eg::seed{d}, eg::purpose::user);
        const bench::sparse_links links(d, std::stod(gain), draws);
        const auto bias = normal_vector(d, 0.1, 4);
        auto state = normal_matrix(1, d, 0.3, 5);
        {
            std::ofstream out(folder_ + "/slow_points_sparse_" + gain + ".bin", std::ios::binary);
            write(out, std::vector<double>(links.columns.begin(), links.columns.end()));
            write(out, links.weights), write(out, bias), write(out, state);
        }
        size_t calls = 0;
        const eg::rate_network network{links.matrix(), bias};
        const counted<std::remove_cvref_t<decltype(network)>> map{network, &calls};
        std::vector<eg::search_outcome> outcomes(1);
        const double seconds =
            seconds_of([&] { eg::descend(map, eg::newton_krylov{.speed_target = 1e-9}, state, outcomes); });
        const std::string key = "slow_points.sparse5000.gain" + gain + '.';
        results_[key + "products"] = calls;
        results_[key + "seconds"] = seconds;
        auto g = state;
        results_[key + "speed"] = std::sqrt(eg::detail::squared_speed(map, state.data(), g.data()));
    }

    /// 10, 100 and 1,000 seeds. Adam's protocol runs for 100 of them; each of these is then searched by the
    /// default solver until it is as slow. Seeds are searched one after the other, so that the first ten take
    /// the time that ten take, and a thousand ten times that of the hundred. Adam's times are those of fewer
    /// steps, scaled up.
    void with_seeds() {
        constexpr size_t known = 100;
        const auto targets = search_to_the_end(known).adam;
        search_to_the_end(1000);

        std::ofstream out(folder_ + "/cost_seeds.csv");
        out << "# seeds default_seconds adam_seconds\n";
        for (const size_t seeds : {10u, 100u, 1000u}) {
            const size_t part = 10'000 / seeds + 50, searched = std::min(seeds, known);
            const double adam = seconds_of([&] {
                                    eg::find_slow_points(map_, first_rows(seeds_, seeds),
                                                         eg::adam_descent{.iterations = part}, search_alone);
                                }) *
                                protocol_steps / static_cast<double>(part);
            const double one = seconds_of([&] { search_until(targets, searched); }) *
                               static_cast<double>(seeds) / static_cast<double>(searched);
            const std::string key = "slow_points.gru200.seeds" + std::to_string(seeds);
            results_[key + ".default_seconds"] = one;
            results_[key + ".adam_seconds"] = adam;
            results_[key + ".speedup_over_adam"] = adam / one;
            out << seeds << ' ' << one << ' ' << adam << '\n' << std::flush;
        }
        with_many_seeds();
    }

    /// The law of the default's time: as many iterations from each seed, one seed after the other or two at a
    /// time.
    void with_many_seeds() {
        const eg::levenberg_marquardt few{.iterations = 20};
        std::vector<std::pair<double, double>> points;
        double both[2] = {};
        for (const size_t seeds : {10u, 100u, 1000u}) {
            const auto some = first_rows(seeds_, seeds);
            auto options = search_alone;
            for (options.threads = 1; options.threads <= 2; ++options.threads) {
                const bench::stopwatch watch;
                eg::find_slow_points(map_, some, few, options);
                both[options.threads - 1] = watch.wall();
            }
            points.emplace_back(seeds, both[0]);
        }
        results_["slow_points.scaling.seeds_exponent"] = exponent(points);
        results_["slow_points.gru200.seeds1000.speedup_2_threads"] = both[0] / both[1];
    }

    std::string folder_;
    size_t repetitions_;
    bool quick_;
    eg::delayed_classification task_;
    network_type network_;
    eg::constant_input_map<eg::gru<double>> map_;
    eg::matrix<double> seeds_;
    nlohmann::json results_;
};

}  // namespace

int main(int count, char** arguments) try {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    measurement(words.empty() ? "." : words[0], words.size() > 1)
        .run(words.size() > 1 && words[1] == "solvers");
} catch (const std::exception& problem) {
    std::cerr << "searches: " << problem.what() << '\n';
    return 1;
}
