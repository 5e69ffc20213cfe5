/// @file
/// The engine of bifurcation_diagram: start points, branches, and those that branch off.
#pragma once

#include "engram/dynamics/continuation/branch_diagram.hpp"
#include "engram/dynamics/continuation/detail/branch_follower.hpp"
#include "engram/dynamics/continuation/detail/normal_form.hpp"

namespace engram::detail {

/// A diagram while it is made.
template <map_family Family>
class diagram_builder {
  public:
    using Curve = fixed_point_curve<Family>;
    using T = typename Curve::scalar;
    using point = curve_point<T>;

    diagram_builder(Curve curve, const bifurcation_options<T>& options)
        : curve_(std::move(curve)),
          options_(options),
          follower_(curve_, options_),
          n_(curve_.equations() + 1) {}

    /// Follows the branch through a point to both sides, unless it is on one already.
    void follow_through(point start) {
        const auto upwards = direction_of_parameter();
        if (!follower_.complete(start, upwards, start) || is_known(start.z)) return;
        start.unstable = unstable(start);
        auto ahead = follower_.follow(start);
        if (ahead.end == branch_end::closed) return add_branch({}, std::move(ahead), none);
        for (T& t : start.tangent) t = -t;
        start.forwards = -start.forwards;
        start.orientation = -start.orientation;
        add_branch(follower_.follow(start), std::move(ahead), none);
    }

    /// Follows what branches off from every bifurcation found so far, and from those found on the way.
    void switch_branches() {
        for (size_t i = 0; i < diagram_.bifurcations.size(); ++i) {
            const auto kind = diagram_.bifurcations[i].kind;
            const bool doubles = kind == bifurcation_kind::period_doubling &&
                                 2 * diagram_.bifurcations[i].period <= options_.max_period;
            if (!doubles && !origins_[i].crossing) continue;
            if (diagram_.branches.size() >= options_.max_branches) {
                diagram_.notes.push_back(
                    concatenate("max_branches = ", options_.max_branches,
                                " reached before all bifurcations were branched off from"));
                return;
            }
            if (doubles)
                double_period(i);
            else
                cross(i);
        }
    }

    branch_diagram<T> result() && { return std::move(diagram_); }
    void add_note(std::string note) { diagram_.notes.push_back(std::move(note)); }
    Curve& curve() { return curve_; }
    branch_follower<Curve>& follower() { return follower_; }

  private:
    static constexpr size_t none = static_cast<size_t>(-1);

    /// Of a bifurcation: where it is on the curve, and what leads away from it.
    struct origin {
        std::vector<T> z, tangent;
        std::optional<branch_point<T>> crossing;
    };
    /// Of a branch: its points on the curve.
    using path = std::vector<std::vector<T>>;

    [[nodiscard]] std::vector<T> direction_of_parameter() const {
        std::vector<T> direction(n_);
        direction[n_ - 1] = 1;
        return direction;
    }
    static size_t unstable(const point& p) {
        return static_cast<size_t>(
            std::ranges::count_if(p.spectrum, [](const auto& value) { return std::abs(value) > 1; }));
    }

    /// Follows the other branch through a branch point, to both sides.
    void cross(size_t index) {
        const origin from = origins_[index];
        set_period(diagram_.bifurcations[index].period);
        const auto tangents = from.crossing->tangents();
        if (tangents.size() != 2) return;
        const T first = std::abs(inner(tangents[0], from.tangent)),
                second = std::abs(inner(tangents[1], from.tangent));
        const auto &other = tangents[first < second ? 0 : 1], &own = tangents[first < second ? 1 : 0];
        std::vector<T> normal = other;
        axpy(n_, -inner(other, own), own.data(), normal.data());
        const T length = norm(n_, normal.data());
        for (T& x : normal) x /= length;
        std::optional<half_branch<T>> halves[2];
        for (const bool back : {false, true}) {
            if (back && halves[0] && halves[0]->end == branch_end::closed) break;
            auto direction = other;
            if (back)
                for (T& x : direction) x = -x;
            halves[back] = leave(index, direction, normal);
        }
        if (halves[0] && halves[1]) {
            halves[1]->points.erase(halves[1]->points.begin());
            for (auto& event : halves[1]->events) --event.point;
            add_branch(std::move(*halves[1]), std::move(*halves[0]), index);
        } else if (halves[0] || halves[1]) {
            add_branch({}, std::move(halves[0] ? *halves[0] : *halves[1]), index);
        }
    }

    /// Follows the cycle of twice the period that branches off from a period doubling, one of its states.
    void double_period(size_t index) {
        const origin from = origins_[index];
        matrix<T> shifted;
        null_vectors<T> null;
        set_period(diagram_.bifurcations[index].period);
        if (!shifted_jacobian(curve_, from.z.data(), T(-1), shifted) || !null.find(shifted)) return;
        set_period(2 * diagram_.bifurcations[index].period);
        const auto direction = at_fixed_parameter(null.v);
        if (auto half = leave(index, direction, direction)) add_branch({}, std::move(*half), index);
    }

    /// Follows a branch away from a bifurcation; none if it is known already.
    std::optional<half_branch<T>> leave(size_t index, const std::vector<T>& direction,
                                        const std::vector<T>& normal) {
        auto first = follower_.leave(origins_[index].z, direction, normal);
        if (!first) {
            diagram_.notes.push_back(concatenate("nothing found to branch off at ",
                                                 diagram_.bifurcations[index].parameter, " (",
                                                 to_string(diagram_.bifurcations[index].kind), ')'));
            return {};
        }
        if (is_known(first->z)) return {};
        first->unstable = unstable(*first);
        auto half = follower_.follow(*first);
        if (half.end == branch_end::closed) return half;
        point start = *first;
        start.z = origins_[index].z;
        start.tangent = direction;
        follower_.describe(start, *first);
        half.points.insert(half.points.begin(), std::move(start));
        for (auto& event : half.events) ++event.point;
        return half;
    }

    /// Whether the branch of a cycle ends at an event, where it shrinks to a cycle of half the period.
    bool shrinks(const std::vector<T>& z) {
        const size_t period = curve_.period();
        if (period % 2 != 0) return false;
        set_period(period / 2);
        std::vector<T> r(n_);
        const bool evaluated = curve_.residual(z.data(), r.data());
        set_period(period);
        return evaluated && norm(n_ - 1, r.data()) < T(1e-5) * std::max(T(1), norm(n_, z.data()));
    }

    /// Whether a point is on a branch that has been followed.
    bool is_known(const std::vector<T>& z) {
        const T q = z[n_ - 1];
        for (size_t b = 0; b < paths_.size(); ++b) {
            if (diagram_.branches[b].period != curve_.period()) continue;
            for (size_t i = 1; i < paths_[b].size(); ++i) {
                const auto &before = paths_[b][i - 1], &after = paths_[b][i];
                const T low = std::min(before[n_ - 1], after[n_ - 1]),
                        high = std::max(before[n_ - 1], after[n_ - 1]);
                if (!(q >= low && q <= high) || (high == low && q != low)) continue;
                const T share = high > low ? (q - before[n_ - 1]) / (after[n_ - 1] - before[n_ - 1]) : T(0);
                std::vector<T> near(n_);
                T length = 0, away = 0;
                for (size_t j = 0; j < n_; ++j) {
                    near[j] = before[j] + share * (after[j] - before[j]);
                    length += std::pow(after[j] - before[j], 2);
                    away += std::pow(z[j] - near[j], 2);
                }
                if (away > length) continue;
                const auto there = follower_.point_at(near, n_ - 1);
                if (there && same(there->z, z, T(1e-6))) return true;
            }
        }
        return false;
    }
    static bool same(const std::vector<T>& a, const std::vector<T>& b, T tolerance) {
        T away = 0;
        for (size_t j = 0; j < a.size(); ++j) away += std::pow(a[j] - b[j], 2);
        return std::sqrt(away) <= tolerance * std::max(T(1), norm(a.size(), a.data()));
    }

    void set_period(size_t k) {
        if (curve_.period() != k) curve_.set_period(k);
    }

    /// Ends a half where its cycle shrinks to one of half the period.
    void cut(half_branch<T>& half) {
        for (size_t i = 0; i < half.events.size(); ++i) {
            const size_t last = half.events[i].point;
            if (!half.events[i].crossing || !shrinks(half.points[last].z)) continue;
            const double parameter = curve_.parameter(half.points[last].z.data());
            half.points.resize(last + 1);
            half.events.resize(i);
            half.end = branch_end::bifurcation;
            half.note = concatenate("where the period halves, at ", parameter);
            return;
        }
    }

    /// Adds what was followed to both sides of a point as one branch; `origin` is the bifurcation it begins
    /// at.
    void add_branch(half_branch<T> back, half_branch<T> ahead, size_t born_at) {
        cut(back);
        cut(ahead);
        const size_t d = n_ - 1, index = diagram_.branches.size();
        branch<T> made;
        made.period = curve_.period();
        // The point of a bifurcation counts as those after it, which the other way round are those before it.
        for (auto& event : back.events)
            back.points[event.point].unstable = back.points[event.point > 0 ? event.point - 1 : 0].unstable;
        std::vector<const point*> points;
        for (size_t i = back.points.size(); i-- > 0;) points.push_back(&back.points[i]);
        const bool shared = !back.points.empty() && born_at == none;  // both halves have the first point
        if (shared) points.pop_back();
        const size_t offset = points.size(), n = offset + ahead.points.size();
        for (const auto& p : ahead.points) points.push_back(&p);
        made.states = matrix<T>::from_shape({n, d});
        made.spectra = matrix<std::complex<T>>::from_shape({n, options_.stability ? d : 0});
        made.outputs = matrix<T>::from_shape({n, 0});
        path all;
        for (size_t i = 0; i < n; ++i) {
            const point& p = *points[i];
            made.parameters.push_back(curve_.parameter(p.z.data()));
            const auto state = curve_.state(p.z.data());
            std::copy(state.begin(), state.end(), &made.states(i, 0));
            if (options_.stability) std::ranges::copy(p.spectrum, &made.spectra(i, 0));
            made.unstable_directions.push_back(p.unstable);
            read_out(p, i, n, made.outputs);
            all.push_back(p.z);
        }
        made.last_end = ahead.end;
        made.last_note = std::move(ahead.note);
        if (!back.points.empty()) {
            made.first_end = back.end;
            made.first_note = std::move(back.note);
        } else {
            made.first_end = ahead.end == branch_end::closed ? branch_end::closed : branch_end::bifurcation;
        }
        diagram_.branches.push_back(std::move(made));
        paths_.push_back(std::move(all));
        if (born_at != none) diagram_.bifurcations[born_at].branches.push_back(index);
        for (size_t i = back.events.size(); i-- > 0;)
            add_bifurcation(back.events[i], back.points[back.events[i].point], index,
                            back.points.size() - 1 - back.events[i].point);
        for (auto& event : ahead.events)
            add_bifurcation(event, ahead.points[event.point], index, offset + event.point);
    }

    void read_out(const point& p, size_t row, size_t rows, matrix<T>& outputs) {
        if constexpr (has_read_out<typename Curve::Map>) {
            std::vector<T> r(n_);
            if (!curve_.residual(p.z.data(), r.data())) return;
            const auto state = curve_.state(p.z.data());
            const matrix<T> values = curve_.map().read_out(as_row<const T>(state.data(), n_ - 1));
            if (row == 0) outputs = matrix<T>::from_shape({rows, values.size()});
            std::copy(values.begin(), values.end(), outputs.data() + row * values.size());
        }
    }

    void add_bifurcation(const located<T>& event, const point& at, size_t branch_index, size_t row) {
        for (size_t i = 0; i < origins_.size(); ++i) {
            auto& known = diagram_.bifurcations[i];
            if (known.period != curve_.period() || known.kind != event.kind ||
                !same(origins_[i].z, at.z, T(1e-5)))
                continue;
            if (std::ranges::find(known.branches, branch_index) == known.branches.end())
                known.branches.push_back(branch_index);
            return;
        }
        bifurcation<T> found;
        found.kind = event.kind;
        found.parameter = curve_.parameter(at.z.data());
        found.state = curve_.state(at.z.data());
        found.period = curve_.period();
        found.multiplier = event.multiplier;
        found.converged = event.converged;
        found.branches = {branch_index};
        found.point = row;
        if (options_.normal_forms) classify(at.z.data(), event, found);
        diagram_.bifurcations.push_back(std::move(found));
        origins_.push_back({at.z, at.tangent, event.crossing});
    }

    /// Computes the normal form's coefficient, and what it tells.
    void classify(const T* z, const located<T>& event, bifurcation<T>& found) {
        std::optional<T> coefficient;
        T sign = -1;  // of the coefficient where the bifurcation is supercritical
        switch (found.kind) {
            case bifurcation_kind::pitchfork:
                coefficient = cubic_coefficient(curve_, z, T(1));
                break;
            case bifurcation_kind::period_doubling:
                coefficient = cubic_coefficient(curve_, z, T(-1));
                sign = 1;
                break;
            case bifurcation_kind::neimark_sacker: {
                const std::complex<T> unit = event.multiplier / std::abs(event.multiplier);
                found.resonance = strong_resonance(unit);
                coefficient = lyapunov_coefficient(curve_, z, unit.imag() < 0 ? std::conj(unit) : unit);
                break;
            }
            default:
                coefficient = fold_coefficient(curve_, z);
                sign = 0;
                break;
        }
        if (!coefficient || !std::isfinite(*coefficient)) return;
        found.coefficient = *coefficient;
        if (*coefficient * sign > 0) found.criticality = criticality::supercritical;
        if (*coefficient * sign < 0) found.criticality = criticality::subcritical;
    }

    Curve curve_;
    bifurcation_options<T> options_;
    branch_follower<Curve> follower_;
    size_t n_;
    branch_diagram<T> diagram_;
    std::vector<origin> origins_;  ///< of each bifurcation
    std::vector<path> paths_;      ///< of each branch
};

}  // namespace engram::detail
