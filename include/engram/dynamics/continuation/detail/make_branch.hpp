/// @file
/// Makes what a user sees of a branch from what was followed to either side of a point.
#pragma once

#include "engram/dynamics/continuation/detail/branch_follower.hpp"

namespace engram::detail {

/// Two sides of a branch as one sequence of points and events.
template <class T>
struct joined_branch {
    std::vector<curve_point<T>> points;
    std::vector<located<T>> events;
};

/// Joins two sides; the first is turned round, and may have no points. Where both begin with the same point,
/// as they do unless that is told otherwise, it is taken once.
template <class T>
joined_branch<T> join(half_branch<T> back, half_branch<T> ahead, bool share_first = true) {
    joined_branch<T> whole;
    // The point of a bifurcation counts as those after it, which the other way round are those before it.
    for (const auto& event : back.events)
        if (event.point > 0) back.points[event.point].unstable = back.points[event.point - 1].unstable;
    const size_t count = back.points.size();
    for (size_t i = back.events.size(); i-- > 0;) {
        whole.events.push_back(std::move(back.events[i]));
        whole.events.back().point = count - 1 - whole.events.back().point;
    }
    whole.points.assign(std::make_move_iterator(back.points.rbegin()),
                        std::make_move_iterator(back.points.rend()));
    if (share_first && !whole.points.empty()) whole.points.pop_back();
    const size_t offset = whole.points.size();
    for (auto& event : ahead.events) {
        event.point += offset;
        whole.events.push_back(std::move(event));
    }
    std::ranges::move(ahead.points, std::back_inserter(whole.points));
    return whole;
}

/// The points of a branch in the map's own coordinates, with what the map reads out; the note says where it
/// does not.
template <class Curve, class T = typename Curve::scalar>
branch<T> make_branch(Curve& curve, const std::vector<curve_point<T>>& points, bool stability,
                      std::string& note) {
    const size_t n = points.size(), d = curve.dimension();
    branch<T> made;
    made.period = curve.period();
    made.states = matrix<T>::from_shape({n, d});
    made.spectra = matrix<std::complex<T>>::from_shape({n, stability ? d : 0});
    made.outputs = matrix<T>::from_shape({n, 0});
    matrix<T> outputs;
    for (size_t i = 0; i < n; ++i) {
        const auto& p = points[i];
        const auto state = curve.state(p.z.data());
        made.parameters.push_back(curve.parameter(p.z.data()));
        made.unstable_directions.push_back(p.unstable);
        std::ranges::copy(state, &made.states(i, 0));
        made.outside_box.push_back(curve.outside_box(p.z.data()));
        if (stability) std::ranges::copy(p.spectrum, &made.spectra(i, 0));
        if constexpr (has_read_out<typename Curve::Map>) {
            if (!curve.read_out(p.z.data(), outputs)) {
                if (note.empty()) note = concatenate("no read-out of all points: ", curve.note());
                continue;
            }
            if (made.outputs.shape(1) == 0) {
                made.outputs = matrix<T>::from_shape({n, outputs.size()});
                std::ranges::fill(made.outputs, std::numeric_limits<T>::quiet_NaN());
            }
            if (outputs.size() == made.outputs.shape(1))
                std::ranges::copy(outputs, &made.outputs(i, 0));
            else if (note.empty())
                note = concatenate("no read-out of all points: the map at ", curve.where(p.z.data()),
                                   " reads out ", outputs.size(), " numbers, those before ",
                                   made.outputs.shape(1));
        }
    }
    return made;
}

}  // namespace engram::detail
