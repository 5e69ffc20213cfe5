/// @file
/// The engine of bifurcation_diagram: start points, branches, and those that branch off.
#pragma once

#include "engram/dynamics/continuation/bifurcation_options.hpp"
#include "engram/dynamics/continuation/branch_diagram.hpp"
#include "engram/dynamics/continuation/detail/halved_period.hpp"
#include "engram/dynamics/continuation/detail/locate_bifurcations.hpp"
#include "engram/dynamics/continuation/detail/make_branch.hpp"
#include "engram/dynamics/continuation/detail/normal_form.hpp"
#include "engram/dynamics/continuation/detail/on_branch.hpp"

namespace engram::detail {

/// A diagram while it is made.
template <map_family Family>
class diagram_builder {
  public:
    using Curve = fixed_point_curve<Family>;
    using T = typename Curve::scalar;
    using point = curve_point<T>;
    using points_type = curve_points<Curve, describe_by_spectrum>;

    /// A watch may end it.
    diagram_builder(Curve curve, const bifurcation_options<T>& options, progress_watch& watch)
        : curve_(std::move(curve)),
          options_(options),
          points_(curve_, describe_by_spectrum{options.stability}, options.steps),
          follower_(points_, locate_bifurcations{options.stability},
                    {options.max_points, options.largest_state, &watch}),
          watch_(watch),
          n_(curve_.equations() + 1) {}

    /// Follows the branch through a point to both sides, unless it is on one already. Returns why that cannot
    /// be done, as where it has no tangent of its own; empty if it is.
    std::string follow_through(point start) {
        std::vector<T> direction(n_);
        direction[n_ - 1] = 1;
        if (!points_.complete(start, direction, start)) {
            for (size_t i = 0; i < n_; ++i) direction[i] = std::cos(static_cast<T>(i));  // at a fold
            if (!points_.complete(start, direction, start)) return no_tangent(start);
        }
        if (points_.singular()) return no_tangent(start);
        if (is_known(start.z)) return {};
        if (is_full()) return concatenate("is not followed: max_branches = ", options_.max_branches);
        start.unstable = beyond_unit_circle(start);
        auto ahead = follower_.follow(start);
        half_branch<T> back;
        if (ahead.end != branch_end::closed) {
            for (T& t : start.tangent) t = -t;
            start.forwards = -start.forwards;
            start.orientation = -start.orientation;
            back = follower_.follow(start);
        }
        add_branch(std::move(back), std::move(ahead), none);
        return {};
    }

    /// Follows what branches off from every bifurcation found so far, and from those found on the way.
    void switch_branches() {
        for (size_t i = 0; i < diagram_.bifurcations.size(); ++i) {
            if (!watch_.goes_on()) return;
            const auto kind = diagram_.bifurcations[i].kind;
            const bool doubles = kind == bifurcation_kind::period_doubling &&
                                 2 * diagram_.bifurcations[i].period <= options_.max_period;
            if (kind == bifurcation_kind::period_doubling && !doubles)
                add_note(concatenate("max_period = ", options_.max_period, ": the cycle of period ",
                                     2 * diagram_.bifurcations[i].period, " that branches off at ",
                                     diagram_.bifurcations[i].parameter, " is not followed"));
            if (!doubles && !origins_[i].crossing) continue;
            if (is_full()) {
                add_note(concatenate("max_branches = ", options_.max_branches,
                                     " reached before all bifurcations were branched off from"));
                return;
            }
            if (doubles)
                double_period(i);
            else
                cross(i);
        }
    }

    /// Whether there are as many branches as there may be.
    [[nodiscard]] bool is_full() const { return diagram_.branches.size() >= options_.max_branches; }
    branch_diagram<T> result() && {
        diagram_.interrupted = watch_.reason();
        return std::move(diagram_);
    }
    void add_note(std::string note) { diagram_.notes.push_back(std::move(note)); }
    Curve& curve() { return curve_; }
    points_type& points() { return points_; }

  private:
    static constexpr size_t none = static_cast<size_t>(-1);

    /// Of a bifurcation: where it is on the curve, and what leads away from it.
    struct origin {
        std::vector<T> z, tangent;
        std::optional<branch_point<T>> crossing;
    };
    /// Of a branch: its points on the curve.
    using path = std::vector<std::vector<T>>;

    /// Follows the other branch through a branch point, to both sides.
    void cross(size_t index) {
        const origin from = origins_[index];
        set_period(diagram_.bifurcations[index].period);
        const auto tangents = from.crossing->tangents();
        if (tangents.size() != 2) return nothing_branches_off(index);
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
        if (!shifted_jacobian(curve_, from.z.data(), T(-1), shifted) || !null.find(shifted))
            return nothing_branches_off(index);
        set_period(2 * diagram_.bifurcations[index].period);
        const auto direction = at_fixed_parameter(curve_, null.v);
        if (auto half = leave(index, direction, direction)) add_branch({}, std::move(*half), index);
    }

    /// Follows a branch away from a bifurcation; none if it is known already.
    std::optional<half_branch<T>> leave(size_t index, const std::vector<T>& direction,
                                        const std::vector<T>& normal) {
        auto first = points_.leave(origins_[index].z, direction, normal);
        if (!first) {
            nothing_branches_off(index);
            return {};
        }
        if (is_known(first->z)) return {};
        first->unstable = beyond_unit_circle(*first);
        auto half = follower_.follow(*first);
        if (half.end == branch_end::closed) return half;
        point start = *first;
        start.z = origins_[index].z;
        start.tangent = direction;
        points_.describe(start, *first);
        half.points.insert(half.points.begin(), std::move(start));
        for (auto& event : half.events) ++event.point;
        return half;
    }

    std::string no_tangent(const point& p) const {
        return concatenate("has no branch of its own: at ", curve_.parameter(p.z.data()),
                           " branches cross, or it is one of a continuum of fixed points");
    }
    void nothing_branches_off(size_t index) {
        add_note(concatenate("nothing found to branch off at ", diagram_.bifurcations[index].parameter, " (",
                             to_string(diagram_.bifurcations[index].kind), ')'));
    }

    /// Whether a point is on a branch that has been followed.
    bool is_known(const std::vector<T>& z) {
        for (size_t b = 0; b < paths_.size(); ++b)
            if (diagram_.branches[b].period == curve_.period() && is_on(points_, paths_[b], z)) return true;
        return false;
    }

    void set_period(size_t k) {
        if (curve_.period() != k) curve_.set_period(k);
    }

    /// Adds what was followed to both sides of a point as one branch; `origin` is the bifurcation it begins
    /// at.
    void add_branch(half_branch<T> back, half_branch<T> ahead, size_t born_at) {
        cut_where_period_halves(curve_, back);
        cut_where_period_halves(curve_, ahead);
        const size_t index = diagram_.branches.size();
        const branch_end ahead_end = ahead.end, back_end = back.end;
        std::string ahead_note = std::move(ahead.note), back_note = std::move(back.note);
        const bool one_side = back.points.empty();
        auto whole = join(std::move(back), std::move(ahead));
        std::string note;
        auto made = make_branch(curve_, whole.points, options_.stability, note);
        if (!note.empty()) add_note(concatenate("branch ", index, ": ", note));
        made.last_end = ahead_end;
        made.last_note = std::move(ahead_note);
        made.first_end = !one_side                         ? back_end
                         : ahead_end == branch_end::closed ? branch_end::closed
                                                           : branch_end::bifurcation;
        if (!one_side) made.first_note = std::move(back_note);
        diagram_.branches.push_back(std::move(made));
        auto& all = paths_.emplace_back();
        for (const auto& p : whole.points) all.push_back(p.z);
        if (born_at != none) diagram_.bifurcations[born_at].branches.push_back(index);
        for (const auto& event : whole.events) add_bifurcation(event, whole.points[event.point], index);
    }

    void add_bifurcation(const located<T>& event, const point& at, size_t branch_index) {
        for (size_t i = 0; i < origins_.size(); ++i) {
            auto& known = diagram_.bifurcations[i];
            if (known.period != curve_.period() || known.kind != event.kind ||
                apart(origins_[i].z, at.z) > T(1e-5) * points_.size_of(at.z))
                continue;
            if (std::ranges::find(known.branches, branch_index) == known.branches.end())
                known.branches.push_back(branch_index);
            return;
        }
        bifurcation<T> found;
        found.kind = event.kind;
        found.parameter = curve_.parameter(at.z.data());
        found.state = curve_.state(at.z.data());
        found.outside_box = curve_.outside_box(at.z.data());
        found.period = curve_.period();
        found.multiplier = event.multiplier;
        found.converged = event.converged;
        found.branches = {branch_index};
        found.point = event.point;
        if (options_.normal_forms) add_normal_form(curve_, at.z.data(), found);
        diagram_.bifurcations.push_back(std::move(found));
        origins_.push_back({at.z, at.tangent, event.crossing});
    }

    Curve curve_;
    bifurcation_options<T> options_;
    points_type points_;
    branch_follower<points_type, locate_bifurcations> follower_;
    progress_watch& watch_;
    size_t n_;
    branch_diagram<T> diagram_;
    std::vector<origin> origins_;  ///< of each bifurcation
    std::vector<path> paths_;      ///< of each branch
};

}  // namespace engram::detail
