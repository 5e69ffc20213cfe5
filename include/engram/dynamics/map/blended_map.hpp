/// @file
/// blend: a map between two others.
#pragma once

#include "engram/dynamics/map/differentiable_map.hpp"
#include "engram/dynamics/map/state_bounds.hpp"

#include <utility>

namespace engram {

/// The map h -> (1 - share) F(h) + share G(h); see blend().
template <differentiable_map Map>
class blended_map {
  public:
    using scalar = typename Map::scalar;

    /// Takes both maps and the second one's share.
    blended_map(Map from, Map to, scalar share) : from_(std::move(from)), to_(std::move(to)), share_(share) {
        require<shape_error>(from_.dimension() == to_.dimension(), "blend: maps of dimensions ",
                             from_.dimension(), " and ", to_.dimension());
        require(share >= 0 && share <= 1, "blend: a share of ", share, ", expected 0 to 1");
    }

    [[nodiscard]] size_t dimension() const { return from_.dimension(); }

    /// The smallest box that holds those of both; see bounded_map.
    [[nodiscard]] search_region<scalar> state_bounds() const requires bounded_map<Map> {
        return detail::joint_box<scalar>(from_.state_bounds(), to_.state_bounds(), dimension());
    }

    void apply(matrix_view<const scalar> h, matrix_view<scalar> next) const {
        mix(next, [&](const Map& map, matrix_view<scalar> out) { map.apply(h, out); });
    }
    void vjp(matrix_view<const scalar> h, matrix_view<const scalar> u, matrix_view<scalar> out) const {
        mix(out, [&](const Map& map, matrix_view<scalar> part) { map.vjp(h, u, part); });
    }
    void jvp(matrix_view<const scalar> h, matrix_view<const scalar> v,
             matrix_view<scalar> out) const requires detail::has_jvp<Map> {
        mix(out, [&](const Map& map, matrix_view<scalar> part) { map.jvp(h, v, part); });
    }
    void jacobian(matrix_view<const scalar> h,
                  matrix_view<scalar> result) const requires detail::has_jacobian<Map> {
        mix(result, [&](const Map& map, matrix_view<scalar> part) { map.jacobian(h, part); });
    }

  private:
    /// (1 - share) evaluate(F) + share evaluate(G).
    template <class Evaluate>
    void mix(matrix_view<scalar> out, const Evaluate& evaluate) const {
        const size_t n = out.rows(), d = out.columns();
        if (part_.shape(0) < n || part_.shape(1) != d) part_ = matrix<scalar>::from_shape({n, d});
        const auto part = matrix_view<scalar>(part_).row_block(0, n);
        evaluate(from_, out);
        evaluate(to_, part);
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < d; ++j) out(i, j) = (1 - share_) * out(i, j) + share_ * part(i, j);
    }

    Map from_, to_;
    scalar share_;
    mutable matrix<scalar> part_ = matrix<scalar>::from_shape({0, 0});
};

/// The map a share of the way from one map to another, (1 - share) F + share G: with share 0 it is F, with 1
/// it is G, and a slow point of it moves continuously with the share until it vanishes. This
/// connects a network at two moments of its training, as a map and not by its weights. Throws shape_error if
/// the dimensions differ, value_error if the share is not in [0, 1].
template <differentiable_map Map>
blended_map<Map> blend(Map from, Map to, std::type_identity_t<typename Map::scalar> share) {
    return {std::move(from), std::move(to), share};
}

}  // namespace engram
