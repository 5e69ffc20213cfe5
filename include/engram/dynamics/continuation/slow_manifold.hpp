/// @file
/// What slow_manifolds() finds: curves and sheets of slow states, and how they print.
#pragma once

#include "engram/dynamics/map/search_region.hpp"
#include "engram/dynamics/point/slow_point.hpp"

#include <algorithm>
#include <complex>
#include <limits>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace engram {

/// A connected set of slow states, such as a ring or a line attractor: a curve or a sheet to which states
/// return from beside, and along which they hardly move. (Sagodi et al. 2024 on why trained networks have
/// them.)
template <class T>
struct slow_manifold {
    /// 1: a curve, 2: a sheet; more is named, but not traced: all points on sets of one such dimension are
    /// together, whether these are connected or not.
    size_t dimension = 0;
    /// In units of which lengths and angles are measured: those of coordinates that are divided by their
    /// scale and multiplied by the largest one.
    state_scale<T> scale = {};
    bool closed = false;       ///< it has no end, as a ring or a sphere
    bool left_box = false;     ///< it goes on beyond the box in which it was traced
    bool outside_box = false;  ///< some of its states are where the map says none can be
    bool incomplete = false;   ///< the trace stopped at max_states, at a sharp turn, or where the map threw
    std::string note = {};     ///< what the map threw, and at which state; empty if it did not
    T length = 0;              ///< of a curve
    T area = 0;                ///< of a sheet
    /// Evenly spaced states (n x d). Those of a curve are in order, from end to end; no two of a sheet are
    /// closer than `spacing`, and none of its points is farther than that from one.
    matrix<T> states = matrix<T>::from_shape({0, 0});
    /// The directions along it: rows i dimension, ..., (i + 1) dimension - 1 are an orthonormal basis of the
    /// near-neutral directions at state i (n dimension x d), in units of the scale.
    matrix<T> tangents = matrix<T>::from_shape({0, 0});
    matrix<T> drift = matrix<T>::from_shape({0, 0});    ///< F(h) - h at each state (n x d), per step
    std::vector<T> speeds;                              ///< its norm
    std::vector<std::vector<std::complex<T>>> spectra;  ///< at each state, by falling modulus
    T spacing = 0;                                      ///< distance between neighbouring states
    /// Largest modulus of an eigenvalue across it, below 1 where it attracts; NaN if it is not traced.
    T attraction = std::numeric_limits<T>::quiet_NaN();
    /// Median over the states of the steps in which a value stored there moves along it by the `amount` of
    /// the options, on a sheet at the speed that it has at the start; infinite if most never do, NaN if it is
    /// not traced.
    T persistence = std::numeric_limits<T>::quiet_NaN();
    std::vector<size_t> points;  ///< which of the given points are on it, rising

    /// Largest speed of its states, per step.
    [[nodiscard]] T largest_speed() const {
        return speeds.empty() ? T(0) : *std::ranges::max_element(speeds);
    }
    /// The signed drift along a curve at state i, per step: positive towards the next state. Throws
    /// value_error unless it is a curve.
    [[nodiscard]] T drift_along(size_t i) const {
        expect_curve("drift_along");
        T sum = 0;
        for (size_t j = 0; j < drift.shape(1); ++j) sum += drift(i, j) / scale[j] * tangents(i, j);
        return sum * scale.largest();
    }
    /// The state nearest to one (d).
    [[nodiscard]] size_t nearest(std::span<const T> state) const {
        const auto apart = [&](size_t i) {
            T sum = 0;
            for (size_t j = 0; j < state.size(); ++j) {
                const T step = (state[j] - states(i, j)) / scale[j];
                sum += step * step;
            }
            return sum;
        };
        size_t closest = 0;
        T least = std::numeric_limits<T>::infinity();
        for (size_t i = 0; i < states.shape(0); ++i)
            if (const T here = apart(i); here < least) least = here, closest = i;
        return closest;
    }
    /// Where a value stored on a curve has moved to after some steps, by the drift along it. The position i +
    /// u is the part u of the way from state i to the next; at an open end a value stays. Throws value_error
    /// unless it is a curve.
    [[nodiscard]] T moved(T position, size_t steps) const {
        expect_curve("moved");
        const T n = static_cast<T>(states.shape(0));
        for (size_t step = 0; step < steps; ++step) {
            const auto [i, next, u] = between(position);
            position += ((1 - u) * drift_along(i) + u * drift_along(next)) / spacing;
            position = closed ? position - n * std::floor(position / n) : std::clamp(position, T(0), n - 1);
        }
        return position;
    }
    /// Where states near a curve (n x d) are after some steps, by the drift along it from the nearest of its
    /// states (n x d): what becomes of memories, foretold without running the map. Throws value_error unless
    /// it is a curve.
    [[nodiscard]] matrix<T> after(matrix_view<const T> from, size_t steps) const {
        expect_curve("after");
        matrix<T> result = matrix<T>::from_shape({from.rows(), from.columns()});
        for (size_t k = 0; k < from.rows(); ++k) {
            const auto [i, next, u] =
                between(moved(static_cast<T>(nearest({from.row(k), from.columns()})), steps));
            for (size_t j = 0; j < from.columns(); ++j)
                result(k, j) = (1 - u) * states(i, j) + u * states(next, j);
        }
        return result;
    }

  private:
    /// @cond
    struct stretch {
        size_t from, to;
        T share;
    };
    /// @endcond
    void expect_curve(const char* function) const {
        require(dimension == 1 && states.shape(0) > 0, "slow_manifold::", function,
                ": the set's dimension is ", dimension, ", expected a traced curve");
    }
    /// The states that a position on a curve is between.
    stretch between(T position) const {
        const size_t last = states.shape(0) - 1, i = std::min(static_cast<size_t>(position), last);
        return {i, i < last ? i + 1 : closed ? 0 : i, position - static_cast<T>(i)};
    }
};

/// All that slow_manifolds() found. A range of slow_manifold.
template <class T>
struct slow_manifold_set {
    std::vector<slow_manifold<T>> manifolds;  ///< those traced from the clearest points first
    std::vector<size_t> isolated;             ///< points on none of them: sets of dimension 0
    /// What the map threw at an isolated point, one line a point.
    std::vector<std::string> notes = {};
    /// Why the watcher or the time limit ended the call, which then looked at the points in `manifolds` and
    /// `isolated` only; empty if they did not.
    std::string interrupted = {};

    /// How many manifolds there are.
    [[nodiscard]] size_t size() const { return manifolds.size(); }
    /// Whether there is none.
    [[nodiscard]] bool empty() const { return manifolds.empty(); }
    /// The first manifold.
    [[nodiscard]] auto begin() const { return manifolds.begin(); }
    /// Past the last manifold.
    [[nodiscard]] auto end() const { return manifolds.end(); }
    /// Manifold i.
    [[nodiscard]] const slow_manifold<T>& operator[](size_t i) const { return manifolds[i]; }
};

/// One line: dimension, size, speeds, attraction, persistence, points, and whatever is unusual.
template <class T>
std::ostream& operator<<(std::ostream& out, const slow_manifold<T>& m) {
    if (m.dimension > 2)
        return out << "slow set of dimension " << m.dimension << ", not traced (curves and sheets are), with "
                   << m.points.size() << " points";
    out << (m.closed ? "closed " : "open ") << (m.dimension == 1 ? "curve" : "sheet") << " of dimension "
        << m.dimension << (m.dimension == 1 ? ", length " : ", area ")
        << (m.dimension == 1 ? m.length : m.area) << ", " << m.states.shape(0) << " states, speed ";
    if (!m.speeds.empty()) out << *std::ranges::min_element(m.speeds) << " to " << m.largest_speed();
    out << ", largest modulus across " << m.attraction << ", persistence " << m.persistence << " steps, "
        << m.points.size() << (m.points.size() == 1 ? " point on it" : " points on it");
    if (m.left_box) out << ", leaves the box";
    if (m.outside_box) out << ", with states outside the box of the map's states";
    if (m.incomplete) out << ", incomplete";
    if (!m.note.empty()) out << ", " << m.note;
    return out;
}

/// One line a manifold, one on the isolated points, and whatever is unusual.
template <class T>
std::ostream& operator<<(std::ostream& out, const slow_manifold_set<T>& found) {
    for (const auto& manifold : found) out << manifold << '\n';
    out << "isolated points: " << found.isolated.size() << '\n';
    for (const auto& note : found.notes) out << note << '\n';
    if (!found.interrupted.empty()) out << "not all points were looked at: " << found.interrupted << '\n';
    return out;
}

}  // namespace engram
