/// @file
/// What a search finds: slow points, and how they print.
#pragma once

#include "engram/dynamics/map/state_scale.hpp"
#include "engram/dynamics/solver/solver.hpp"

#include <algorithm>
#include <complex>
#include <ostream>
#include <string>
#include <vector>

namespace engram {

/// A fixed point, F(h) = h, or a local minimum of the speed that is no fixed point.
enum class point_kind {
    fixed,  ///< F(h) = h, to rounding or confirmed by two steps of Newton's method
    slow    ///< a local minimum of the speed, or the state at which a search stopped
};

/// The kind in one word.
constexpr std::string_view to_string(point_kind kind) { return kind == point_kind::fixed ? "fixed" : "slow"; }

/// A local minimum of S = ||F(h) - h||^2, and what is known about it.
template <class T>
struct slow_point {
    vector<T> state;                     ///< h (d)
    T speed = 0;                         ///< ||F(h) - h||, per step; see search_options::scale
    point_kind kind = point_kind::slow;  ///< fixed only if Newton's method confirms a root
    T gradient_norm = 0;  ///< norm of S's gradient; at the edge of the box, of the part along it
    std::vector<std::complex<T>> spectrum;  ///< eigenvalues of dF/dh, by descending modulus
    /// How many eigenvalues have a modulus above 1, by more than rounding; 0 without a spectrum.
    /// eigenvectors() computes the directions themselves.
    size_t unstable_directions = 0;
    /// ||(dF/dh - 1)^-1 (F(h) - h)||, the length of Newton's step: an estimate of the distance to the exact
    /// fixed point. Infinite if Newton's method confirms no root or dF/dh - 1 is singular. certify() proves a
    /// bound.
    T root_distance = std::numeric_limits<T>::infinity();
    /// Smallest eigenvalue of S's Hessian, over the coordinates that the box leaves free; NaN if it was not
    /// computed.
    T smallest_curvature = std::numeric_limits<T>::quiet_NaN();
    /// The gradient of S is zero and its Hessian has no negative eigenvalue, both to rounding; at a kink,
    /// zero is in the convex hull of S's gradients about it.
    bool is_minimum = false;
    /// A root at which dF/dh - 1 is singular to rounding: a multiple root, or one of a continuum of roots.
    bool singular = false;
    /// A fixed point of a flow's time step at which the vector field is not zero: a state on a cycle, or an
    /// artefact of the integration.
    bool not_equilibrium = false;
    /// The map's derivative jumps here, and S decreases towards this kink from both sides. Curvature,
    /// spectrum and gradient are those of one side.
    bool at_kink = false;
    bool outlier = false;  ///< far from the seeds; see search_options::outlier_distance
    /// At the edge of the search's box, beyond which S would decrease further.
    bool at_edge = false;
    bool outside_box = false;  ///< outside the map's state_bounds(); see search_options::keep_to_box
    size_t iterations = 0;     ///< of the best of its seeds
    stop_reason stop = stop_reason::iteration_limit;  ///< of the best of its seeds
    T distance_moved = 0;                             ///< from the best of its seeds
    size_t best_seed = 0;       ///< row of the seed with the slowest result, which is the state here
    std::vector<size_t> seeds;  ///< rows of all seeds that led here

    /// Largest modulus in the spectrum; 0 if it was not computed.
    [[nodiscard]] T spectral_radius() const { return spectrum.empty() ? T(0) : std::abs(spectrum.front()); }

    /// -1 / ln |eigenvalue|: the steps in which a deviation along each eigenvector decays by a factor of e.
    /// Negative if the deviation grows, infinite if its size stays.
    [[nodiscard]] std::vector<T> time_constants() const {
        std::vector<T> result;
        for (const auto& value : spectrum) {
            const T modulus = std::abs(value);
            result.push_back(modulus == 1 ? std::numeric_limits<T>::infinity() : T(-1) / std::log(modulus));
        }
        return result;
    }
};

/// A seed that led to no point, and why.
template <class T>
struct search_failure {
    size_t seed = 0;     ///< its row
    std::string reason;  ///< with the offending value
};

/// All that a search found. A range of slow_point.
template <class T>
struct slow_points {
    std::vector<slow_point<T>> points;        ///< ordered by their first seed
    std::vector<search_failure<T>> failures;  ///< ordered by seed
    /// States at kinks of the map where searches stopped although S may decrease further along the kink: not
    /// slow points.
    std::vector<slow_point<T>> kinks = {};
    state_scale<T> scale = {};        ///< the unit of the search's lengths; see search_options::scale
    state_scale<T> merge_scale = {};  ///< the unit of merge_distance, one a coordinate
    std::vector<size_t> led_to = {};  ///< the index of each seed's point, valid until points are removed
    std::string interrupted = {};     ///< why the search ended early; empty if it did not

    /// The result of reached_by() for a seed that failed or ended at a kink.
    static constexpr size_t none = static_cast<size_t>(-1);

    /// How many points there are.
    [[nodiscard]] size_t size() const { return points.size(); }
    /// Whether there is none.
    [[nodiscard]] bool empty() const { return points.empty(); }
    /// The first point.
    [[nodiscard]] auto begin() const { return points.begin(); }
    /// Past the last point.
    [[nodiscard]] auto end() const { return points.end(); }
    /// Point i.
    [[nodiscard]] const slow_point<T>& operator[](size_t i) const { return points[i]; }

    /// The index of the point that a seed led to, or `none` if it failed or ended at one of the kinks.
    [[nodiscard]] size_t reached_by(size_t seed) const {
        const auto holds = [&](size_t i) { return std::ranges::binary_search(points[i].seeds, seed); };
        if (seed < led_to.size() && led_to[seed] < points.size() && holds(led_to[seed])) return led_to[seed];
        if (seed < led_to.size() && led_to[seed] == none) return none;
        for (size_t i = 0; i < points.size(); ++i)
            if (holds(i)) return i;
        return none;
    }
    /// Fills led_to for `count` seeds, after which reached_by() is a look-up.
    void index_seeds(size_t count) {
        led_to.assign(count, none);
        for (size_t i = 0; i < points.size(); ++i)
            for (const size_t seed : points[i].seeds) led_to[seed] = i;
    }
    /// The states as rows (size() x d).
    [[nodiscard]] matrix<T> states() const {
        auto result = matrix<T>::from_shape({size(), empty() ? 0 : points[0].state.size()});
        for (size_t i = 0; i < size(); ++i)
            std::copy(points[i].state.begin(), points[i].state.end(), &result(i, 0));
        return result;
    }
    /// The speed of each (size()).
    [[nodiscard]] vector<T> speeds() const {
        auto result = vector<T>::from_shape({size()});
        for (size_t i = 0; i < size(); ++i) result(i) = points[i].speed;
        return result;
    }
    /// The spectra as rows (size() x the longest one's length), shorter ones filled up with NaN.
    [[nodiscard]] matrix<std::complex<T>> spectra() const {
        size_t width = 0;
        for (const auto& point : points) width = std::max(width, point.spectrum.size());
        auto result = matrix<std::complex<T>>::from_shape({size(), width});
        result.fill(
            std::complex<T>(std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::quiet_NaN()));
        for (size_t i = 0; i < size(); ++i)
            std::copy(points[i].spectrum.begin(), points[i].spectrum.end(), &result(i, 0));
        return result;
    }
};

namespace detail {

/// The first few items, separated by commas, and how many there are in all if not all are shown.
template <class Range, class Print>
void print_some(std::ostream& out, const Range& items, size_t shown, Print&& print) {
    for (size_t i = 0; i < items.size() && i < shown; ++i) {
        if (i > 0) out << ", ";
        print(items[i]);
    }
    if (items.size() > shown) out << ", ... " << items.size() << " in all";
}

}  // namespace detail

/// One line: kind, state, speed, spectrum, number of seeds, and the flags that are set.
template <class T>
std::ostream& operator<<(std::ostream& out, const slow_point<T>& p) {
    out << to_string(p.kind) << " point at (";
    detail::print_some(out, p.state, 6, [&](T x) { out << x; });
    out << "), speed " << p.speed;
    if (!p.spectrum.empty()) {
        out << ", spectrum ";
        detail::print_some(out, p.spectrum, 4, [&](std::complex<T> z) {
            out << z.real();
            if (z.imag() != 0) out << (z.imag() < 0 ? "-" : "+") << std::abs(z.imag()) << 'i';
        });
        out << " (" << p.unstable_directions << " unstable)";
    }
    out << ", from " << p.seeds.size() << (p.seeds.size() == 1 ? " seed" : " seeds");
    if (!p.is_minimum && !std::isnan(p.smallest_curvature)) out << ", not shown to be a minimum of S";
    if (p.stop == stop_reason::iteration_limit || p.stop == stop_reason::distance_limit)
        out << ", stopped by the " << to_string(p.stop);
    if (p.stop == stop_reason::not_finite) out << ", stopped where the map was not finite";
    if (p.singular) out << ", dF/dh - 1 is singular: may belong to a continuum";
    if (p.not_equilibrium) out << ", no equilibrium of the field";
    if (p.at_kink) out << ", at a kink";
    if (p.outlier) out << ", outlier";
    if (p.at_edge) out << ", at the edge of the box";
    if (p.outside_box) out << ", outside the box of the map's states";
    return out;
}

/// One line a point, then one a failure.
template <class T>
std::ostream& operator<<(std::ostream& out, const slow_points<T>& found) {
    for (const auto& point : found.points) out << point << '\n';
    for (const auto& kink : found.kinks) out << "no slow point: " << kink << '\n';
    for (const auto& failure : found.failures)
        out << "seed " << failure.seed << ": " << failure.reason << '\n';
    if (!found.interrupted.empty()) out << "not all was searched: " << found.interrupted << '\n';
    return out;
}

}  // namespace engram
