/// @file
/// levenberg_marquardt: the default solver, second order and local.
#pragma once

#include "engram/dynamics/solver/descend.hpp"
#include "engram/dynamics/solver/detail/model_descent.hpp"
#include "engram/dynamics/solver/step_control.hpp"

namespace engram {

/// Descends S by steps that minimise a quadratic model of it within a trust_region. Steps are short, S falls
/// at each, and none leaves the region, so the search ends at the slow point of the seed's own
/// neighbourhood. Steps bend along the valleys that S has about the memories of networks. An iteration costs
/// one Jacobian, one product J^T J and a few Cholesky factorisations: for up to a few thousand dimensions
/// (Levenberg 1944, Marquardt 1963; the part of the Hessian that Gauss-Newton leaves out in speed_model.hpp,
/// the acceleration in model_minimum.hpp).
struct levenberg_marquardt {
    static constexpr size_t block = 8;  ///< most seeds in lockstep

    static constexpr bool own_units = true;

    size_t iterations = 500;  ///< at most, for each seed
    /// Longest step of the model, in units of the seed's norm or of 1, whichever is larger. A step may be a
    /// quarter longer than this, and acceleration may add three quarters of its length.
    double max_step = 0.1;
    /// Norm of the speed's gradient (it has no unit) below which a slow point counts as reached.
    double gradient_tolerance = 1e-9;
    double speed_target = 0;  ///< ends a search as soon as its state is no faster than this
    /// Seeds advance in lockstep as long as their (d x d) matrices, four a seed, are no larger than this, in
    /// bytes: so they stay in the cache up to some 60 dimensions, and from 130 on every seed is alone. Raise
    /// it for a map whose every call is expensive, however few the states.
    size_t lockstep_memory = size_t{1} << 20;

    /// How many of so many seeds go in lockstep: so few that eight threads have a block each.
    [[nodiscard]] size_t block_for(size_t seeds, size_t dimension) const {
        const size_t fit =
            lockstep_memory / (4 * sizeof(double) * std::max<size_t>(1, dimension * dimension));
        return std::clamp<size_t>(std::min((seeds + 7) / 8, fit), 1, block);
    }

    [[nodiscard]] search_limits limits() const {
        return detail::checked_limits("levenberg_marquardt", *this);
    }
    [[nodiscard]] trust_region control() const { return trust_region(max_step); }
    template <differentiable_map Map, class T = typename Map::scalar>
    [[nodiscard]] auto make_descent(const Map& map, const search_region<T>& region) const {
        return detail::model_descent<T, detail::known_dimension<Map>()>(map.dimension(), region);
    }
};

}  // namespace engram
