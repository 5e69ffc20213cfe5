/// @file
/// Which results of a search are one point, where the results are spread over processes.
#pragma once

#include "engram/dynamics/detail/seed_results.hpp"
#include "engram/dynamics/detail/seed_share.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace engram::detail {

/// A result that stands for a group, on every process.
template <class T>
struct group_head {
    T speed;
    size_t seed;
    std::vector<T> state;

    [[nodiscard]] merged_result<T> result() const { return {speed, state.data(), seed}; }
};

/// Results that processes offer each other, one process's after the other's.
template <class T>
class offered_results {
  public:
    /// Collective. `more`: whether this process has others, which come after those it offers.
    offered_results(const process_group& ranks, const std::vector<merged_result<T>>& mine, bool more,
                    size_t d)
        : last_(0) {
        std::vector<T> numbers;
        std::vector<size_t> seeds;
        for (const auto& result : mine) {
            numbers.push_back(result.speed);
            numbers.insert(numbers.end(), result.state, result.state + d);
            seeds.push_back(result.seed);
        }
        numbers_ = ranks.join(std::span<const T>(numbers));
        seeds = ranks.join(std::span<const size_t>(seeds));
        const auto counts = ranks.all_gather(mine.size());
        const auto others = ranks.all_gather(size_t{more});
        std::vector<size_t> ends;  // the seed of the last result of each process that has others
        for (size_t k = 0; k < seeds.size(); ++k) {
            const T* const row = &numbers_[k * (d + 1)];
            in_order_.push_back({row[0], row + 1, seeds[k]});
        }
        for (size_t r = 0, end = 0; r < ranks.size(); ++r) {
            end += counts[r];
            if (counts[r] > 0 && others[r] != 0) ends.push_back(seeds[end - 1]);
        }
        sort_by_speed(in_order_, d);
        const auto is_end = [&](const auto& result) { return std::ranges::count(ends, result.seed) > 0; };
        while (last_ < in_order_.size() && !is_end(in_order_[last_])) ++last_;
        last_ = std::min(last_ + 1, in_order_.size());
    }
    /// Those that come before all that were not offered, from the slowest to the fastest; empty if none was
    /// offered.
    [[nodiscard]] std::span<const merged_result<T>> complete() const {
        return std::span(in_order_).first(last_);
    }

  private:
    std::vector<T> numbers_;  ///< speed and state of each
    std::vector<merged_result<T>> in_order_;
    size_t last_;
};

/// The results of all processes that stand for groups, from the slowest to the fastest, as merge() finds them
/// on one. In each round every process offers its slowest few that are not near to one that is known to stand
/// for a group; then all processes decide, by the rule of merge(), on those that come before any that were
/// not offered.
template <class T>
std::vector<group_head<T>> group_heads(const process_group& ranks, const std::vector<merged_result<T>>& mine,
                                       size_t d, T merge_distance) {
    constexpr size_t at_a_time = 64;
    std::vector<group_head<T>> heads;
    nearest_result<T> known(d, merge_distance);
    const auto is_known = [&](const auto& result) { return known.near(result.state) != known.none; };
    std::vector<merged_result<T>> offered;
    for (size_t next = 0;;) {
        std::erase_if(offered, is_known);
        for (; next < mine.size() && offered.size() < at_a_time; ++next)
            if (!is_known(mine[next])) offered.push_back(mine[next]);
        const offered_results<T> of_all(ranks, offered, next < mine.size(), d);
        if (of_all.complete().empty()) return heads;
        for (const auto& result : of_all.complete()) {
            if (is_known(result)) continue;
            heads.push_back({result.speed, result.seed, {result.state, result.state + d}});
            known.add(result.seed, heads.back().state.data());
        }
    }
}

/// What merge() gives for the results of all processes, of which this one has its share.
template <class T>
seed_groups merge(const process_group& ranks, const seed_share& share, const matrix<T>& states,
                  const std::vector<search_result<T>>& results, T merge_distance) {
    if (ranks.alone()) return merge(states, results, merge_distance);
    constexpr size_t none = slow_points<T>::none;
    const size_t d = states.shape(1);
    const auto mine = by_speed(states, results, share.first);
    std::vector<group_head<T>> heads;
    if (merge_distance > 0) heads = group_heads(ranks, mine, d, merge_distance);
    std::vector<size_t> stands_for(results.size(), none);
    nearest_result<T> groups(d, merge_distance);
    auto head = heads.begin();
    for (const auto& result : mine) {
        for (; head != heads.end() && head->result().before(result, d); ++head)
            groups.add(head->seed, head->state.data());
        const size_t nearest = merge_distance > 0 ? groups.near(result.state) : none;
        stands_for[result.seed - share.first] = nearest == none ? result.seed : nearest;
    }
    return numbered_groups<T>(ranks.join(std::span<const size_t>(stands_for)));
}

}  // namespace engram::detail
