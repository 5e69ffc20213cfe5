/// @file
/// The fixed points and cycles of a family of maps as a curve, F^k(h, p) - h = 0, in scaled unknowns.
#pragma once

#include "engram/dynamics/continuation/detail/pseudo_arclength.hpp"
#include "engram/dynamics/continuation/detail/scaled_family.hpp"
#include "engram/dynamics/map/linearisation.hpp"

namespace engram::detail {

/// F^k(h, p) - h as equations of the points of scaled_family, for one parameter, where they are a curve, or
/// two.
template <class Family, size_t Parameters = 1>
class fixed_point_curve : public scaled_family<Family, Parameters> {
    using base = scaled_family<Family, Parameters>;

  public:
    using typename base::Map;
    using typename base::T;
    using scalar = T;
    using base::attempt, base::finite, base::parameter, base::state;
    static constexpr size_t parameters = Parameters;

    explicit fixed_point_curve(base family)
        : base(std::move(family)),
          d_(base::dimension()),
          path_(matrix<T>::from_shape({2, d_})),
          factor_(matrix<T>::from_shape({d_, d_})),
          product_(factor_),
          by_parameter_(d_),
          behind_(d_) {}

    [[nodiscard]] size_t equations() const { return d_; }
    [[nodiscard]] size_t unknowns() const { return d_ + Parameters; }
    [[nodiscard]] size_t period() const { return period_; }
    /// Makes it the curve of cycles of some length.
    void set_period(size_t k) {
        period_ = k;
        path_ = matrix<T>::from_shape({k + 1, d_});
    }

    /// F^k(h) - h, scaled.
    bool residual(const T* z, T* r) {
        if (!image(z, r)) return false;
        axpy(d_, T(-1), z, r);
        return true;
    }

    /// The derivative of the residual with respect to z, (d x (d + parameters)).
    bool jacobian(const T* z, matrix_view<T> j) {
        if (!derivative(z, j.column_block(0, d_), by_parameter_.data())) return false;
        for (size_t i = 0; i < d_; ++i) {
            j(i, i) -= T(1);
            j(i, d_) = by_parameter_[i];
        }
        if constexpr (!offers_derivative)
            for (size_t k = d_; k < unknowns(); ++k) {
                if (!parameter_difference(z, k, by_parameter_.data())) return false;
                for (size_t i = 0; i < d_; ++i) j(i, k) = by_parameter_[i];
            }
        return true;
    }

    /// Whether the map says that no state of the cycle can be where it is.
    [[nodiscard]] bool outside_box(const T* z) {
        return !all_of_cycle(z, [this](const T* one) { return !base::outside_box(one); });
    }
    /// Whether a point may be kept, with all states of its cycle.
    [[nodiscard]] bool allows(const T* z) {
        return all_of_cycle(z, [this](const T* one) { return base::allows(one); });
    }

    /// What the map reads out, (1 x outputs).
    bool read_out(const T* z, matrix<T>& outputs) requires has_read_out<Map> {
        return attempt(z, [&] {
            const auto h = state(z);
            outputs = base::map().read_out(as_row<const T>(h.data(), d_));
            return true;
        });
    }

    /// dF^k/dh in scaled coordinates, (d x d), similar to that in the map's own.
    bool state_jacobian(const T* z, matrix_view<T> j) { return derivative(z, j, by_parameter_.data()); }

  private:
    /// F^k(h), scaled; leaves h, F(h), ..., F^k(h) in path_.
    bool image(const T* z, T* out) {
        const auto& scale = base::scale();
        return attempt(z, [&] {
            for (size_t i = 0; i < d_; ++i) path_(0, i) = z[i] * scale[i];
            for (size_t k = 0; k < period_; ++k)
                base::map().apply(as_row<const T>(&path_(k, 0), d_), as_row(&path_(k + 1, 0), d_));
            for (size_t i = 0; i < d_; ++i) out[i] = path_(period_, i) / scale[i];
            return finite(z, out, d_);
        });
    }

    /// Whether something holds of each state of the cycle; where the map states no box, of the first.
    template <class Holds>
    bool all_of_cycle(const T* z, const Holds& holds) {
        if (!holds(z)) return false;
        if constexpr (bounded_map<Map>) {
            if (period_ == 1 || !image(z, behind_.data())) return true;
            std::vector<T> other(z, z + unknowns());
            for (size_t k = 1; k < period_; ++k) {
                for (size_t i = 0; i < d_; ++i) other[i] = path_(k, i) / base::scale()[i];
                if (!holds(other.data())) return false;
            }
        }
        return true;
    }

    /// dF^k/dh and, where the family offers it, dF^k/dq.
    bool derivative(const T* z, matrix_view<T> j, T* by_parameter) {
        if (!image(z, by_parameter)) return false;  // for the states on the way
        const auto& scale = base::scale();
        return attempt(z, [&] {
            linearisation<Map> linear(base::map());
            std::fill_n(by_parameter, d_, T(0));
            for (size_t k = 0; k < period_; ++k) {
                linear.jacobian(&path_(k, 0), matrix_view<T>(factor_));
                if constexpr (offers_derivative) {
                    std::copy_n(by_parameter, d_, behind_.data());
                    gemv<T>(matrix_view<const T>(factor_), behind_.data(), by_parameter);
                    base::family().parameter_derivative(as_row<const T>(&path_(k, 0), d_), parameter(z),
                                                        as_row(behind_));
                    axpy(d_, T(1), behind_.data(), by_parameter);
                }
                if (k == 0) {
                    copy<T>(matrix_view<const T>(factor_), j);
                } else {
                    copy<T>(matrix_view<const T>(j), matrix_view<T>(product_));
                    gemm<T>(factor_, product_, j);
                }
            }
            for (size_t i = 0; i < d_; ++i) {
                for (size_t l = 0; l < d_; ++l) j(i, l) *= scale[l] / scale[i];
                by_parameter[i] *= static_cast<T>(base::way(0).to - base::way(0).from) / scale[i];
            }
            for (size_t i = 0; i < d_; ++i)
                if (!finite(z, j.row(i), d_)) return false;
            return finite(z, by_parameter, d_);
        });
    }

    /// dF^k/dz[k], k one of the parameters, by a difference: central, or of three points beside the ends of
    /// the way.
    bool parameter_difference(const T* z, size_t k, T* out) {
        const T step = std::cbrt(std::numeric_limits<T>::epsilon()), q = z[k];
        moved_.assign(z, z + unknowns());
        const auto image_at = [&](T share, T* result) {
            moved_[k] = share;
            return image(moved_.data(), result);
        };
        if (q - step >= 0 && q + step <= 1) {
            if (!image_at(q + step, out) || !image_at(q - step, behind_.data())) return false;
            for (size_t i = 0; i < d_; ++i) out[i] = (out[i] - behind_[i]) / (2 * step);
            return true;
        }
        const T side = q < T(0.5) ? step : -step;
        if (!image_at(q + side, out) || !image_at(q + 2 * side, behind_.data())) return false;
        for (size_t i = 0; i < d_; ++i) out[i] = 4 * out[i] - behind_[i];
        if (!image_at(q, behind_.data())) return false;
        for (size_t i = 0; i < d_; ++i) out[i] = (out[i] - 3 * behind_[i]) / (2 * side);
        return true;
    }

    static constexpr bool offers_derivative = Parameters == 1 && has_parameter_derivative<Family>;
    size_t d_, period_ = 1;
    matrix<T> path_, factor_, product_;
    std::vector<T> by_parameter_, behind_, moved_;
};

}  // namespace engram::detail
