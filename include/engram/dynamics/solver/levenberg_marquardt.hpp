/// @file
/// levenberg_marquardt: the default solver, second order and local.
#pragma once

#include "engram/dynamics/solver/descend.hpp"
#include "engram/dynamics/solver/detail/model_descent.hpp"
#include "engram/dynamics/solver/step_control.hpp"

namespace engram {

/// Descends S by steps that minimise a quadratic model of S within a trust_region (Levenberg 1944, Marquardt
/// 1963). Steps are short, S decreases at each, and none leaves the region, so that the search ends at a slow
/// point near the seed. Geodesic acceleration (model_minimum.hpp) bends steps along the curved valleys that S
/// has around the memories of networks; the model includes an estimate of the second-order term that
/// Gauss-Newton leaves out (speed_model.hpp). An iteration costs one Jacobian, one product J^T J and a few
/// Cholesky factorisations: for up to a few thousand dimensions.
struct levenberg_marquardt {
    static constexpr size_t block = 8;  ///< the largest number of seeds in lockstep

    static constexpr bool own_units = true;

    size_t iterations = 500;  ///< at most, for each seed
    /// Longest step of the model, in units of the seed's norm or of 1, whichever is larger. A step may be a
    /// quarter longer than this, and acceleration may add three quarters of its length.
    double max_step = 0.1;
    /// Norm of the speed's gradient (it has no unit) below which a slow point counts as reached.
    double gradient_tolerance = 1e-9;
    double speed_target = 0;  ///< ends a search as soon as its state is no faster than this
    /// Bytes: as many seeds advance in lockstep as have four (d x d) matrices each within this. They then fit
    /// the cache, eight seeds up to some 60 dimensions, one from 130 on. Raise it for a map whose calls are
    /// expensive however few the states.
    size_t lockstep_memory = size_t{1} << 20;

    /// The number of seeds in lockstep: so few that eight threads have a block each.
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
