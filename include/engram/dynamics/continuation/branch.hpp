/// @file
/// branch: fixed points or cycles along a parameter, as bifurcation_diagram follows them.
#pragma once

#include "engram/core/tensor.hpp"

#include <complex>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace engram {

/// Why a branch goes no further on one of its sides.
enum class branch_end {
    parameter_limit,  ///< at the first or the last value of the parameter
    closed,           ///< it is a closed curve: its last point is its first
    bifurcation,      ///< it begins or ends at a bifurcation of another branch
    unbounded,        ///< its states grow beyond the largest that were asked for
    left_region,      ///< a coordinate leaves the box
    map_failed,       ///< the family throws, changes its dimension or is not finite there
    not_converged,    ///< the corrector finds no point, however short the step
    point_limit,      ///< max_points were reached
    interrupted       ///< the watcher or the time limit ended it
};

/// The reason in words.
constexpr std::string_view to_string(branch_end end) {
    switch (end) {
        case branch_end::parameter_limit:
            return "limit of the parameter";
        case branch_end::closed:
            return "closed";
        case branch_end::bifurcation:
            return "bifurcation";
        case branch_end::unbounded:
            return "grows without bound";
        case branch_end::left_region:
            return "leaves the box";
        case branch_end::map_failed:
            return "the map failed";
        case branch_end::not_converged:
            return "not converged";
        case branch_end::point_limit:
            return "limit of points";
        case branch_end::interrupted:
            return "interrupted";
    }
    return "unknown";
}

/// Fixed points, or one state of each cycle of some period, along a curve; bifurcations are among the points.
template <class T>
struct branch {
    size_t period = 1;                        ///< of the cycles, 1 for fixed points
    std::vector<double> parameters;           ///< (n), in the order of the curve, which may turn round
    matrix<T> states;                         ///< (n x d)
    matrix<std::complex<T>> spectra;          ///< of dF^period/dh, by falling modulus (n x d); else (n x 0)
    std::vector<size_t> unstable_directions;  ///< (n), 0 without spectra
    /// What the map reads out, (n x outputs), not a number where it throws; (n x 0) without a read-out.
    matrix<T> outputs;
    /// Whether point i is where the map says no state can be (n); see bifurcation_options::keep_to_box.
    std::vector<std::uint8_t> outside_box;
    branch_end first_end = branch_end::parameter_limit;  ///< why no further before the first point
    branch_end last_end = branch_end::parameter_limit;   ///< why no further after the last one
    std::string first_note, last_note;                   ///< the same with values

    /// How many points there are.
    [[nodiscard]] size_t size() const { return parameters.size(); }
    /// Whether it is known which points attract: not without spectra.
    [[nodiscard]] bool stability_known() const { return spectra.shape(1) > 0; }
    /// Whether point i is known to attract.
    [[nodiscard]] bool stable(size_t i) const { return stability_known() && unstable_directions[i] == 0; }
    /// Whether it is a closed curve.
    [[nodiscard]] bool closed() const { return last_end == branch_end::closed; }
};

/// A stretch of a branch, the points from `first` to `last`, with one number of unstable directions between
/// them.
struct branch_segment {
    size_t branch;               ///< its number in the diagram
    size_t first, last;          ///< its points
    size_t unstable_directions;  ///< of those between them, 0 without spectra
    bool stable;                 ///< whether they are known to attract
};

}  // namespace engram
