/// @file
/// The minimum of levenberg_marquardt's model of S within a radius, with some coordinates held.
#pragma once

#include "engram/dynamics/solver/detail/speed_model.hpp"

namespace engram::detail {

/// The step that minimises a speed_model in a ball. The step of a held coordinate is given. Coordinates held
/// before minimise() are left out of the factorisation; settle() takes account of those held later, with the
/// same factors.
template <class T, size_t N = 0>
class model_minimum {
  public:
    using list = list_of<T, N>;

    explicit model_minimum(const speed_model<T, N>& model)
        : step(model.dimension()),
          model_(model),
          d_(model.dimension()),
          held_(d()),
          edges_(most_edges()),
          factor_(d(), d()),
          columns_(most_edges(), d()),
          small_(most_edges(), most_edges()),
          force_(most_edges()),
          free_step_(d()),
          target_(d()),
          product_(d()) {}
    ~model_minimum() = default;
    model_minimum(const model_minimum&) = delete;
    model_minimum& operator=(const model_minimum&) = delete;

    /// p, the latest step.
    list step;

    /// Forgets all earlier steps.
    void restart() { shift_ = last_radius_ = 0; }

    /// Releases all coordinates, then holds those where the box blocks the way.
    void release(const T* unblocked_gradient) {
        for (size_t i = 0; i < d(); ++i) {
            held_[i] = model_.gradient[i] == 0 && unblocked_gradient[i] != 0;
            step[i] = 0;
        }
    }
    [[nodiscard]] bool held(size_t i) const { return held_[i] != 0; }
    /// Holds coordinate i at the edge of the box.
    void hold(size_t i, T to) {
        held_[i] = 1;
        step[i] = to;
        if (edge_count_ < most_edges()) edges_[edge_count_] = i;
        ++edge_count_;
    }

    /// Sets the free coordinates of `step` to the model's minimum in a ball whose radius is between two
    /// thirds and five quarters of the one given (More and Sorensen, SIAM J. Sci. Stat. Comput. 4, 1983).
    void minimise(T radius) {
        search_shift(radius);
        edge_count_ = solved_ = 0;
        free_step_ = step;
    }

    /// Finds the minimum again, with more coordinates held. Where these are few, it keeps factors and shift
    /// and uses their Schur complement, if the step is then no longer than 5/4 of the radius.
    void settle(T radius) {
        if (edge_count_ > most_edges() || !solve_edges()) return minimise(radius);
        for (size_t a = 0; a < edge_count_; ++a) target_[a] = step[edges_[a]];
        product_ = free_step_;
        move_edges();
        if (free_length(product_) > radius * 5 / 4) return minimise(radius);
        for (size_t i = 0; i < d(); ++i)
            if (!held_[i]) step[i] = product_[i];
    }

    /// step += -1/2 (J^T J + C + shift)^-1 J^T a, a = `second_derivative` (d) of g along the step, if that is
    /// no longer than three quarters of the step (geodesic acceleration: Transtrum, Sethna, arXiv:1201.5885,
    /// 2012). It curves the step along the valley of S that it leads into.
    void accelerate(const T* second_derivative) {
        model_.pull_back(second_derivative, product_.data());
        for (size_t i = 0; i < d(); ++i) product_[i] = held_[i] ? T(0) : -product_[i] / 2;
        cholesky_solve(factor_, product_.data());
        std::fill_n(target_.data(), edge_count_, T(0));
        move_edges();
        if (!(free_length(product_) <= free_length(step) * 3 / 4)) return;
        for (size_t i = 0; i < d(); ++i)
            if (!held_[i]) step[i] += product_[i];
    }

  private:
    T free_length(const list& x) const {
        T sum = 0;
        for (size_t i = 0; i < d(); ++i) sum += held_[i] ? T(0) : x[i] * x[i];
        return std::sqrt(sum);
    }

    /// Finds the shift of the Hessian with which the step is about as long as the radius.
    void search_shift(T radius) {
        set_target();
        const T usual = model_.mean_diagonal() / 200;
        const T shorter = last_radius_ / radius;
        shift_ = last_radius_ > 0 ? shift_ * shorter * std::sqrt(shorter) * T(0.85) : usual;
        last_radius_ = radius;
        T below = -1, above = std::numeric_limits<T>::infinity();  // shifts known to be too small, too large
        bool saddle = false;
        for (int attempt = 0; attempt < 30; ++attempt) {
            if (!factorise(shift_)) {
                saddle = true;
                below = shift_;
                shift_ = std::isfinite(above) ? between(below, above) : std::max(8 * shift_, usual / 8);
                continue;
            }
            step = target_;
            cholesky_solve(factor_, step.data());
            const T length = free_length(step);
            if (length <= radius && shift_ == 0) return;
            if (length <= radius * 5 / 4 && length >= radius * 2 / 3) return;
            (length < radius ? above : below) = shift_;
            if (saddle && length < radius && follow_softest(radius, below >= above * 3 / 4)) return;
            shift_ = nearer_shift(length / radius, below, above);
            if (shift_ < usual * T(1e-9)) shift_ = 0;
        }
        const T length = free_length(step);
        if (length > radius)
            for (size_t i = 0; i < d(); ++i) step[i] *= held_[i] ? T(1) : radius / length;
    }

    /// The next shift to try, after shift_, with which length / radius = ratio. With one eigenvalue, length =
    /// constant / (shift + eigenvalue) gives by_pole. With many, the length falls more slowly, as a power of
    /// the shift, which gives by_power. That is the better guess where the shift is too large; where it is
    /// too small, the geometric mean of both is.
    T nearer_shift(T ratio, T below, T above) {
        for (size_t i = 0; i < d(); ++i) product_[i] = held_[i] ? T(0) : step[i];
        const T square = dot(d(), product_.data(), product_.data());
        half_cholesky_solve(factor_, product_.data());
        const T slope = square / dot(d(), product_.data(), product_.data());  // -length / (length)'
        const T by_pole = shift_ + slope * (ratio - 1);
        const T by_power = shift_ * std::pow(ratio, std::min(slope / shift_, T(100)));
        const T next =
            ratio < 1 ? by_power : std::sqrt(by_pole * std::clamp(by_power, by_pole, 100 * by_pole));
        if (next > below && next < above) return next;
        return std::isfinite(above) ? between(below, above) : by_pole;
    }
    /// The geometric mean of two shifts, the lower of which may be unknown or zero.
    static T between(T below, T above) { return std::sqrt(std::max(below, above / 64) * above); }

    /// For the hard case of More and Sorensen, a saddle whose descent is nearly orthogonal to the gradient:
    /// lengthens the step to the radius along the eigenvector of least curvature, by inverse iteration. Does
    /// so only if the model is then close to its minimum in the ball, unless `forced`.
    bool follow_softest(T radius, bool forced) {
        for (size_t i = 0; i < d(); ++i) product_[i] = held_[i] ? T(0) : step[i] + std::cos(T(i));
        T softness = 0;
        for (int i = 0; i < 3; ++i) {
            cholesky_solve(factor_, product_.data());
            softness = std::sqrt(dot(d(), product_.data(), product_.data()));
            for (size_t j = 0; j < d(); ++j) product_[j] /= softness;
        }
        T along = 0, square = 0, gain = shift_ * radius * radius;
        for (size_t i = 0; i < d(); ++i) {
            if (held_[i]) continue;
            along += step[i] * product_[i];
            square += step[i] * step[i];
            gain += step[i] * target_[i];
        }
        const T root = std::sqrt(std::max(T(0), along * along + radius * radius - square));
        const T further = along > 0 ? root - along : -root - along;
        if (!forced && further * further / softness > gain / 4) return false;
        for (size_t i = 0; i < d(); ++i) step[i] += further * product_[i];
        return true;
    }

    /// The right-hand side of the equation for the step, with the terms of held coordinates moved over to it.
    void set_target() {
        for (size_t i = 0; i < d(); ++i) target_[i] = -model_.gradient[i];
        for (size_t j = 0; j < d(); ++j)
            if (held_[j] && step[j] != 0) model_.add_column(j, -step[j], target_.data());
        for (size_t i = 0; i < d(); ++i)
            if (held_[i]) target_[i] = step[i];
    }

    /// The Cholesky factor of the shifted Hessian, with unit rows for held coordinates. False if that is not
    /// positive definite.
    bool factorise(T shift) {
        model_.shifted_hessian(shift, factor_);
        for (size_t i = 0; i < d(); ++i) {
            if (!held_[i]) continue;
            for (size_t j = 0; j < i; ++j) factor_(j, i) = 0;
            for (size_t j = i + 1; j < d(); ++j) factor_(i, j) = 0;
            factor_(i, i) = 1;
        }
        return cholesky(factor_);
    }

    /// The edges' columns of the inverse Hessian, and the Cholesky factor of the block with their rows. False
    /// if that is not positive definite.
    bool solve_edges() {
        const auto fresh = matrix_view<T>(columns_).row_block(solved_, edge_count_ - solved_);
        fill(fresh, T(0));
        for (size_t a = solved_; a < edge_count_; ++a) columns_(a, edges_[a]) = 1;
        cholesky_solve<T>(matrix_view<const T>(factor_), fresh);
        solved_ = edge_count_;
        for (size_t a = 0; a < edge_count_; ++a)
            for (size_t b = a; b < edge_count_; ++b) small_(a, b) = columns_(a, edges_[b]);
        return cholesky(block());
    }
    matrix_view<T> block() { return {small_.data(), edge_count_, edge_count_, most_edges()}; }

    /// Sets the edges' coordinates of product_ to the first numbers of target_, and changes the others so
    /// that they stay at the minimum.
    void move_edges() {
        for (size_t a = 0; a < edge_count_; ++a) force_[a] = target_[a] - product_[edges_[a]];
        if (edge_count_ > 0) cholesky_solve<T>(matrix_view<const T>(block()), force_.data());
        for (size_t a = 0; a < edge_count_; ++a) axpy(d(), force_[a], &columns_(a, 0), product_.data());
    }

    [[nodiscard]] size_t d() const { return d_.value; }
    [[nodiscard]] size_t most_edges() const { return d() / 8 + 1; }
    static constexpr size_t edges = N == 0 ? 0 : N / 8 + 1;

    const speed_model<T, N>& model_;
    [[no_unique_address]] dimension_of<N> d_;
    list_of<char, N> held_;         ///< 1 for a coordinate that is held, 0 for one that is free
    list_of<size_t, edges> edges_;  ///< coordinates held since minimise()
    size_t edge_count_ = 0, solved_ = 0;
    matrix_of<T, N, N> factor_;
    matrix_of<T, edges, N> columns_;
    matrix_of<T, edges, edges> small_;
    list_of<T, edges> force_;
    list free_step_, target_, product_;
    T shift_ = 0, last_radius_ = 0;
};

}  // namespace engram::detail
