/// @file
/// How a state is moved onto a slow manifold, and what the manifold's directions are there.
#pragma once

#include "engram/dynamics/continuation/manifold_options.hpp"
#include "engram/dynamics/map/linearisation.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace engram::detail {

/// What came of a correction.
enum class correction {
    done,      ///< the state is on the manifold
    not_slow,  ///< it is too fast, or an eigenvalue along the manifold is too far from 1
    outside,   ///< it left the box
    failed,    ///< the iteration did not converge within the reach
    threw,     ///< the map threw on the way
    ended      ///< the whole call was ended by its watcher or time limit
};

/// A sentence on what a map has just thrown at a state (d), in the user's units; to be called in a handler.
template <class Map, class T>
std::string what_was_thrown(const Map& map, const T* h) {
    std::vector<T> state(h, h + map.dimension());
    if constexpr (requires { map.scale()[0]; })
        for (size_t j = 0; j < state.size(); ++j) state[j] *= map.scale()[j];
    std::ostringstream out;
    out << "the map threw at (";
    print_some(out, state, 6, [&](T x) { out << x; });
    out << "): " << words_of_exception();
    return out.str();
}

/// An eigenvalue nearer than this to 1 is as good as 1.
template <class T>
inline constexpr T as_good_as_neutral = T(1e-3);

/// The manifold is where F(h) - h lies in the span of the m eigenvectors of dF/dh whose eigenvalues are
/// nearest to 1: fixed points, and states between them from which the fast directions have died out (the
/// intrinsic low-dimensional manifold of Maas and Pope 1992; from the invariant manifold it differs to second
/// order in the drift). With J = dF/dh and Q an orthonormal basis of that span (m x d), Newton's step across,
///
///     (J - 1) step + Q^T c = -(F(h) - h),   P step = 0,
///
/// stays in the plane through the predicted state at right angles to the frame P it was predicted with. The
/// same matrix gives an iteration for Q, (J - 1) X + Q^T C = 0, P X = 1: inverse iteration, well conditioned
/// even where J - 1 is singular, as on a continuum of fixed points.
template <differentiable_map Map>
class manifold_corrector {
  public:
    using T = typename Map::scalar;
    static constexpr size_t most_iterations = 30;

    /// Speeds are in the unit. A watch may end the call.
    manifold_corrector(const Map& map, const manifold_options<T>& options, progress_watch& watch,
                       size_t directions, T unit)
        : map_(map),
          options_(options),
          watch_(watch),
          linear_(map, options.region),
          d_(map.dimension()),
          m_(directions),
          unit_(unit),
          size_(unit),
          jacobian_(matrix<T>::from_shape({d_, d_})),
          bordered_(matrix<T>::from_shape({d_ + m_, d_ + m_})),
          border_(matrix<T>::from_shape({m_, d_})),
          solutions_(matrix<T>::from_shape({m_ + 1, d_ + m_})),
          rates_(matrix<T>::from_shape({m_, m_})),
          predicted_(d_),
          drift_(d_),
          across_(d_ + m_, T(1)),
          pivots_(d_ + m_) {}

    [[nodiscard]] size_t dimension() const { return d_; }
    [[nodiscard]] size_t directions() const { return m_; }
    [[nodiscard]] T unit() const { return unit_; }
    /// The size of what is resolved, at first the unit: distances are in units of it.
    [[nodiscard]] T size() const { return size_; }
    void resolve(T size) { size_ = size; }
    /// Whether the whole call may go on.
    [[nodiscard]] bool goes_on() { return watch_.goes_on(); }
    /// What the map threw last, and where.
    [[nodiscard]] const std::string& thrown() const { return thrown_; }
    /// How many iterations the last correction took.
    [[nodiscard]] size_t iterations() const { return iterations_; }
    /// F(h) - h at the last corrected state.
    [[nodiscard]] const std::vector<T>& drift() const { return drift_; }

    /// Moves h (d) onto the manifold, by no more than the reach, and turns the frame (m x d) to the
    /// directions there, as they follow from one to the other. Allocates nothing.
    correction operator()(T* h, T* frame, T reach) {
        watch_.add(0);
        if (!watch_.goes_on()) return correction::ended;
        try {
            return corrected(h, frame, reach);
        } catch (...) {
            thrown_ = what_was_thrown(map_, h);
        }
        return correction::threw;
    }

  private:
    correction corrected(T* h, T* frame, T reach) {
        const T small = std::sqrt(std::numeric_limits<T>::epsilon());
        std::copy_n(h, d_, predicted_.begin());
        std::copy_n(frame, m_ * d_, border_.data());
        for (iterations_ = 1; iterations_ <= most_iterations; ++iterations_) {
            if (!inside(h)) return correction::outside;
            residual(map_, as_row(static_cast<const T*>(h), d_), as_row(drift_));
            linear_.jacobian(h, jacobian_);
            const T turned = solve(frame);
            if (!std::isfinite(turned)) return correction::failed;
            const T* const step = &solutions_(m_, 0);
            for (size_t i = 0; i < d_; ++i) h[i] += step[i];
            const T length = std::sqrt(dot(d_, step, step));
            if (!(distance<T>(h, predicted_.data(), d_) <= reach)) return correction::failed;
            if (length <= small * size_ && turned <= 100 * small) return classify(h, frame);
        }
        return correction::failed;
    }
    [[nodiscard]] bool inside(const T* h) const {
        for (size_t i = 0; i < d_; ++i)
            if (options_.region.clip(i, h[i]) != h[i]) return false;
        return true;
    }

    /// Newton's step in the last row of solutions_, and the frame's next iterate; gives the sine of the angle
    /// by which the frame turned, not a number where there is no solution.
    T solve(T* frame) {
        std::fill_n(bordered_.data(), bordered_.size(), T(0));
        for (size_t i = 0; i < d_; ++i) {
            std::copy_n(&jacobian_(i, 0), d_, &bordered_(i, 0));
            bordered_(i, i) -= T(1);
            for (size_t k = 0; k < m_; ++k) bordered_(i, d_ + k) = frame[k * d_ + i];
        }
        for (size_t k = 0; k < m_; ++k) std::copy_n(&border_(k, 0), d_, &bordered_(d_ + k, 0));
        std::fill_n(solutions_.data(), solutions_.size(), T(0));
        for (size_t k = 0; k < m_; ++k) solutions_(k, d_ + k) = 1;
        for (size_t i = 0; i < d_; ++i) solutions_(m_, i) = -drift_[i];
        if (!lu<T>(bordered_, pivots_.data())) return std::numeric_limits<T>::quiet_NaN();
        T kept = 0;
        for (size_t k = 0; k <= m_; ++k)
            lu_solve<T>(matrix_view<const T>(bordered_), pivots_.data(), &solutions_(k, 0));
        for (size_t k = 0; k < m_; ++k) {
            T* const x = &solutions_(k, 0);
            for (size_t l = 0; l < k; ++l) axpy(d_, -dot(d_, x, &solutions_(l, 0)), &solutions_(l, 0), x);
            const T norm = std::sqrt(dot(d_, x, x));
            for (size_t i = 0; i < d_; ++i) x[i] /= norm;
            for (size_t l = 0; l < m_; ++l) kept += std::pow(dot(d_, x, frame + l * d_), 2);
        }
        for (size_t k = 0; k < m_; ++k) std::copy_n(&solutions_(k, 0), d_, frame + k * d_);
        return std::sqrt(std::max(T(0), static_cast<T>(m_) - kept)) + 0 * kept;
    }

    /// About how far from 1 the nearest eigenvalue across the manifold is: the bordered matrix has that of J
    /// - 1 across, and about 1 along. By inverse iteration that goes on from state to state.
    T rate_across() {
        T norm = 0;
        for (int iteration = 0; iteration < 3; ++iteration) {
            norm = std::sqrt(dot(d_ + m_, across_.data(), across_.data()));
            for (T& x : across_) x /= norm;
            lu_solve<T>(matrix_view<const T>(bordered_), pivots_.data(), across_.data());
            norm = std::sqrt(dot(d_ + m_, across_.data(), across_.data()));
        }
        return 1 / norm;
    }

    /// Whether a converged state is slow enough, and its directions are nearer to neutral than all others.
    correction classify(const T* h, const T* frame) {
        if (!inside(h)) return correction::outside;
        const T speed = std::sqrt(squared_speed(map_, h, drift_.data()));
        T* const image = &solutions_(m_, 0);
        for (size_t k = 0; k < m_; ++k) {
            gemv<T>(matrix_view<const T>(jacobian_), frame + k * d_, image);
            axpy(d_, T(-1), frame + k * d_, image);
            for (size_t l = 0; l < m_; ++l) rates_(l, k) = dot(d_, frame + l * d_, image);
        }
        const T along = largest_rate();
        const bool slow = speed <= options_.speed_limit * unit_ && along <= options_.neutral;
        return slow && rate_across() > std::max(along, as_good_as_neutral<T>) ? correction::done
                                                                              : correction::not_slow;
    }

    /// Largest distance from 1 of an eigenvalue along the manifold; for more than two directions, a bound.
    [[nodiscard]] T largest_rate() const {
        if (m_ == 1) return std::abs(rates_(0, 0));
        if (m_ > 2) return std::sqrt(dot(m_ * m_, rates_.data(), rates_.data()));
        const T half = (rates_(0, 0) + rates_(1, 1)) / 2,
                determinant = rates_(0, 0) * rates_(1, 1) - rates_(0, 1) * rates_(1, 0),
                root = half * half - determinant;
        return root < 0 ? std::sqrt(determinant) : std::abs(half) + std::sqrt(root);
    }

    const Map& map_;
    const manifold_options<T>& options_;
    progress_watch& watch_;
    linearisation<Map> linear_;
    size_t d_, m_, iterations_ = 0;
    T unit_, size_;
    std::string thrown_;
    matrix<T> jacobian_, bordered_, border_, solutions_;
    matrix<T> rates_;  ///< Q (J - 1) Q^T, whose eigenvalues plus 1 are those along the manifold
    std::vector<T> predicted_, drift_;
    std::vector<T> across_;  ///< the direction across that is nearest to neutral
    std::vector<xt::blas_index_t> pivots_;
};

}  // namespace engram::detail
