// What holding memories costs: how many classes fit, what a second image does, how long writing one takes.
// cost_of_holding capacity|two_images|writing [SEED]: GRUs of 100 units on the embedded digits, trained by
// the delay curriculum and then held by attractor_penalty; prints tables.
#include <engram/engram.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "two_images.hpp"

namespace eg = engram;

namespace {

using network_type = eg::recurrent_network<eg::gru<float>>;

template <class Task>
network_type train(const Task& task, std::size_t updates, eg::seed seed) {
    network_type network({.inputs = task.inputs(), .units = 100, .outputs = task.outputs()}, seed);
    eg::trainer{network, eg::cross_entropy{}, eg::adam{}}.fit(task, eg::delay_curriculum{},
                                                              {.steps = updates, .batch = 64, .seed = seed});
    return network;
}

/// The main job's fourth arm.
template <class Task>
void hold(network_type& network, const Task& task, std::size_t updates, eg::seed seed,
          const eg::attractor_options& options = {}) {
    const auto objective = eg::cross_entropy{} + 2.0 * eg::attractor_penalty{task, options};
    eg::trainer{network, objective, eg::scheduled{eg::adam{.learning_rate = 2e-3}, eg::cosine_decay{}}}.fit(
        task, eg::no_curriculum{}, {.steps = updates, .batch = 64, .seed = seed});
}

/// Images of two digits side by side, one class for each of the first `classes` pairs: 00, 11, to 99, then
/// 01, 12 and so on, so that every digit is in use from ten classes on. Digits are held out as in the
/// embedded set.
eg::image_set pairs_of_digits(std::size_t classes) {
    const eg::image_set digits = eg::optdigits();
    constexpr std::size_t side = 8;
    const auto paired = [&](const eg::image_set::part& part, std::size_t each, std::size_t sample) {
        eg::labelled_images images{eg::matrix<std::uint8_t>({classes * each, 2 * side * side}), {}};
        eg::random_stream draws(eg::seed{7}, eg::purpose::trial, 0, sample);
        for (std::size_t c = 0, row = 0; c < classes; ++c)
            for (std::size_t i = 0; i < each; ++i, ++row) {
                images.labels.push_back(c);
                const std::array<std::size_t, 2> shown = {c % 10, (c % 10 + c / 10) % 10};
                for (std::size_t half = 0; half < 2; ++half) {
                    const auto& of_class = part.of_class(shown[half]);
                    const std::size_t image = of_class[draws.below(of_class.size())];
                    for (std::size_t y = 0; y < side; ++y)
                        std::copy_n(&part.pixels()(image, y * side), side,
                                    &images.pixels(row, (2 * y + half) * side));
                }
            }
        return images;
    };
    return {paired(digits.training(), 200, 0),
            paired(digits.held_out(), 30, 1),
            {.name = "pairs", .classes = classes, .height = side, .width = 2 * side, .maximum = 16}};
}

void capacity(eg::seed seed) {
    std::printf(
        "| classes | as trained, 19 | as trained, 1,000 | held, 19 | held, 1,000 | worst class | "
        "10,000 |\n|---|---|---|---|---|---|---|\n");
    for (const std::size_t classes : {10, 26, 47, 70, 100}) {
        const eg::delayed_classification task{pairs_of_digits(classes)};
        network_type network = train(task, 12'000, seed);
        const auto before = eg::recall_curve(network, task, {19, 1000});
        // Three fifths of the pool's rows are shown something: nearly ten a class, as with ten classes.
        hold(network, task, 4800, seed, {.rows = std::max<std::size_t>(160, classes * 16)});
        const auto after = eg::recall_curve(network, task, {19, 1000});
        const auto far = eg::recall_curve(network, task, {10'000}, {.examples = 300});
        double worst = 1;
        for (std::size_t c = 0; c < classes; ++c) worst = std::min(worst, after.per_class(1, c));
        std::printf("| %zu | %.3f | %.3f | %.3f | %.3f | %.2f | %.2f |\n", classes, before.accuracy[0],
                    before.accuracy[1], after.accuracy[0], after.accuracy[1], worst, far.accuracy[0]);
        std::fflush(stdout);
    }
}

/// Shows an image, another of another class `apart` steps later, and asks `delay` steps after that: prints
/// the fractions that name the second, the first, and neither.
template <class Task>
void ask_after_two(const char* name, const network_type& network, const Task& task, std::size_t apart,
                   std::size_t delay) {
    const std::size_t labels = task.labels(), trials = 355;
    eg::stream_of_trials<network_type> stream(network, trials);
    stream.begin(trials);
    std::vector<eg::random_stream> noise;
    for (std::size_t i = 0; i < trials; ++i) noise.emplace_back(eg::seed{3}, eg::purpose::recall, 0, i);
    const auto first = [&](std::size_t i) { return i % labels; };
    const auto second = [&](std::size_t i) { return (i + 1 + i / labels % (labels - 1)) % labels; };
    const auto show = [&](std::size_t i, std::size_t label) {
        const std::size_t example = i / labels % task.examples(eg::example_set::held_out, label);
        task.show(eg::example_set::held_out, label, example, stream.frame(i));
    };
    const auto step = [&](const auto& fill) {
        for (std::size_t i = 0; i < trials; ++i) fill(i);
        stream.advance();
    };
    const auto wait = [&](std::size_t i) { task.wait(noise[i], 1.0, stream.frame(i)); };
    step([&](std::size_t i) { show(i, first(i)); });
    for (std::size_t t = 1; t < apart; ++t) step(wait);
    step([&](std::size_t i) { show(i, second(i)); });
    for (std::size_t t = 1; t < delay; ++t) step(wait);
    for (std::size_t i = 0; i < trials; ++i) wait(i);
    const auto outputs = stream.ask(task);
    double newest = 0, oldest = 0;
    for (std::size_t i = 0; i < trials; ++i) {
        const std::size_t named = task.answer(std::span<const float>(outputs.row(i), outputs.columns()));
        newest += named == second(i), oldest += named == first(i);
    }
    std::printf("| %s | %zu | %zu | %.3f | %.3f | %.3f |\n", name, apart, delay, newest / trials,
                oldest / trials, 1 - (newest + oldest) / trials);
    std::fflush(stdout);
}

void two_images(eg::seed seed) {
    const eg::delayed_classification one{eg::optdigits()};
    const eg::last_of_two_images two{eg::optdigits()};
    std::printf(
        "| network | steps between | delay | the second | the first | neither "
        "|\n|---|---|---|---|---|---|\n");
    const auto both = [&](const char* name, const network_type& network) {
        for (const std::size_t apart : {10, 100, 1000})
            for (const std::size_t delay : {19, 1000}) ask_after_two(name, network, one, apart, delay);
        const auto single = eg::recall_curve(network, one, {19, 1000});
        std::printf("| %s, one image |  | 19, 1000 | %.3f, %.3f |  |  |\n", name, single.accuracy[0],
                    single.accuracy[1]);
    };
    network_type network = train(one, 6000, seed);
    both("trained on one image", network);
    hold(network, one, 2400, seed);
    both("and held", network);
    network = train(two, 6000, seed);
    both("trained on two images", network);
    network_type held = network;
    hold(held, two, 2400, seed);
    both("and held", held);
    hold(network, two, 2400, seed, {.shown_holding = 0.5});
    both("and held, half of the memories shown in place of another", network);
}

/// How states come to their memory after an image: the fraction that is nearest to its class's centroid, the
/// median distance from it, and the fraction that is answered rightly.
void writing(eg::seed seed) {
    const eg::delayed_classification task{eg::optdigits()};
    network_type network = train(task, 6000, seed);
    hold(network, task, 2400, seed);
    const auto centroids = eg::class_centroids(network, task, {.steps = 200, .noise_scale = 1});
    const std::size_t trials = 355, d = network.state_size();
    for (std::size_t c = 0; c < task.labels(); ++c) {
        double nearest = std::numeric_limits<double>::infinity();
        for (std::size_t other = 0; other < task.labels(); ++other) {
            double squared = 0;
            for (std::size_t j = 0; j < d; ++j)
                squared += std::pow(centroids.states(c, j) - centroids.states(other, j), 2);
            if (other != c) nearest = std::min(nearest, std::sqrt(squared));
        }
        std::printf("class %zu: the nearest other centroid is %.2f away\n", c, nearest);
    }
    eg::stream_of_trials<network_type> stream(network, trials);
    stream.begin(trials);
    std::vector<eg::random_stream> noise;
    for (std::size_t i = 0; i < trials; ++i) noise.emplace_back(eg::seed{3}, eg::purpose::recall, 0, i);
    std::vector<std::size_t> labels;
    for (std::size_t i = 0; i < trials; ++i) {
        labels.push_back(i % 10);
        const std::size_t example = i / 10 % task.examples(eg::example_set::held_out, labels[i]);
        task.show(eg::example_set::held_out, labels[i], example, stream.frame(i));
    }
    std::printf(
        "| steps after the image | nearest to its memory | median distance | answered rightly |\n"
        "|---|---|---|---|\n");
    for (std::size_t t = 0; t <= 200; ++t) {
        if (t > 0)
            for (std::size_t i = 0; i < trials; ++i) task.wait(noise[i], 1.0, stream.frame(i));
        std::size_t right = 0, nearest = 0;
        if (t > 0) {
            const auto outputs = stream.ask(task);
            for (std::size_t i = 0; i < trials; ++i)
                right += task.answer(std::span<const float>(outputs.row(i), outputs.columns())) == labels[i];
        }
        stream.advance();
        std::vector<double> distances;
        for (std::size_t i = 0; i < trials; ++i) {
            std::array<double, 10> squared{};
            for (std::size_t c = 0; c < 10; ++c)
                for (std::size_t j = 0; j < d; ++j)
                    squared[c] += std::pow(double{stream.states()(i, j)} - centroids.states(c, j), 2);
            nearest +=
                std::ranges::min_element(squared) - squared.begin() == static_cast<std::ptrdiff_t>(labels[i]);
            distances.push_back(std::sqrt(squared[labels[i]]));
        }
        std::ranges::nth_element(distances, distances.begin() + trials / 2);
        if (t <= 10 || t == 14 || t == 19 || t == 30 || t == 50 || t == 100 || t == 200) {
            std::printf("| %zu | %.3f | %.2f |", t, static_cast<double>(nearest) / trials,
                        distances[trials / 2]);
            if (t > 0) std::printf(" %.3f", static_cast<double>(right) / trials);  // at 0 none was asked
            std::printf(" |\n");
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string part = argc > 1 ? argv[1] : "";
    const eg::seed seed{argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1};
    if (part == "capacity") return capacity(seed), 0;
    if (part == "two_images") return two_images(seed), 0;
    if (part == "writing") return writing(seed), 0;
    std::fprintf(stderr, "cost_of_holding: found '%s', expected capacity, two_images or writing\n",
                 part.c_str());
    return 2;
}
