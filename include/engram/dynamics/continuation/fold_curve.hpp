/// @file
/// fold_curve: a fold followed in two parameters, to the cusps where two folds meet and the
/// Bogdanov-Takens points.
#pragma once

#include "engram/core/full_digits.hpp"
#include "engram/dynamics/continuation/detail/fold_equations.hpp"
#include "engram/dynamics/continuation/detail/make_branch.hpp"
#include "engram/dynamics/continuation/detail/normal_form.hpp"
#include "engram/dynamics/continuation/detail/scale_of.hpp"
#include "engram/dynamics/point/search_options.hpp"

namespace engram {

/// How to follow folds.
template <class T>
struct fold_curve_options {
    step_size_control steps = {};  ///< lengths along the curve, in units of both ways and of the scale
    state_scale<T> scale = {};     ///< as in bifurcation_options; left out, of the fold's state
    T largest_state = 1000;        ///< in units of the scale: beyond it, the curve is taken to go to infinity
    search_region<T> region = {};  ///< where states may go; its max_distance is not used
    bool keep_to_box = true;       ///< as in bifurcation_options
    size_t max_points = 2000;      ///< on either side of the first fold
    /// Is told how many points are found, such as a progress_bar; false ends the curve, and so does what it
    /// throws. What was found by then is returned, and fold_branch::interrupted says so.
    progress_watcher watcher = {};
    double time_limit = std::numeric_limits<double>::infinity();  ///< seconds after which it ends likewise
};

/// What fold_curve finds: folds along a curve in the plane of two parameters.
template <class T>
struct fold_branch {
    std::vector<double> first, second;  ///< parameters (n)
    matrix<T> states;                   ///< (n x d)
    /// Of the normal forms (n): they change their sign at a cusp through 0, at a Bogdanov-Takens point
    /// through infinity.
    std::vector<T> coefficients;
    std::vector<std::uint8_t> outside_box;  ///< whether a state is where the map says none can be (n)
    /// Where two folds meet; `parameter` is the first one, `second_parameter` the second.
    std::vector<bifurcation<T>> cusps;
    /// Where a second multiplier is 1 (resonance 1:1; Kuznetsov, section 9.5.2), likewise.
    std::vector<bifurcation<T>> bogdanov_takens;
    branch_end first_end = branch_end::parameter_limit;  ///< why no further before the first point
    branch_end last_end = branch_end::parameter_limit;   ///< why no further after the last one
    std::string first_note, last_note;                   ///< the same with values
    std::string interrupted = {};  ///< why the watcher or the time limit ended it; empty if they did not

    /// How many points there are.
    [[nodiscard]] size_t size() const { return first.size(); }

    /// Comma-separated values, one line a fold: both parameters, the coefficient, then the state's first
    /// `coordinates`; all digits.
    void write_csv(std::ostream& out, size_t coordinates = 3) const {
        const detail::full_digits format(out);
        const size_t d = std::min(coordinates, states.shape(1));
        out << "first,second,coefficient";
        for (size_t j = 0; j < d; ++j) out << ",h" << j;
        out << '\n';
        for (size_t i = 0; i < size(); ++i) {
            out << first[i] << ',' << second[i] << ',' << coefficients[i];
            for (size_t j = 0; j < d; ++j) out << ',' << states(i, j);
            out << '\n';
        }
    }
};

/// A table: the curve in one line, then one line a cusp or Bogdanov-Takens point.
template <class T>
std::ostream& operator<<(std::ostream& out, const fold_branch<T>& curve) {
    out << curve.size() << " folds";
    const auto print_end = [&](const char* word, size_t i, branch_end end, const std::string& note) {
        out << word << curve.first[i] << ", " << curve.second[i] << " (" << to_string(end);
        if (!note.empty()) out << ": " << note;
        out << ')';
    };
    if (curve.size() > 0) {
        print_end(" from ", 0, curve.first_end, curve.first_note);
        print_end(" to ", curve.size() - 1, curve.last_end, curve.last_note);
    }
    out << '\n';
    for (const auto* list : {&curve.cusps, &curve.bogdanov_takens})
        for (const auto& found : *list) out << found << '\n';
    if (!curve.interrupted.empty()) out << "not all was followed: " << curve.interrupted << '\n';
    return out;
}

/// The curve of folds through one that bifurcation_diagram found, in two parameters, and the cusps and
/// Bogdanov-Takens points on it. The fold is one of family(p, q) at p = fold.parameter and q = `second`; the
/// curve is followed to both sides, by pseudo-arclength continuation of fold and parameters, until it leaves
/// the intervals of p or q, or closes. Throws value_error where the fold is not one of the family, and for
/// intervals that are none or without the fold, or if the family throws at the fold, with its words;
/// shape_error for a fold of another dimension than the map.
template <two_parameter_family Family, class T>
fold_branch<T> fold_curve(const bifurcation<T>& fold, const Family& family, parameter_interval first,
                          double second, parameter_interval second_interval,
                          const std::type_identity_t<fold_curve_options<T>>& options = {}) {
    const auto share = [](double value, parameter_interval way) {
        require(std::isfinite(way.from) && std::isfinite(way.to) && way.from != way.to, "fold_curve: from ",
                way.from, " to ", way.to, " is no interval");
        const double result = (value - way.from) / (way.to - way.from);
        require(result >= 0 && result <= 1, "fold_curve: the fold is at ", value, ", outside ", way.from,
                " .. ", way.to);
        return static_cast<T>(result);
    };
    const size_t d = fold.state.size();
    const size_t dimension = [&] {
        try {
            return family(fold.parameter, second).dimension();
        } catch (...) {
            throw value_error(detail::concatenate("fold_curve: the family throws at ", fold.parameter, ", ",
                                                  second, ": ", detail::words_of_exception()));
        }
    }();
    require<shape_error>(dimension == d, "fold_curve: a fold of dimension ", d, " for a map of dimension ",
                         dimension);
    require(fold.period == 1, "fold_curve: a fold of cycles of period ", fold.period,
            "; make the family of that iterate, of whose fixed points it is one");
    options.steps.check("fold_curve");
    detail::check_bounds("fold_curve", d, options.region);
    auto states = matrix<T>::from_shape({1, d});
    std::ranges::copy(fold.state, states.begin());
    const auto scale = detail::scale_to_follow<T>("fold_curve", options.scale, {}, states);

    using curve_type = detail::fold_equations<Family>;
    curve_type curve(typename curve_type::base_type(
        {family, {{first, second_interval}}, scale.sizes(d), {options.region, options.keep_to_box}}));
    detail::curve_points<curve_type, detail::describe_by_null_vectors> points(curve, {}, options.steps);
    std::vector<T> z(d + 2), up(d + 2);
    for (size_t i = 0; i < d; ++i) z[i] = fold.state(i) / scale[i];
    z[d] = share(fold.parameter, first);
    z[d + 1] = share(second, second_interval);
    up[d + 1] = 1;
    auto start = points.point_at(z, d + 1);
    require(start && detail::apart(start->z, z) < T(0.01) * points.size_of(z) &&
                points.complete(*start, up, *start),
            "fold_curve: there is no fold of the family near ", fold.parameter, ", ", second,
            curve.note().empty() ? "" : ": ", curve.note());

    detail::progress_watch watch("fold_curve", "points, at most", 2 * options.max_points, options.watcher,
                                 options.time_limit);
    detail::branch_follower follower(
        points, detail::locate_degenerate_folds{},
        detail::follow_limits<T>{options.max_points, options.largest_state, &watch});
    auto ahead = follower.follow(*start);
    detail::half_branch<T> back;
    if (ahead.end != branch_end::closed) {
        for (T& t : start->tangent) t = -t;
        back = follower.follow(*start);
    } else {
        back.end = branch_end::closed;
    }
    fold_branch<T> result;
    result.first_end = back.end;
    result.last_end = ahead.end;
    result.first_note = back.note;
    result.last_note = ahead.note;
    result.interrupted = watch.reason();
    const auto whole = detail::join(std::move(back), std::move(ahead));
    result.states = matrix<T>::from_shape({whole.points.size(), d});
    T side = 1;  // of v, which is kept along the curve
    for (size_t i = 0; i < whole.points.size(); ++i) {
        const auto& p = whole.points[i];
        if (i > 0 && detail::inner(p.v, whole.points[i - 1].v) < 0) side = -side;
        const auto state = curve.base().state(p.z.data());
        result.outside_box.push_back(curve.base().outside_box(p.z.data()));
        std::ranges::copy(state, &result.states(i, 0));
        result.first.push_back(curve.base().parameter(p.z.data(), 0));
        result.second.push_back(curve.base().parameter(p.z.data(), 1));
        result.coefficients.push_back(side * p.quadratic / (2 * detail::inner(p.w, p.v)));
    }
    for (const auto& event : whole.events) {
        bifurcation<T> found;
        found.kind = event.kind;
        found.parameter = result.first[event.point];
        found.second_parameter = result.second[event.point];
        const T* const at = whole.points[event.point].z.data();
        found.state = curve.base().state(at);
        found.outside_box = curve.base().outside_box(at);
        found.converged = event.converged;
        found.branches = {0};
        found.point = event.point;
        const bool is_cusp = event.kind == bifurcation_kind::cusp;
        if (is_cusp)
            if (const auto cubic = detail::cubic_coefficient(curve.base(), at, T(1)))
                found.coefficient = *cubic;
        (is_cusp ? result.cusps : result.bogdanov_takens).push_back(std::move(found));
    }
    return result;
}

}  // namespace engram
