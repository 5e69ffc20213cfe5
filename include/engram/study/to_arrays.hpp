/// @file
/// What was found, as named arrays: for write_npz, and from there for NumPy.
#pragma once

#include <algorithm>
#include <array>
#include <complex>
#include <cstdint>
#include <limits>
#include <vector>

#include "engram/dynamics/continuation/track_result.hpp"
#include "engram/dynamics/point/slow_point.hpp"
#include "engram/io/stored_array.hpp"

namespace engram {

namespace detail {

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
        spectrum_width_ = std::max(spectrum_width_, point.spectrum.size());
        spectra_.push_back(point.spectrum);
    }
    /// Adds the columns to the arrays. Spectra are filled up with NaN to the longest.
    void store_in(named_arrays& arrays) const {
        constexpr T nan = std::numeric_limits<T>::quiet_NaN();
        arrays.add("states", store(states_, {rows_, width_}));
        arrays.add("speeds", store(speeds_));
        for (size_t k = 0; k < flag_names.size(); ++k) arrays.add(flag_names[k], store(flags_[k]));
        arrays.add("unstable_directions", store(unstable_));
        arrays.add("seeds_drawn", store(counts_));
        arrays.add("spectral_radius", store(radii_));
        std::vector<T> real, imaginary;
        for (const auto& spectrum : spectra_)
            for (size_t i = 0; i < spectrum_width_; ++i) {
                real.push_back(i < spectrum.size() ? spectrum[i].real() : nan);
                imaginary.push_back(i < spectrum.size() ? spectrum[i].imag() : nan);
            }
        arrays.add("spectra_real", store(real, {rows_, spectrum_width_}));
        arrays.add("spectra_imaginary", store(imaginary, {rows_, spectrum_width_}));
    }

  private:
    static constexpr std::array flag_names{"is_fixed", "is_minimum", "singular", "not_equilibrium",
                                           "at_kink",  "outlier",    "at_edge",  "outside_box"};
    size_t rows_ = 0, width_ = 0, spectrum_width_ = 0;
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

}  // namespace engram
