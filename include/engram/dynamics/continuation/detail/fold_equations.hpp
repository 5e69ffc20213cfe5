/// @file
/// The folds of a family with two parameters as a curve.
#pragma once

#include "engram/dynamics/continuation/detail/critical_vectors.hpp"
#include "engram/dynamics/continuation/detail/curve_point.hpp"
#include "engram/dynamics/continuation/detail/fixed_point_curve.hpp"

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
    [[nodiscard]] const std::string& note() const { return base_.note(); }
    [[nodiscard]] std::string where(const T* z) const { return base_.where(z); }
    [[nodiscard]] const base_type& base() const { return base_; }

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
    /// The fold's coefficient 1/2 <w, B(v, v)>, v kept on one side; false where it cannot be computed.
    bool coefficient(const T* z, T& result) {
        if (!find_null_vectors(z)) return false;
        const auto gradient = along_null_vector(z);
        const T pairing = inner(null_.w, null_.v);
        if (gradient.empty() || pairing == 0) return false;
        result = inner(gradient, null_.v) / (2 * pairing);
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

/// Describes a fold by its coefficient, which is zero at a cusp.
struct describe_by_coefficient {
    template <class Curve, class T>
    bool operator()(Curve& curve, curve_point<T>& p, const curve_point<T>&) const {
        return curve.coefficient(p.z.data(), p.quadratic);
    }
};

}  // namespace engram::detail
