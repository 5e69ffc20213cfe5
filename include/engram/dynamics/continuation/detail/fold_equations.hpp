/// @file
/// The folds of a family with two parameters as a curve.
#pragma once

#include "engram/dynamics/continuation/detail/branch_follower.hpp"
#include "engram/dynamics/continuation/detail/critical_vectors.hpp"
#include "engram/dynamics/continuation/detail/root.hpp"

#include <utility>

namespace engram::detail {

/// G = 0 and g = 0, g being zero where dG/dh is singular (the minimally extended system of Govaerts 2000,
/// section 4.1): d + 1 equations in the d scaled coordinates and the shares of two parameters.
template <class Family>
class fold_equations {
  public:
    using base_type = fixed_point_curve<Family, 2>;
    using scalar = typename base_type::scalar;
    using T = scalar;
    static constexpr size_t parameters = 2;

    explicit fold_equations(base_type base)
        : base_(std::move(base)), square_(matrix<T>::from_shape({base_.dimension(), base_.dimension()})) {}

    [[nodiscard]] size_t dimension() const { return base_.dimension(); }
    [[nodiscard]] size_t equations() const { return base_.dimension() + 1; }
    [[nodiscard]] size_t unknowns() const { return base_.unknowns(); }
    [[nodiscard]] obstacle failed_by() const { return base_.failed_by(); }
    void clear_failure() { base_.clear_failure(); }
    [[nodiscard]] const std::string& note() const { return base_.note(); }
    [[nodiscard]] std::string where(const T* z) const { return base_.where(z); }
    [[nodiscard]] bool allows(const T* z) { return base_.allows(z); }
    /// The fixed points of which these are the folds.
    [[nodiscard]] base_type& base() { return base_; }

    bool residual(const T* z, T* r) {
        if (!base_.residual(z, r) || !find_null_vectors(z)) return false;
        r[dimension()] = null_.g;
        return true;
    }
    bool jacobian(const T* z, matrix_view<T> j) {
        if (!base_.jacobian(z, j.row_block(0, dimension())) || !find_null_vectors(z)) return false;
        const auto gradient = along_null_vector(z);
        if (gradient.empty()) return false;
        for (size_t i = 0; i < unknowns(); ++i) j(dimension(), i) = -null_.unit * gradient[i];
        return true;
    }
    /// Fills in the null vectors of a fold and <w, B(v, v)>; false where they cannot be computed.
    bool describe(curve_point<T>& p) {
        if (!find_null_vectors(p.z.data())) return false;
        const auto gradient = along_null_vector(p.z.data());
        if (gradient.empty()) return false;
        p.v = null_.v;
        p.w = null_.w;
        p.quadratic = inner(gradient, null_.v);
        return true;
    }

  private:
    bool find_null_vectors(const T* z) {
        if (!base_.state_jacobian(z, square_)) return false;
        for (size_t i = 0; i < dimension(); ++i) square_(i, i) -= T(1);
        if (null_.v.empty()) return null_.find(square_);
        return null_.refine(square_);
    }
    /// <w, B(v, .)> for all unknowns.
    std::vector<T> along_null_vector(const T* z) {
        auto direction = null_.v;
        direction.resize(unknowns());
        along<T> by_v;
        if (!by_v.find(base_, z, direction)) return {};
        return product(null_.w, by_v.first);
    }

    base_type base_;
    matrix<T> square_;
    null_vectors<T> null_;
};

/// Describes a fold by its null vectors.
struct describe_by_null_vectors {
    template <class Curve, class T>
    bool operator()(Curve& curve, curve_point<T>& p, const curve_point<T>&) const {
        return curve.describe(p);
    }
};

/// What degenerates on a curve of folds, as numbers that change their sign there: <w, B(v, v)> at a cusp,
/// <w, v> where a second multiplier is 1. The vectors of p are taken on the side of those of `side`.
template <class T>
T degeneracy(bifurcation_kind kind, const curve_point<T>& p, const curve_point<T>& side) {
    const T w_side = inner(p.w, side.w) < 0 ? T(-1) : T(1), v_side = inner(p.v, side.v) < 0 ? T(-1) : T(1);
    return kind == bifurcation_kind::cusp ? w_side * p.quadratic : w_side * v_side * inner(p.w, p.v);
}

/// Finds the cusps and Bogdanov-Takens points between two points of a curve of folds.
struct locate_degenerate_folds {
    template <class Points, class T>
    void operator()(Points& points, const curve_point<T>& from, const curve_point<T>& to,
                    half_branch<T>& half) const {
        std::vector<std::pair<T, located<T>>> found;  // by the length along the tangent
        std::vector<curve_point<T>> located_points;
        for (const auto kind : {bifurcation_kind::cusp, bifurcation_kind::bogdanov_takens}) {
            const T before = degeneracy(kind, from, from), after = degeneracy(kind, to, from);
            if ((before > 0) == (after > 0)) continue;
            curve_point<T> at = from;
            const T s = find_root<T>(before, after, along_tangent(from, to.z), false,
                                     [&](T share) -> std::optional<T> {
                                         auto p = points.point_beyond(from, share);
                                         if (!p) return {};
                                         at = std::move(*p);
                                         return degeneracy(kind, at, from);
                                     });
            located<T> event;
            event.kind = kind;
            if (auto exact = points.point_beyond(from, s))
                at = std::move(*exact);
            else
                event.converged = false;
            event.point = located_points.size();
            located_points.push_back(std::move(at));
            found.emplace_back(s, std::move(event));
        }
        std::ranges::sort(found, {}, [](const auto& f) { return f.first; });
        for (auto& [s, event] : found) {
            const size_t number = std::exchange(event.point, half.points.size());
            half.points.push_back(std::move(located_points[number]));
            half.events.push_back(std::move(event));
        }
    }
};

}  // namespace engram::detail
