#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>
#include <vector>

#include "engram/data/optdigits.hpp"
#include "engram/task/delayed_classification.hpp"
#include "engram/task/flip_flop.hpp"
#include "engram/task/image_classification.hpp"
#include "engram/training/curriculum.hpp"
#include "engram/training/optimizer/optimizer.hpp"
#include "reference/small_task.hpp"
#include "reference/statistics.hpp"

using namespace engram;
using reference::unevenness;

namespace {

/// A batch of trials, written shard by shard and put together trial by trial.
template <class T>
struct batch_of {
    size_t trials, horizon, inputs, outputs;
    std::vector<T> frames{}, weights{}, values{};  // trial by trial, step by step
    std::vector<int> classes{};
    std::vector<char> active{};

    template <class Task>
    batch_of(const Task& task, size_t count, size_t shard, const stage& level, seed s, size_t step)
        : trials(count), horizon(level.horizon), inputs(task.inputs()), outputs(task.outputs()) {
        const size_t rows = trials * horizon;
        frames.resize(rows * inputs), values.resize(rows * outputs), weights.resize(rows),
            classes.resize(rows);
        active.resize(outputs);
        for (size_t first = 0; first < trials; first += shard) {
            const size_t n = std::min(shard, trials - first);
            // What the task does not write would show.
            matrix<T> f(std::array<size_t, 2>{n * horizon, inputs}, T(NAN));
            matrix<T> v(std::array<size_t, 2>{n * horizon, outputs}, T(NAN));
            std::vector<T> w(n * horizon, T(NAN));
            std::vector<int> c(n * horizon, -1);
            task.fill(trial_block<T>{first, n, horizon, f, c, w, active, v}, level, s, step);
            for (size_t i = 0; i < n; ++i) {
                for (size_t t = 0; t < horizon; ++t) {
                    const size_t from = t * n + i, to = (first + i) * horizon + t;
                    std::copy_n(&f(from, 0), inputs, &frames[to * inputs]);
                    std::copy_n(&v(from, 0), outputs, &values[to * outputs]);
                    weights[to] = w[from], classes[to] = c[from];
                }
            }
        }
    }
    [[nodiscard]] const T* frame(size_t trial, size_t t) const {
        return &frames[(trial * horizon + t) * inputs];
    }
    [[nodiscard]] T trigger(size_t trial, size_t t) const { return frame(trial, t)[inputs - 1]; }
};

/// Which training image a frame shows, if any.
template <class T>
std::optional<size_t> image_in(const image_set& images, const T* frame) {
    std::vector<T> pixels(images.pixels());
    for (size_t i = 0; i < images.training().size(); ++i) {
        images.training().copy_to(i, pixels);
        if (std::equal(pixels.begin(), pixels.end(), frame)) return i;
    }
    return {};
}

/// When a trial shows its image and when it asks; -1 for none, -2 for several.
struct moments {
    int shown = -1, asked = -1;
    size_t image = 0;
};
template <class T>
moments moments_of(const delayed_classification& task, const batch_of<T>& batch, size_t trial) {
    moments m;
    for (size_t t = 0; t < batch.horizon; ++t) {
        if (const auto image = image_in(task.images(), batch.frame(trial, t)))
            m.shown = m.shown == -1 ? static_cast<int>(t) : -2, m.image = *image;
        if (batch.trigger(trial, t) == T(1)) m.asked = m.asked == -1 ? static_cast<int>(t) : -2;
    }
    return m;
}

const delayed_classification& small_task() {
    static const delayed_classification task(reference::small_images(3, 6),
                                             {.horizon = 9, .minimal_delay = 3});
    return task;
}

}  // namespace

TEST_SUITE_BEGIN("task");

TEST_CASE("delayed_classification: sizes and statistics are the images'") {
    const delayed_classification task(optdigits());
    CHECK(task.inputs() == 65);
    CHECK(task.outputs() == 11);
    CHECK(task.full_stage() == stage{20, 10, 0});
    CHECK(task.options().minimal_delay == 4);
    CHECK(task.noise().pixels == 64);
    CHECK(task.noise().mean == task.images().pixel_mean());
    CHECK(task.noise().deviation == task.images().pixel_deviation());
    const auto mean = task.mean_input();
    REQUIRE(mean.size() == 65);
    for (size_t j = 0; j < 64; ++j) CHECK(mean(j) == task.images().pixel_mean());
    CHECK(mean(64) == 0);
}

TEST_CASE_TEMPLATE("delayed_classification: every trial is as the paper says", T, float, double) {
    const auto& task = small_task();
    for (std::uint64_t s = 0; s < 40; ++s) {
        const batch_of<T> batch(task, 11, 4, task.full_stage(), seed{s}, 100 * s);
        for (size_t i = 0; i < batch.trials; ++i) {
            const auto m = moments_of(task, batch, i);
            REQUIRE(m.shown >= 0);
            REQUIRE(m.asked >= 0);
            CHECK(m.shown <= 9 - 3 - 1);
            CHECK(m.asked >= m.shown + 3);
            const size_t label = task.images().training().labels()[m.image];
            for (size_t t = 0; t < 9; ++t) {
                const bool asked = static_cast<int>(t) == m.asked;
                CHECK(batch.trigger(i, t) == T(asked ? 1 : 0));
                CHECK(batch.classes[9 * i + t] == (asked ? static_cast<int>(label) + 1 : 0));
                CHECK(batch.weights[9 * i + t] == T(asked ? 9 : 1));
            }
        }
        CHECK(std::none_of(batch.frames.begin(), batch.frames.end(), [](T x) { return std::isnan(x); }));
        CHECK(batch.active == std::vector<char>(4, 1));
    }
}

TEST_CASE("delayed_classification: the image's step and the trigger's are uniform, and so is the image") {
    const auto& task = small_task();
    std::vector<double> shown(6), images(9);
    std::vector<std::vector<double>> asked(6);
    for (size_t s = 0; s < 6; ++s) asked[s].resize(9 - s - 3);
    for (size_t step = 0; step < 300; ++step) {
        const batch_of<float> batch(task, 30, 30, task.full_stage(), seed{1}, step);
        for (size_t i = 0; i < 30; ++i) {
            const auto m = moments_of(task, batch, i);
            const auto at = static_cast<size_t>(m.shown);
            ++shown[at], ++images[m.image];
            ++asked[at][static_cast<size_t>(m.asked) - at - 3];
        }
    }
    CHECK(std::abs(unevenness(shown)) < 4);
    CHECK(std::abs(unevenness(images)) < 4);
    for (size_t s = 0; s < 5; ++s) CHECK(std::abs(unevenness(asked[s])) < 4);
}

TEST_CASE("delayed_classification: classes are balanced within a batch, and over batches none is favoured") {
    const auto& task = small_task();
    std::vector<double> extra(3);
    for (size_t step = 0; step < 600; ++step) {
        const batch_of<float> batch(task, 16, 5, task.full_stage(), seed{2}, step);
        std::vector<size_t> count(3);
        for (const int c : batch.classes)
            if (c > 0) ++count[static_cast<size_t>(c) - 1];
        std::vector<size_t> sorted = count;
        std::sort(sorted.begin(), sorted.end());
        CHECK(sorted == std::vector<size_t>{5, 5, 6});
        ++extra[static_cast<size_t>(std::max_element(count.begin(), count.end()) - count.begin())];
    }
    CHECK(std::abs(unevenness(extra)) < 4);
}

TEST_CASE_TEMPLATE("delayed_classification: noise has the images' mean and deviation, and no memory", T,
                   float, double) {
    const delayed_classification task(optdigits());
    double sum = 0, squares = 0, neighbours = 0, n = 0;
    const double mu = task.images().pixel_mean(), sigma = task.images().pixel_deviation();
    std::vector<double> last(64);
    for (size_t step = 0; step < 20; ++step) {
        const batch_of<T> batch(task, 64, 64, task.full_stage(), seed{3}, step);
        for (size_t i = 0; i < 64; ++i) {
            std::fill(last.begin(), last.end(), 0.0);
            for (size_t t = 0; t < 20; ++t) {
                if (image_in(task.images(), batch.frame(i, t))) continue;
                for (size_t j = 0; j < 64; ++j) {
                    const double x = (static_cast<double>(batch.frame(i, t)[j]) - mu) / sigma;
                    sum += x, squares += x * x, neighbours += x * last[j], ++n;
                    last[j] = x;
                }
            }
        }
    }
    CHECK(n == 20 * 64 * 19 * 64);
    CHECK(std::abs(sum) < 4 * std::sqrt(n));
    CHECK(std::abs(squares - n) < 4 * std::sqrt(2 * n));
    CHECK(std::abs(neighbours) < 4 * std::sqrt(n));
}

TEST_CASE("delayed_classification: a stage limits classes, horizon and weights") {
    const auto& task = small_task();
    const stage level{5, 2, 0.75};
    for (size_t step = 0; step < 50; ++step) {
        const batch_of<float> batch(task, 8, 3, level, seed{4}, step);
        CHECK(batch.active == std::vector<char>{1, 1, 1, 0});
        size_t asked = 0;
        for (size_t row = 0; row < batch.classes.size(); ++row) {
            CHECK(batch.classes[row] <= 2);
            CHECK(batch.weights[row] == (batch.classes[row] > 0 ? 5.0f : 0.25f));
            asked += batch.classes[row] > 0 ? 1 : 0;
        }
        CHECK(asked == 8);
        for (size_t i = 0; i < 8; ++i) {
            const auto m = moments_of(task, batch, i);
            CHECK(m.shown >= 0);
            CHECK(m.shown <= 1);
        }
    }
    const batch_of<float> shortest(task, 20, 20, {4, 3}, seed{4}, 0);  // one step more than the delay
    for (size_t i = 0; i < 20; ++i) {
        CHECK(moments_of(task, shortest, i).shown == 0);
        CHECK(moments_of(task, shortest, i).asked == 3);
    }
}

TEST_CASE("trials are the same bits however a batch is cut, and others for another seed or step") {
    const auto check = [](const auto& task) {
        const auto level = task.full_stage();
        const batch_of<float> whole(task, 13, 13, level, seed{5}, 7);
        for (const size_t shard : {1u, 2u, 5u, 12u}) {
            const batch_of<float> cut(task, 13, shard, level, seed{5}, 7);
            CHECK(cut.frames == whole.frames);
            CHECK(cut.classes == whole.classes);
            CHECK(cut.weights == whole.weights);
        }
        CHECK(batch_of<float>(task, 13, 13, level, seed{5}, 8).frames != whole.frames);
        CHECK(batch_of<float>(task, 13, 13, level, seed{6}, 7).frames != whole.frames);
    };
    check(small_task());
    check(delayed_classification(optdigits()));
    const flip_flop task({.bits = 2, .horizon = 20});
    check(task);
    CHECK(batch_of<float>(task, 13, 4, task.full_stage(), seed{5}, 7).values ==
          batch_of<float>(task, 13, 13, task.full_stage(), seed{5}, 7).values);
}

TEST_CASE("trials are the same in float and in double, but for rounding and the noise itself") {
    const auto& task = small_task();
    const batch_of<float> single(task, 12, 12, task.full_stage(), seed{6}, 3);
    const batch_of<double> both(task, 12, 12, task.full_stage(), seed{6}, 3);
    CHECK(single.classes == both.classes);
    for (size_t i = 0; i < 12; ++i)
        CHECK(moments_of(task, single, i).shown == moments_of(task, both, i).shown);
}

TEST_CASE("tasks that cannot be are refused with their numbers") {
    const auto images = reference::small_images();
    CHECK_THROWS_WITH_AS(
        (delayed_classification{images, {.horizon = 5, .minimal_delay = 5}}),
        "delayed_classification: minimal_delay = 5, expected at least 1 and less than horizon = 5",
        value_error);
    CHECK_THROWS_AS((delayed_classification{images, {.horizon = 5, .minimal_delay = 0}}), value_error);
    CHECK_THROWS_AS((delayed_classification{images, {.horizon = 0}}), value_error);
    CHECK_THROWS_WITH_AS((batch_of<float>(small_task(), 2, 2, {3, 3}, seed{1}, 0)),
                         "delayed_classification: a stage of 3 steps, expected more than minimal_delay = 3",
                         value_error);
    CHECK_THROWS_WITH_AS((batch_of<float>(small_task(), 2, 2, {9, 0}, seed{1}, 0)),
                         "delayed_classification: a stage of 0 classes, expected 1 to 3", value_error);
    CHECK_THROWS_AS((batch_of<float>(small_task(), 2, 2, {9, 4}, seed{1}, 0)), value_error);
    static_assert(!std::is_constructible_v<image_classification, image_set>,
                  "it would refer to what is gone");
    CHECK_THROWS_WITH_AS((batch_of<float>(image_classification{images}, 2, 2, {1, 4}, seed{1}, 0)),
                         "image_classification: a stage of 4 classes, expected 1 to 3", value_error);
    CHECK_THROWS_WITH_AS((flip_flop{{.bits = 0}}),
                         "flip_flop: bits = 0 and horizon = 50, expected at least 1 each", value_error);
    CHECK_THROWS_AS((flip_flop{{.horizon = 0}}), value_error);
    CHECK_THROWS_WITH_AS((flip_flop{{.pulse_probability = 1.5}}),
                         "flip_flop: pulse_probability = 1.5, expected a number in [0, 1]", value_error);
    CHECK_THROWS_AS((flip_flop{{.pulse_probability = NAN}}), value_error);
}

TEST_CASE("flip_flop: outputs hold the sign of each channel's last pulse") {
    const flip_flop task({.bits = 3, .horizon = 40, .pulse_probability = 0.2});
    CHECK(task.inputs() == 4);
    CHECK(task.outputs() == 3);
    CHECK(task.full_stage().horizon == 40);
    double pulses = 0, positive = 0, opening = 0;
    for (size_t step = 0; step < 50; ++step) {
        const batch_of<double> batch(task, 10, 4, task.full_stage(), seed{7}, step);
        for (size_t i = 0; i < 10; ++i) {
            double held[3] = {};
            for (size_t t = 0; t < 40; ++t) {
                CHECK(batch.trigger(i, t) == 0);
                CHECK(batch.weights[40 * i + t] == 1);
                for (size_t bit = 0; bit < 3; ++bit) {
                    const double in = batch.frame(i, t)[bit];
                    REQUIRE((in == 0 || in == 1 || in == -1));
                    if (t == 0) REQUIRE(in != 0);
                    if (in != 0) held[bit] = in;
                    CHECK(batch.values[(40 * i + t) * 3 + bit] == held[bit]);
                    if (t > 0)
                        pulses += in != 0 ? 1 : 0, positive += in > 0 ? 1 : 0;
                    else
                        opening += in;
                }
            }
        }
    }
    const double places = 50 * 10 * 39 * 3;
    CHECK(std::abs(pulses - 0.2 * places) < 4 * std::sqrt(places * 0.2 * 0.8));
    CHECK(std::abs(positive - pulses / 2) < 4 * std::sqrt(pulses / 4));
    CHECK(std::abs(opening) < 4 * std::sqrt(1500.0));
}

TEST_CASE("flip_flop: noise is added to the channels, of the deviation asked for, and moves no pulse") {
    const flip_flop quiet({.bits = 2, .horizon = 50}), loud({.bits = 2, .horizon = 50, .noise = 0.3});
    double sum = 0, squares = 0, n = 0;
    for (size_t step = 0; step < 20; ++step) {
        const batch_of<double> a(quiet, 20, 20, quiet.full_stage(), seed{8}, step);
        const batch_of<double> b(loud, 20, 20, loud.full_stage(), seed{8}, step);
        CHECK(a.values == b.values);
        for (size_t i = 0; i < a.frames.size(); ++i) {
            const double noise = b.frames[i] - a.frames[i];
            if (i % 3 == 2) {
                REQUIRE(noise == 0);  // the trigger
            } else {
                sum += noise, squares += noise * noise, ++n;
            }
        }
    }
    CHECK(std::abs(sum) < 4 * 0.3 * std::sqrt(n));
    CHECK(std::abs(squares / 0.09 - n) < 4 * std::sqrt(2 * n));
}

TEST_CASE("flip_flop: every label's frame has the signs that are answered as that label") {
    const flip_flop task({.bits = 3});
    REQUIRE(task.labels() == 8);
    std::vector<float> frame(task.inputs());
    for (size_t label = 0; label < 8; ++label) {
        CHECK(task.examples(example_set::training, label) == 1);
        CHECK(task.examples(example_set::held_out, label) == 1);
        task.show(example_set::held_out, label, 0, std::span(frame));
        CHECK(task.answer(std::span<const float>(frame).first(3)) == label);
        for (size_t bit = 0; bit < 3; ++bit) CHECK(frame[bit] == ((label >> bit & 1) == 1 ? 1 : -1));
        CHECK(frame[3] == 0);
    }
    CHECK(task.answer(std::span<const float>(std::vector<float>{1, 0, 1})) == 8);
    CHECK(task.answer(std::span<const float>(std::vector<float>{1, NAN, 1})) == 8);
    CHECK_THROWS_AS((flip_flop{{.bits = 64}}), value_error);
    CHECK_THROWS_AS((flip_flop{{.noise = -1}}), value_error);
    CHECK_THROWS_AS((flip_flop{{.noise = NAN}}), value_error);
}

TEST_CASE("memory_task: a frame that waits is noise of the scaled deviation around the mean input") {
    const auto check = [](const auto& task, double deviation, size_t noisy) {
        random_stream stream(seed{9}, purpose::user);
        std::vector<double> frame(task.inputs()), sums(task.inputs());
        double squares = 0;
        constexpr size_t frames = 2000;
        const auto mean = task.mean_input();
        for (size_t n = 0; n < frames; ++n) {
            task.wait(stream, 0.5, std::span(frame));
            for (size_t j = 0; j < frame.size(); ++j) {
                sums[j] += frame[j];
                squares += (frame[j] - mean(j)) * (frame[j] - mean(j));
            }
        }
        const double half = deviation / 2, count = frames * static_cast<double>(noisy);
        for (size_t j = 0; j < frame.size(); ++j)
            CHECK(std::abs(sums[j] - frames * mean(j)) <= 5 * half * std::sqrt(frames) + 1e-9);
        CHECK(std::abs(squares / (half * half) - count) < 5 * std::sqrt(2 * count));
    };
    const auto images = reference::small_images();
    const auto& own = small_task().images();
    check(small_task(), own.pixel_deviation(), own.pixels());
    check(image_classification(images), images.pixel_deviation(), images.pixels());
    check(flip_flop({.bits = 3, .noise = 0.4}), 0.4, 3);
}

TEST_CASE("memory_task: images show as they are in their set, the trigger asks, the null class names none") {
    const auto images = reference::small_images();
    const image_classification task(images);
    REQUIRE(task.labels() == 3);
    std::vector<float> frame(task.inputs()), pixels(images.pixels());
    for (const auto set : {example_set::training, example_set::held_out}) {
        const auto& part = set == example_set::training ? images.training() : images.held_out();
        for (size_t label = 0; label < 3; ++label) {
            REQUIRE(task.examples(set, label) == part.of_class(label).size());
            for (size_t example = 0; example < task.examples(set, label); ++example) {
                frame.back() = 7;
                task.show(set, label, example, std::span(frame));
                part.copy_to(part.of_class(label)[example], pixels);
                CHECK(std::equal(pixels.begin(), pixels.end(), frame.begin()));
                CHECK(frame.back() == 0);
                task.ask(std::span(frame));
                CHECK(std::equal(pixels.begin(), pixels.end(), frame.begin()));
                CHECK(frame.back() == 1);
            }
        }
    }
    const auto answer = [&](std::vector<float> outputs) {
        return task.answer(std::span<const float>(outputs));
    };
    CHECK(answer({0, 1, 2, 3}) == 2);
    CHECK(answer({0, 1, 0, 1}) == 0);  // the first of equals
    CHECK(answer({4, 1, 2, 3}) == 3);
    CHECK(task.mean_input()(0) == images.pixel_mean());
    CHECK(task.mean_input()(images.pixels()) == 0);
}

// The paper's tables: the value that holds until each step given in thousands, then the last one.
namespace {
template <class Curriculum, class Read>
void check_plan(const Curriculum& plan, double thousands, const std::vector<double>& until,
                const std::vector<double>& values, Read&& read) {
    const stage full{20, 10};
    for (const size_t scale : {1000u, 100u, 10u, 1u}) {  // a shorter run has the same fractions
        const auto steps = static_cast<size_t>(thousands) * scale;
        for (size_t k = 0; k < until.size(); ++k) {
            const size_t first_of_next = static_cast<size_t>(until[k]) * scale;  // updates done by then
            CAPTURE(steps);
            CAPTURE(first_of_next);
            CHECK(read(plan.at(run_position{first_of_next, steps}.progress(), full)) == values[k]);
            CHECK(read(plan.at(run_position{first_of_next + 1, steps}.progress(), full)) == values[k + 1]);
        }
        CHECK(read(plan.at(run_position{1, steps}.progress(), full)) == values.front());
        CHECK(read(plan.at(run_position{steps, steps}.progress(), full)) == values.back());
    }
}
}  // namespace

TEST_CASE("delay_curriculum grows the horizon at the published steps, and nothing else") {
    const auto horizon = [](const stage& s) {
        CHECK(s.classes == 10);
        CHECK(s.response_only == 0);
        return static_cast<double>(s.horizon);
    };
    const std::vector<double> values{6, 8, 10, 12, 14, 16, 18, 20};
    check_plan(delay_curriculum{}, 140, {20, 30, 40, 50, 60, 70, 80}, values, horizon);
    check_plan(delay_curriculum::cifar10(), 300, {100, 120, 140, 160, 180, 200, 220}, values, horizon);
    CHECK(delay_curriculum{}.at(0.55, {10, 10}).horizon == 10);  // never more than the task has
    CHECK(delay_curriculum{}.at(0.9, {50, 10}).horizon == 50);
}

TEST_CASE("vocabulary_curriculum adds classes at the published steps, and nothing else") {
    const auto classes = [](const stage& s) {
        CHECK(s.horizon == 20);
        CHECK(s.response_only == 0);
        return static_cast<double>(s.classes);
    };
    const std::vector<double> values{2, 3, 4, 5, 6, 7, 8, 9, 10};
    check_plan(vocabulary_curriculum{}, 140, {8, 16, 26, 36, 48, 62, 78, 98}, values, classes);
    check_plan(vocabulary_curriculum::cifar10(), 300, {30, 60, 90, 120, 150, 180, 210, 240}, values, classes);
    CHECK(vocabulary_curriculum{}.at(0.3, {20, 3}).classes == 3);
    CHECK(vocabulary_curriculum{}.at(0.9, {20, 26}).classes == 26);
}

TEST_CASE("response_curriculum raises alpha at the published steps, and nothing else") {
    const auto alpha = [](const stage& s) {
        CHECK(s.horizon == 20);
        CHECK(s.classes == 10);
        return 1 - s.response_only;
    };
    check_plan(response_curriculum{}, 140, {20, 30, 40, 60}, {0, 0.25, 0.5, 0.75, 1}, alpha);
    check_plan(response_curriculum::cifar10(), 300, {20, 30, 40, 60}, {0, 0.25, 0.5, 0.75, 1}, alpha);
    CHECK(response_curriculum{.breaks = {}}.at(0.1, {20, 10}).response_only == 0);
}

TEST_CASE("no_curriculum leaves the task as it is") {
    CHECK(no_curriculum{}.at(0.0, {20, 10, 0.5}) == stage{20, 10, 0.5});
}
