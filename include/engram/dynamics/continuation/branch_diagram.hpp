/// @file
/// branch_diagram: all that bifurcation_diagram found, as a table, as CSV and as segments for a plot.
#pragma once

#include "engram/core/full_digits.hpp"
#include "engram/dynamics/continuation/bifurcation.hpp"
#include "engram/dynamics/continuation/branch.hpp"

#include <algorithm>
#include <ostream>

namespace engram {

/// Branches of fixed points and cycles, and their bifurcations.
template <class T>
struct branch_diagram {
    std::vector<branch<T>> branches;           ///< in the order in which they were followed
    std::vector<bifurcation<T>> bifurcations;  ///< in the order in which they were passed
    /// What was asked for and is not there, each with its values: points that are on no branch of the family,
    /// limits that were reached.
    std::vector<std::string> notes;
    std::string interrupted = {};  ///< why the watcher or the time limit ended it; empty if they did not

    /// The bifurcations of one kind, by rising parameter.
    [[nodiscard]] std::vector<bifurcation<T>> of_kind(bifurcation_kind kind) const {
        std::vector<bifurcation<T>> result;
        std::ranges::copy_if(bifurcations, std::back_inserter(result),
                             [&](const auto& b) { return b.kind == kind; });
        std::ranges::sort(result, {}, &bifurcation<T>::parameter);
        return result;
    }

    /// The stretches of branches between changes of the number of unstable directions; a plot draws those
    /// that are stable solid and the others dashed.
    [[nodiscard]] std::vector<branch_segment> segments() const {
        std::vector<branch_segment> result;
        for (size_t b = 0; b < branches.size(); ++b) {
            const auto& unstable = branches[b].unstable_directions;
            // Of the two points at the ends of a step, the one that is no bifurcation tells: those count as
            // the next.
            for (size_t i = 1; i < unstable.size(); ++i) {
                if (i == 1 || unstable[i - 1] != result.back().unstable_directions)
                    result.push_back({b, i - 1, i, unstable[i - 1], branches[b].stable(i - 1)});
                else
                    result.back().last = i;
            }
        }
        return result;
    }

    /// Comma-separated values, one line a point: branch, period, parameter, unstable directions, spectral
    /// radius (both nan without spectra), then the outputs if there are any, and the state's first
    /// `coordinates`.
    void write_csv(std::ostream& out, size_t coordinates = 3) const {
        const detail::full_digits format(out);
        out << "branch,period,parameter,unstable_directions,spectral_radius";
        const size_t d = branches.empty() ? 0 : std::min(coordinates, branches[0].states.shape(1));
        const size_t m = branches.empty() ? 0 : branches[0].outputs.shape(1);
        for (size_t j = 0; j < m; ++j) out << ",output" << j;
        for (size_t j = 0; j < d; ++j) out << ",h" << j;
        out << '\n';
        for (size_t b = 0; b < branches.size(); ++b) {
            const auto& points = branches[b];
            for (size_t i = 0; i < points.size(); ++i) {
                out << b << ',' << points.period << ',' << points.parameters[i] << ',';
                if (points.stability_known())
                    out << points.unstable_directions[i] << ',' << std::abs(points.spectra(i, 0));
                else
                    out << "nan,nan";
                for (size_t j = 0; j < m; ++j) out << ',' << points.outputs(i, j);
                for (size_t j = 0; j < d; ++j) out << ',' << points.states(i, j);
                out << '\n';
            }
        }
    }
};

/// A table: one line a branch, then one line a bifurcation, then one line a note.
template <class T>
std::ostream& operator<<(std::ostream& out, const branch_diagram<T>& diagram) {
    const auto print_end = [&](const branch<T>& b, size_t i, branch_end end, const std::string& note) {
        out << b.parameters[i] << " (" << to_string(end);
        if (!note.empty()) out << ": " << note;
        out << ')';
    };
    for (size_t b = 0; b < diagram.branches.size(); ++b) {
        const auto& points = diagram.branches[b];
        out << "branch " << b << ": " << points.size();
        if (points.period == 1)
            out << " fixed points";
        else
            out << " cycles of period " << points.period;
        out << " from ";
        print_end(points, 0, points.first_end, points.first_note);
        out << " to ";
        print_end(points, points.size() - 1, points.last_end, points.last_note);
        const auto [least, most] = std::ranges::minmax(points.parameters);
        out << ", between " << least << " and " << most;
        if (const auto outside = std::ranges::count(points.outside_box, 1); outside > 0)
            out << ", " << outside << " outside the box of the map's states";
        out << '\n';
    }
    for (const auto& found : diagram.bifurcations) {
        out << found << ", on branch";
        for (size_t i = 0; i < found.branches.size(); ++i) out << (i > 0 ? ", " : " ") << found.branches[i];
        out << '\n';
    }
    for (const auto& note : diagram.notes) out << note << '\n';
    if (!diagram.interrupted.empty()) out << "not all was followed: " << diagram.interrupted << '\n';
    return out;
}

}  // namespace engram
