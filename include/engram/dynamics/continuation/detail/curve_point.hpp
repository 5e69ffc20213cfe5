/// @file
/// Points on a curve: corrected from predicted ones, with tangents and whatever tells bifurcations.
#pragma once

#include "engram/dynamics/continuation/detail/pseudo_arclength.hpp"
#include "engram/dynamics/continuation/step_size_control.hpp"

#include <algorithm>
#include <complex>
#include <optional>

namespace engram::detail {

/// A point on a curve, and what tells bifurcations. Signs that rounding leaves undecided are a neighbour's.
template <class T>
struct curve_point {
    std::vector<T> z, tangent;              ///< in the curve's unknowns
    std::vector<std::complex<T>> spectrum;  ///< by falling modulus
    size_t unstable = 0;                    ///< multipliers beyond the unit circle
    int forwards = 1;                       ///< the sign of the tangent's last unknown, the parameter
    int orientation = 1;                    ///< the sign of the bordered determinant
    std::vector<T> v, w;  ///< on a curve of folds, the null vectors of dF/dh - 1, of either sign
    T quadratic = 0;      ///< and <w, B(v, v)>
};

/// How many of a point's multipliers are beyond the unit circle.
template <class T>
size_t beyond_unit_circle(const curve_point<T>& p) {
    return static_cast<size_t>(
        std::ranges::count_if(p.spectrum, [](const auto& value) { return std::abs(value) > 1; }));
}
/// How far from the unit circle the nearest of them is; infinite if none are known.
template <class T>
T off_unit_circle(const curve_point<T>& p) {
    T least = std::numeric_limits<T>::infinity();
    for (const auto& value : p.spectrum) least = std::min(least, std::abs(std::abs(value) - 1));
    return least;
}
/// Whether a point is exactly at a limit of the parameter: its last unknown is 0 or 1.
template <class T>
bool at_parameter_limit(const curve_point<T>& p) {
    return p.z.back() == 0 || p.z.back() == 1;
}
/// How far one point is beyond another along the other's tangent.
template <class T>
T along_tangent(const curve_point<T>& from, const std::vector<T>& to) {
    T s = 0;
    for (size_t i = 0; i < to.size(); ++i) s += (to[i] - from.z[i]) * from.tangent[i];
    return s;
}
/// Euclidean distance.
template <class T>
T apart(const std::vector<T>& a, const std::vector<T>& b) {
    T sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(sum);
}

/// Finds points on a curve, none that the curve does not allow. `Describe` says what a point needs beside its
/// tangent: describe(curve, point, neighbour), false where that cannot be computed.
template <class Curve, class Describe>
class curve_points {
  public:
    using T = typename Curve::scalar;
    using point = curve_point<T>;

    curve_points(Curve& curve, Describe describe, const step_size_control& steps)
        : curve_(curve),
          describe_(describe),
          steps_(steps),
          n_(curve.equations() + 1),
          arclength_(n_ - 1),
          predicted_(n_) {}

    [[nodiscard]] Curve& curve() const { return curve_; }
    [[nodiscard]] size_t unknowns() const { return n_; }
    [[nodiscard]] const step_size_control& steps() const { return steps_; }
    /// How many iterations the last correction took.
    [[nodiscard]] size_t iterations() const { return iterations_; }
    /// What the lengths of steps are in units of, beside the scale: where states are larger than that, they
    /// are.
    [[nodiscard]] T size_of(const std::vector<T>& z) const {
        return std::max(T(1), norm(n_ - Curve::parameters, z.data()));
    }

    /// The point near a predicted one in the plane through it with some normal, without its tangent.
    std::optional<point> corrected(const std::vector<T>& predicted, const std::vector<T>& normal) {
        point result;
        result.z.resize(n_);
        if (!arclength_.correct(curve_, predicted.data(), normal.data(), result.z.data()) ||
            !curve_.allows(result.z.data()))
            return {};
        iterations_ = arclength_.iterations();
        return result;
    }
    /// The point where one unknown has its value in `near`, without its tangent.
    std::optional<point> point_at(const std::vector<T>& near, size_t fixed) {
        std::vector<T> normal(n_);
        normal[fixed] = 1;
        auto result = corrected(near, normal);
        if (result) result->z[fixed] = near[fixed];  // to the last bit
        return result;
    }
    /// The point s beyond another in the direction of its tangent.
    std::optional<point> point_beyond(const point& from, T s) {
        predict(n_, from.z.data(), from.tangent.data(), s, predicted_.data());
        auto result = corrected(predicted_, from.tangent);
        if (result && !complete(*result, from.tangent, from)) result.reset();
        return result;
    }
    /// The first point of a branch that leaves a branch point in a direction, in a plane with some normal.
    /// None where there is none: curve().failed_by() says what is in the way, if it is not the corrector.
    std::optional<point> leave(const std::vector<T>& z, const std::vector<T>& direction,
                               const std::vector<T>& normal) {
        double step = steps_.first;
        for (int round = 0;; ++round, step = steps_.after_failure(step)) {
            curve_.clear_failure();
            predict(n_, z.data(), direction.data(), static_cast<T>(step) * size_of(z), predicted_.data());
            auto result = corrected(predicted_, normal);
            if (result && curve_.within_limits(result->z.data()) && complete(*result, direction, *result) &&
                turn(direction, result->tangent) <= 2 * steps_.largest_angle)
                return result;
            if (steps_.exhausted(step)) return {};
            // Where the branch is on the other side of a limit that z is at, shorter steps find rounding
            // only.
            const T q = z[n_ - 1], refused = curve_.refused_share();
            const bool beyond = (q <= 0 && refused < 0) || (q >= 1 && refused > 1);
            if (round >= 12 && beyond) return {};
        }
    }

    /// Fills in a point's tangent, on the side of a direction, and what tells bifurcations.
    bool complete(point& p, const std::vector<T>& direction, const point& neighbour) {
        p.tangent.resize(n_);
        if (!arclength_.tangent(curve_, p.z.data(), direction.data(), p.tangent.data())) return false;
        p.orientation = arclength_.orientation() != 0 ? arclength_.orientation() : neighbour.orientation;
        const T slope = p.tangent[n_ - 1];
        const bool undecided = std::abs(slope) < 100 * std::numeric_limits<T>::epsilon();
        p.forwards = undecided ? neighbour.forwards : slope > 0 ? 1 : -1;
        return describe(p, neighbour);
    }
    /// Whether the last tangent was one of several, but for rounding: at a branch point, or within a
    /// continuum.
    [[nodiscard]] bool singular() const { return arclength_.orientation() == 0; }
    /// Fills in what else tells bifurcations.
    bool describe(point& p, const point& neighbour) { return describe_(curve_, p, neighbour); }

    /// Whether a step of some length led on along the branch, and not to another one: it turned little and
    /// went about as far as it should.
    [[nodiscard]] bool leads_on(const point& from, const point& next, T step) const {
        return turn(from.tangent, next.tangent) <= steps_.largest_angle &&
               apart(from.z, next.z) <= T(1.2) * step;
    }

  private:
    /// The angle between unit vectors.
    [[nodiscard]] double turn(const std::vector<T>& a, const std::vector<T>& b) const {
        return std::acos(std::clamp(static_cast<double>(dot(n_, a.data(), b.data())), -1.0, 1.0));
    }

    Curve& curve_;
    Describe describe_;
    step_size_control steps_;
    size_t n_;
    pseudo_arclength<T> arclength_;
    std::vector<T> predicted_;
    size_t iterations_ = 0;
};

}  // namespace engram::detail
