/// @file
/// Follows a curve of fixed points to one side, and locates the bifurcations that it passes.
#pragma once

#include "engram/dynamics/continuation/bifurcation.hpp"
#include "engram/dynamics/continuation/bifurcation_options.hpp"
#include "engram/dynamics/continuation/branch.hpp"
#include "engram/dynamics/continuation/detail/branch_point.hpp"
#include "engram/dynamics/continuation/detail/fixed_point_curve.hpp"
#include "engram/dynamics/continuation/detail/root.hpp"
#include "engram/dynamics/point/spectrum.hpp"

#include <numbers>
#include <optional>

namespace engram::detail {

/// A point on a curve, and what tells bifurcations.
template <class T>
struct curve_point {
    std::vector<T> z, tangent;              ///< (d + 1)
    std::vector<std::complex<T>> spectrum;  ///< by falling modulus
    size_t unstable = 0;                    ///< multipliers beyond the unit circle
    int forwards = 1;                       ///< the sign of the tangent's parameter
    int orientation = 1;                    ///< the sign of the bordered determinant
};

/// A bifurcation between two points of a curve.
template <class T>
struct located {
    bifurcation_kind kind;
    size_t point;  ///< its index among the points
    std::complex<T> multiplier;
    bool converged;
    std::optional<branch_point<T>> crossing;  ///< of branch points
};

/// One side of a branch.
template <class T>
struct half_branch {
    std::vector<curve_point<T>> points;
    std::vector<located<T>> events;
    branch_end end = branch_end::point_limit;
    std::string note;
};

/// Takes steps along a curve.
template <class Curve>
class branch_follower {
  public:
    using T = typename Curve::scalar;
    using point = curve_point<T>;

    branch_follower(Curve& curve, const bifurcation_options<T>& options)
        : curve_(curve), options_(options), n_(curve.equations() + 1), arclength_(n_ - 1), predicted_(n_) {}

    /// The point of the curve where unknown `fixed` has its value in `near`; none if there is none near.
    std::optional<point> point_at(const std::vector<T>& near, size_t fixed) {
        std::vector<T> normal(n_);
        normal[fixed] = 1;
        point result;
        result.z.resize(n_);
        if (!arclength_.correct(curve_, near.data(), normal.data(), result.z.data())) return {};
        return result;
    }
    /// The point s beyond another in the direction of its tangent, complete; none if there is none near.
    std::optional<point> point_beyond(const point& from, T s) {
        point result;
        result.z.resize(n_);
        predict(n_, from.z.data(), from.tangent.data(), s, predicted_.data());
        if (!arclength_.correct(curve_, predicted_.data(), from.tangent.data(), result.z.data())) return {};
        iterations_ = arclength_.iterations();
        if (!complete(result, from.tangent, from)) return {};
        return result;
    }
    /// The first point of a branch that leaves a branch point in a direction, in a plane with some normal.
    std::optional<point> leave(const std::vector<T>& z, const std::vector<T>& direction,
                               const std::vector<T>& normal) {
        double step = options_.steps.first;
        for (int round = 0; round < 12; ++round, step = options_.steps.after_failure(step)) {
            point result;
            result.z.resize(n_);
            predict(n_, z.data(), direction.data(), static_cast<T>(step) * size_of(z), predicted_.data());
            if (arclength_.correct(curve_, predicted_.data(), normal.data(), result.z.data()) &&
                complete(result, direction, result) &&
                dot(n_, result.tangent.data(), direction.data()) >=
                    std::cos(T(2) * static_cast<T>(options_.steps.largest_angle)))
                return result;
        }
        return {};
    }
    /// Fills in a point's tangent, on the side of a direction, and what tells bifurcations, undecided signs
    /// being those of a neighbour.
    bool complete(point& p, const std::vector<T>& direction, const point& neighbour) {
        p.tangent.resize(n_);
        if (!arclength_.tangent(curve_, p.z.data(), direction.data(), p.tangent.data())) return false;
        p.orientation = arclength_.orientation();
        const T slope = p.tangent[n_ - 1];
        p.forwards = std::abs(slope) < T(100) * std::numeric_limits<T>::epsilon() ? neighbour.forwards
                     : slope > 0                                                  ? 1
                                                                                  : -1;
        return describe(p, neighbour);
    }
    /// Computes a point's spectrum.
    bool describe(point& p, const point& neighbour) {
        if (!options_.stability) return true;
        auto jacobian = matrix<T>::from_shape({n_ - 1, n_ - 1});
        if (!curve_.state_jacobian(p.z.data(), jacobian)) return false;
        p.spectrum = eigenvalues(matrix_view<T>(jacobian));
        sort_by_modulus(p.spectrum);
        // Multipliers that are on the circle but for rounding are taken to be where they were.
        size_t least = 0, most = 0;
        for (const auto& value : p.spectrum) {
            least += std::abs(value) > 1 + neutral_band;
            most += std::abs(value) > 1 - neutral_band;
        }
        p.unstable = std::clamp(neighbour.unstable, least, most);
        return true;
    }

    /// Follows the curve from a point in the direction of its tangent until it ends.
    half_branch<T> follow(const point& start) {
        half_branch<T> half;
        half.points.push_back(start);
        double step = options_.steps.first;
        while (half.points.size() < options_.max_points) {
            const point from = half.points.back();
            auto next = take_step(from, step);
            if (next.closes && half.points.size() > 2 && passes(from, *next.closes, start, half)) {
                half.end = branch_end::closed;
                return half;
            }
            if (next.closes) {
                add_events(from, *next.closes, half, 0);
                half.points.push_back(std::move(*next.closes));
            }
            if (next.end) {
                half.end = *next.end;
                half.note = next.end == branch_end::parameter_limit ? "" : curve_.note();
                if (next.end == branch_end::not_converged)
                    half.note = concatenate("no point found at a distance of ", step,
                                            " along the branch, near ", curve_.parameter(from.z.data()));
                return half;
            }
            if (size_of(half.points.back().z) > options_.largest_state) {
                half.end = branch_end::unbounded;
                half.note =
                    concatenate("states are larger than ", options_.largest_state, " times the scale at ",
                                curve_.parameter(half.points.back().z.data()));
                return half;
            }
            step = next.step;
        }
        half.end = branch_end::point_limit;
        half.note = concatenate("max_points = ", options_.max_points, " reached at ",
                                curve_.parameter(half.points.back().z.data()));
        return half;
    }

  private:
    struct step_result {
        std::optional<point> closes;
        std::optional<branch_end> end;
        double step = 0;
    };

    /// One step, as long as it may be: shorter and shorter ones until one succeeds, or the branch ends.
    step_result take_step(const point& from, double step) {
        const T here = from.z[n_ - 1], slope = from.tangent[n_ - 1];
        const T unit = size_of(from.z);
        for (;;) {
            const T length = static_cast<T>(step) * unit;
            const T limit = slope > 0 ? T(1) : T(0), left = slope == 0 ? T(2) : (limit - here) / slope;
            if (left <= 0) return {{}, branch_end::parameter_limit, step};
            if (left <= length) {
                if (auto last = last_point(from, left, limit))
                    return {std::move(last), branch_end::parameter_limit, step};
            } else if (auto next = point_beyond(from, length); next && is_near(from, *next, length)) {
                return {std::move(next), {}, options_.steps.after_success(step, iterations_)};
            } else if (!next && curve_.failed_by() == obstacle::parameter && left <= 2 * length) {
                if (auto last = last_point(from, left, limit))
                    return {std::move(last), branch_end::parameter_limit, step};
            }
            if (options_.steps.exhausted(step)) {
                switch (curve_.failed_by()) {
                    case obstacle::box:
                        return {{}, branch_end::left_region, step};
                    case obstacle::map:
                        return {{}, branch_end::map_failed, step};
                    default:
                        return {{}, branch_end::not_converged, step};
                }
            }
            step = options_.steps.after_failure(step);
        }
    }

    /// Where the branch comes to an end of the parameter's way.
    std::optional<point> last_point(const point& from, T left, T limit) {
        predict(n_, from.z.data(), from.tangent.data(), left, predicted_.data());
        predicted_[n_ - 1] = limit;
        auto last = point_at(predicted_, n_ - 1);
        if (!last || !complete(*last, from.tangent, from) || !is_near(from, *last, left)) return {};
        return last;
    }

    /// Whether a step led on along the branch, and not to another one: it turned little and went about as far
    /// as it should.
    bool is_near(const point& from, const point& next, T step) const {
        T away = 0;
        for (size_t i = 0; i < n_; ++i) away += std::pow(next.z[i] - from.z[i], 2);
        return dot(n_, from.tangent.data(), next.tangent.data()) >=
                   std::cos(static_cast<T>(options_.steps.largest_angle)) &&
               std::sqrt(away) <= T(1.2) * step;
    }

    /// Whether a step passes through the branch's first point again; then that is made its last.
    bool passes(const point& from, const point& next, const point& start, half_branch<T>& half) {
        T ahead = 0, beside = 0;
        for (size_t i = 0; i < n_; ++i) ahead += (start.z[i] - from.z[i]) * from.tangent[i];
        for (size_t i = 0; i < n_; ++i)
            beside += std::pow(start.z[i] - from.z[i] - ahead * from.tangent[i], 2);
        const T step = along_tangent(from, next);
        if (!(ahead > 0 && ahead <= step) || std::sqrt(beside) > step / 2 ||
            dot(n_, from.tangent.data(), start.tangent.data()) < T(0.5))
            return false;
        predict(n_, from.z.data(), from.tangent.data(), ahead, predicted_.data());
        std::vector<T> z(n_);
        if (!arclength_.correct(curve_, predicted_.data(), from.tangent.data(), z.data())) return false;
        for (size_t i = 0; i < n_; ++i)
            if (std::abs(z[i] - start.z[i]) > T(1e-5) * std::max(T(1), std::abs(z[i]))) return false;
        add_events(from, start, half, 0);
        half.points.push_back(start);
        return true;
    }

    /// What the lengths of steps are in units of, beside the scale: where states are larger than that, they
    /// are.
    [[nodiscard]] T size_of(const std::vector<T>& z) const { return std::max(T(1), norm(n_ - 1, z.data())); }
    static bool is_beside(const point& p, const std::vector<T>& z, T length) {
        T away = 0;
        for (size_t i = 0; i < z.size(); ++i) away += std::pow(z[i] - p.z[i], 2);
        return std::sqrt(away) <= length;
    }
    [[nodiscard]] T along_tangent(const point& from, const point& to) const {
        T s = 0;
        for (size_t i = 0; i < n_; ++i) s += (to.z[i] - from.z[i]) * from.tangent[i];
        return s;
    }

    /// Adds what happens between two points, in order.
    void add_events(const point& from, const point& to, half_branch<T>& half, int depth) {
        if (depth > 40) return;
        const bool turns = from.forwards != to.forwards, crosses = from.orientation != to.orientation;
        const size_t more =
            to.unstable > from.unstable ? to.unstable - from.unstable : from.unstable - to.unstable;
        if (!turns && !crosses && more == 0) return;
        const T length = along_tangent(from, to);
        const bool single = !options_.stability ? !(turns && crosses)
                            : turns && crosses  ? more == 0
                            : turns || crosses  ? more == 1
                                                : more <= 2;
        if (!single && depth < 20 && length > 0) {  // several events: half of the step at a time
            if (auto middle = point_beyond(from, length / 2)) {
                add_events(from, *middle, half, depth + 1);
                add_events(*middle, to, half, depth + 1);
                return;
            }
        }
        const size_t index =
            std::min(from.unstable, to.unstable);  // of the multiplier whose modulus passes 1
        const auto measure = [&](const point& p) {
            if (turns) return p.tangent[n_ - 1];
            if (options_.stability && more > 0) return std::abs(p.spectrum[index]) - 1;
            return p.orientation == from.orientation ? T(1) : T(-1);
        };
        point at = from;
        const T s =
            find_root<T>(measure(from), measure(to), length, crosses, [&](T share) -> std::optional<T> {
                auto p = point_beyond(from, share);
                if (!p) return {};
                const T value = measure(*p);
                at = std::move(*p);
                return value;
            });
        if (auto exact = point_beyond(from, s)) at = std::move(*exact);

        located<T> event{bifurcation_kind::fold, 0, T(1), true, {}};
        at.unstable = to.unstable;
        at.forwards = turns ? -from.forwards : from.forwards;
        at.orientation = crosses ? -from.orientation : from.orientation;
        if (crosses) {
            event.crossing.emplace();
            event.converged =
                find_branch_point(curve_, at.z, *event.crossing) && is_beside(at, event.crossing->z, length);
            if (event.converged) at.z = event.crossing->z;
            describe(at, to);
            // Told apart by the quadratic term along the critical direction, which is as good as zero or not.
            event.kind = event.converged && std::abs(event.crossing->a) > T(1e-5)
                             ? bifurcation_kind::transcritical
                             : bifurcation_kind::pitchfork;
            if (!event.converged) event.crossing.reset();
        } else if (!turns) {
            event.multiplier = at.spectrum[index];
            const T angle = std::abs(std::arg(event.multiplier));
            const T real = T(1e-4);
            event.kind = angle < real ? bifurcation_kind::multiple
                         : angle > std::numbers::pi_v<T> - real && more == 1
                             ? bifurcation_kind::period_doubling
                             : bifurcation_kind::neimark_sacker;
            if (more == 2 && event.multiplier.imag() == 0) {  // two real ones, one after the other
                event.kind = event.multiplier.real() < 0 ? bifurcation_kind::period_doubling
                                                         : bifurcation_kind::multiple;
                if (event.kind == bifurcation_kind::period_doubling)
                    at.unstable = to.unstable > from.unstable ? from.unstable + 1 : from.unstable - 1;
            }
        }
        event.point = half.points.size();
        half.points.push_back(at);
        half.events.push_back(std::move(event));
        add_events(at, to, half, depth + 1);
    }

    Curve& curve_;
    const bifurcation_options<T>& options_;
    size_t n_;
    pseudo_arclength<T> arclength_;
    std::vector<T> predicted_;
    size_t iterations_ = 0;
    static inline const T neutral_band = std::sqrt(std::numeric_limits<T>::epsilon()) / 16;
};

}  // namespace engram::detail
