/// @file
/// Searches from several seeds in lockstep, so that the map is applied to all of their states at once.
#pragma once

#include "engram/core/buffer.hpp"
#include "engram/dynamics/solver/solver.hpp"

#include <array>
#include <memory>
#include <span>

namespace engram::detail {

/// Searches that advance in rounds, one try of a step a round, until each has ended; those that have leave
/// the batch. All memory is taken when it is made. A search has these members, called in this order:
///
///     begin(h, g)       the seed, which the search will move, and g = F(h) - h there
///     propose(linear)   a step, from a new model where the latest one was taken; false once it has ended
///     probe(at)         false, or true with a state where the step needs to know F before it is tried
///     bend(g)           F(h) - h at the probe
///     attempt(at)       the state to which the step leads
///     judge(at, g)      that state and F(h) - h there: takes the step, or not
///     outcome()         why it ended
///
/// What needs a search's matrices is in propose() as far as can be, while they are in the cache.
template <differentiable_map Map, class Search, size_t most>
class lockstep {
  public:
    using T = typename Map::scalar;

    /// For up to `width` searches, which is at most `most`, as is the caller's duty, made from the map's
    /// dimension and `options`.
    template <class... Options>
    lockstep(const Map& map, size_t width, const Options&... options)
        : map_(map), linear_(map), states_(width, map.dimension()), residuals_(width, map.dimension()) {
        for (size_t k = 0; k < width; ++k)
            searches_[k] = std::make_unique<Search>(map.dimension(), options...);
    }
    ~lockstep() = default;
    lockstep(const lockstep&) = delete;
    lockstep& operator=(const lockstep&) = delete;

    /// One search from each row of `states`, of which there are at most `width`.
    void run(matrix_view<T> states, std::span<search_outcome> outcomes) {
        const size_t n = states.rows();
        residual(map_, states, rows(residuals_, n));
        for (size_t k = 0; k < n; ++k) {
            searches_[k]->begin(states.row(k), &residuals_(k, 0));
            active_[k] = k;
        }
        for (active_count_ = n;;) {
            size_t kept = 0;
            for (size_t i = 0; i < active_count_; ++i)
                if (searches_[active_[i]]->propose(linear_)) active_[kept++] = active_[i];
            active_count_ = kept;
            if (kept == 0) break;
            apply_once([](Search& s, T* at) { return s.probe(at); },
                       [](Search& s, const T*, const T* g) { s.bend(g); });
            apply_once(
                [](Search& s, T* at) {
                    s.attempt(at);
                    return true;
                },
                [](Search& s, const T* at, const T* g) { s.judge(at, g); });
        }
        for (size_t k = 0; k < n; ++k) outcomes[k] = searches_[k]->outcome();
    }

  private:
    /// Gathers the states that the active searches ask about, applies the map to all of them, and hands
    /// F(h) - h back.
    template <class Ask, class Answer>
    void apply_once(Ask ask, Answer answer) {
        size_t count = 0;
        for (size_t i = 0; i < active_count_; ++i)
            if (ask(*searches_[active_[i]], &states_(count, 0))) asking_[count++] = active_[i];
        if (count == 0) return;
        residual(map_, rows(states_, count), rows(residuals_, count));
        for (size_t i = 0; i < count; ++i) answer(*searches_[asking_[i]], &states_(i, 0), &residuals_(i, 0));
    }
    static matrix_view<T> rows(buffer<T>& b, size_t count) { return b.view().row_block(0, count); }

    const Map& map_;
    linearisation<Map> linear_;
    buffer<T> states_, residuals_;
    std::array<std::unique_ptr<Search>, most> searches_;  ///< which stay where they are
    std::array<size_t, most> active_, asking_;
    size_t active_count_ = 0;
};

}  // namespace engram::detail
