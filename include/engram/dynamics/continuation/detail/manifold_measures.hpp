/// @file
/// What is said of a traced manifold: drift, spectra, attraction, persistence.
#pragma once

#include "engram/dynamics/continuation/manifold_options.hpp"
#include "engram/dynamics/continuation/slow_manifold.hpp"
#include "engram/dynamics/point/spectrum.hpp"

#include <algorithm>

namespace engram::detail {

/// Largest modulus of the eigenvalues that are left when the `count` nearest to 1 are taken away.
template <class T>
T largest_across(const std::vector<std::complex<T>>& spectrum, size_t count) {
    std::vector<std::complex<T>> values = spectrum;
    std::ranges::sort(values, {}, [](const auto& z) { return std::abs(z - T(1)); });
    T largest = 0;
    for (size_t i = count; i < values.size(); ++i) largest = std::max(largest, std::abs(values[i]));
    return largest;
}

/// Steps in which a value that starts at state i of a curve moves along it by a distance, the drift being
/// linear between states; infinite where it comes to rest before. What reaches an end is gone.
template <class T>
T steps_to_move(const slow_manifold<T>& m, const std::vector<T>& along, size_t i, T distance) {
    const size_t n = along.size();
    if (along[i] == 0) return std::numeric_limits<T>::infinity();
    const bool forwards = along[i] > 0;
    T steps = 0;
    for (T left = distance; left > 0; left -= m.spacing) {
        if (!m.closed && i == (forwards ? n - 1 : 0)) return steps;
        const size_t next = forwards ? (i + 1) % n : (i + n - 1) % n;
        const T share = std::min(T(1), left / m.spacing);  // the last piece may be a part
        const T from = std::abs(along[i]),
                to = from + share * ((forwards ? along[next] : -along[next]) - from);
        if (!(to > 0)) return std::numeric_limits<T>::infinity();
        const T way = share * m.spacing, change = to - from;
        steps += std::abs(change) < T(1e-6) * from ? way / from : way * std::log(to / from) / change;
        i = next;
    }
    return steps;
}

template <class T>
T median(std::vector<T> values) {
    std::ranges::sort(values);
    return values.empty() ? T(0) : values[values.size() / 2];
}

/// Sets drift, speeds and persistence of a manifold whose states are known. On a sheet, where drift may turn,
/// the steps are those at the speed of the start.
template <differentiable_map Map, class T = typename Map::scalar>
void measure_drift(const Map& map, T amount, slow_manifold<T>& m) {
    const size_t n = m.states.shape(0), d = map.dimension();
    m.drift = matrix<T>::from_shape({n, d});
    m.speeds.resize(n);
    std::vector<T> along(n), times(n);
    for (size_t i = 0; i < n; ++i) {
        m.speeds[i] = std::sqrt(squared_speed(map, &m.states(i, 0), &m.drift(i, 0)));
        if (m.dimension == 1 && m.speeds[i] > speed_of_rounding(&m.states(i, 0), d))
            along[i] = m.drift_along(i);
    }
    const T distance = amount * (m.dimension == 1 ? m.length : std::sqrt(m.area));
    for (size_t i = 0; i < n; ++i)
        times[i] = m.dimension == 1 ? steps_to_move(m, along, i, distance)
                   : m.speeds[i] > speed_of_rounding(&m.states(i, 0), d) ? distance / m.speeds[i]
                                                                         : std::numeric_limits<T>::infinity();
    m.persistence = median(std::move(times));
}

/// Sets spectra and attraction, as far as the watch lets it.
template <differentiable_map Map, class T = typename Map::scalar>
void measure_spectra(const Map& map, const search_region<T>& region, progress_watch& watch,
                     slow_manifold<T>& m) {
    const size_t n = m.states.shape(0), d = map.dimension();
    linearisation<Map> linear(map, region);
    matrix<T> jacobian = matrix<T>::from_shape({d, d});
    m.spectra.resize(n);
    m.attraction = 0;
    for (size_t i = 0; i < n && watch.goes_on(); ++i) {
        watch.add(0);
        linear.jacobian(&m.states(i, 0), jacobian);
        m.spectra[i] = eigenvalues<T>(jacobian);
        sort_by_modulus(m.spectra[i]);
        m.attraction = std::max(m.attraction, largest_across(m.spectra[i], m.dimension));
    }
}

}  // namespace engram::detail
