/// @file
/// What processes that search together tell each other of their points.
#pragma once

#include "engram/dynamics/detail/seed_share.hpp"
#include "engram/dynamics/point/slow_point.hpp"

#include <cstring>
#include <span>
#include <string>
#include <tuple>
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

/// All of a point but its seeds, which every process knows, and what has a length of its own. A member that
/// is added to slow_point is to be added here: without it this does not compile.
template <class Point>
auto plain_members(Point& point) {
    auto& [state, speed, kind, gradient_norm, spectrum, unstable_directions, root_distance,
           smallest_curvature, is_minimum, singular, not_equilibrium, at_kink, outlier, at_edge, outside_box,
           iterations, stop, distance_moved, best_seed, seeds] = point;
    return std::tie(speed, kind, gradient_norm, unstable_directions, root_distance, smallest_curvature,
                    is_minimum, singular, not_equilibrium, at_kink, outlier, at_edge, outside_box, iterations,
                    stop, distance_moved);
}

/// Gives every process what others know of the points whose best seed is theirs.
template <class T>
void share_points(const process_group& ranks, const seed_share& share, size_t d,
                  std::vector<slow_point<T>>& points) {
    if (ranks.alone()) return;
    std::vector<std::byte> bytes;
    const auto put = [&](const auto* first, size_t count) {
        const auto more = std::as_bytes(std::span(first, count));
        bytes.insert(bytes.end(), more.begin(), more.end());
    };
    for (size_t i = 0; i < points.size(); ++i) {
        const auto& point = points[i];
        if (!share.holds(point.best_seed)) continue;
        const size_t values = point.spectrum.size();
        put(&i, 1);
        put(&values, 1);
        std::apply([&](const auto&... members) { (put(&members, 1), ...); }, plain_members(point));
        put(point.state.data(), d);
        put(point.spectrum.data(), values);
    }
    bytes = ranks.join(std::span<const std::byte>(bytes));
    const std::byte* at = bytes.data();
    const std::byte* const end = at + bytes.size();
    const auto get = [&]<class Value>(Value* to, size_t count) {
        if (count > 0) std::memcpy(static_cast<void*>(to), at, count * sizeof(Value));
        at += count * sizeof(Value);
    };
    while (at != end) {
        size_t i = 0, values = 0;
        get(&i, 1);
        get(&values, 1);
        auto& point = points[i];
        std::apply([&](auto&... members) { (get(&members, 1), ...); }, plain_members(point));
        point.state = vector<T>::from_shape({d});
        get(point.state.data(), d);
        point.spectrum.resize(values);
        get(point.spectrum.data(), values);
    }
}

}  // namespace engram::detail
