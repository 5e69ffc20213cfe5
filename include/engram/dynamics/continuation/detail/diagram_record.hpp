/// @file
/// What is known of a bifurcation diagram while it is made.
#pragma once

#include "engram/dynamics/continuation/bifurcation_options.hpp"
#include "engram/dynamics/continuation/branch_diagram.hpp"
#include "engram/dynamics/continuation/detail/branch_point.hpp"
#include "engram/dynamics/continuation/detail/halved_period.hpp"
#include "engram/dynamics/continuation/detail/make_branch.hpp"
#include "engram/dynamics/continuation/detail/normal_form.hpp"
#include "engram/dynamics/continuation/detail/on_branch.hpp"

namespace engram::detail {

/// A diagram, and what is known of its branches and bifurcations beside what a user sees.
template <class Points>
class diagram_record {
  public:
    using Curve = std::remove_cvref_t<decltype(std::declval<Points>().curve())>;
    using T = typename Points::T;
    using point = curve_point<T>;

    /// Of a bifurcation: where it is on the curve, and what leads away from it.
    struct curve_data {
        std::vector<T> z, tangent;
        std::optional<branch_point<T>> crossing;
    };
    /// The number of no bifurcation.
    static constexpr size_t none = static_cast<size_t>(-1);

    diagram_record(Points& points, const bifurcation_options<T>& options)
        : points_(points), curve_(points.curve()), options_(options) {}

    branch_diagram<T> diagram;
    std::vector<curve_data> on_curve;  ///< one a bifurcation

    /// Whether there are as many branches as there may be.
    [[nodiscard]] bool is_full() const { return diagram.branches.size() >= options_.max_branches; }
    /// Adds a note, once.
    void add_note(std::string note) {
        if (std::ranges::find(diagram.notes, note) == diagram.notes.end())
            diagram.notes.push_back(std::move(note));
    }
    void nothing_branches_off(size_t index) {
        add_note(concatenate("nothing found to branch off at ", diagram.bifurcations[index].parameter, " (",
                             to_string(diagram.bifurcations[index].kind), ')'));
    }

    /// Whether a point is on a branch that has been followed.
    bool is_known(const std::vector<T>& z, T within = T(1e-6)) {
        for (size_t b = 0; b < paths_.size(); ++b)
            if (diagram.branches[b].period == curve_.period() && is_on(points_, paths_[b], z, within))
                return true;
        return false;
    }

    /// Adds what was followed to both sides of a point as one branch, and the bifurcations on it; `born_at`
    /// is the bifurcation it begins at.
    void add_branch(half_branch<T> back, half_branch<T> ahead, size_t born_at) {
        cut_where_period_halves(curve_, back);
        cut_where_period_halves(curve_, ahead);
        const size_t index = diagram.branches.size();
        const branch_end ahead_end = ahead.end, back_end = back.end;
        std::string ahead_note = std::move(ahead.note), back_note = std::move(back.note);
        const bool one_side = back.points.empty();
        const size_t start_at = one_side ? 0 : back.points.size() - 1;
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
        diagram.branches.push_back(std::move(made));
        auto& all = paths_.emplace_back();
        for (const auto& p : whole.points) all.push_back(p.z);
        if (born_at != none) {
            auto& start = diagram.bifurcations[born_at];
            if (start.branches.empty()) start.point = start_at;
            start.branches.push_back(index);
        }
        for (const auto& event : whole.events) add_bifurcation(event, whole.points[event.point], index);
    }

    /// The number of a known bifurcation of some kind, at a point of the curve.
    [[nodiscard]] size_t find_bifurcation(bifurcation_kind kind, const std::vector<T>& z) const {
        for (size_t i = 0; i < on_curve.size(); ++i)
            if (diagram.bifurcations[i].period == curve_.period() && diagram.bifurcations[i].kind == kind &&
                apart(on_curve[i].z, z) <= T(1e-5) * points_.size_of(z))
                return i;
        return none;
    }

    /// Adds a bifurcation on a branch, if it has one so far, or one more branch to a bifurcation that is
    /// known.
    void add_bifurcation(const located<T>& event, const point& at, size_t branch_index) {
        if (const size_t i = find_bifurcation(event.kind, at.z); i != none) {
            auto& known = diagram.bifurcations[i].branches;
            if (branch_index != none && std::ranges::find(known, branch_index) == known.end())
                known.push_back(branch_index);
            return;
        }
        if (is_shadow(event, at)) return;
        bifurcation<T> found;
        found.kind = event.kind;
        found.parameter = curve_.parameter(at.z.data());
        found.state = curve_.state(at.z.data());
        found.outside_box = curve_.outside_box(at.z.data());
        found.period = curve_.period();
        found.multiplier = event.multiplier;
        found.converged = event.converged;
        if (branch_index != none) found.branches = {branch_index};
        found.point = event.point;
        if (options_.normal_forms) add_normal_form(curve_, at.z.data(), found);
        note_other_multipliers(found, at);
        diagram.bifurcations.push_back(std::move(found));
        on_curve.push_back({at.z, at.tangent, event.crossing});
    }

  private:
    /// Whether a crossing that could not be located is beside one that was: where branches part slowly, the
    /// bordered determinant's sign is lost in rounding there.
    bool is_shadow(const located<T>& event, const point& at) const {
        if (event.converged || event.kind != bifurcation_kind::pitchfork) return false;
        const T step = static_cast<T>(points_.steps().first) * points_.size_of(at.z);
        for (size_t i = 0; i < on_curve.size(); ++i) {
            const auto& known = diagram.bifurcations[i];
            const bool crossing =
                known.kind == bifurcation_kind::pitchfork || known.kind == bifurcation_kind::transcritical;
            if (crossing && known.converged && apart(on_curve[i].z, at.z) <= step) return true;
        }
        return false;
    }

    /// Notes other multipliers on the unit circle at a bifurcation than its own.
    void note_other_multipliers(const bifurcation<T>& found, const point& at) {
        if (found.kind == bifurcation_kind::multiple) return;
        std::vector<std::complex<T>> others;
        for (const auto& value : at.spectrum)
            if (value.imag() >= 0 &&
                std::abs(std::abs(value) - 1) <= 16 * std::sqrt(std::numeric_limits<T>::epsilon()))
                others.push_back(value);
        const std::complex<T> own(found.multiplier.real(), std::abs(found.multiplier.imag()));
        if (others.size() < 2) return;
        others.erase(
            std::ranges::min_element(others, {}, [&](const auto& value) { return std::abs(value - own); }));
        std::string words;
        for (const auto& value : others) {
            if (!words.empty()) words += ", ";
            words += concatenate(value.real());
            if (value.imag() != 0) words += concatenate(" +- ", value.imag(), " i");
        }
        add_note(concatenate("at ", found.parameter, " (", to_string(found.kind),
                             ") other multipliers are on the unit circle as well: ", words));
    }

    Points& points_;
    Curve& curve_;
    const bifurcation_options<T>& options_;
    std::vector<std::vector<std::vector<T>>> paths_;  ///< of each branch, its points on the curve
};

}  // namespace engram::detail
