/// @file
/// How long each memory of a network will last, foretold from its dynamics.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <ostream>
#include <utility>
#include <vector>

#include "engram/core/parallel.hpp"
#include "engram/study/centroids.hpp"
#include "engram/study/detail/averaged_path.hpp"
#include "engram/study/detail/fading_of_trials.hpp"
#include "engram/study/detail/memory_cloud.hpp"
#include "engram/study/noise_averaged.hpp"

namespace engram {

/// How lifetimes are foretold.
struct lifetime_options {
    size_t trials = 128;       ///< of a memory, over which the state is averaged that a path starts from
    size_t steps = 14;         ///< noise steps from the image to that state
    size_t frames = 1024;      ///< of noise, an even number; they are taken in turn
    size_t frames_a_step = 4;  ///< over which one step is averaged, an even number
    size_t followed = 24;      ///< of a memory's trials, how many are followed one by one
    size_t horizon = 10'000;   ///< the longest delay that is looked at
    double coverage = 0.8;     ///< of the interval
    size_t examples = 0;       ///< of a memory in the measurement that the interval is for; 0: all held out
    size_t repetitions = 1;    ///< trials an example of that measurement
    engram::seed seed{0};      ///< of trials and frames
    size_t threads = 1;        ///< results do not depend on it
};

/// What becomes of a memory.
enum class memory_fate {
    fades,           ///< half of its trials are lost at a delay within the horizon
    outlasts,        ///< half of its trials are still there at the horizon, or none was lost while they were
                     ///< followed
    not_remembered,  ///< fewer than half of its trials are answered rightly even at the first delay looked at
};

/// How long one memory will last.
struct lifetime {
    size_t label;      ///< the memory
    memory_fate fate;  ///< whether its end was seen
    /// The delay, in steps, at which half of its trials are lost: infinite if it outlasts, 0 if it is not
    /// remembered.
    double half_life;
    double low, high;    ///< where the half-life of a measurement lies, with the probability `coverage`
    double spread;       ///< standard deviation of the single trials' lifetimes, in steps; 0 unless it fades
    double unexplained;  ///< the part of `spread` that the start does not explain to first order, in steps:
                         ///< mostly noise
};

/// One line.
inline std::ostream& operator<<(std::ostream& out, const lifetime& l) {
    out << "class " << l.label << ": ";
    if (l.fate == memory_fate::not_remembered) return out << "not remembered";
    if (l.fate == memory_fate::outlasts) return out << "lasts, without end in sight";
    const auto whole = [](double steps) { return detail::concatenate(std::llround(steps)); };
    out << "half of its memories are lost after " << whole(l.half_life) << " steps";
    return out << " (" << whole(l.low) << " to " << whole(l.high) << "), single ones after +- "
               << whole(l.spread);
}

namespace detail {

/// The deviation z of a normal number that |x| stays below with a probability.
inline double normal_bound(double probability) {
    double below = 0, above = 40;
    while (above - below > 1e-12) {
        const double z = (below + above) / 2;
        (std::erf(z / std::numbers::sqrt2) < probability ? below : above) = z;
    }
    return below;
}

/// The mean of the rows that count.
inline std::vector<double> mean_of_rows(const matrix<double>& rows, const std::vector<char>& counts) {
    const auto n = static_cast<double>(std::ranges::count(counts, char(1)));
    std::vector<double> mean(rows.shape(1));
    for (size_t i = 0; i < rows.shape(0); ++i)
        if (counts[i]) axpy(mean.size(), 1 / n, &rows(i, 0), mean.data());
    return mean;
}

/// The variance of gradient . row over the rows that count.
inline double variance_along(const std::vector<double>& gradient, const matrix<double>& rows,
                             const std::vector<double>& mean, const std::vector<char>& counts) {
    double squares = 0, n = 0;
    for (size_t i = 0; i < rows.shape(0); ++i) {
        if (!counts[i]) continue;
        const double y =
            dot(mean.size(), gradient.data(), &rows(i, 0)) - dot(mean.size(), gradient.data(), mean.data());
        squares += y * y, ++n;
    }
    return squares / n;
}

/// `most` of the rows, evenly from their order by gradient . row.
inline matrix<double> rows_in_order(const matrix<double>& rows, const std::vector<double>& gradient,
                                    size_t most) {
    std::vector<std::pair<double, size_t>> order(rows.shape(0));
    for (size_t i = 0; i < order.size(); ++i)
        order[i] = {dot(gradient.size(), gradient.data(), &rows(i, 0)), i};
    std::ranges::sort(order);
    const size_t n = std::min(most, order.size());
    matrix<double> chosen = matrix<double>::from_shape({n, rows.shape(1)});
    for (size_t i = 0; i < n; ++i)
        std::copy_n(&rows(order[(2 * i + 1) * order.size() / (2 * n)].second, 0), rows.shape(1),
                    &chosen(i, 0));
    return chosen;
}

}  // namespace detail

/// Foretells how long each memory of a network lasts, one a label, from its training examples. The mean state
/// of a memory's trials some steps after the image is followed under the noise-averaged map, h to the mean
/// over frames of F(h, I_k), until the read-out of a state that is asked no longer names the memory. Where
/// trials are spread widely or noise drives them, the mean state is not theirs: some of them, chosen evenly
/// from the order in which they end to first order, are followed one by one under noise of their own until
/// half of them are lost, and the path's end is moved to theirs as far as so few tell. That moment is the
/// half-life: the delay at which recall falls to one half.
///
/// The interval says where a measurement of so many trials will find it. To first order about the path, the
/// linear noise approximation (van Kampen 2007, chapter X), a trial's end is displaced by
/// g_0 . (h_0 - mean h_0) + sum_t g_{t+1} . (F(h_t, I) - mean F), g_t being the gradient of the end by the
/// state at t, which one pass back along the path finds. The first part varies with the example, the second
/// with the trial's noise. The median of n lifetimes of deviation s has deviation s sqrt(pi / (2 n)); the
/// interval is even on a logarithmic scale.
///
/// Where the mean state comes to rest or is still named at the horizon, diffusion may yet end the memory. The
/// half-life is that of the trials alone then, the spread and the interval those of a constant rate of loss,
/// with one trial an example, and the memory outlasts the horizon if half of the trials do. Of a state at
/// rest they are followed for 4.3 / n of the horizon and no further if none of the n is lost by then: at a
/// constant rate that happens to 5 % of the memories with a half-life of the horizon. The label that an
/// untrained network answers to everything outlasts every horizon; its others are not remembered. Throws
/// value_error on options out of range and on weights that are not finite, shape_error if task and network do
/// not fit.
template <class Network, memory_task<typename Network::scalar> Task>
std::vector<lifetime> predicted_lifetimes(const Network& network, const Task& task,
                                          const lifetime_options& options = {}) {
    require(options.trials > 0 && options.steps > 0, "predicted_lifetimes: trials = ", options.trials,
            " and steps = ", options.steps, ", expected at least 1 each");
    require(options.horizon > 1 && options.steps < options.horizon - 1,
            "predicted_lifetimes: horizon = ", options.horizon,
            ", expected at least steps + 2, with steps = ", options.steps);
    require(options.frames_a_step > 0 && options.frames_a_step % 2 == 0 &&
                options.frames % options.frames_a_step == 0,
            "predicted_lifetimes: frames_a_step = ", options.frames_a_step,
            ", expected an even number that divides frames = ", options.frames);
    require(options.coverage > 0 && options.coverage < 1,
            "predicted_lifetimes: coverage = ", options.coverage, ", expected a number in (0, 1)");
    require(options.repetitions > 0, "predicted_lifetimes: repetitions = 0, expected at least 1");
    require(task.labels() > 0, "predicted_lifetimes: the task has no labels");
    require(options.followed > 0, "predicted_lifetimes: followed = 0, expected at least 1");
    detail::require_fit("predicted_lifetimes", network, task);
    require(std::ranges::all_of(network.parameters(), [](auto w) { return std::isfinite(w); }),
            "predicted_lifetimes: the network has a weight that is not finite");

    team workers(options.threads);  // while it lives the BLAS has one thread
    const auto drives =
        detail::drives_of(network, antithetic_frames(task, {.frames = options.frames, .seed = options.seed}));
    const auto asking = mean_map(network, task, {.asking = true, .seed = options.seed});
    const double z = detail::normal_bound(options.coverage);
    std::vector<lifetime> lifetimes(task.labels());
    const std::vector asking_of(workers.size(), asking);  // a map is used by one thread at a time
    workers.for_each(lifetimes.size(), [&](size_t label, size_t worker) {
        const auto& own_asking = asking_of[worker];
        const auto named = [&](std::span<const double> outputs) { return task.answer(outputs) == label; };
        const auto cloud =
            detail::memory_cloud(network, task, label, options.trials, options.steps, options.seed);
        const auto answers = detail::labels_after_a_step(own_asking, task, cloud);
        std::vector<char> right(options.trials);
        for (size_t i = 0; i < right.size(); ++i) right[i] = answers[i] == label;
        const auto kept = static_cast<size_t>(std::ranges::count(right, char(1)));
        auto& found = lifetimes[label];
        found = {label, memory_fate::not_remembered, 0, 0, 0, 0, 0};
        if (2 * kept < right.size()) return;

        const auto start = detail::mean_of_rows(cloud, right);
        const size_t longest = options.horizon - options.steps - 1;
        detail::averaged_path path(network, drives, own_asking, options.frames_a_step, longest);
        const auto end = path.follow(start, named);
        const auto followed = detail::rows_in_order(cloud, end.gradient, options.followed);
        const auto n = static_cast<double>(followed.shape(0));
        // Where none of n is lost in a time T, a constant rate of loss is below 3 / (n T) with 95 %.
        const auto settled = static_cast<size_t>(
            std::ceil(3 / (n * std::numbers::ln2) * static_cast<double>(options.horizon)));
        const auto faded = detail::fading_of_trials(network, task, label, followed,
                                                    {longest, end.rests ? settled : longest}, options.seed);
        if (std::isinf(faded.half)) {
            constexpr double never = std::numeric_limits<double>::infinity();
            found = {label, memory_fate::outlasts, never, static_cast<double>(options.horizon), never, 0, 0};
            return;
        }
        const auto examples = static_cast<double>(
            options.examples > 0 ? options.examples : task.examples(example_set::held_out, label));
        double half_life = static_cast<double>(options.steps + 1), of_start = 0, of_rest = 0, variance = 0;
        if (end.lost) {
            // Trials are seen to end at whole steps: less than one is nothing.
            const auto whole = [](double steps) { return std::abs(steps) < 1 ? 0 : steps; };
            const double off = whole(faded.half - end.steps),
                         seen = std::pow(whole(faded.half - faded.first), 2);
            if (end.steps > 0) of_start = detail::variance_along(end.gradient, cloud, start, right);
            // The part of the ends' variance that the start does not explain to first order. The other part
            // adds no error to the trials' median, as they are chosen evenly along it.
            of_rest = std::max(end.noise_variance, seen - of_start);
            // The trials move the path's end by no more than so few of them tell: positive-part shrinkage.
            constexpr double of_median = std::numbers::pi / 2;
            const double error = of_median * of_rest / n,
                         weight = off * off > error ? 1 - error / (off * off) : 0;
            half_life += end.steps + weight * off;
            variance =
                of_median * (of_start + of_rest / static_cast<double>(options.repetitions)) / examples +
                of_start / static_cast<double>(kept) + end.frame_variance + weight * error;
        } else {
            // Of lifetimes at a constant rate of loss, whose median's variance is theirs over their number.
            // Nothing tells the examples' part of it from that of noise.
            half_life += faded.half;
            of_rest = std::pow(faded.half / std::numbers::ln2, 2);
            variance = of_rest / examples + of_rest / n;
        }
        const double factor = std::exp(z * std::sqrt(variance) / half_life);
        found = {label,
                 memory_fate::fades,
                 half_life,
                 half_life / factor,
                 half_life * factor,
                 std::sqrt(of_start + of_rest),
                 std::sqrt(of_rest)};
    });
    return lifetimes;
}

}  // namespace engram
