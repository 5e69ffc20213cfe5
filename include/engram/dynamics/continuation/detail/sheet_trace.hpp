/// @file
/// A slow sheet covered from one of its points, until it closes, ends or leaves the box.
#pragma once

#include "engram/dynamics/continuation/detail/chart_polygon.hpp"
#include "engram/dynamics/continuation/detail/manifold_corrector.hpp"
#include "engram/dynamics/continuation/slow_manifold.hpp"

#include <optional>

namespace engram::detail {

/// Covers a sheet by discs of one radius (Henderson 2002, "Multiple parameter continuation"). Each state has
/// its tangent plane and, in it, the polygon of what is nearer to it than to its neighbours. Where a corner
/// sticks out of the disc, the edge of the disc in that direction is covered by none: there is the next
/// state. Once no corner sticks out, the polygons cover the sheet, and their areas are its area.
template <differentiable_map Map>
class sheet_trace {
  public:
    using T = typename Map::scalar;

    explicit sheet_trace(manifold_corrector<Map>& correct, const manifold_options<T>& options)
        : correct_(correct),
          d_(correct.dimension()),
          most_(options.max_states),
          states_(matrix<T>::from_shape({most_ + 1, d_})),
          frames_(matrix<T>::from_shape({2 * (most_ + 1), d_})),
          polygons_(most_),
          edge_(most_),
          away_(d_),
          state_(d_),
          turned_(2 * d_) {}

    /// Covers the sheet through a state on it with its directions (2 x d) by discs of radius `spacing`.
    slow_manifold<T> operator()(const T* state, const T* frame, T spacing) {
        slow_manifold<T> result;
        result.dimension = 2;
        spacing_ = spacing;
        count_ = 0;
        too_curved_ = ended_ = false;
        lost_.clear();
        std::copy_n(state, d_, &states_(0, 0));
        std::copy_n(frame, 2 * d_, &frames_(0, 0));
        add();
        cover(result);
        result.incomplete = result.incomplete || too_curved_;
        result.closed = !ended_ && !result.incomplete;
        result.spacing = spacing_;
        for (size_t i = 0; i < count_; ++i) result.area += (edge_[i] ? within_edge(i) : polygons_[i]).area();
        result.states = matrix<T>::from_shape({count_, d_});
        result.tangents = matrix<T>::from_shape({2 * count_, d_});
        std::copy_n(states_.data(), count_ * d_, result.states.data());
        std::copy_n(frames_.data(), 2 * count_ * d_, result.tangents.data());
        return result;
    }

    /// Whether the last sheet is too curved for discs of that size.
    [[nodiscard]] bool too_curved() const { return too_curved_; }

  private:
    using corner = typename chart_polygon<T>::corner;

    void cover(slow_manifold<T>& result) {
        for (size_t i = 0; i < count_ && !too_curved_;) {
            const auto next = uncovered(i);
            if (!next) {
                ++i;
                continue;
            }
            if (count_ == most_) {
                result.incomplete = true;
                return;
            }
            T* const state = &states_(count_, 0);
            const auto verdict = go(i, *next, state, &frames_(2 * count_, 0));
            if (verdict == correction::done) {
                add();
            } else if (verdict == correction::ended) {
                return;
            } else if (verdict == correction::failed) {
                too_curved_ = true;
            } else {
                if (verdict == correction::threw) result.incomplete = true, result.note = correct_.thrown();
                result.left_box = result.left_box || verdict == correction::outside;
                ended_ = true;
                edge_[i] = true;
                lost_.push_back({i, *next});
            }
        }
    }

    /// A point on the edge of disc i that no disc covers, and where the sheet was not found to end.
    std::optional<corner> uncovered(size_t i) const {
        for (const corner& v : polygons_[i].corners()) {
            const T norm = std::hypot(v[0], v[1]);
            if (!(norm > T(1 + 1e-6) * spacing_)) continue;
            const corner point{v[0] * spacing_ / norm, v[1] * spacing_ / norm};
            const auto tried = [&](const auto& one) {
                return one.state == i &&
                       std::hypot(one.point[0] - point[0], one.point[1] - point[1]) < spacing_ / 100;
            };
            if (std::ranges::none_of(lost_, tried)) return point;
        }
        return {};
    }

    /// The state of the sheet at coordinates of the tangent plane of state i, and its frame.
    correction go(size_t i, const corner& y, T* state, T* frame) {
        std::copy_n(&states_(i, 0), d_, state);
        for (size_t k = 0; k < 2; ++k) axpy(d_, y[k], &frames_(2 * i + k, 0), state);
        std::copy_n(&frames_(2 * i, 0), 2 * d_, frame);
        const auto verdict = correct_(state, frame, spacing_ / 3);
        if (verdict != correction::done) return verdict;
        T kept = 0;  // squared cosines of the angles between the two planes
        for (size_t k = 0; k < 4; ++k)
            kept += std::pow(dot(d_, frame + k / 2 * d_, &frames_(2 * i + k % 2, 0)), 2);
        return kept > T(1.75) ? verdict : correction::failed;
    }

    /// Takes the state behind the last for a new one: its polygon is cut by its neighbours', and they by it.
    void add() {
        polygons_[count_] = chart_polygon<T>(spacing_);
        edge_[count_] = false;
        for (size_t i = 0; i < count_; ++i) {
            const T apart = distance<T>(&states_(i, 0), &states_(count_, 0), d_);
            if (apart < 2 * std::sqrt(T(2)) * spacing_) {
                polygons_[i].cut(seen_from(i, count_), apart);
                polygons_[count_].cut(seen_from(count_, i), apart);
            }
        }
        ++count_;
    }

    /// State j in the coordinates of the tangent plane of state i.
    corner seen_from(size_t i, size_t j) {
        for (size_t k = 0; k < d_; ++k) away_[k] = states_(j, k) - states_(i, k);
        return {dot(d_, away_.data(), &frames_(2 * i, 0)), dot(d_, away_.data(), &frames_(2 * i + 1, 0))};
    }

    [[nodiscard]] bool holds(size_t i, const corner& y) {
        return go(i, y, state_.data(), turned_.data()) == correction::done;
    }
    /// The last point on the line between two, of which the sheet holds the first.
    corner last_held(size_t i, corner held, corner lost) {
        for (int halving = 0; halving < 8; ++halving) {
            const corner middle{(held[0] + lost[0]) / 2, (held[1] + lost[1]) / 2};
            (holds(i, middle) ? held : lost) = middle;
        }
        return held;
    }

    /// The polygon of a state near the edge of the sheet, cut along the edge.
    chart_polygon<T> within_edge(size_t i) {
        const auto corners = polygons_[i].corners();
        std::vector<char> held(corners.size());
        for (size_t k = 0; k < corners.size(); ++k) held[k] = holds(i, corners[k]);
        std::vector<corner> cut;
        for (size_t k = 0; k < corners.size(); ++k) {
            const size_t next = (k + 1) % corners.size();
            cut.push_back(held[k] ? corners[k] : last_held(i, {0, 0}, corners[k]));
            if (held[k] && !held[next]) cut.push_back(last_held(i, corners[k], corners[next]));
            if (!held[k] && held[next]) cut.push_back(last_held(i, corners[next], corners[k]));
        }
        return chart_polygon<T>(std::move(cut));
    }

    struct way {
        size_t state;
        corner point;
    };

    manifold_corrector<Map>& correct_;
    size_t d_, most_, count_ = 0;
    T spacing_ = 0;
    bool too_curved_ = false, ended_ = false;
    matrix<T> states_, frames_;
    std::vector<chart_polygon<T>> polygons_;
    std::vector<char> edge_;  ///< whether the sheet ends within a state's disc
    std::vector<way> lost_;   ///< where it was found to
    std::vector<T> away_, state_, turned_;
};

}  // namespace engram::detail
