/// @file
/// leading_spectrum: the leading eigenvalues of a Jacobian that is never formed, by Spectra;
/// describe_leading: these and the smallest curvature of S for all points of a search. An optional header: it
/// needs Spectra and Eigen, and dynamics.hpp does not include it.
#pragma once

#include "engram/core/parallel.hpp"
#include "engram/dynamics/point/describe.hpp"
#include "engram/dynamics/point/detail/krylov_eigenvalues.hpp"

namespace engram {

/// The `count` eigenvalues of dF/dh of largest modulus, by descending modulus, from products with dF/dh alone
/// (implicitly restarted Arnoldi; memory 3 count + 20 states). `count` is at most d - 2. The last value may
/// be one of a conjugate pair without the other. Throws shape_error, value_error, and divergence_error if the
/// iteration does not converge or a product is not finite.
template <differentiable_map Map, any_array State = vector<typename Map::scalar>>
vector<std::complex<typename Map::scalar>> leading_spectrum(const Map& map, const State& state, size_t count,
                                                            size_t iterations = 1000) {
    using T = typename Map::scalar;
    const size_t d = map.dimension();
    const auto& h = detail::to_vector<T>("leading_spectrum", state);
    detail::expect_state("leading_spectrum", h.size(), d);
    require(count > 0 && count + 2 <= d, "leading_spectrum: count = ", count,
            ", but it must be between 1 and ", d < 2 ? 0 : d - 2);
    auto values = detail::leading_values(map, detail::everywhere<T>, h.data(), count, iterations);
    require<divergence_error>(values.has_value(),
                              "leading_spectrum: the Arnoldi iteration did not converge in ", iterations,
                              " restarts");
    return detail::as_array(*values);
}

/// The options of describe_leading().
template <class T>
struct leading_options {
    size_t count = 10;         ///< eigenvalues of dF/dh a point
    size_t iterations = 1000;  ///< restarts of an iteration, at most
    /// The options of the search that found the points, of which `region`, `scale` (1 if left out),
    /// `spectrum`, `curvature` and `threads` are used here too.
    search_options<T> search = {};
};

namespace detail {

/// Describes one point.
template <differentiable_map Map, class T = typename Map::scalar>
void describe_leading_at(const Map& map, const leading_options<T>& options, const search_region<T>& region,
                         slow_point<T>& point) {
    const size_t d = map.dimension();
    const T* h = point.state.data();
    set_spectrum({}, point);
    point.smallest_curvature = std::numeric_limits<T>::quiet_NaN();
    point.is_minimum = point.kind == point_kind::fixed;
    try {
        if (options.search.spectrum) {
            std::optional<std::vector<std::complex<T>>> values;
            if (options.count + 2 <= d)
                values = leading_values(map, region, h, options.count, options.iterations);
            else if (dense_analysis<Map> all(map, region); all.at(h))
                values = all.spectrum();
            if (values) set_spectrum(*std::move(values), point);
        }
        if (options.search.curvature) {
            curvature_operand<Map> half_hessian(map, region, h, point.is_minimum);
            const auto extremes = extreme_curvatures(half_hessian, options.iterations);
            if (extremes) set_curvature(2 * extremes->first, 2 * extremes->second, point);
        }
    } catch (const not_finite&) {  // what is known so far stays
    }
}

}  // namespace detail

/// Describes the points of a search above `dense_limit` dimensions from products with dF/dh alone, by the
/// rules for smaller ones: `spectrum` by leading_spectrum(), `unstable_directions` among these `count`,
/// `smallest_curvature` and `is_minimum` by Lanczos's iteration on S's Hessian, to a residual of 6e-6 (in
/// double) of its largest eigenvalue. If an iteration does not converge, or a derivative is not finite, that
/// point's spectrum is empty or its smallest_curvature NaN, and it is no minimum unless it is fixed; the
/// other points are described all the same. If the box leaves no coordinate free, the curvature is infinite.
/// Throws shape_error and value_error; exceptions of the map pass through.
template <differentiable_map Map, class T = typename Map::scalar>
void describe_leading(const Map& map, slow_points<T>& found,
                      const std::type_identity_t<leading_options<T>>& options = {}) {
    const size_t d = map.dimension();
    const auto& o = options.search;
    require(options.count > 0 && o.threads > 0, "describe_leading: count = ", options.count,
            " and threads = ", o.threads, ", but both must be at least 1");
    for (const auto& point : found) detail::expect_state("describe_leading", point.state.size(), d);
    const auto region = detail::region_for("describe_leading", map, o);
    if (found.empty()) return;
    o.scale.check("describe_leading", d);
    const auto scale = o.scale.empty() ? state_scale<T>(T(1)) : o.scale;
    const auto region_in_units = detail::in_units(region, scale, d);
    team workers(o.threads);
    const std::vector<scaled_map<Map>> maps(o.threads, scaled_map<Map>(map, scale));
    workers.for_each(found.size(), [&](size_t i, size_t worker) {
        auto& point = found.points[i];
        const auto state = point.state;
        detail::into_units(point, scale);
        detail::describe_leading_at(maps[worker], options, region_in_units, point);
        detail::out_of_units(point, scale, region);
        point.state = state;
    });
}

}  // namespace engram
