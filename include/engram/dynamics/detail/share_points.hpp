/// @file
/// What processes that search together tell each other of their points.
#pragma once

#include "engram/dynamics/detail/seed_share.hpp"
#include "engram/dynamics/point/slow_point.hpp"

#include <complex>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace engram::detail {

/// The texts of all ranks, in the order of the ranks.
inline std::vector<std::string> join_texts(const process_group& ranks, const std::vector<std::string>& mine) {
    std::vector<size_t> lengths;
    std::string text;
    for (const auto& each : mine) {
        lengths.push_back(each.size());
        text += each;
    }
    lengths = ranks.join(std::span<const size_t>(lengths));
    const auto all = ranks.join(std::span<const char>(text));
    std::vector<std::string> texts;
    auto at = all.begin();
    for (const size_t length : lengths) {
        const auto end = at + static_cast<std::ptrdiff_t>(length);
        texts.emplace_back(at, end);
        at = end;
    }
    return texts;
}

/// Calls visit(member) for all of a point but its seeds, which every process knows, and what has a length of
/// its own. A member that is added to slow_point is to be added here: without it this does not compile.
template <class Point, class Visit>
void visit_plain_members(Point& point, const Visit& visit) {
    auto& [state, speed, kind, gradient_norm, spectrum, unstable_directions, root_distance,
           smallest_curvature, is_minimum, singular, not_equilibrium, at_kink, outlier, at_edge, outside_box,
           iterations, stop, distance_moved, best_seed, seeds] = point;
    const auto each = [&](auto&... members) {
        static_assert((std::is_trivially_copyable_v<std::remove_reference_t<decltype(members)>> && ...));
        (visit(members), ...);
    };
    each(speed, kind, gradient_norm, unstable_directions, root_distance, smallest_curvature, is_minimum,
         singular, not_equilibrium, at_kink, outlier, at_edge, outside_box, iterations, stop, distance_moved);
}

/// Gives every process what others know of the points whose best seed is theirs.
template <class T>
void share_points(const process_group& ranks, const seed_share& share, size_t d,
                  std::vector<slow_point<T>>& points) {
    if (ranks.alone()) return;
    std::vector<std::byte> bytes;
    const auto put = [&](const void* first, size_t size) {
        const auto* const more = static_cast<const std::byte*>(first);
        bytes.insert(bytes.end(), more, more + size);
    };
    for (size_t i = 0; i < points.size(); ++i) {
        const auto& point = points[i];
        if (!share.holds(point.best_seed)) continue;
        const size_t values = point.spectrum.size();
        put(&i, sizeof i);
        put(&values, sizeof values);
        visit_plain_members(point, [&](const auto& member) { put(&member, sizeof member); });
        put(point.state.data(), d * sizeof(T));
        put(point.spectrum.data(), values * sizeof(std::complex<T>));
    }
    bytes = ranks.join(std::span<const std::byte>(bytes));
    const std::byte* at = bytes.data();
    const std::byte* const end = at + bytes.size();
    const auto get = [&](void* to, size_t size) {
        if (size > 0) std::memcpy(to, at, size);
        at += size;
    };
    while (at != end) {
        size_t i = 0, values = 0;
        get(&i, sizeof i);
        get(&values, sizeof values);
        auto& point = points[i];
        visit_plain_members(point, [&](auto& member) { get(&member, sizeof member); });
        point.state = vector<T>::from_shape({d});
        get(point.state.data(), d * sizeof(T));
        point.spectrum.resize(values);
        get(point.spectrum.data(), values * sizeof(std::complex<T>));
    }
}

}  // namespace engram::detail
