/// @file
/// Searches from several seeds in lockstep, so that the map is applied to all of their states at once.
#pragma once

#include "engram/core/progress.hpp"
#include "engram/dynamics/solver/detail/local_search.hpp"

#include <deque>

namespace engram::detail {

/// Searches that advance in rounds: each search tries one step a round, and leaves the batch when it has
/// ended. All memory is allocated before the first round, and is reused by later batches where searches can
/// be restarted. What needs a descent's matrices is called for one search after the other, while they are in
/// the cache.
template <differentiable_map Map, class Search, class Make>
class lockstep {
  public:
    using T = typename Map::scalar;

    /// For up to `width` searches. make_search(searches) appends one.
    lockstep(const Map& map, size_t width, Make make_search)
        : map_(map),
          make_search_(std::move(make_search)),
          linear_(map),
          states_(matrix<T>::from_shape({width, map.dimension()})),
          residuals_(states_),
          gradients_(matrix<T>::from_shape({linearises ? 0 : width, map.dimension()})) {
        asking_.reserve(width);
        active_.reserve(width);
    }
    ~lockstep() = default;
    lockstep(const lockstep&) = delete;
    lockstep& operator=(const lockstep&) = delete;

    /// Runs one search from each row of `states`, of which there are at most `width`. A watch may interrupt
    /// all of them.
    void run(matrix_view<T> states, std::span<search_outcome> outcomes, progress_watch* watch = nullptr) {
        const size_t n = states.rows();
        prepare(n);
        active_.clear();
        detail::residual(map_, states, rows(residuals_, n));
        for (size_t k = 0; k < n; ++k) {
            searches_[k].begin(states.row(k), &residuals_(k, 0));
            active_.push_back(&searches_[k]);
        }
        while (!active_.empty()) {
            if (watch && !watch->goes_on()) {
                for (Search* s : active_) s->interrupt();
                break;
            }
            std::erase_if(active_, [](Search* s) { return !s->goes_on(); });
            if constexpr (!linearises) find_gradients();
            std::erase_if(active_, [this](Search* s) { return !s->propose(linear_); });
            if constexpr (Search::probes)
                apply_once([](Search& s, T* at) { return s.probe(at); },
                           [](Search& s, const T*, const T* g) { s.accelerate(g); });
            apply_once([](Search& s, T* at) { return s.attempt(at), true; },
                       [](Search& s, const T* at, const T* g) { s.decide(at, g); });
        }
        for (size_t k = 0; k < n; ++k) outcomes[k] = searches_[k].finish();
    }

  private:
    static constexpr bool linearises = Search::template linearises<linearisation<Map>>;

    /// Makes n searches ready to begin.
    void prepare(size_t n) {
        if constexpr (Search::restarts)
            for (Search& s : searches_) s.restart();
        else
            searches_.clear();
        while (searches_.size() < n) make_search_(searches_);
    }

    /// Applies the map once to all states that active searches ask about, and gives each search F(h) - h at
    /// its own.
    template <class Ask, class Answer>
    void apply_once(Ask ask, Answer answer) {
        asking_.clear();
        for (Search* s : active_)
            if (ask(*s, rows(states_, asking_.size() + 1).row(asking_.size()))) asking_.push_back(s);
        const size_t count = asking_.size();
        if (count == 0) return;
        const auto at = rows(states_, count), g = rows(residuals_, count);
        detail::residual(map_, at, g);
        for (size_t i = 0; i < count; ++i) answer(*asking_[i], at.row(i), g.row(i));
    }
    /// Half of S's gradient, for all searches that have moved.
    void find_gradients() {
        asking_.clear();
        for (Search* s : active_) {
            if (!s->wants_gradient()) continue;
            std::copy_n(s->state(), states_.shape(1), &states_(asking_.size(), 0));
            std::copy_n(s->residual(), states_.shape(1), &residuals_(asking_.size(), 0));
            asking_.push_back(s);
        }
        const size_t count = asking_.size();
        if (count == 0) return;
        const auto b = rows(gradients_, count);
        half_gradient(map_, rows(states_, count), rows(residuals_, count), b);
        for (size_t i = 0; i < count; ++i) asking_[i]->set_gradient(b.row(i));
    }
    static matrix_view<T> rows(matrix<T>& m, size_t count) { return matrix_view<T>(m).row_block(0, count); }

    const Map& map_;
    Make make_search_;
    linearisation<Map> linear_;
    matrix<T> states_, residuals_, gradients_;
    std::deque<Search> searches_;  ///< a deque, as pointers to them must stay valid
    std::vector<Search*> active_, asking_;
};

}  // namespace engram::detail
