/// @file
/// The engine of bifurcation_diagram: start points, branches, and those that branch off.
#pragma once

#include "engram/dynamics/continuation/detail/diagram_record.hpp"
#include "engram/dynamics/continuation/detail/side_follower.hpp"

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
          sides_(points_, options.stability, {options.max_points, options.largest_state, &watch}),
          watch_(watch),
          n_(curve_.equations() + 1),
          record_(points_, options_) {}

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
        if (record_.is_known(start.z)) return {};
        if (record_.is_full()) return concatenate("is not followed: max_branches = ", options_.max_branches);
        const auto at_start = bifurcations_at_limit(points_, start);
        auto ahead = sides_.follow_inside(start);
        ahead.events.insert(ahead.events.begin(), at_start.begin(), at_start.end());
        half_branch<T> back;
        if (ahead.end != branch_end::closed) {
            for (T& t : start.tangent) t = -t;
            start.forwards = -start.forwards;
            start.orientation = -start.orientation;
            back = sides_.follow_inside(start);
        }
        record_.add_branch(std::move(back), std::move(ahead), record_.none);
        return {};
    }

    /// Follows the branches that pass a bifurcation at the first value of the parameter. Returns why that
    /// cannot be done; empty if it is.
    std::string follow_from(const critical_point<T>& start) {
        point at;
        at.z = start.at.z;
        at.tangent = start.directions[0];
        if (!points_.describe(at, at)) return curve_.note();
        size_t index = record_.find_bifurcation(start.kind, at.z);
        if (index == record_.none) {
            if (record_.is_full())
                return concatenate("is not followed: max_branches = ", options_.max_branches);
            index = record_.diagram.bifurcations.size();
            record_.add_bifurcation({start.kind}, at, record_.none);
        }
        for (size_t k = 0; k < start.directions.size(); ++k)
            follow_both(index, start.directions[k], start.directions[start.directions.size() - 1 - k]);
        if (!found(index).branches.empty()) return {};
        half_branch<T> alone;
        alone.points.push_back(std::move(at));
        alone.end = branch_end::parameter_limit;
        record_.add_branch({}, std::move(alone), index);
        return {};
    }

    /// Follows what branches off from every bifurcation found so far, and from those found on the way.
    void switch_branches() {
        for (size_t i = 0; i < record_.diagram.bifurcations.size(); ++i) {
            if (!watch_.goes_on()) return;
            const auto kind = found(i).kind;
            const bool doubles =
                kind == bifurcation_kind::period_doubling && 2 * found(i).period <= options_.max_period;
            if (kind == bifurcation_kind::period_doubling && !doubles)
                record_.add_note(concatenate("max_period = ", options_.max_period, ": the cycle of period ",
                                             2 * found(i).period, " that branches off at ",
                                             found(i).parameter, " is not followed"));
            if (!doubles && !record_.on_curve[i].crossing) continue;
            if (record_.is_full()) {
                record_.add_note(concatenate("max_branches = ", options_.max_branches,
                                             " reached before all bifurcations were branched off from"));
                return;
            }
            if (doubles)
                double_period(i);
            else
                cross(i);
        }
    }

    branch_diagram<T> result() && {
        record_.diagram.interrupted = watch_.reason();
        return std::move(record_.diagram);
    }
    void add_note(std::string note) { record_.add_note(std::move(note)); }
    points_type& points() { return points_; }

  private:
    /// Follows the other branch through a branch point, to both sides.
    void cross(size_t index) {
        const auto from = record_.on_curve[index];
        set_period(found(index).period);
        const auto tangents = from.crossing->tangents();
        if (tangents.size() != 2) return record_.nothing_branches_off(index);
        const size_t own = nearest(tangents, from.tangent);
        follow_both(index, tangents[1 - own], tangents[own]);
    }
    /// Follows a branch that passes a bifurcation in a direction, to both sides as far as the parameter lets
    /// it, apart from one that passes in another direction.
    void follow_both(size_t index, const std::vector<T>& direction, const std::vector<T>& apart_from) {
        std::vector<T> normal = direction;
        axpy(n_, -inner(direction, apart_from), apart_from.data(), normal.data());
        const T length = norm(n_, normal.data());
        if (length > std::sqrt(std::numeric_limits<T>::epsilon()))
            for (T& x : normal) x /= length;
        else
            normal = direction;  // there is no other
        std::optional<half_branch<T>> halves[2];
        for (const bool back : {false, true}) {
            if (back && halves[0] && halves[0]->end == branch_end::closed) break;
            auto side = direction;
            if (back)
                for (T& x : side) x = -x;
            const T q = record_.on_curve[index].z[n_ - 1];
            if ((q <= 0 && side[n_ - 1] < 0) || (q >= 1 && side[n_ - 1] > 0)) continue;
            halves[back] = leave(index, side, normal);
        }
        if (halves[0] && halves[1]) {
            record_.add_branch(std::move(*halves[1]), std::move(*halves[0]), index);
        } else if (halves[0] || halves[1]) {
            record_.add_branch({}, std::move(halves[0] ? *halves[0] : *halves[1]), index);
        }
    }

    /// Follows the cycle of twice the period that branches off from a period doubling, one of its states.
    void double_period(size_t index) {
        const auto from = record_.on_curve[index];
        matrix<T> shifted;
        null_vectors<T> null;
        set_period(found(index).period);
        if (!shifted_jacobian(curve_, from.z.data(), T(-1), shifted) || !null.find(shifted))
            return record_.nothing_branches_off(index);
        set_period(2 * found(index).period);
        const auto direction = at_fixed_parameter(curve_, null.v);
        if (auto half = leave(index, direction, direction)) record_.add_branch({}, std::move(*half), index);
    }

    /// Follows a branch away from a bifurcation; none if it is known already.
    std::optional<half_branch<T>> leave(size_t index, const std::vector<T>& direction,
                                        const std::vector<T>& normal) {
        auto first = points_.leave(record_.on_curve[index].z, direction, normal);
        if (!first) {
            const obstacle by = curve_.failed_by();
            const bool outside = by == obstacle::parameter || by == obstacle::box;  // of what was asked for
            if (!outside) record_.nothing_branches_off(index);
            return {};
        }
        // So near to the bifurcation, other branches are as near to this one.
        const T step = apart(first->z, record_.on_curve[index].z);
        if (record_.is_known(first->z, std::min(T(1e-6), step / 10))) return {};
        if (record_.is_full()) {
            record_.add_note(concatenate("max_branches = ", options_.max_branches,
                                         " reached before all branches at ", found(index).parameter, " (",
                                         to_string(found(index).kind), ") were followed"));
            return {};
        }
        first->unstable = beyond_unit_circle(*first);
        auto half = sides_.follow(*first);
        if (half.end == branch_end::closed) return half;
        point start = *first;
        start.z = record_.on_curve[index].z;
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
    [[nodiscard]] const bifurcation<T>& found(size_t index) const {
        return record_.diagram.bifurcations[index];
    }
    void set_period(size_t k) {
        if (curve_.period() != k) curve_.set_period(k);
    }

    Curve curve_;
    bifurcation_options<T> options_;
    points_type points_;
    side_follower<points_type> sides_;
    progress_watch& watch_;
    size_t n_;
    diagram_record<points_type> record_;
};

}  // namespace engram::detail
