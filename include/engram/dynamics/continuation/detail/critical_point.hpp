/// @file
/// Fixed points at a limit of the parameter at which a multiplier is 1.
#pragma once

#include "engram/dynamics/continuation/bifurcation.hpp"
#include "engram/dynamics/continuation/detail/branch_point.hpp"
#include "engram/dynamics/continuation/detail/curve_point.hpp"

#include <optional>

namespace engram::detail {

/// A fold or a branch point where q is 0 or 1, and the branches that pass it.
template <class T>
struct critical_point {
    bifurcation_kind kind;
    branch_point<T> at;
    std::vector<std::vector<T>> directions;  ///< their tangents (d + 1 each), that of most q first
};

/// Newton's method at a fixed q, in the state and beta, on G + beta w = 0 and w^T G_q = 0, for a branch
/// point, or g = 0, for a fold. Both are regular where G = 0 is not. False where it does not converge nearby,
/// or to a point whose bifurcation is at another q.
template <class Curve, class T = typename Curve::scalar>
bool converge_to_critical(Curve& curve, const std::vector<T>& start, bool crossing, branch_point<T>& found) {
    const size_t d = curve.equations();
    constexpr T near_start = T(1e-2), near_limit = T(1e-9), near_one = T(1e-3);
    found.z = start;
    null_vectors<T> null;
    T beta = 0;
    std::vector<T> r(d + 1);
    auto system = matrix<T>::from_shape({d + 1, d + 1});
    for (int iteration = 0; iteration < 12; ++iteration) {
        if (!curve.residual(found.z.data(), r.data()) || !expand(curve, found, null)) return false;
        if (iteration == 0 && std::abs(null.g) > near_one) return false;
        for (size_t i = 0; i < d; ++i) {
            std::copy_n(&found.jacobian(i, 0), d, &system(i, 0));
            system(i, d) = null.w[i];
            system(d, i) = crossing ? found.of_slope[i] : -null.unit * found.of_g[i];
            r[i] += beta * null.w[i];
        }
        system(d, d) = 0;
        r[d] = crossing ? found.slope : null.g;
        if (!solve(system, false, r.data())) return false;
        axpy(d, T(-1), r.data(), found.z.data());
        beta -= r[d];
        const T unit = std::max(T(1), norm(d, found.z.data()));
        if (!(apart(found.z, start) <= near_start * unit)) return false;
        if (norm(d, r.data()) > 10 * pseudo_arclength<T>::tolerance * unit) continue;
        return crossing ? std::abs(beta) <= near_limit * unit &&
                              std::abs(null.g) <= near_limit * std::abs(null.unit * found.b)
                        : std::abs(beta) <= near_limit * std::abs(found.slope);
    }
    return false;
}

/// The fold or branch point that is near a point and has its q, 0 or 1, if there is one; of one multiplier 1.
template <class Curve, class T = typename Curve::scalar>
std::optional<critical_point<T>> find_critical_point(Curve& curve, const std::vector<T>& z) {
    critical_point<T> found{bifurcation_kind::fold, {}, {}};
    auto& at = found.at;
    if (converge_to_critical(curve, z, true, at)) {
        const bool pitchfork = std::abs(at.a) <= T(1e-5);
        found.kind = pitchfork ? bifurcation_kind::pitchfork : bifurcation_kind::transcritical;
        if (pitchfork) at.a = 0;
        found.directions = at.tangents();
        if (found.directions.size() != 2) return {};
        auto &first = found.directions[0], &second = found.directions[1];
        if (std::abs(first.back()) < std::abs(second.back())) std::swap(first, second);
        return found;
    }
    if (!converge_to_critical(curve, z, false, at)) return {};
    found.directions = {at.v};
    return found;
}

/// The same that a state (d) is at the first value of the parameter, if it is a fixed point there.
template <class Curve, class T = typename Curve::scalar>
std::optional<critical_point<T>> find_critical_start(Curve& curve, const std::vector<T>& state) {
    std::vector<T> z = state, r(state.size());
    z.push_back(T(0));
    const bool fixed = curve.residual(z.data(), r.data()) && curve.allows(z.data()) &&
                       norm(r.size(), r.data()) <= std::sqrt(std::numeric_limits<T>::epsilon());
    return fixed ? find_critical_point(curve, z) : std::nullopt;
}

}  // namespace engram::detail
