/// @file
/// branch_diagram: all that bifurcation_diagram found, as a table, as CSV, as arrays and as segments for a
/// plot.
#pragma once

#include "engram/dynamics/continuation/bifurcation.hpp"
#include "engram/dynamics/continuation/branch.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace engram {

/// Branches of fixed points and cycles, and their bifurcations.
template <class T>
struct branch_diagram {
    std::vector<branch<T>> branches;           ///< in the order in which they were followed
    std::vector<bifurcation<T>> bifurcations;  ///< in the order in which they were passed
    /// What was asked for and is not there, each with its values: points that are on no branch of the family,
    /// limits that were reached.
    std::vector<std::string> notes;

    /// The bifurcations of one kind, by rising parameter.
    [[nodiscard]] std::vector<bifurcation<T>> of_kind(bifurcation_kind kind) const {
        std::vector<bifurcation<T>> result;
        std::ranges::copy_if(bifurcations, std::back_inserter(result),
                             [&](const auto& b) { return b.kind == kind; });
        std::ranges::sort(result, {}, &bifurcation<T>::parameter);
        return result;
    }

    /// The stretches of branches between changes of stability, which a plot draws solid or dashed.
    [[nodiscard]] std::vector<branch_segment> segments() const {
        std::vector<branch_segment> result;
        for (size_t b = 0; b < branches.size(); ++b) {
            const auto& unstable = branches[b].unstable_directions;
            // Of the two points at the ends of a step, the one that is no bifurcation tells: those count as
            // the next.
            for (size_t i = 1; i < unstable.size(); ++i) {
                const bool stable = unstable[i - 1] == 0;
                if (i == 1 || stable != result.back().stable)
                    result.push_back({b, i - 1, i, stable});
                else
                    result.back().last = i;
            }
        }
        return result;
    }

    /// Comma-separated values, one line a point: branch, period, parameter, unstable directions, spectral
    /// radius, then the outputs if there are any, and the state's first `coordinates`.
    void write_csv(std::ostream& out, size_t coordinates = 3) const {
        out << "branch,period,parameter,unstable_directions,spectral_radius";
        const size_t d = branches.empty() ? 0 : std::min(coordinates, branches[0].states.shape(1));
        const size_t m = branches.empty() ? 0 : branches[0].outputs.shape(1);
        for (size_t j = 0; j < m; ++j) out << ",output" << j;
        for (size_t j = 0; j < d; ++j) out << ",h" << j;
        out << '\n';
        for (size_t b = 0; b < branches.size(); ++b) {
            const auto& points = branches[b];
            for (size_t i = 0; i < points.size(); ++i) {
                out << b << ',' << points.period << ',' << points.parameters[i] << ','
                    << points.unstable_directions[i] << ','
                    << (points.spectra.shape(1) > 0 ? std::abs(points.spectra(i, 0)) : T(0));
                for (size_t j = 0; j < m; ++j) out << ',' << points.outputs(i, j);
                for (size_t j = 0; j < d; ++j) out << ',' << points.states(i, j);
                out << '\n';
            }
        }
    }

    /// All numbers as arrays with names, such as an .npz file holds: of each branch b its parameters (n x 1),
    /// states (n x d), unstable_directions (n x 1), outputs (n x m), and the real and imaginary parts of its
    /// spectra (n x d), as "branch_b.states"; of the bifurcations their kinds (as the enumeration counts),
    /// parameters (n x 1) and states (n x d).
    [[nodiscard]] std::vector<std::pair<std::string, matrix<T>>> arrays() const {
        std::vector<std::pair<std::string, matrix<T>>> result;
        const auto column = [](size_t n, auto&& value) {
            auto m = matrix<T>::from_shape({n, 1});
            for (size_t i = 0; i < n; ++i) m(i, 0) = static_cast<T>(value(i));
            return m;
        };
        for (size_t b = 0; b < branches.size(); ++b) {
            const auto& points = branches[b];
            const std::string name = detail::concatenate("branch_", b, ".");
            auto real = matrix<T>::from_shape({points.spectra.shape(0), points.spectra.shape(1)}),
                 imaginary = real;
            for (size_t i = 0; i < real.size(); ++i) {
                real.data()[i] = points.spectra.data()[i].real();
                imaginary.data()[i] = points.spectra.data()[i].imag();
            }
            result.emplace_back(name + "parameters",
                                column(points.size(), [&](size_t i) { return points.parameters[i]; }));
            result.emplace_back(name + "states", points.states);
            result.emplace_back(name + "unstable_directions", column(points.size(), [&](size_t i) {
                                    return points.unstable_directions[i];
                                }));
            result.emplace_back(name + "outputs", points.outputs);
            result.emplace_back(name + "spectra.real", std::move(real));
            result.emplace_back(name + "spectra.imaginary", std::move(imaginary));
        }
        const size_t n = bifurcations.size(), d = n == 0 ? 0 : bifurcations[0].state.size();
        auto states = matrix<T>::from_shape({n, d});
        for (size_t i = 0; i < n; ++i) std::copy_n(bifurcations[i].state.data(), d, &states(i, 0));
        result.emplace_back("bifurcations.kinds",
                            column(n, [&](size_t i) { return static_cast<int>(bifurcations[i].kind); }));
        result.emplace_back("bifurcations.parameters",
                            column(n, [&](size_t i) { return bifurcations[i].parameter; }));
        result.emplace_back("bifurcations.states", std::move(states));
        return result;
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
        out << ", between " << least << " and " << most << '\n';
    }
    for (const auto& found : diagram.bifurcations) {
        out << found << ", on branch";
        for (size_t i = 0; i < found.branches.size(); ++i) out << (i > 0 ? ", " : " ") << found.branches[i];
        out << '\n';
    }
    for (const auto& note : diagram.notes) out << note << '\n';
    return out;
}

}  // namespace engram
