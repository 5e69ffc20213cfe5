/// @file
/// What bifurcation_diagram and fold_curve find: bifurcations of fixed points and cycles.
#pragma once

#include "engram/core/full_digits.hpp"
#include "engram/core/tensor.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <ostream>
#include <string_view>
#include <vector>

namespace engram {

/// The bifurcations of fixed points of maps with one parameter, told by the multiplier (eigenvalue of dF/dh)
/// that crosses the unit circle, and by the branches that meet; after Kuznetsov, Elements of Applied
/// Bifurcation Theory, chapters 4, 5 and 7.
enum class bifurcation_kind {
    fold,             ///< +1: the branch turns round, two fixed points meet and vanish
    transcritical,    ///< +1: two branches cross and exchange stability
    pitchfork,        ///< +1: two branches meet, on one of them the points come in pairs
    multiple,         ///< +1: several multipliers at once, as symmetries have it; not unfolded further
    period_doubling,  ///< -1: a cycle of twice the period branches off
    neimark_sacker,   ///< a pair of complex multipliers: an invariant circle branches off
    cusp,             ///< two folds meet, on a curve of folds in two parameters
    bogdanov_takens  ///< a second multiplier is 1, on a curve of folds: a curve of Neimark-Sacker points ends
};

/// The kind in words.
constexpr std::string_view to_string(bifurcation_kind kind) {
    switch (kind) {
        case bifurcation_kind::fold:
            return "fold";
        case bifurcation_kind::transcritical:
            return "transcritical";
        case bifurcation_kind::pitchfork:
            return "pitchfork";
        case bifurcation_kind::multiple:
            return "branch point of several multipliers at 1";
        case bifurcation_kind::period_doubling:
            return "period doubling";
        case bifurcation_kind::neimark_sacker:
            return "Neimark-Sacker";
        case bifurcation_kind::cusp:
            return "cusp";
        case bifurcation_kind::bogdanov_takens:
            return "Bogdanov-Takens";
    }
    return "unknown";
}

/// Whether what branches off is attracting along the critical direction, as the normal form's coefficient
/// tells.
enum class criticality {
    /// Of folds, transcritical points and cusps; the coefficient could not be computed, or is 0 but for
    /// rounding.
    not_told,
    supercritical,  ///< it is attracting, and lies where what it branches off from repels
    subcritical     ///< it repels, and lies where what it branches off from attracts
};

/// Criticality in a word.
constexpr std::string_view to_string(criticality c) {
    return c == criticality::supercritical ? "supercritical"
           : c == criticality::subcritical ? "subcritical"
                                           : "";
}

/// A bifurcation of a fixed point, or of a cycle, which is a fixed point of F^period.
template <class T>
struct bifurcation {
    bifurcation_kind kind = bifurcation_kind::fold;           ///< by name
    engram::criticality criticality = criticality::not_told;  ///< of pitchforks, doublings, Neimark-Sacker
    double parameter = 0;                                     ///< where it is
    double second_parameter =
        std::numeric_limits<double>::quiet_NaN();  ///< on a curve of folds; else not a number
    vector<T> state;                               ///< h (d)
    size_t period = 1;                             ///< of the cycle, 1 for fixed points
    std::complex<T> multiplier = 1;                ///< that is on the unit circle
    /// Of the normal form on the centre manifold, with the left and right eigenvectors' product 1, in units
    /// of the scale: the quadratic one of a fold (b x^2) and transcritical point, the cubic one of a
    /// pitchfork, cusp and doubling, the real part of the first Lyapunov coefficient of a Neimark-Sacker
    /// point. Not a number where it could not be computed, and of the other kinds.
    T coefficient = std::numeric_limits<T>::quiet_NaN();
    /// Of a Neimark-Sacker point with exp(2 pi i k / m), m <= 4: m, since no invariant circle need branch off
    /// there (strong resonance); else 0.
    size_t resonance = 0;
    bool outside_box = false;  ///< where the map says no state can be
    bool converged = true;     ///< to the tolerance; else the parameter is good to the step that passed it
    std::vector<size_t> branches;  ///< that pass or begin here, the one on which it was found first
    size_t point = 0;              ///< its index on the first of them
};

/// One line: kind, parameter, state, criticality.
template <class T>
std::ostream& operator<<(std::ostream& out, const bifurcation<T>& b) {
    if (b.criticality != criticality::not_told) out << to_string(b.criticality) << ' ';
    out << to_string(b.kind) << " at " << b.parameter;
    if (!std::isnan(b.second_parameter)) out << ", " << b.second_parameter;
    out << ", state (";
    for (size_t i = 0; i < b.state.size() && i < 6; ++i) out << (i > 0 ? ", " : "") << b.state(i);
    if (b.state.size() > 6) out << ", ... " << b.state.size() << " in all";
    out << ')';
    if (b.period > 1) out << " of a cycle of period " << b.period;
    if (b.kind == bifurcation_kind::neimark_sacker) out << ", angle " << std::abs(std::arg(b.multiplier));
    if (b.resonance > 0) out << ", in strong resonance 1:" << b.resonance;
    if (b.outside_box) out << ", outside the box of the map's states";
    if (!b.converged) out << ", not located to the tolerance";
    return out;
}

/// Comma-separated values, one line a bifurcation: kind, criticality, period, parameter, second parameter
/// (nan but on curves of folds), coefficient, the multiplier's real and imaginary part, its branches' first,
/// then the state's first `coordinates`; all digits.
template <class T>
void write_csv(std::ostream& out, const std::vector<bifurcation<T>>& found, size_t coordinates = 3) {
    const detail::full_digits format(out);
    out << "kind,criticality,period,parameter,second_parameter,coefficient,multiplier_real,"
           "multiplier_imaginary,branch";
    const size_t d = found.empty() ? 0 : std::min(coordinates, found[0].state.size());
    for (size_t j = 0; j < d; ++j) out << ",h" << j;
    out << '\n';
    for (const auto& b : found) {
        out << to_string(b.kind) << ',' << to_string(b.criticality) << ',' << b.period << ',' << b.parameter
            << ',' << b.second_parameter << ',' << b.coefficient << ',' << b.multiplier.real() << ','
            << b.multiplier.imag() << ',' << b.branches[0];
        for (size_t j = 0; j < d; ++j) out << ',' << b.state(j);
        out << '\n';
    }
}

}  // namespace engram
