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
          fates_(points.size(), fate::open) {}

    slow_manifold_set<T> result() {
        std::vector<size_t> order;
        for (size_t i = 0; i < points_.size(); ++i) {
            attempt(i, [&] { gaps_[i] = widest_gap(spectrum_of(i), options_.neutral); });
            if (points_[i].speed > options_.speed_limit * unit_of(i)) gaps_[i].directions = 0;
            if (gaps_[i].directions > 0)
                order.push_back(i);
            else
                fates_[i] = fate::isolated;
        }
        std::ranges::sort(order, [&](size_t i, size_t k) {
            return gaps_[i].ratio != gaps_[k].ratio ? gaps_[i].ratio > gaps_[k].ratio : i < k;
        });
        progress_watch watch("slow_manifolds", "points", order.size(), options_.watcher, options_.time_limit);
        for (const size_t i : order) {
            if (fates_[i] == fate::open) attempt(i, [&] { try_from(i, watch); });
            if (!watch.goes_on()) break;
            if (fates_[i] == fate::open) fates_[i] = fate::isolated;
            watch.add(1);
        }
        for (size_t i = 0; i < points_.size(); ++i)
            if (fates_[i] == fate::isolated) found_.isolated.push_back(i);
        found_.interrupted = watch.reason();
        return std::move(found_);
    }

  private:
    enum class fate : char { open, isolated, on_manifold };

    /// Where the map throws, nothing can be said of a point.
    template <class Work>
    void attempt(size_t i, Work&& work) {
        try {
            work();
        } catch (...) {
            found_.notes.push_back(
                concatenate("point ", i, ": ", what_was_thrown(map_, points_[i].state.data())));
        }
    }

    [[nodiscard]] T unit_of(size_t i) const {
        const auto& h = points_[i].state;
        return std::max(T(1), std::sqrt(dot(h.size(), h.data(), h.data())));
    }
    /// Nothing smaller is told from a point: rounding would move states as far as Newton's steps.
    static T smallest(T unit) { return 16 * std::sqrt(std::numeric_limits<T>::epsilon()) * unit; }
    static T extent(const slow_manifold<T>& m) { return m.dimension == 1 ? m.length : std::sqrt(m.area); }

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
        const matrix<T> frame = near_neutral_directions(map_, points_[i].state, m);
        manifold_corrector<Map> correct(map_, options_, watch, m, unit_of(i));
        framed_state start;
        if (m > 2) {
            if (begin(correct, i, frame, start) && lasts_beside(correct, start.state, start.frame)) name(i);
            return;
        }
        auto traced =
            m == 1 ? curve_through(correct, i, frame, start) : sheet_through(correct, i, frame, start);
        if (!traced) return;
        const auto known = [&](const auto& other) {
            return other.dimension == m && lies_on(other, correct, start.state);
        };
        if (std::ranges::any_of(found_.manifolds, known)) return;  // the point is too far from it
        measure_spectra(map_, options_.region, watch, *traced);
        if (!watch.goes_on()) return;
        for (size_t k = 0; k < points_.size(); ++k) {
            if (fates_[k] == fate::on_manifold || !(k == i || lies_on(*traced, correct, points_[k].state)))
                continue;
            fates_[k] = fate::on_manifold;
            traced->points.push_back(k);
        }
        found_.manifolds.push_back(*std::move(traced));
    }

    struct framed_state {
        vector<T> state;
        matrix<T> frame;
    };
    /// Moves a point onto the manifold; false if there is none.
    bool begin(manifold_corrector<Map>& correct, size_t i, const matrix<T>& frame,
               framed_state& start) const {
        start = {points_[i].state, frame};
        return correct(start.state.data(), start.frame.data(), options_.spacing * correct.size()) ==
               correction::done;
    }

    /// With steps as long as asked for or, where the curve is short, with shorter ones, wherever the origin
    /// is: a curve of a few of the shortest steps is not known yet, and one that is known sets the unit of
    /// them. None if its values do not last.
    std::optional<slow_manifold<T>> curve_through(manifold_corrector<Map>& correct, size_t i,
                                                  const matrix<T>& frame, framed_state& start) const {
        curve_trace<Map> trace(correct, options_);
        bool fitted = false;
        for (T size = correct.unit(); size >= smallest(correct.unit());) {
            correct.resolve(size);
            if (!begin(correct, i, frame, start)) return {};
            auto traced = trace(start.state.data(), start.frame.data());
            if (!correct.goes_on()) return {};
            if (!(traced.length > 64 * trace.shortest * options_.spacing * size)) {
                size /= 1000;
            } else if (traced.length < size / 2 && !fitted) {
                size = traced.length / 6;  // about the radius of a ring
                fitted = true;
            } else {
                measure_drift(map_, options_.amount, traced);
                if (!(traced.persistence >= options_.least_persistence)) return {};
                return traced;
            }
        }
        return {};
    }

    /// With discs as large as asked for, or smaller where the sheet bends or is covered by a few of them.
    /// None if its values do not last.
    std::optional<slow_manifold<T>> sheet_through(manifold_corrector<Map>& correct, size_t i,
                                                  const matrix<T>& frame, framed_state& start) const {
        constexpr size_t enough = 64;
        sheet_trace<Map> trace(correct, options_);
        T size = correct.unit();
        for (int halvings = 0; size >= smallest(correct.unit()); ++halvings, size /= 2) {
            correct.resolve(size);
            if (!begin(correct, i, frame, start)) return {};
            auto traced = trace(start.state.data(), start.frame.data(), options_.spacing * size);
            if (!correct.goes_on()) return {};
            if (traced.states.shape(0) < enough || (trace.too_curved() && halvings < 4)) continue;
            measure_drift(map_, options_.amount, traced);
            if (!(traced.persistence >= options_.least_persistence)) return {};
            return traced;
        }
        return {};
    }

    /// Whether a state lies on a traced manifold: so near that it is moved onto it between its states.
    [[nodiscard]] bool lies_on(const slow_manifold<T>& m, manifold_corrector<Map>& correct,
                               vector<T> state) const {
        const size_t d = map_.dimension();
        const T near = options_.distance * std::min(correct.unit(), extent(m));
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
        const T step = options_.spacing * correct.size();
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

    /// Puts a point into the set of its dimension, which is not traced; sets of one dimension are not told
    /// apart.
    void name(size_t i) {
        const auto same = [&](const auto& m) { return m.dimension == gaps_[i].directions; };
        auto set = std::ranges::find_if(found_.manifolds, same);
        if (set == found_.manifolds.end()) {
            set = found_.manifolds.insert(set, slow_manifold<T>());
            set->dimension = gaps_[i].directions;
        }
        set->points.push_back(i);
        std::ranges::sort(set->points);
        fates_[i] = fate::on_manifold;
    }

    const Map& map_;
    const slow_points<T>& points_;
    const manifold_options<T>& options_;
    std::vector<neutral_gap<T>> gaps_;
    std::vector<fate> fates_;
    slow_manifold_set<T> found_;
};

}  // namespace engram::detail
