/// @file
/// find_all_slow_points: a search that goes on until new seeds bring no new points.
#pragma once

#include "engram/dynamics/coverage.hpp"
#include "engram/dynamics/find_slow_points.hpp"
#include "engram/dynamics/seed_makers.hpp"

#include <string_view>

namespace engram {

/// How long find_all_slow_points goes on.
struct search_effort {
    size_t first_seeds = 100;    ///< of the first round; each further round doubles the number of all seeds
    size_t most_seeds = 10'000;  ///< in all
    /// The search ends as soon as the next seed leads to a new point with at most this probability, by the
    /// upper end of its interval.
    double unseen_share = 0.01;
};

/// Why find_all_slow_points ended.
enum class search_end {
    complete,    ///< the next seed hardly leads to a new point
    seeds_spent  ///< the seeds that were allowed, or those that the maker has, are used up
};
/// The reason in words.
constexpr std::string_view to_string(search_end end) {
    return end == search_end::complete ? "complete" : "seeds spent";
}

/// What find_all_slow_points found, and how much it may have missed.
template <class T>
struct all_slow_points {
    slow_points<T> found;                      ///< seeds are numbered as the maker numbers them
    search_coverage coverage;                  ///< how many there may be besides
    size_t seeds = 0;                          ///< searched from, those that failed included
    search_end end = search_end::seeds_spent;  ///< why the search ended
};

namespace detail {

/// Adds what a further search found to what is known, its seeds numbered from `first` on. Which points and
/// kinks are one is decided as in a search from all seeds, in units of the scale of what is known.
template <class T>
void add_points(slow_points<T>& known, slow_points<T> more, size_t first, T merge_distance) {
    for (auto* list : {&more.points, &more.kinks})
        for (auto& point : *list) {
            point.best_seed += first;
            for (size_t& seed : point.seeds) seed += first;
        }
    for (auto& failure : more.failures) {
        failure.seed += first;
        known.failures.push_back(std::move(failure));
    }
    for (auto* list : {&known.kinks, &more.points, &more.kinks})
        std::ranges::move(*list, std::back_inserter(known.points));
    known.kinks.clear();
    std::vector<search_result<T>> results(known.size());
    for (size_t i = 0; i < known.size(); ++i) results[i].speed = known[i].speed;
    const auto groups = merge(in_units(known.states(), known.merge_scale), results, merge_distance);
    std::vector<std::vector<size_t>> seeds(groups.best.size());
    for (size_t i = 0; i < known.size(); ++i)
        seeds[groups.of[i]].insert(seeds[groups.of[i]].end(), known[i].seeds.begin(), known[i].seeds.end());
    std::vector<slow_point<T>> points;
    for (size_t g = 0; g < groups.best.size(); ++g) {
        points.push_back(std::move(known.points[groups.best[g]]));
        std::ranges::sort(seeds[g]);
        points.back().seeds = std::move(seeds[g]);
    }
    std::ranges::sort(points, {}, [](const auto& point) { return point.seeds.front(); });
    known.points = std::move(points);
    set_kinks_apart(known);
}

/// The seeds of a round that are this process's.
template <class T>
struct seeds_of_round {
    seed_share share;
    matrix<T> own;
};

/// This process's part of `wanted` seeds numbered from `first` on, or of those that the maker has left, whose
/// share is of 0 where there are none.
template <class T, class Map, class Maker, class Solver>
seeds_of_round<T> make_seeds(const Map& map, const Maker& maker, size_t first, size_t wanted,
                             const Solver& solver, const process_group& ranks) {
    const size_t d = map.dimension();
    const auto share_of = [&](size_t seeds) { return seed_share(ranks, seeds, block_of(solver, seeds, d)); };
    const auto make = [&](const seed_share& share) {
        auto made = matrix<T>::from_shape({0, d});
        if (share.count > 0) made = maker(first + share.first, share.count);
        return made;
    };
    const seed_share asked = share_of(wanted);
    auto own = make(asked);
    const auto counts = ranks.all_gather(own.shape(0)), expected = ranks.all_gather(asked.count);
    for (size_t r = 0; r < counts.size(); ++r)
        require(counts[r] <= expected[r], "find_all_slow_points: the maker gave ", counts[r],
                " seeds, asked for ", expected[r]);
    const size_t made = std::accumulate(counts.begin(), counts.end(), size_t{0});
    if (made == wanted || made == 0) return {share_of(made), std::move(own)};
    const seed_share left = share_of(made);  // fewer seeds lie otherwise over the ranks
    if (left.first != asked.first || left.count != own.shape(0)) own = make(left);
    require(own.shape(0) == left.count, "find_all_slow_points: the maker gave ", own.shape(0), " seeds from ",
            first + left.first, " on, where it gave ", left.count, " before");
    return {left, std::move(own)};
}

}  // namespace detail

/// The slow points that seeds from a maker lead to, searched for in rounds until new seeds hardly bring new
/// ones, and an estimate of how many are missing. The estimate is about points to which the maker's seeds
/// lead: one that attracts none of them is never seen and not counted. See seed_maker for what makes seeds:
/// uniform_seeds, forward_seeds, or any function of the number of the first seed and how many are wanted.
/// The time limit of the options is that of all rounds. Each of several processes makes only its own part of
/// a round's seeds, so that none holds all.
/// Throws value_error if the effort makes no sense, differs between the processes, or the maker gives no
/// seeds, and what the maker and find_slow_points() throw in the first round; what a single process meets
/// with in a later one ends the search, and slow_points::interrupted says so.
template <differentiable_map Map, seed_maker<typename Map::scalar> Maker,
          solver<Map> Solver = levenberg_marquardt>
all_slow_points<typename Map::scalar> find_all_slow_points(
    const Map& map, const Maker& maker, const search_effort& effort = {},
    const search_options<typename Map::scalar>& options = {}, const Solver& solver = {}) {
    using T = typename Map::scalar;
    require(effort.first_seeds > 0 && effort.most_seeds >= effort.first_seeds,
            "find_all_slow_points: first_seeds = ", effort.first_seeds,
            " and most_seeds = ", effort.most_seeds, ", expected at least one, and no more than in all");
    require(effort.unseen_share > 0 && effort.unseen_share < 1,
            "find_all_slow_points: unseen_share = ", effort.unseen_share, ", expected above 0 and below 1");
    if (!options.ranks.alone())  // of which some would go on, and wait for the others
        require_same_everywhere(
            options.ranks, "find_all_slow_points: different efforts",
            detail::all_digits("first_seeds = ", effort.first_seeds, ", most_seeds = ", effort.most_seeds,
                               ", unseen_share = ", effort.unseen_share));
    const progress_watcher nobody;  // each round tells the watcher of its own seeds
    detail::progress_watch watch("find_all_slow_points", "seeds", effort.most_seeds, nobody,
                                 options.time_limit);
    all_slow_points<T> all;
    auto round_options = options;
    while (all.seeds < effort.most_seeds) {
        const size_t wanted =
            all.seeds == 0 ? effort.first_seeds : std::min(all.seeds, effort.most_seeds - all.seeds);
        size_t made = 0;
        slow_points<T> found;
        try {
            detail::check_search(map.dimension(), wanted, round_options);
            auto round = detail::make_seeds<T>(map, maker, all.seeds, wanted, solver, options.ranks);
            made = round.share.total;
            require(all.seeds > 0 || made > 0,
                    "find_all_slow_points: the maker of seeds gave none for the first ", wanted);
            if (made == 0) break;
            round_options.time_limit = watch.seconds_left();
            found = detail::search_from(map, std::move(round.own), round.share, solver, round_options);
        } catch (...) {  // others would wait for a process that goes on without them
            if (all.seeds == 0 || !options.ranks.alone()) throw;
            all.found.interrupted =
                detail::concatenate("from seed ", all.seeds, " on: ", detail::words_of_exception());
            break;
        }
        const std::string late = options.ranks.first_text(watch.goes_on() ? "" : watch.reason());
        const std::string interrupted = late.empty() ? found.interrupted : late;
        if (all.seeds == 0) {
            all.found.scale = found.scale;
            all.found.merge_scale = found.merge_scale;
        }
        detail::add_points(all.found, std::move(found), all.seeds, options.merge_distance);
        all.seeds += made;
        all.found.index_seeds(all.seeds);
        all.found.interrupted = interrupted;
        all.coverage = coverage_of(all.found);
        round_options.check_derivatives = false;
        if (!interrupted.empty()) break;
        if (all.coverage.unseen_share_at_most <= effort.unseen_share) {
            all.end = search_end::complete;
            break;
        }
        if (made < wanted) break;
    }
    return all;
}

}  // namespace engram
