/// @file
/// How far a memory can be kicked and still be there: the radius of its basin of attraction.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <span>
#include <vector>

#include "engram/core/any_array.hpp"
#include "engram/core/parallel.hpp"
#include "engram/study/centroids.hpp"
#include "engram/study/noise_averaged.hpp"

namespace engram {

/// What can be iterated: `dimension()` and `apply(h, next)` on a batch of states (n x d). Every
/// differentiable_map can; a map may also be noisy, and treat equal states differently.
template <class Map>
concept iterable_map = std::copy_constructible<Map> &&
    requires(const Map& map, matrix_view<const double> h, matrix_view<double> next) {
    { map.dimension() } -> std::convertible_to<size_t>;
    map.apply(h, next);
};

/// How a basin is probed.
struct basin_options {
    size_t kicks = 100;       ///< at each radius, in random directions
    size_t steps = 200;       ///< after a kick, before the state is read out
    double returning = 0.95;  ///< the fraction of kicks that must lead back
    double unit = 1;     ///< the length that radii are multiples of, such as the distance to another memory
    double largest = 4;  ///< the largest radius that is tried, in units
    double precision = 0.01;  ///< of the radius, in units
    engram::seed seed{0};     ///< of the directions
};

/// How far the random kicks may go that at least the wanted fraction of returns from.
struct basin {
    double radius = 0;      ///< in units; 0 if the state does not even hold unkicked
    bool at_least = false;  ///< whether kicks of the largest radius still return, so that the basin is larger
    double returned = 0;    ///< the fraction that returned from `radius`
};

/// The largest kick, in random directions uniform on the sphere, from which a state returns:
/// `read_out(states)` gives the labels (n) of a batch (n x d), and a run returns if its label after `steps`
/// steps of the map is that of the state. By bisection, all radii being tried in the same directions and,
/// since each run of kicks gets a copy of the map, under the same noise. Throws shape_error if the state is
/// of another dimension than the map, value_error on options out of range or a state that is not finite.
template <iterable_map Map, class ReadOut, any_array State = vector<double>>
basin basin_radius(const Map& map, const ReadOut& read_out, const State& from,
                   const basin_options& options = {}) {
    const auto& state = detail::to_vector<double>("basin_radius: state", from);
    const size_t d = map.dimension(), n = options.kicks;
    require<shape_error>(state.size() == d, "basin_radius: a state of ", state.size(),
                         " numbers for a map of dimension ", d);
    require(std::ranges::all_of(state, [](double x) { return std::isfinite(x); }),
            "basin_radius: the state has a number that is not finite");
    require(n > 0 && options.steps > 0, "basin_radius: kicks = ", n, " and steps = ", options.steps,
            ", expected at least 1 each");
    require(options.returning > 0 && options.returning <= 1, "basin_radius: returning = ", options.returning,
            ", expected a number in (0, 1]");
    require(options.unit > 0 && options.largest > 0 && options.precision > 0 && std::isfinite(options.unit) &&
                std::isfinite(options.largest) && std::isfinite(options.precision),
            "basin_radius: unit = ", options.unit, ", largest = ", options.largest,
            " and precision = ", options.precision, ", expected positive, finite numbers");
    matrix<double> directions = matrix<double>::from_shape({n, d}), now = directions, next = directions;
    for (size_t i = 0; i < n; ++i) {
        random_stream draws(options.seed, purpose::search, 2, i);
        const std::span u(&directions(i, 0), d);
        draws.normals(u);
        const double length = std::sqrt(detail::dot(d, u.data(), u.data()));
        for (double& x : u) x *= options.unit / length;
    }
    std::ranges::copy(state, &now(0, 0));
    const size_t label = read_out(matrix_view<const double>(now).row_block(0, 1))[0];
    const auto fraction = [&](double radius) {
        // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): a map is used by one thread at a time
        const Map own = map;
        for (size_t i = 0; i < n; ++i)
            for (size_t j = 0; j < d; ++j) now(i, j) = state[j] + radius * directions(i, j);
        for (size_t t = 0; t < options.steps; ++t) {
            own.apply(now, next);
            std::swap(now, next);
        }
        const auto labels = read_out(matrix_view<const double>(now));
        return static_cast<double>(std::ranges::count(labels, label)) / static_cast<double>(n);
    };
    basin found{0, false, fraction(0)};
    if (found.returned < options.returning) return found;
    double within = 0, beyond = std::min(0.125, options.largest);
    for (double returned; (returned = fraction(beyond)) >= options.returning; beyond *= 2) {
        found = {within = beyond, beyond >= options.largest, returned};
        if (found.at_least) return found;
        beyond = std::min(beyond, options.largest / 2);
    }
    while (beyond - within > options.precision) {
        const double middle = (within + beyond) / 2;
        if (middle <= within || middle >= beyond) break;  // no number lies between them
        const double returned = fraction(middle);
        (returned >= options.returning ? within : beyond) = middle;
        if (within == middle) found = {middle, false, returned};
    }
    return found;
}

/// A network under noise: at every step each row meets the next of some frames.
template <cell Cell>
class noisy_map {
  public:
    /// Double.
    using scalar = double;

    /// Under frames that are used again once all have been.
    explicit noisy_map(constant_inputs_map<Cell> frames) : frames_(std::move(frames)) {}
    /// The width of a state.
    [[nodiscard]] size_t dimension() const { return frames_.dimension(); }
    /// Not the same twice: the frames go on.
    void apply(matrix_view<const double> h, matrix_view<double> next) const {
        frames_.apply(h, next, used_);
        used_ = (used_ + h.rows()) % frames_.size();
    }

  private:
    constant_inputs_map<Cell> frames_;
    mutable size_t used_ = 0;
};

/// How a network's basins are probed.
struct memory_basin_options {
    basin_options each{};  ///< of each memory; its unit is the distance to the nearest other memory
    size_t frames = 4096;  ///< of noise, an even number
    engram::seed seed{0};  ///< of the noise
    size_t threads = 1;    ///< results do not depend on it
};

/// The basin of one memory, in units of the distance to the nearest other one.
struct memory_basin {
    double unit;      ///< that distance
    basin noiseless;  ///< under the mean input
    basin noisy;      ///< under noise
};

/// The basins of memories at states (labels x state size), such as centroids or slow points: kicks must lead
/// back to the label that is read out when the state is asked. Throws value_error if there are fewer than two
/// states or two are the same, shape_error if states, task and network do not fit.
template <class Network, memory_task<typename Network::scalar> Task, any_array States = matrix<double>>
std::vector<memory_basin> memory_basins(const Network& network, const Task& task, const States& of,
                                        const memory_basin_options& options = {}) {
    const auto& states = detail::to_matrix<double>("memory_basins: states", of);
    detail::require_fit("memory_basins", network, task);
    require(states.shape(0) >= 2, "memory_basins: ", states.shape(0), " states, expected at least 2");
    require<shape_error>(states.shape(1) == network.state_size(), "memory_basins: states of ",
                         states.shape(1), " coordinates, the network's have ", network.state_size());
    const auto mean = mean_map(network, task, {.seed = options.seed});
    const auto asking = mean_map(network, task, {.asking = true, .seed = options.seed});
    const noisy_map noisy{constant_inputs_map{
        network, antithetic_frames(task, {.frames = options.frames, .seed = options.seed})}};
    std::vector<memory_basin> basins(states.shape(0));
    team(options.threads).for_each(basins.size(), [&](size_t i, size_t) {
        const size_t d = states.shape(1);
        auto each = options.each;
        each.unit = std::numeric_limits<double>::infinity();
        for (size_t other = 0; other < basins.size(); ++other) {
            double squares = 0;
            for (size_t j = 0; j < d; ++j)
                squares += (states(i, j) - states(other, j)) * (states(i, j) - states(other, j));
            if (other != i) each.unit = std::min(each.unit, std::sqrt(squares));
        }
        require(each.unit > 0, "memory_basins: state ", i, " is the same as another one");
        // NOLINTBEGIN(performance-unnecessary-copy-initialization): a map is used by one thread at a time
        const auto own_mean = mean;
        const auto own_asking = asking;
        // NOLINTEND(performance-unnecessary-copy-initialization)
        const auto read_out = [&](matrix_view<const double> rows) {
            matrix<double> asked = matrix<double>::from_shape({rows.rows(), d});
            own_asking.apply(rows, asked);
            return detail::labels_named<Task, double>(task, own_asking.read_out(asked));
        };
        const std::span<const double> state(&states(i, 0), d);
        basins[i] = {each.unit, basin_radius(own_mean, read_out, state, each),
                     basin_radius(noisy, read_out, state, each)};
    });
    return basins;
}

}  // namespace engram
