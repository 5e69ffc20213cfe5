/// @file
/// The fixed points and cycles of a family of maps as a curve, F^k(h, p) - h = 0, in scaled unknowns.
#pragma once

#include "engram/dynamics/continuation/detail/pseudo_arclength.hpp"
#include "engram/dynamics/continuation/map_family.hpp"
#include "engram/dynamics/map/linearisation.hpp"

#include <array>
#include <optional>
#include <string>

namespace engram::detail {

/// Why the equations of a curve could not be evaluated at a point.
enum class obstacle { none, map, box, parameter };

/// F^k(h, p) - h as equations of (h / scale, (p - from) / (to - from)), for one parameter, where they are a
/// curve, or two: a point z is d scaled coordinates and, of each parameter, the share q of the way from
/// `from` to `to`, outside which the family is never asked.
template <class Family, size_t Parameters = 1>
class fixed_point_curve {
  public:
    using Map = typename map_of_parameters<Family, Parameters>::type;
    using scalar = typename Map::scalar;
    using T = scalar;
    static constexpr size_t parameters = Parameters;

    fixed_point_curve(const Family& family, const std::array<parameter_interval, Parameters>& ways,
                      std::vector<T> scale, const search_region<T>& box)
        : family_(family),
          ways_(ways),
          scale_(std::move(scale)),
          box_(box),
          d_(scale_.size()),
          path_(matrix<T>::from_shape({2, d_})),
          factor_(matrix<T>::from_shape({d_, d_})),
          product_(factor_),
          by_parameter_(d_),
          behind_(d_) {}

    [[nodiscard]] size_t dimension() const { return d_; }
    [[nodiscard]] size_t equations() const { return d_; }
    [[nodiscard]] size_t unknowns() const { return d_ + Parameters; }
    [[nodiscard]] size_t period() const { return period_; }
    /// Makes it the curve of cycles of some length.
    void set_period(size_t k) {
        period_ = k;
        path_ = matrix<T>::from_shape({k + 1, d_});
    }

    [[nodiscard]] double parameter(const T* z, size_t which = 0) const {
        const T q = std::clamp(z[d_ + which], T(0), T(1));  // beyond by rounding alone
        const auto& way = ways_[which];
        return q == T(1) ? way.to : way.from + static_cast<double>(q) * (way.to - way.from);
    }
    [[nodiscard]] vector<T> state(const T* z) const {
        auto h = vector<T>::from_shape({d_});
        for (size_t i = 0; i < d_; ++i) h(i) = z[i] * scale_[i];
        return h;
    }
    /// The parameters of z in words.
    [[nodiscard]] std::string where(const T* z) const {
        std::string words = concatenate(parameter(z));
        for (size_t k = 1; k < Parameters; ++k) words += concatenate(", ", parameter(z, k));
        return words;
    }
    [[nodiscard]] const std::vector<T>& scale() const { return scale_; }
    /// What stood in the way of the last evaluation that failed, and the same in words.
    [[nodiscard]] obstacle failed_by() const { return failed_by_; }
    [[nodiscard]] const std::string& note() const { return note_; }
    /// Forgets it, before what may fail for another reason.
    void clear_failure() {
        failed_by_ = obstacle::none;
        note_.clear();
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

    /// What the map reads out, (1 x outputs).
    bool read_out(const T* z, matrix<T>& outputs) requires has_read_out<Map> {
        return attempt(z, [&] {
            const auto h = state(z);
            outputs = map_->read_out(as_row<const T>(h.data(), d_));
            return true;
        });
    }

    /// dF^k/dh in scaled coordinates, (d x d), similar to that in the map's own.
    bool state_jacobian(const T* z, matrix_view<T> j) { return derivative(z, j, by_parameter_.data()); }

  private:
    bool fail(obstacle by, const std::string& note) {
        failed_by_ = by;
        note_ = note;
        return false;
    }

    Map map_at(const T* z) const {
        if constexpr (Parameters == 1)
            return family_(parameter(z));
        else
            return family_(parameter(z, 0), parameter(z, 1));
    }

    /// Makes the map of z's parameters, unless it is there already.
    bool at(const T* z) {
        for (size_t k = 0; k < Parameters; ++k)
            if (!(z[d_ + k] >= -rounding && z[d_ + k] <= 1 + rounding))
                return fail(obstacle::parameter,
                            concatenate("the parameter leaves ", ways_[k].from, " .. ", ways_[k].to));
        for (size_t i = 0; i < d_; ++i)
            if (const T x = z[i] * scale_[i]; box_.clip(i, x) != x)
                return fail(obstacle::box,
                            concatenate("coordinate ", i, " is ", x, " at ", where(z),
                                        ", outside the bounds ", box_.lower(i), " and ", box_.upper(i)));
        if (map_ && std::equal(q_.begin(), q_.end(), z + d_)) return true;
        map_.reset();
        map_.emplace(map_at(z));
        std::copy_n(z + d_, Parameters, q_.begin());
        if (map_->dimension() == d_) return true;
        const size_t other = map_->dimension();
        map_.reset();
        return fail(obstacle::map,
                    concatenate("the map at ", where(z), " has dimension ", other, ", expected ", d_));
    }

    /// Calls a function that may throw; what a user's map throws is an obstacle.
    template <class Evaluate>
    bool attempt(const T* z, Evaluate&& evaluate) {
        try {
            return at(z) && evaluate();
        } catch (const std::exception& reason) {
            return throws(z, reason.what());
        } catch (...) {
            return throws(z, "no std::exception");
        }
    }
    bool throws(const T* z, const char* words) {
        map_.reset();
        return fail(obstacle::map, concatenate("the family throws at ", where(z), ": ", words));
    }
    bool finite(const T* z, const T* x, size_t n) {
        return std::isfinite(dot(n, x, x)) ||
               fail(obstacle::map, concatenate("the map at ", where(z), " is not finite"));
    }

    /// F^k(h), scaled; leaves h, F(h), ..., F^k(h) in path_.
    bool image(const T* z, T* out) {
        return attempt(z, [&] {
            for (size_t i = 0; i < d_; ++i) path_(0, i) = z[i] * scale_[i];
            for (size_t k = 0; k < period_; ++k)
                map_->apply(as_row<const T>(&path_(k, 0), d_), as_row(&path_(k + 1, 0), d_));
            for (size_t i = 0; i < d_; ++i) out[i] = path_(period_, i) / scale_[i];
            return finite(z, out, d_);
        });
    }

    /// dF^k/dh and, where the family offers it, dF^k/dq.
    bool derivative(const T* z, matrix_view<T> j, T* by_parameter) {
        if (!image(z, by_parameter)) return false;  // for the states on the way
        return attempt(z, [&] {
            linearisation<Map> linear(*map_);
            std::fill_n(by_parameter, d_, T(0));
            for (size_t k = 0; k < period_; ++k) {
                linear.jacobian(&path_(k, 0), matrix_view<T>(factor_));
                if constexpr (offers_derivative) {
                    std::copy_n(by_parameter, d_, behind_.data());
                    gemv<T>(matrix_view<const T>(factor_), behind_.data(), by_parameter);
                    family_.parameter_derivative(as_row<const T>(&path_(k, 0), d_), parameter(z),
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
                for (size_t l = 0; l < d_; ++l) j(i, l) *= scale_[l] / scale_[i];
                by_parameter[i] *= static_cast<T>(ways_[0].to - ways_[0].from) / scale_[i];
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

    static constexpr T rounding = 64 * std::numeric_limits<T>::epsilon();
    static constexpr bool offers_derivative = Parameters == 1 && has_parameter_derivative<Family>;
    const Family& family_;
    std::array<parameter_interval, Parameters> ways_;
    std::vector<T> scale_;
    search_region<T> box_;
    size_t d_, period_ = 1;
    std::optional<Map> map_;
    std::array<T, Parameters> q_{};
    matrix<T> path_, factor_, product_;
    std::vector<T> by_parameter_, behind_, moved_;
    obstacle failed_by_ = obstacle::none;
    std::string note_;
};

}  // namespace engram::detail
