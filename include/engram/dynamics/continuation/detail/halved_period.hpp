/// @file
/// Where a branch of cycles ends since they shrink to cycles of half the period.
#pragma once

#include "engram/dynamics/continuation/detail/branch_follower.hpp"

namespace engram::detail {

/// Whether a cycle is one of half the period, twice, but for rounding.
template <class Curve, class T = typename Curve::scalar>
bool has_half_the_period(Curve& curve, const std::vector<T>& z) {
    const size_t period = curve.period(), d = curve.equations();
    if (period % 2 != 0) return false;
    curve.set_period(period / 2);
    std::vector<T> r(d);  // z is (d + 1), the parameter last
    const bool evaluated = curve.residual(z.data(), r.data());
    curve.set_period(period);
    return evaluated && norm(d, r.data()) < T(1e-5) * std::max(T(1), norm(d + 1, z.data()));
}

/// Ends one side of a branch of cycles there.
template <class Curve, class T = typename Curve::scalar>
void cut_where_period_halves(Curve& curve, half_branch<T>& half) {
    for (size_t i = 0; i < half.events.size(); ++i) {
        const size_t last = half.events[i].point;
        if (!half.events[i].crossing || !has_half_the_period(curve, half.points[last].z)) continue;
        const double parameter = curve.parameter(half.points[last].z.data());
        half.points.resize(last + 1);
        half.events.resize(i);
        half.end = branch_end::bifurcation;
        half.note = concatenate("where the period halves, at ", parameter);
        return;
    }
}

}  // namespace engram::detail
