/// @file
/// What was found, as named arrays: for write_npz, and from there for NumPy.
#pragma once

#include <algorithm>
#include <array>
#include <complex>
#include <cstdint>
#include <vector>

#include "engram/dynamics/continuation/slow_manifold.hpp"
#include "engram/dynamics/continuation/track_result.hpp"
#include "engram/dynamics/point/slow_point.hpp"
#include "engram/study/detail/store_column.hpp"

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
        spectra_.push_back(point.spectrum);
    }
    /// Adds the columns to the arrays.
    void store_in(named_arrays& arrays) const {
        arrays.add("states", states_, {rows_, width_});
        arrays.add("speeds", speeds_);
        for (size_t k = 0; k < flag_names.size(); ++k) arrays.add(flag_names[k], flags_[k]);
        arrays.add("unstable_directions", unstable_);
        arrays.add("seeds_drawn", counts_);
        arrays.add("spectral_radius", radii_);
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
/// `spectra_imaginary` (n x d, by descending modulus), slow_point's flags `is_fixed`, `is_minimum`,
/// `singular`, `not_equilibrium`, `at_kink`, `outlier`, `at_edge` and `outside_box` (n each), `reached_by`
/// (one a seed: the index of its point, or -1), and `kink_states` (k x d) and `kink_speeds` (k) of
/// slow_points::kinks. What points are read out as is added by `arrays.add("outputs",
/// map.read_out(points.states()))`.
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
    arrays.add("reached_by", reached);
    arrays.add("kink_states", kink_states,
               {points.kinks.size(), points.kinks.empty() ? 0 : points.kinks[0].state.size()});
    arrays.add("kink_speeds", kink_speeds);
    return arrays;
}

/// The points of all branches, one after the other, in the same arrays, with `branch` and `where` (one a
/// point), and the events as `event_kind` (numbers of track_event_kind), `event_after`, `event_before`,
/// `event_branch`.
template <class T>
named_arrays to_arrays(const track_result<T>& found) {
    named_arrays arrays("tracks");
    detail::point_table<T> table;
    std::vector<std::int64_t> branch;
    std::vector<double> where;
    for (size_t b = 0; b < found.branches.size(); ++b)
        for (size_t i = 0; i < found.branches[b].points.size(); ++i) {
            table.add(found.branches[b].points[i]);
            branch.push_back(static_cast<std::int64_t>(b));
            where.push_back(found.branches[b].where[i]);
        }
    table.store_in(arrays);
    arrays.add("branch", branch);
    arrays.add("where", where);
    const auto of_events = [&](const char* name, auto value) {
        detail::store_column(arrays, name, found.events, value);
    };
    of_events("event_kind", [](const auto& e) { return static_cast<std::int64_t>(e.kind); });
    of_events("event_after", [](const auto& e) { return e.after; });
    of_events("event_before", [](const auto& e) { return e.before; });
    of_events("event_branch", [](const auto& e) { return static_cast<std::int64_t>(e.branch); });
    return arrays;
}

/// The states of all manifolds (n, of dimension d), one after the other, as arrays for write_npz: `states`
/// and `drift` (n x d), `speeds` (n), `spectra_real` and `spectra_imaginary` (n x d, by descending modulus),
/// `manifold` (n, the index of the one that a state is of), `tangents` (one row a state of a curve, two a
/// state of a sheet); one number a manifold: `dimension`, `closed`, `left_box`, `outside_box`, `incomplete`,
/// `length`, `area`, `spacing`, `attraction`, `persistence`; and the points that were given: `point` and
/// `manifold_of_point`, which is -1 where one is isolated.
template <class T>
named_arrays to_arrays(const slow_manifold_set<T>& found) {
    std::vector<T> states, drift, speeds, tangents;
    std::vector<std::int64_t> manifold, point, of_point;
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
        append(m.points, point);
        of_point.insert(of_point.end(), m.points.size(), static_cast<std::int64_t>(k));
    }
    append(found.isolated, point);
    of_point.insert(of_point.end(), found.isolated.size(), -1);
    named_arrays arrays("slow manifolds");
    arrays.add("states", states, {speeds.size(), d});
    arrays.add("drift", drift, {speeds.size(), d});
    arrays.add("speeds", speeds);
    detail::store_spectra(spectra, arrays);
    arrays.add("manifold", manifold);
    arrays.add("tangents", tangents, {d > 0 ? tangents.size() / d : 0, d});
    const auto of_manifolds = [&](const char* name, auto value) {
        detail::store_column(arrays, name, found.manifolds, value);
    };
    of_manifolds("dimension", [](const auto& m) { return static_cast<std::int64_t>(m.dimension); });
    of_manifolds("closed", [](const auto& m) { return std::uint8_t{m.closed}; });
    of_manifolds("left_box", [](const auto& m) { return std::uint8_t{m.left_box}; });
    of_manifolds("outside_box", [](const auto& m) { return std::uint8_t{m.outside_box}; });
    of_manifolds("incomplete", [](const auto& m) { return std::uint8_t{m.incomplete}; });
    of_manifolds("length", [](const auto& m) { return m.length; });
    of_manifolds("area", [](const auto& m) { return m.area; });
    of_manifolds("spacing", [](const auto& m) { return m.spacing; });
    of_manifolds("attraction", [](const auto& m) { return m.attraction; });
    of_manifolds("persistence", [](const auto& m) { return m.persistence; });
    arrays.add("point", point);
    arrays.add("manifold_of_point", of_point);
    return arrays;
}

}  // namespace engram
