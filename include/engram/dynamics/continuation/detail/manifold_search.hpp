/// @file
/// Which points slow manifolds are traced from, and which lie on one.
#pragma once

#include "engram/dynamics/continuation/detail/curve_trace.hpp"
#include "engram/dynamics/continuation/detail/manifold_measures.hpp"
#include "engram/dynamics/continuation/detail/near_neutral.hpp"
#include "engram/dynamics/continuation/detail/sheet_trace.hpp"
#include "engram/dynamics/point/search_options.hpp"

#include <optional>

namespace engram::detail {

/// One call of slow_manifolds().
template <differentiable_map Map>
class manifold_search {
  public:
    using T = typename Map::scalar;

    manifold_search(const Map& map, const slow_points<T>& points, const manifold_options<T>& options)
        : map_(map),
          points_(points),
          options_(options),
          gaps_(points.size()),
          taken_(points.size()),
          unknown_(points.size()) {}

    slow_manifold_set<T> result() {
        std::vector<size_t> order;
        for (size_t i = 0; i < points_.size(); ++i) {
            gaps_[i] = widest_gap(spectrum_of(i), options_.neutral);
            if (points_[i].speed > options_.speed_limit * unit_of(i)) gaps_[i].directions = 0;
            if (gaps_[i].directions > 0) order.push_back(i);
        }
        std::ranges::sort(order, [&](size_t i, size_t k) {
            return gaps_[i].ratio != gaps_[k].ratio ? gaps_[i].ratio > gaps_[k].ratio : i < k;
        });
        progress_watch watch("slow_manifolds", "points", order.size(), options_.watcher, options_.time_limit);
        size_t looked_at = 0;
        for (const size_t i : order) {
            if (!taken_[i]) try_from(i, watch);
            if (!watch.goes_on()) break;
            watch.add(1);
            ++looked_at;
        }
        for (const size_t i : std::span(order).subspan(looked_at)) unknown_[i] = true;
        for (size_t i = 0; i < points_.size(); ++i)
            if (!taken_[i] && !unknown_[i]) found_.isolated.push_back(i);
        found_.interrupted = watch.reason();
        return std::move(found_);
    }

  private:
    [[nodiscard]] T unit_of(size_t i) const {
        const auto& h = points_[i].state;
        return std::max(T(1), std::sqrt(dot(h.size(), h.data(), h.data())));
    }

    /// Empty where the derivative is not finite: nothing can be said of such a point.
    [[nodiscard]] std::vector<std::complex<T>> spectrum_of(size_t i) const {
        if (points_[i].spectrum.size() == map_.dimension()) return points_[i].spectrum;
        try {
            const auto values = spectrum(map_, points_[i].state);
            return {values.begin(), values.end()};
        } catch (const divergence_error&) {
            return {};
        }
    }

    /// Traces the manifold through a point, if there is one, and takes the points on it.
    void try_from(size_t i, progress_watch& watch) {
        const size_t m = gaps_[i].directions;
        matrix<T> frame = near_neutral_directions(map_, points_[i].state, m);
        manifold_corrector<Map> correct(map_, options_, watch, m, unit_of(i));
        vector<T> start = points_[i].state;
        if (correct(start.data(), frame.data(), options_.spacing * unit_of(i)) != correction::done) return;
        if (m > 2) {
            if (lasts_beside(correct, start, frame) && watch.goes_on()) name(i);
            return;
        }
        auto traced = m == 1 ? curve_through(correct, start, frame) : sheet_through(correct, start, frame);
        if (!traced) return;
        measure_spectra(map_, options_.region, watch, *traced);
        if (!watch.goes_on()) return;
        for (size_t k = 0; k < points_.size(); ++k) {
            if (taken_[k] || !(k == i || lies_on(*traced, correct, k))) continue;
            taken_[k] = true;
            traced->points.push_back(k);
        }
        found_.manifolds.push_back(*std::move(traced));
    }

    /// Whether a traced set is more than a point, and values stored on it last.
    [[nodiscard]] bool lasts(const slow_manifold<T>& m, T unit) const {
        return (m.dimension == 1 ? m.length : std::sqrt(m.area)) > options_.distance * unit &&
               m.persistence >= options_.least_persistence;
    }

    std::optional<slow_manifold<T>> curve_through(manifold_corrector<Map>& correct, const vector<T>& start,
                                                  const matrix<T>& frame) const {
        auto traced = curve_trace<Map>(correct, options_)(start.data(), frame.data());
        measure_drift(map_, options_.amount, traced);
        if (!lasts(traced, correct.unit())) return {};
        return traced;
    }

    /// With discs as large as asked for, or smaller where the sheet bends or is covered by a few of them.
    std::optional<slow_manifold<T>> sheet_through(manifold_corrector<Map>& correct, const vector<T>& start,
                                                  const matrix<T>& frame) const {
        constexpr size_t enough = 64;
        T spacing = options_.spacing * correct.unit();
        sheet_trace<Map> trace(correct, options_);
        for (int halvings = 0;; ++halvings, spacing /= 2) {
            auto traced = trace(start.data(), frame.data(), spacing);
            const bool last = halvings == 4;
            if (trace.bent() && !last) continue;
            measure_drift(map_, options_.amount, traced);
            if (!lasts(traced, correct.unit())) return {};
            if (last || traced.states.shape(0) >= enough || traced.incomplete) return traced;
        }
    }

    /// Whether a point lies on a traced manifold: so near that it is moved onto it between its states.
    [[nodiscard]] bool lies_on(const slow_manifold<T>& m, manifold_corrector<Map>& correct, size_t k) const {
        const size_t d = map_.dimension();
        const T near = options_.distance * correct.unit();
        vector<T> state = points_[k].state;
        const size_t closest = m.nearest({state.data(), d});
        const auto apart = [&] { return distance<T>(state.data(), &m.states(closest, 0), d); };
        if (!(apart() <= m.spacing + near)) return false;
        matrix<T> frame = matrix<T>::from_shape({m.dimension, d});
        std::copy_n(&m.tangents(closest * m.dimension, 0), frame.size(), frame.data());
        return correct(state.data(), frame.data(), near) == correction::done &&
               apart() <= T(1.01) * m.spacing;
    }

    /// Whether the states beside one of a set of several dimensions are on it too, and slow enough.
    [[nodiscard]] bool lasts_beside(manifold_corrector<Map>& correct, const vector<T>& start,
                                    const matrix<T>& frame) const {
        const size_t d = map_.dimension();
        const T step = options_.spacing * correct.unit();
        for (size_t k = 0; k < frame.shape(0); ++k)
            for (const T way : {step, -step}) {
                vector<T> state = start;
                matrix<T> turned = frame;
                axpy(d, way, &frame(k, 0), state.data());
                if (correct(state.data(), turned.data(), step / 3) != correction::done) return false;
                const T speed = std::sqrt(dot(d, correct.drift().data(), correct.drift().data()));
                if (speed * options_.least_persistence > 2 * step * options_.amount) return false;
            }
        return true;
    }

    /// Puts a point into the set of its dimension, which is not traced.
    void name(size_t i) {
        const auto same = [&](const auto& m) { return m.dimension == gaps_[i].directions; };
        auto set = std::ranges::find_if(found_.manifolds, same);
        if (set == found_.manifolds.end()) {
            set = found_.manifolds.insert(set, slow_manifold<T>());
            set->dimension = gaps_[i].directions;
        }
        set->points.push_back(i);
        std::ranges::sort(set->points);
        taken_[i] = true;
    }

    const Map& map_;
    const slow_points<T>& points_;
    const manifold_options<T>& options_;
    std::vector<neutral_gap<T>> gaps_;
    std::vector<char> taken_, unknown_;  ///< on a manifold; not looked at when the call was ended
    slow_manifold_set<T> found_;
};

}  // namespace engram::detail
