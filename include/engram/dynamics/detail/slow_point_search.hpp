/// @file
/// The phases of find_slow_points.
#pragma once

#include "engram/core/parallel.hpp"
#include "engram/dynamics/detail/flag_outliers.hpp"
#include "engram/dynamics/detail/merge_over_ranks.hpp"
#include "engram/dynamics/detail/ridge_descent.hpp"
#include "engram/dynamics/detail/share_points.hpp"
#include "engram/dynamics/map/quick_check.hpp"
#include "engram/dynamics/point/describe.hpp"
#include "engram/dynamics/point/units.hpp"
#include "engram/dynamics/solver/descend.hpp"

namespace engram::detail {

/// One call of find_slow_points, by one of the processes that make it together.
template <differentiable_map Map, class Solver>
class slow_point_search {
  public:
    using T = typename Map::scalar;

    /// From this process's seeds, which were checked, as options and solver were.
    slow_point_search(const Map& map, matrix<T> seeds, const seed_share& share, const Solver& solver,
                      const search_options<T>& options)
        : map_(map),
          solver_(solver),
          options_(options),
          region_(region_for("find_slow_points", map, options)),
          share_(share),
          starts_(std::move(seeds)),
          n_(starts_.shape(0)),
          d_(starts_.shape(1)),
          workers_(options.threads),
          watch_("find_slow_points", "seeds", n_, options.watcher, options.time_limit) {
        for (size_t i = 0; i < n_; ++i)
            for (size_t j = 0; j < d_; ++j) starts_(i, j) = region_.clip(j, starts_(i, j));
        scales_ = scales_for("find_slow_points", map, options, region_, starts_, share.block);
        if (!own_units || std::isfinite(region_.max_distance)) scales_.differ = false;
        if (!scales_.differ) scales_.own = scales_.usual;
        passes_ = scales_.differ ? 2 : 1;
    }

    slow_points<T> run() {
        if (options_.check_derivatives) check();
        states_ = starts_;
        outcomes_.resize(n_);
        searched_.resize(n_);
        ridges_.assign(n_, ridge_end::none);
        // In units of each coordinate the same fixed points are found whatever the units are. Slow points are
        // those of S as it is meant, so the search goes on there.
        if (scales_.differ) descend_in(scales_.own);
        descend_in(scales_.usual);
        if (scales_.differ && watch_.goes_on()) restart_risen();
        if constexpr (std::same_as<Solver, levenberg_marquardt>) follow_ridges();
        check_results();
        auto found = points();
        describe_all(found.points);
        share_points(options_.ranks, share_, d_, found.points);
        found.interrupted = options_.ranks.first_text(watch_.reason());
        set_kinks_apart(found);
        found.scale = scales_.usual;
        found.merge_scale = scales_.own;
        found.index_seeds(share_.total);
        return found;
    }

  private:
    /// Whether the solver sizes its steps by itself, so that units of any size suit it.
    static constexpr bool own_units = requires { requires Solver::own_units; };

    /// One copy of the map a thread, in units of a scale.
    std::vector<scaled_map<Map>> maps_in(const state_scale<T>& scale) const {
        return std::vector<scaled_map<Map>>(options_.threads, scaled_map<Map>(map_, scale));
    }

    /// Throws value_error where a derivative contradicts apply, at the first seed that can tell.
    void check() const {
        char told = 0;
        options_.ranks.in_turn(std::span<char>(&told, 1), [&] {
            const auto& scale = scales_.own;
            if (told == 0)
                told = a_seed_tells(scaled_map<Map>(map_, scale), in_units(region_, scale, d_),
                                    in_units(starts_, scale), share_.first, options_.dense_limit);
        });
    }

    /// Moves all states downhill, in units of a scale.
    void descend_in(const state_scale<T>& scale) {
        const auto maps = maps_in(scale);
        const auto region = in_units(region_, scale, d_);
        const auto before = in_units(states_, scale);
        auto states = before;
        const size_t block = share_.block;
        workers_.for_each_stretch((n_ + block - 1) / block, [&](size_t begin, size_t end, size_t worker) {
            auto search = block_search(maps[worker], solver_, block, region);
            for (size_t first = begin * block; first < std::min(end * block, n_); first += block) {
                const size_t count = std::min(block, n_ - first);
                if (!watch_.goes_on()) return;
                std::vector<search_outcome> outcomes(count);
                search.run(matrix_view<T>(states).row_block(first, count), std::span(outcomes), &watch_);
                for (size_t k = 0; k < count; ++k) {
                    outcomes_[first + k].stop = outcomes[k].stop;
                    outcomes_[first + k].iterations += outcomes[k].iterations;
                    ++searched_[first + k];
                }
                if (&scale == &scales_.usual) watch_.add(count);  // of two passes the last counts
            }
        });
        out_of_units(states, scale, region_, before, states_);
        states_ = std::move(states);
    }

    /// Repeats the search in the usual units alone from each seed whose result has a larger S than the seed:
    /// the pass in units of each coordinate lowers another S.
    void restart_risen() {
        const auto maps = maps_in(scales_.usual);
        const auto region = in_units(region_, scales_.usual, d_);
        const auto starts = in_units(starts_, scales_.usual), states = in_units(states_, scales_.usual);
        workers_.for_each_of_many(n_, [&](size_t i, size_t worker) {
            std::vector<T> g(d_);
            const auto& map = maps[worker];
            if (!(squared_speed(map, &states(i, 0), g.data()) > squared_speed(map, &starts(i, 0), g.data())))
                return;
            std::vector<T> state(&starts(i, 0), &starts(i, 0) + d_);
            descend_together(map, solver_, as_row(state), std::span(outcomes_).subspan(i, 1), region);
            for (size_t j = 0; j < d_; ++j)
                states_(i, j) = out_of_units(state[j], scales_.usual[j], region_, j);
        });
    }

    /// Takes on the searches that have ended at kinks of the map.
    void follow_ridges() {
        if (d_ > options_.dense_limit) return;
        const auto& scale = scales_.usual;
        const auto before = in_units(states_, scale);
        auto states = before;
        const auto maps = maps_in(scale);
        const auto region = in_units(region_, scale, d_);
        const auto starts = in_units(starts_, scale);
        workers_.for_each_of_many(n_, [&](size_t i, size_t worker) {
            if (outcomes_[i].stop == stop_reason::no_progress && watch_.goes_on())
                ridges_[i] =
                    ridge_descent(maps[worker], region, watch_)(&starts(i, 0), &states(i, 0), outcomes_[i]);
        });
        out_of_units(states, scale, region_, before, states_);
        states_ = std::move(states);
    }

    /// Computes S at each result, and decides which results are valid.
    void check_results() {
        const auto maps = maps_in(scales_.usual);
        const auto region = in_units(region_, scales_.usual, d_);
        const auto starts = in_units(starts_, scales_.usual), states = in_units(states_, scales_.usual);
        results_.assign(n_, {});
        workers_.for_each_of_many(n_, [&](size_t i, size_t worker) {
            if (searched_[i] == 0)
                results_[i].failure = concatenate("not searched: ", watch_.reason());
            else
                check_result(maps[worker], region, &starts(i, 0), &states(i, 0), results_[i]);
            if (searched_[i] < passes_) outcomes_[i].stop = stop_reason::interrupted;
        });
    }

    /// The points: of all processes their seeds, and of this one what the solver and check_result() know.
    slow_points<T> points() const {
        const auto groups =
            merge(options_.ranks, share_, in_units(states_, scales_.own), results_, options_.merge_distance);
        const T unit = scales_.usual.largest();
        std::vector<std::string> reasons;
        for (const auto& result : results_)
            if (!result.failure.empty()) reasons.push_back(result.failure);
        reasons = join_texts(options_.ranks, reasons);
        slow_points<T> found;
        found.points.resize(groups.best.size());
        for (size_t i = 0; i < share_.total; ++i) {
            if (groups.of[i] == slow_points<T>::none)
                found.failures.push_back({i, reasons[found.failures.size()]});
            else
                found.points[groups.of[i]].seeds.push_back(i);
        }
        for (size_t i = 0; i < groups.best.size(); ++i) {
            slow_point<T>& point = found.points[i];
            point.best_seed = groups.best[i];
            if (!share_.holds(point.best_seed)) continue;
            const size_t best = point.best_seed - share_.first;
            point.state = vector<T>::from_shape({d_});
            std::copy_n(&states_(best, 0), d_, point.state.data());
            point.speed = results_[best].speed * unit;
            point.gradient_norm = results_[best].gradient_norm * unit;
            point.at_edge = results_[best].at_edge;
            point.iterations = outcomes_[best].iterations;
            point.stop = outcomes_[best].stop;
        }
        return found;
    }

    /// All else that is said of this process's points.
    void describe_all(std::vector<slow_point<T>>& points) {
        const auto& own = scales_.own;
        const auto& usual = scales_.usual;
        const auto maps = maps_in(usual), own_maps = scales_.differ ? maps_in(own) : maps;
        const auto region = in_units(region_, usual, d_), own_region = in_units(region_, own, d_);
        workers_.for_each(points.size(), [&](size_t i, size_t worker) {
            auto& point = points[i];
            if (!share_.holds(point.best_seed)) return;
            const auto state = point.state;
            into_units(point, usual);
            if (scales_.differ)  // tolerances are of each coordinate
                find_kind_in_units(own_maps[worker], options_, own_region, state, usual, point);
            describe(maps[worker], options_, region, point, scales_.differ);
            const auto ridge = ridges_[point.best_seed - share_.first];
            point.at_kink = ridge != ridge_end::none && point.kind != point_kind::fixed;
            point.is_minimum = point.is_minimum || (point.at_kink && ridge == ridge_end::lowest);
            out_of_units(point, usual, region_);
            point.state = state;
            if constexpr (is_flow<Map>)
                point.not_equilibrium =
                    point.kind == point_kind::fixed && field_is_not_zero(map_, point.state, scales_.own);
            point.distance_moved =
                distance_moved(usual, point.state, &starts_(point.best_seed - share_.first, 0));
            point.outside_box = !holds(box_of(map_), state.data(), d_);
        });
        flag_outliers(options_.ranks, share_, in_units(starts_, own), own, options_.outlier_distance, points);
    }

    const Map& map_;
    const Solver& solver_;
    const search_options<T>& options_;
    search_region<T> region_;
    seed_share share_;
    matrix<T> starts_, states_ = matrix<T>::from_shape({0, 0});
    size_t n_, d_;
    team workers_;
    search_scales<T> scales_;
    size_t passes_ = 1;
    std::vector<size_t> searched_;  ///< of each seed: in how many passes it was
    progress_watch watch_;
    std::vector<search_outcome> outcomes_;
    std::vector<ridge_end> ridges_;  ///< of each seed
    std::vector<search_result<T>> results_;
};

}  // namespace engram::detail
