/// @file
/// What was found, as named arrays: for write_npz, and from there for NumPy.
#pragma once

#include <algorithm>
#include <array>
#include <complex>
#include <cstdint>
#include <limits>
#include <vector>

#include "engram/dynamics/continuation/slow_manifold.hpp"
#include "engram/dynamics/continuation/track_result.hpp"
#include "engram/dynamics/point/slow_point.hpp"
#include "engram/io/stored_array.hpp"

namespace engram {

namespace detail {

/// Adds spectra as `spectra_real` and `spectra_imaginary`, filled up with NaN to the longest.
template <class T>
void store_spectra(const std::vector<std::vector<std::complex<T>>>& spectra, named_arrays& arrays) {
    constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    size_t width = 0;
    for (const auto& spectrum : spectra) width = std::max(width, spectrum.size());
    std::vector<T> real, imaginary;
    for (const auto& spectrum : spectra)
        for (size_t i = 0; i < width; ++i) {
            real.push_back(i < spectrum.size() ? spectrum[i].real() : nan);
            imaginary.push_back(i < spectrum.size() ? spectrum[i].imag() : nan);
        }
    arrays.add("spectra_real", store(real, {spectra.size(), width}));
    arrays.add("spectra_imaginary", store(imaginary, {spectra.size(), width}));
}

/// Columns of a table of points, row by row.
template <class T>
class point_table {
  public:
    /// Appends a point.
    void add(const slow_point<T>& point) {
        width_ = point.state.size();
        ++rows_;
        states_.insert(states_.end(), point.state.begin(), point.state.end());
        speeds_.push_back(point.speed);
        const bool flags[] = {point.kind == point_kind::fixed,
                              point.is_minimum,
                              point.singular,
                              point.not_equilibrium,
                              point.at_kink,
                              point.outlier,
                              point.at_edge,
                              point.outside_box};
        for (size_t k = 0; k < flag_names.size(); ++k) flags_[k].push_back(flags[k]);
        unstable_.push_back(static_cast<std::int64_t>(point.unstable_directions));
        counts_.push_back(static_cast<std::int64_t>(point.seeds.size()));
        radii_.push_back(point.spectral_radius());
        spectra_.push_back(point.spectrum);
    }
    /// Adds the columns to the arrays.
    void store_in(named_arrays& arrays) const {
        arrays.add("states", store(states_, {rows_, width_}));
        arrays.add("speeds", store(speeds_));
        for (size_t k = 0; k < flag_names.size(); ++k) arrays.add(flag_names[k], store(flags_[k]));
        arrays.add("unstable_directions", store(unstable_));
        arrays.add("seeds_drawn", store(counts_));
        arrays.add("spectral_radius", store(radii_));
        store_spectra(spectra_, arrays);
    }

  private:
    static constexpr std::array flag_names{"is_fixed", "is_minimum", "singular", "not_equilibrium",
                                           "at_kink",  "outlier",    "at_edge",  "outside_box"};
    size_t rows_ = 0, width_ = 0;
    std::vector<T> states_, speeds_, radii_;
    std::array<std::vector<std::uint8_t>, flag_names.size()> flags_;
    std::vector<std::int64_t> unstable_, counts_;
    std::vector<std::vector<std::complex<T>>> spectra_;
};

}  // namespace detail

/// The points (n, of dimension d) as arrays for write_npz: `states` (n x d), `speeds` (n),
/// `unstable_directions` (n), `seeds_drawn` (n), `spectral_radius` (n), `spectra_real` and
/// `spectra_imaginary` (n x d, by falling modulus), slow_point's flags `is_fixed`, `is_minimum`, `singular`,
/// `not_equilibrium`, `at_kink`, `outlier`, `at_edge` and `outside_box` (n each), `reached_by` (one a seed:
/// the index of its point, or -1), and `kink_states` (k x d) and `kink_speeds` (k) of slow_points::kinks.
/// What points are read out as is added by `arrays.add("outputs", store(map.read_out(points.states())))`.
template <class T>
named_arrays to_arrays(const slow_points<T>& points) {
    named_arrays arrays("slow points");
    detail::point_table<T> table;
    size_t seeds = 0;
    for (const auto& point : points) table.add(point);
    for (const auto& point : points)
        for (const size_t seed : point.seeds) seeds = std::max(seeds, seed + 1);
    std::vector<T> kink_states, kink_speeds;
    for (const auto& kink : points.kinks) {
        kink_states.insert(kink_states.end(), kink.state.begin(), kink.state.end());
        kink_speeds.push_back(kink.speed);
        for (const size_t seed : kink.seeds) seeds = std::max(seeds, seed + 1);
    }
    for (const auto& failure : points.failures) seeds = std::max(seeds, failure.seed + 1);
    std::vector<std::int64_t> reached(seeds, -1);
    for (size_t i = 0; i < points.size(); ++i)
        for (const size_t seed : points[i].seeds) reached[seed] = static_cast<std::int64_t>(i);
    table.store_in(arrays);
    arrays.add("reached_by", store(reached));
    arrays.add("kink_states", store(kink_states, {points.kinks.size(),
                                                  points.kinks.empty() ? 0 : points.kinks[0].state.size()}));
    arrays.add("kink_speeds", store(kink_speeds));
    return arrays;
}

/// The points of all branches, one after the other, in the same arrays, with `branch` and `where` (one a
/// point), and the events as `event_kind` (numbers of track_event_kind), `event_after`, `event_before`,
/// `event_branch`.
template <class T>
named_arrays to_arrays(const track_result<T>& found) {
    named_arrays arrays("tracks");
    detail::point_table<T> table;
    std::vector<std::int64_t> branch, kinds, of_branch;
    std::vector<double> where, after, before;
    for (size_t b = 0; b < found.branches.size(); ++b)
        for (size_t i = 0; i < found.branches[b].points.size(); ++i) {
            table.add(found.branches[b].points[i]);
            branch.push_back(static_cast<std::int64_t>(b));
            where.push_back(found.branches[b].where[i]);
        }
    for (const auto& event : found.events) {
        kinds.push_back(static_cast<std::int64_t>(event.kind));
        after.push_back(event.after);
        before.push_back(event.before);
        of_branch.push_back(static_cast<std::int64_t>(event.branch));
    }
    table.store_in(arrays);
    arrays.add("branch", store(branch));
    arrays.add("where", store(where));
    arrays.add("event_kind", store(kinds));
    arrays.add("event_after", store(after));
    arrays.add("event_before", store(before));
    arrays.add("event_branch", store(of_branch));
    return arrays;
}

/// The states of all manifolds (n, of dimension d), one after the other, as arrays for write_npz: `states`
/// and `drift` (n x d), `speeds` (n), `spectra_real` and `spectra_imaginary` (n x d, by falling modulus),
/// `manifold` (n, the index of the one that a state is of), `tangents` (one row a state of a curve, two a
/// state of a sheet); one number a manifold: `dimension`, `closed`, `left_box`, `outside_box`,
/// `incomplete`, `length`, `area`, `spacing`, `attraction`, `persistence`; and the points that were given:
/// `point` and `manifold_of_point`, which is -1 where one is isolated.
template <class T>
named_arrays to_arrays(const slow_manifold_set<T>& found) {
    std::vector<T> states, drift, speeds, tangents, length, area, spacing, attraction, persistence;
    std::vector<std::int64_t> manifold, dimension, point, of_point;
    std::vector<std::uint8_t> closed, left_box, outside_box, incomplete;
    std::vector<std::vector<std::complex<T>>> spectra;
    const auto append = [](const auto& from, auto& to) { to.insert(to.end(), from.begin(), from.end()); };
    size_t d = 0;
    for (size_t k = 0; k < found.size(); ++k) {
        const auto& m = found[k];
        d = std::max(d, m.states.shape(1));
        append(m.states, states);
        append(m.drift, drift);
        append(m.tangents, tangents);
        append(m.speeds, speeds);
        append(m.spectra, spectra);
        manifold.insert(manifold.end(), m.states.shape(0), static_cast<std::int64_t>(k));
        dimension.push_back(static_cast<std::int64_t>(m.dimension));
        closed.push_back(m.closed);
        left_box.push_back(m.left_box);
        outside_box.push_back(m.outside_box);
        incomplete.push_back(m.incomplete);
        length.push_back(m.length);
        area.push_back(m.area);
        spacing.push_back(m.spacing);
        attraction.push_back(m.attraction);
        persistence.push_back(m.persistence);
        append(m.points, point);
        of_point.insert(of_point.end(), m.points.size(), static_cast<std::int64_t>(k));
    }
    append(found.isolated, point);
    of_point.insert(of_point.end(), found.isolated.size(), -1);
    named_arrays arrays("slow manifolds");
    arrays.add("states", store(states, {speeds.size(), d}));
    arrays.add("drift", store(drift, {speeds.size(), d}));
    arrays.add("speeds", store(speeds));
    detail::store_spectra(spectra, arrays);
    arrays.add("manifold", store(manifold));
    arrays.add("tangents", store(tangents, {d > 0 ? tangents.size() / d : 0, d}));
    arrays.add("dimension", store(dimension));
    arrays.add("closed", store(closed));
    arrays.add("left_box", store(left_box));
    arrays.add("outside_box", store(outside_box));
    arrays.add("incomplete", store(incomplete));
    arrays.add("length", store(length));
    arrays.add("area", store(area));
    arrays.add("spacing", store(spacing));
    arrays.add("attraction", store(attraction));
    arrays.add("persistence", store(persistence));
    arrays.add("point", store(point));
    arrays.add("manifold_of_point", store(of_point));
    return arrays;
}

}  // namespace engram
